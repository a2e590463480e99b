#pragma once

/*
 * The channel from a task to memcg-run, for programs in C (from C99) and C++ (from C++11): marks,
 * truth and samples.
 *
 *     #include "memcg_run.h"
 *
 *     int main(void)
 *     {
 *             struct memcg_run channel = memcg_run_open();
 *             memcg_run_mark(&channel, "loaded");
 *             char *block = malloc(size); memset(block, 1, size);
 *             memcg_run_truth(&channel, size);
 *             ...
 *     }
 *
 * This header is all you need: there is no library to link. Outside memcg-run every call does
 * nothing, so that an instrumented program runs anywhere. Nothing is allocated. A `struct
 * memcg_run` is for one thread: each sending thread and each forked child opens its own. The format
 * is that of docs/channel.md: SOCK_SEQPACKET, a packet holds one or more whole records, numbers in
 * the machine's own byte order.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#if defined(__STRICT_ANSI__) && !defined(_POSIX_C_SOURCE)
#error "memcg_run.h needs POSIX: compile with -std=gnu99 or later, or -D_POSIX_C_SOURCE=200809L"
#endif

#define MEMCG_RUN_MAGIC UINT32_C(0x3152434d)	  /* "MCR1" */
#define MEMCG_RUN_NAME_MAX 64			  /* size of a name, including its NUL */
#define MEMCG_RUN_ENVIRONMENT "MEMCG_RUN_CHANNEL" /* the socket's path */

enum memcg_run_type {
	/* name; value 1: the sender waits for an acknowledgement, 0: it does not */
	MEMCG_RUN_MARK = 1,
	MEMCG_RUN_SAMPLE = 2, /* name of the metric; its value */
	MEMCG_RUN_TRUTH = 3,  /* kind, or no name: touched; bytes that the task now holds */
	/* name of a metric; value 0: gauge, 1: high-water mark, 2: gauge read only at marks */
	MEMCG_RUN_METRIC = 4,
	MEMCG_RUN_ACK = 5 /* from memcg-run: the mark's time_ns, and its name */
};

/* The kinds of truth. A task declares those that it knows. */
#define MEMCG_RUN_REQUESTED "requested" /* requested, by mmap, malloc, ..., and not released */
#define MEMCG_RUN_TOUCHED "touched"	/* in pages that it has read or written, and not released */
#define MEMCG_RUN_CHARGED "charged"	/* charged by the kernel to its cgroup */
#define MEMCG_RUN_UNIQUE "unique"	/* page frames charged to it, each counted once */

/* Marks with a meaning for memcg-run; all others are the task's own. */
#define MEMCG_RUN_TASK_BEGIN "task_begin"
#define MEMCG_RUN_TASK_END "task_end"
#define MEMCG_RUN_STAGE_END                                                                        \
	"stage_end" /* ends the stage that the previous mark began: for the data sheet */

/* One record, 88 bytes, without padding. */
struct memcg_run_record {
	uint32_t magic;
	uint32_t type;
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint64_t value;
	/* letters, digits and "_.:/-", NUL-terminated, padded with zeros */
	char name[MEMCG_RUN_NAME_MAX];
};

/* Compile-time check of the layout in docs/channel.md: C99 has no static_assert. */
typedef char memcg_run_record_has_88_bytes[sizeof(struct memcg_run_record) == 88 ? 1 : -1];

struct memcg_run {
	int fd; /* -1: not under memcg-run */
};

static inline uint64_t memcg_run_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline struct memcg_run memcg_run_open(void)
{
	struct memcg_run channel = {-1};
	struct sockaddr_un address;
	const char *path = getenv(MEMCG_RUN_ENVIRONMENT);

	if (!path || strlen(path) >= sizeof(address.sun_path))
		return channel;
	memset(&address, 0, sizeof(address));
	address.sun_family = AF_UNIX;
	memcpy(address.sun_path, path, strlen(path) + 1);
	channel.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (channel.fd >= 0 &&
		connect(channel.fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		close(channel.fd);
		channel.fd = -1;
	}
	return channel;
}

/*
 * memcg-run counts a record that it rejects (name too long, or with other characters) as invalid.
 */
static inline void memcg_run_send(
	struct memcg_run *channel, enum memcg_run_type type, const char *name, uint64_t value)
{
	struct memcg_run_record record;
	size_t length = strlen(name);
	ssize_t sent;

	if (channel->fd < 0)
		return;
	memset(&record, 0, sizeof(record));
	record.magic = MEMCG_RUN_MAGIC;
	record.type = (uint32_t)type;
	record.value = value;
	memcpy(record.name, name, length < sizeof(record.name) ? length : sizeof(record.name));
	record.time_ns = memcg_run_now_ns();
	/* The task must not die if the runner has gone. */
	do
		sent = send(channel->fd, &record, sizeof(record), MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
}

/* Sends a named instant. Does not wait. */
static inline void memcg_run_mark(struct memcg_run *channel, const char *name)
{
	memcg_run_send(channel, MEMCG_RUN_MARK, name, 0);
}

/*
 * Sends a named instant and waits until memcg-run has taken a snapshot. MEMCG_RUN_TASK_BEGIN and
 * MEMCG_RUN_TASK_END bound the measured interval, by default the life of the task.
 */
static inline void memcg_run_mark_and_wait(struct memcg_run *channel, const char *name)
{
	struct memcg_run_record ack;
	ssize_t received;

	if (channel->fd < 0)
		return;
	memcg_run_send(channel, MEMCG_RUN_MARK, name, 1);
	do
		received = recv(channel->fd, &ack, sizeof(ack), 0);
	while (received < 0 && errno == EINTR);
}

/* Declares the bytes that this task now holds, as far as it knows: those that it has touched. */
static inline void memcg_run_truth(struct memcg_run *channel, uint64_t bytes)
{
	memcg_run_send(channel, MEMCG_RUN_TRUTH, "", bytes);
}

/* The same for any kind, MEMCG_RUN_REQUESTED, ...: each value holds until the next of its kind. */
static inline void memcg_run_truth_of(struct memcg_run *channel, const char *kind, uint64_t bytes)
{
	memcg_run_send(channel, MEMCG_RUN_TRUTH, kind, bytes);
}

/* Sends a sample of your own metric, "<who>.<what>_<unit>". */
static inline void memcg_run_sample(struct memcg_run *channel, const char *metric, uint64_t value)
{
	memcg_run_send(channel, MEMCG_RUN_SAMPLE, metric, value);
}

/* Declares that your own metric never falls: readers must not treat it as a trace. */
static inline void memcg_run_high_water(struct memcg_run *channel, const char *metric)
{
	memcg_run_send(channel, MEMCG_RUN_METRIC, metric, 1);
}

static inline void memcg_run_close(struct memcg_run *channel)
{
	if (channel->fd >= 0)
		close(channel->fd);
	channel->fd = -1;
}
