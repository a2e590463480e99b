#include "runner/trial/channel.h"

#include "backends/backend.h"
#include "backends/truth.h"
#include "util/cleanup.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* Limit per call; each connection gets its share of it per round. */
#define MAX_PACKETS_PER_CALL 1024
#define MAX_PACKETS_PER_TURN 64
#define MAX_EVENTS 64

#define LISTENER UINT32_MAX
/*
 * A connection is identified by its slot and the number of earlier uses of the slot: an answer to
 * one that has gone must not reach its successor.
 */
#define SLOT_BITS 8
#define SLOT_MASK ((1u << SLOT_BITS) - 1)
_Static_assert(CHANNEL_MAX_CONNECTIONS <= 1 << SLOT_BITS, "a slot's number must fit its bits");

struct connection {
	int fd; /* -1: the slot is free */
	unsigned generation;
};

struct channel {
	char *path;
	int listener_fd;
	int epoll_fd;
	struct connection connections[CHANNEL_MAX_CONNECTIONS];
	struct channel_stats stats;
	struct memcg_run_record packet[CHANNEL_MAX_PACKET / sizeof(struct memcg_run_record)];
};

/* The state of channel_receive. */
struct reception {
	struct channel *channel;
	channel_handler handler;
	void *context;
	unsigned n_packets_left;
};

/* ---- opening and closing */

static int listen_at(struct channel *channel, const char *path, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set_errno(
			error, ENAMETOOLONG, "cannot make the channel's socket %s", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	channel->listener_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (channel->listener_fd < 0)
		return error_set_errno(error, errno, "cannot make the channel's socket");
	if (bind(channel->listener_fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return error_set_errno(error, errno, "cannot make the channel's socket %s", path);
	channel->path = strdup(path);
	if (!channel->path) {
		unlink(path);
		return error_set_errno(error, ENOMEM, "cannot make the channel's socket %s", path);
	}
	/* Connecting needs write permission (unix(7)), and bind applies the umask. */
	if (chmod(path, 0666) < 0)
		return error_set_errno(
			error, errno, "cannot open the channel's socket %s to all", path);
	if (listen(channel->listener_fd, SOMAXCONN) < 0)
		return error_set_errno(error, errno, "cannot listen at %s", path);
	return 0;
}

static int watch(struct channel *channel, int fd, uint32_t slot)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = slot};

	return epoll_ctl(channel->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int channel_open(const char *path, struct channel **ret_channel, struct error *error)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	int r;

	if (!channel)
		return error_set_errno(error, ENOMEM, "cannot open the channel");
	channel->listener_fd = -1;
	for (size_t i = 0; i < CHANNEL_MAX_CONNECTIONS; i++)
		channel->connections[i].fd = -1;
	channel->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	r = channel->epoll_fd < 0
		    ? error_set_errno(error, errno, "cannot open the channel's epoll descriptor")
		    : listen_at(channel, path, error);
	if (r == 0) {
		r = watch(channel, channel->listener_fd, LISTENER);
		if (r < 0)
			error_set_errno(error, -r, "cannot watch %s", path);
	}
	if (r < 0) {
		channel_close(&channel, NULL);
		return r;
	}
	*ret_channel = channel;
	return 0;
}

/* Closing removes it from the epoll set: nobody else has this descriptor. */
static void connection_close(struct connection *connection)
{
	close(connection->fd);
	connection->fd = -1;
	connection->generation++;
}

int channel_close(struct channel **channel, struct error *error)
{
	struct channel *closed = TAKE_PTR(*channel);
	int r = 0;

	if (!closed)
		return 0;
	for (size_t i = 0; i < CHANNEL_MAX_CONNECTIONS; i++)
		if (closed->connections[i].fd >= 0)
			connection_close(&closed->connections[i]);
	if (closed->listener_fd >= 0)
		close(closed->listener_fd);
	if (closed->epoll_fd >= 0)
		close(closed->epoll_fd);
	if (closed->path && unlink(closed->path) < 0 && errno != ENOENT)
		r = error_set_errno(
			error, errno, "cannot remove the channel's socket %s", closed->path);
	free(closed->path);
	free(closed);
	return r;
}

int channel_fd(const struct channel *channel)
{
	return channel->epoll_fd;
}

struct channel_stats channel_stats(const struct channel *channel)
{
	return channel->stats;
}

/* ---- receiving */

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_.:/-", c));
}

/* Zeroes the bytes after the NUL: readers must not find the task's leftovers there. */
static bool normalize_name(char name[MEMCG_RUN_NAME_MAX], bool *ret_named)
{
	size_t length = strnlen(name, MEMCG_RUN_NAME_MAX);

	if (length == MEMCG_RUN_NAME_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_name_character(name[i]))
			return false;
	memset(name + length, 0, MEMCG_RUN_NAME_MAX - length);
	*ret_named = length > 0;
	return true;
}

bool channel_record_is_valid(struct memcg_run_record *record)
{
	enum truth_kind kind;
	bool named;

	if (record->magic != MEMCG_RUN_MAGIC || !normalize_name(record->name, &named))
		return false;
	switch (record->type) {
	case MEMCG_RUN_MARK:
		return named && record->value <= 1;
	case MEMCG_RUN_METRIC:
		return named && record->value < N_METRIC_KINDS;
	case MEMCG_RUN_SAMPLE:
		return named;
	case MEMCG_RUN_TRUTH:
		return truth_kind_find(record->name, &kind);
	default:
		return false;
	}
}

static unsigned connection_name(const struct channel *channel, uint32_t slot)
{
	return channel->connections[slot].generation << SLOT_BITS | slot;
}

/* A packet counts as a whole: if one record is bad, none of it is trusted. */
static int channel_take_packet(
	struct reception *reception, uint32_t slot, size_t length, struct error *error)
{
	struct channel *channel = reception->channel;
	const size_t n = length / sizeof(channel->packet[0]);
	const unsigned name = connection_name(channel, slot);
	bool valid = n > 0 && length % sizeof(channel->packet[0]) == 0;

	for (size_t i = 0; i < n && valid; i++)
		valid = channel_record_is_valid(&channel->packet[i]);
	if (!valid) {
		channel->stats.n_invalid_packets++;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		int r;

		channel->stats.n_records++;
		r = reception->handler(reception->context, &channel->packet[i], name, error);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * recv returns 0 for an empty packet and for the end: it is the end if the peer has hung up and
 * nothing is pending. Polls again, since a peer may hang up after epoll reported its last packet.
 */
static bool at_end(int fd)
{
	struct pollfd peer = {.fd = fd, .events = POLLRDHUP};
	int n_waiting_bytes = 0;

	if (poll(&peer, 1, 0) <= 0)
		return false;
	return ioctl(fd, FIONREAD, &n_waiting_bytes) < 0 || n_waiting_bytes == 0;
}

static int read_connection(struct reception *reception, uint32_t slot, struct error *error)
{
	struct channel *channel = reception->channel;
	struct connection *connection = &channel->connections[slot];

	for (unsigned turn = 0; turn < MAX_PACKETS_PER_TURN && reception->n_packets_left; turn++) {
		struct iovec data = {
			.iov_base = channel->packet, .iov_len = sizeof(channel->packet)};
		/*
		 * No room for control data: the kernel closes descriptors that a task sends along.
		 */
		struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
		ssize_t length = recvmsg(connection->fd, &header, MSG_DONTWAIT);
		int r;

		if (length < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (length < 0 || (length == 0 && at_end(connection->fd))) {
			connection_close(connection);
			return 0;
		}
		reception->n_packets_left--;
		if (header.msg_flags & MSG_TRUNC)
			length = 0;
		r = channel_take_packet(reception, slot, (size_t)length, error);
		if (r < 0)
			return r;
		if (connection->fd < 0) /* sending the handler's answer found that it is gone */
			return 0;
	}
	return 0;
}

/* Takes ownership of the descriptor. */
static int add_connection(struct channel *channel, int fd, struct error *error)
{
	for (uint32_t slot = 0; slot < CHANNEL_MAX_CONNECTIONS; slot++) {
		int r;

		if (channel->connections[slot].fd >= 0)
			continue;
		r = watch(channel, fd, slot);
		if (r < 0) {
			close(fd);
			return error_set_errno(error, -r, "cannot watch a connection of the task");
		}
		channel->connections[slot].fd = fd;
		return 0;
	}
	close(fd);
	channel->stats.n_refused_connections++;
	return 0;
}

static int accept_connections(struct reception *reception, struct error *error)
{
	struct channel *channel = reception->channel;

	for (unsigned turn = 0; turn < MAX_PACKETS_PER_TURN && reception->n_packets_left; turn++) {
		int fd = accept4(channel->listener_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		int r;

		if (fd < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (fd < 0 && errno == ECONNABORTED)
			continue;
		if (fd < 0)
			return error_set_errno(
				error, errno, "cannot accept a connection of the task");
		reception->n_packets_left--;
		r = add_connection(channel, fd, error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Level-triggered: leftover data make the descriptor readable again. */
static int receive_round(struct reception *reception, int *ret_n_events, struct error *error)
{
	struct epoll_event events[MAX_EVENTS];
	int n = epoll_wait(reception->channel->epoll_fd, events, MAX_EVENTS, 0);

	if (n < 0 && errno != EINTR)
		return error_set_errno(error, errno, "cannot wait for the task's connections");
	*ret_n_events = n > 0 ? n : 0;
	for (int i = 0; i < n && reception->n_packets_left; i++) {
		uint32_t slot = events[i].data.u32;
		int r = 0;

		if (slot == LISTENER)
			r = accept_connections(reception, error);
		/* The connection of this event may have been closed in this round. */
		else if (reception->channel->connections[slot].fd >= 0)
			r = read_connection(reception, slot, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int channel_receive(
	struct channel *channel, channel_handler handler, void *context, struct error *error)
{
	struct reception reception = {
		.channel = channel,
		.handler = handler,
		.context = context,
		.n_packets_left = MAX_PACKETS_PER_CALL,
	};
	int n_events;

	do {
		int r = receive_round(&reception, &n_events, error);

		if (r < 0)
			return r;
	} while (n_events > 0 && reception.n_packets_left > 0);
	return 0;
}

int channel_acknowledge(struct channel *channel, unsigned connection,
	const struct memcg_run_record *mark, struct error *error)
{
	struct connection *found = &channel->connections[connection & SLOT_MASK];
	struct memcg_run_record answer = {
		.magic = MEMCG_RUN_MAGIC,
		.type = MEMCG_RUN_ACK,
		.time_ns = mark->time_ns,
	};

	(void)error;
	if (found->fd < 0 || connection_name(channel, connection & SLOT_MASK) != connection)
		return 0;
	memcpy(answer.name, mark->name, sizeof(answer.name));
	/* A peer that does not read its answers would block the trial: it counts as gone. */
	if (send(found->fd, &answer, sizeof(answer), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		connection_close(found);
	return 0;
}
