#pragma once

/*
 * The runner's end of the channel (docs/channel.md): a listening SOCK_SEQPACKET socket that any
 * process of the task may connect to. Nothing from the task is trusted: a packet that does not
 * consist of whole records is counted as invalid and ignored; more connections than
 * CHANNEL_MAX_CONNECTIONS are refused.
 *
 * Single-threaded: the trial's poll loop calls channel_receive when channel_fd is readable (an
 * epoll descriptor over the listener and its connections).
 */

#include "backends/native/memcg_run.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CHANNEL_MAX_CONNECTIONS 256
#define CHANNEL_MAX_PACKET 65536

struct channel;

struct channel_stats {
	uint64_t n_records;
	uint64_t n_invalid_packets;
	uint64_t n_refused_connections;
};

/*
 * Handles a record; its name is NUL-terminated and printable. `connection` identifies the sender of
 * a waiting mark: channel_acknowledge. channel_receive returns the handler's negative values.
 */
typedef int (*channel_handler)(void *context, const struct memcg_run_record *record,
	unsigned connection, struct error *error);

/* Listens at `path` (removed by channel_close); any user may connect. */
int channel_open(const char *path, struct channel **ret_channel, struct error *error);

/* Readable when channel_receive has work. Owned by the channel. */
int channel_fd(const struct channel *channel);

/* Receives without blocking, at most 1024 packets, as the caller has other things to watch. */
int channel_receive(
	struct channel *channel, channel_handler handler, void *context, struct error *error);

/* Lets the sender of a mark continue. Success if the sender has gone. */
int channel_acknowledge(struct channel *channel, unsigned connection,
	const struct memcg_run_record *mark, struct error *error);

struct channel_stats channel_stats(const struct channel *channel);

/*
 * Whether a task may send this record: magic, type, name, and a valid value for its type. Zeroes
 * what follows the name's NUL.
 */
bool channel_record_is_valid(struct memcg_run_record *record);

int channel_close(struct channel **channel, struct error *error);
