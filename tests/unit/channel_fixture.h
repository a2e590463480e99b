#pragma once

/*
 * Shared by the tests of the channel: the runner's end of one, and the records that its handler
 * received.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/channel.h"
#include "util/cleanup.h"

#include <poll.h>
#include <string.h>

#define TIMEOUT_MS 20000
#define MAX_KEPT 4096

struct fixture {
	char directory[64];
	char path[108];
	struct channel *channel;
	/* The handler's records. */
	struct memcg_run_record records[MAX_KEPT];
	unsigned connections[MAX_KEPT];
	size_t n_records;
	bool acknowledge; /* answers waiting marks at once */
	int verdict;	  /* what the handler returns */
	int hang_up_fd;	  /* closed while its packet is handled */
};

static inline int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct error error = ERROR_INIT;

	*state = fixture;
	if (!fixture)
		return -1;
	strcpy(fixture->directory, "/tmp/test-channel-XXXXXX");
	if (!mkdtemp(fixture->directory))
		return -1;
	snprintf(fixture->path, sizeof(fixture->path), "%s/socket", fixture->directory);
	return channel_open(fixture->path, &fixture->channel, &error);
}

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;
	int r = channel_close(&fixture->channel, NULL);

	rmdir(fixture->directory);
	free(fixture);
	return r;
}

static inline int keep(void *context, const struct memcg_run_record *record, unsigned connection,
	struct error *error)
{
	struct fixture *fixture = context;

	assert_true(fixture->n_records < MAX_KEPT);
	fixture->records[fixture->n_records] = *record;
	fixture->connections[fixture->n_records] = connection;
	fixture->n_records++;
	if (fixture->acknowledge && record->type == MEMCG_RUN_MARK && record->value == 1)
		return channel_acknowledge(fixture->channel, connection, record, error);
	return fixture->verdict;
}

static inline void receive(struct fixture *fixture)
{
	struct error error = ERROR_INIT;

	assert_int_equal(channel_receive(fixture->channel, keep, fixture, &error), 0);
}

static inline struct channel_stats stats(const struct fixture *fixture)
{
	return channel_stats(fixture->channel);
}

#define CHANNEL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
