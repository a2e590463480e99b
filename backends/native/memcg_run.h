#pragma once

/*
 * The channel from a task to memcg-run, for programs in C: marks, truth and samples.
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
 * This header is all there is: no library to link. Outside memcg-run every call does nothing, so that
 * an instrumented program runs anywhere. The format is that of docs/channel.md: SOCK_SEQPACKET, a
 * packet holds one or more whole records, numbers in the machine's own byte order.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MEMCG_RUN_MAGIC UINT32_C(0x3152434d)	  /* "MCR1" */
#define MEMCG_RUN_NAME_MAX 64			  /* bytes of a name, with its final NUL */
#define MEMCG_RUN_ENVIRONMENT "MEMCG_RUN_CHANNEL" /* the socket's path */

enum memcg_run_type {
	MEMCG_RUN_MARK =
		1, /* name; value 1: the sender waits for an acknowledgement, 0: it does not */
	MEMCG_RUN_SAMPLE = 2, /* name of the metric; its value */
	MEMCG_RUN_TRUTH = 3,  /* no name; bytes that the task holds from now on */
	MEMCG_RUN_METRIC = 4, /* name of a metric; value 0: a gauge, 1: a high-water mark */
	MEMCG_RUN_ACK = 5,    /* from memcg-run: the mark's time_ns, and its name */
};

/* One record, 88 bytes, without padding. */
struct memcg_run_record {
	uint32_t magic;
	uint32_t type;
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint64_t value;
	char name[MEMCG_RUN_NAME_MAX]; /* NUL-terminated, the rest zero */
};
_Static_assert(sizeof(struct memcg_run_record) == 88, "docs/channel.md gives this layout");

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
	struct memcg_run channel = {.fd = -1};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = getenv(MEMCG_RUN_ENVIRONMENT);

	if (!path || strlen(path) >= sizeof(address.sun_path))
		return channel;
	memcpy(address.sun_path, path, strlen(path) + 1);
	channel.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (channel.fd >= 0 &&
		connect(channel.fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		close(channel.fd);
		channel.fd = -1;
	}
	return channel;
}

static inline void memcg_run_send(
	struct memcg_run *channel, enum memcg_run_type type, const char *name, uint64_t value)
{
	struct memcg_run_record record = {
		.magic = MEMCG_RUN_MAGIC,
		.type = type,
		.time_ns = memcg_run_now_ns(),
		.value = value,
	};

	if (channel->fd < 0)
		return;
	snprintf(record.name, sizeof(record.name), "%s", name);
	/* A runner that has gone away is no reason for the task to die. */
	send(channel->fd, &record, sizeof(record), MSG_NOSIGNAL);
}

/* A named instant. Does not wait. */
static inline void memcg_run_mark(struct memcg_run *channel, const char *name)
{
	memcg_run_send(channel, MEMCG_RUN_MARK, name, 0);
}

/*
 * A named instant at which memcg-run takes a snapshot: returns when it has been taken. The names
 * "task_begin" and "task_end" bound what is measured; without them that is the life of the task.
 */
static inline void memcg_run_mark_and_wait(struct memcg_run *channel, const char *name)
{
	struct memcg_run_record ack;

	memcg_run_send(channel, MEMCG_RUN_MARK, name, 1);
	if (channel->fd >= 0)
		(void)!recv(channel->fd, &ack, sizeof(ack), 0);
}

/* The bytes this task holds from now on, as it knows them. */
static inline void memcg_run_truth(struct memcg_run *channel, uint64_t bytes)
{
	memcg_run_send(channel, MEMCG_RUN_TRUTH, "", bytes);
}

/* One sample of a metric of your own. */
static inline void memcg_run_sample(struct memcg_run *channel, const char *metric, uint64_t value)
{
	memcg_run_send(channel, MEMCG_RUN_SAMPLE, metric, value);
}

static inline void memcg_run_close(struct memcg_run *channel)
{
	if (channel->fd >= 0)
		close(channel->fd);
	channel->fd = -1;
}
