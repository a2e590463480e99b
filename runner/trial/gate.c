#include "runner/trial/gate.h"

#include "util/cleanup.h"
#include "util/clock.h"

#include <string.h>
#include <sys/socket.h>

int gate_open(struct gate *ret_gate, struct error *error)
{
	const int on = 1;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return error_set_errno(error, errno, "cannot make the launcher's control socket");
	if (setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0) {
		int number = errno;

		close(fds[0]);
		close(fds[1]);
		return error_set_errno(error, number, "cannot ask for the launcher's credentials");
	}
	*ret_gate = (struct gate){.fd = fds[0], .child_fd = fds[1], .written_fd = -1};
	return 0;
}

void gate_hand_over(struct gate *gate)
{
	if (gate->child_fd >= 0)
		close(TAKE_FD(gate->child_fd));
}

/* Closes what is not wanted: a descriptor that comes with a message is the receiver's. */
static void take_written(struct gate *gate, enum control_type type, struct cmsghdr *part)
{
	int fd;

	if (part->cmsg_len != CMSG_LEN(sizeof(fd)))
		return;
	memcpy(&fd, CMSG_DATA(part), sizeof(fd));
	if (type == CONTROL_WRITTEN && gate->written_fd < 0)
		gate->written_fd = fd;
	else
		close(fd);
}

/* The pid that the kernel attached to a message, or -1. A descriptor that came with it is the gate's. */
static pid_t take_control(struct gate *gate, enum control_type type, struct msghdr *header)
{
	pid_t pid = -1;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		struct ucred credentials;

		if (part->cmsg_level != SOL_SOCKET)
			continue;
		if (part->cmsg_type == SCM_RIGHTS)
			take_written(gate, type, part);
		if (part->cmsg_type != SCM_CREDENTIALS)
			continue;
		memcpy(&credentials, CMSG_DATA(part), sizeof(credentials));
		pid = credentials.pid;
	}
	return pid;
}

int gate_receive(
	struct gate *gate, struct control_message *ret_message, pid_t *ret_pid, struct error *error)
{
	struct control_message message = {.type = 0};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {.iov_base = &message, .iov_len = sizeof(message)};
	struct msghdr header = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	pid_t pid;
	/* MSG_TRUNC returns the message's real length, even if longer than the buffer. */
	ssize_t length = recvmsg(gate->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_TRUNC);

	if (length == 0 || (length < 0 && errno == ECONNRESET))
		return 1;
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	if (length < 0)
		return error_set_errno(error, errno, "cannot receive from the launcher");
	pid = take_control(gate, message.type, &header);
	if ((size_t)length != sizeof(message))
		return error_set(error, EPROTO,
			"the launcher sent %zd bytes where a message has %zu; is it the same "
			"version?",
			length, sizeof(message));
	*ret_message = message;
	*ret_pid = pid;
	return 0;
}

int gate_send(struct gate *gate, enum control_type type, struct error *error)
{
	const struct control_message message = {
		.type = type,
		.time_ns = clock_monotonic_ns(),
	};
	ssize_t sent = send(gate->fd, &message, sizeof(message), MSG_NOSIGNAL);

	if (sent < 0 && errno != EPIPE && errno != ECONNRESET)
		return error_set_errno(error, errno, "cannot signal the launcher to continue");
	return 0;
}

void gate_close(struct gate *gate)
{
	gate_hand_over(gate);
	if (gate->fd >= 0)
		close(TAKE_FD(gate->fd));
	if (gate->written_fd >= 0)
		close(TAKE_FD(gate->written_fd));
}
