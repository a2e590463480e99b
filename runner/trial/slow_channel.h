#pragma once

/*
 * The data sources of the slow sampler, called channels. A channel has keys; one reading of all of
 * them is a row. In results.h5 it is a group, reference/<name>/, with a column per key.
 */

#include "cgroup/slice.h"
#include "runner/experiment/experiment.h"
#include "runner/trial/composition.h"
#include "runner/trial/spool.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

enum slow_channel {
	SLOW_STAT,	/* memory.stat */
	SLOW_PRESSURE,	/* memory.pressure */
	SLOW_PEAK,	/* memory.peak; no keys if the kernel has none */
	SLOW_PROCESSES, /* /proc/PID/status and stat of the task's processes, summed */
	SLOW_PSS,	/* their smaps_rollup */
	/* the composition of memory: at marks, and at new maxima (runner/trial/maxima.h) */
	SLOW_COMPOSITION,
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

/* The key's values are in hundredths of its column's unit. */
bool slow_channel_is_hundredths(enum slow_channel channel, unsigned key);

/* "reference.stat.anon_bytes": the series in the spool. Tasks cannot write to such names. */
void slow_channel_series(enum slow_channel channel, unsigned key, char ret_name[SPOOL_NAME_MAX]);

/* The series of a key in a spool; NULL if it has none, or there is no spool. */
struct series *slow_channel_find(
	enum slow_channel channel, unsigned key, const struct spool *spool);

/* A series with every row, and so with every time; NULL if there are no rows. */
struct series *slow_channel_longest(enum slow_channel channel, const struct spool *spool);

/* Whether these settings ask for it, and the rate; 0: no schedule, only at marks. */
bool slow_channel_is_wanted(enum slow_channel channel, const struct sampler_settings *settings);
double slow_channel_rate_hz(enum slow_channel channel, const struct sampler_settings *settings);

/* A reading of the sampler's as a row of SLOW_COMPOSITION. */
struct slow_row slow_row_of_composition(const struct composition *composition);

/* Reads a row now. -EOPNOTSUPP for the pressure if the leaf has none. */
int slow_channel_read(enum slow_channel channel, const struct slice *slice,
	struct slow_row *ret_row, struct error *error);
