#pragma once

/*
 * The runner's end of the channel (docs/channel.md): a listening SOCK_SEQPACKET socket that any process
 * of the task may connect to. Nothing a task sends is trusted: a packet that is not whole records is
 * counted as invalid and passed over; more connections than CHANNEL_MAX_CONNECTIONS are refused.
 *
 * Single-threaded: the trial's poll loop calls channel_receive when channel_fd is readable (an epoll
 * descriptor over the listener and its connections).
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
 * A record that arrived, its name NUL-terminated and printable. `connection` answers a mark that
 * waits: channel_acknowledge. A negative return ends channel_receive with it.
 */
typedef int (*channel_handler)(void *context, const struct memcg_run_record *record,
	unsigned connection, struct error *error);

/* Listens at `path` (removed by channel_close); any user may connect. */
int channel_open(const char *path, struct channel **ret_channel, struct error *error);

/* Readable when channel_receive has something to do. Owned by the channel. */
int channel_fd(const struct channel *channel);

/* Takes what is there, without blocking, at most 1024 packets: the caller has more to watch. */
int channel_receive(
	struct channel *channel, channel_handler handler, void *context, struct error *error);

/* Lets the sender of a mark go on. A sender that has gone away is success. */
int channel_acknowledge(struct channel *channel, unsigned connection,
	const struct memcg_run_record *mark, struct error *error);

struct channel_stats channel_stats(const struct channel *channel);

/*
 * Whether a record is one that a task may send: magic, type, name, and a value that its type has. What stands
 * after the name's NUL is made zero.
 */
bool channel_record_is_valid(struct memcg_run_record *record);

int channel_close(struct channel **channel, struct error *error);
