#pragma once

/*
 * What the slow sampler can read, a channel each. A channel has keys; what is read of all of them at once
 * is a row. It is a group of results.h5, reference/<name>/, with a column a key.
 */

#include "cgroup/slice.h"
#include "runner/experiment/experiment.h"
#include "runner/trial/spool.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

enum slow_channel {
	SLOW_STAT,	/* memory.stat */
	SLOW_PRESSURE,	/* memory.pressure */
	SLOW_PEAK,	/* memory.peak; without a key where the kernel keeps none */
	SLOW_PROCESSES, /* /proc/PID/status and stat of the task's processes, added up */
	SLOW_PSS,	/* their smaps_rollup */
	SLOW_N_CHANNELS,
};

#define SLOW_MAX_KEYS 16

struct slow_row {
	uint64_t value[SLOW_MAX_KEYS];
	bool present[SLOW_MAX_KEYS];
};

/* "stat", "pressure", ...: the group's name. */
const char *slow_channel_name(enum slow_channel channel);

unsigned slow_channel_n_keys(enum slow_channel channel);

/* "anon_bytes", ...: the column's name. */
const char *slow_channel_key(enum slow_channel channel, unsigned key);

/* The key's values are hundredths of what its column says. */
bool slow_channel_is_hundredths(enum slow_channel channel, unsigned key);

/* "reference.stat.anon_bytes": the series in the spool. No task can write one of such a name. */
void slow_channel_series(enum slow_channel channel, unsigned key, char ret_name[SPOOL_NAME_MAX]);

/* Whether these settings have it read, and how often; 0: without a schedule, at the marks alone. */
bool slow_channel_is_wanted(enum slow_channel channel, const struct sampler_settings *settings);
double slow_channel_rate_hz(enum slow_channel channel, const struct sampler_settings *settings);

/* Reads a row now. -EOPNOTSUPP for the pressure where the leaf has none. */
int slow_channel_read(enum slow_channel channel, const struct slice *slice,
	struct slow_row *ret_row, struct error *error);
