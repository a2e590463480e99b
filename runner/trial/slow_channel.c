#include "runner/trial/slow_channel.h"

#include "runner/trial/processes.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

static_assert((int)MEMORY_STAT_N_KEYS <= SLOW_MAX_KEYS, "a row has them all");
static_assert((int)MEMORY_PRESSURE_N_KEYS <= SLOW_MAX_KEYS, "a row has them all");
static_assert((int)PROCESSES_N_KEYS <= SLOW_MAX_KEYS, "a row has them all");
static_assert((int)PSS_N_KEYS <= SLOW_MAX_KEYS, "a row has them all");
static_assert((int)COMPOSITION_N_KEYS <= SLOW_MAX_KEYS, "a row has them all");

/* ---- reading */

static int read_stat(const struct slice *slice, struct slow_row *row, struct error *error)
{
	struct memory_stat stat;
	int r = slice_read_stat(slice, &stat, error);

	for (unsigned key = 0; key < MEMORY_STAT_N_KEYS && r == 0; key++) {
		row->value[key] = stat.value[key];
		row->present[key] = stat.present[key];
	}
	return r;
}

static void set_all(struct slow_row *row, const uint64_t *values, unsigned n)
{
	for (unsigned key = 0; key < n; key++) {
		row->value[key] = values[key];
		row->present[key] = true;
	}
}

static int read_pressure_row(const struct slice *slice, struct slow_row *row, struct error *error)
{
	struct memory_pressure pressure;
	int r = slice_read_pressure(slice, &pressure, error);

	if (r == 0)
		set_all(row, pressure.value, MEMORY_PRESSURE_N_KEYS);
	return r;
}

static int read_peak_row(const struct slice *slice, struct slow_row *row, struct error *error)
{
	uint64_t peak_bytes;
	int r = slice_peak_bytes(slice, &peak_bytes);

	if (r == -EOPNOTSUPP)
		return 0;
	if (r < 0)
		return error_set_errno(
			error, -r, "cannot read the peak of %s", slice_task_directory(slice));
	set_all(row, &peak_bytes, 1);
	return 0;
}

/* `r` is the result of listing the slice's processes, which gave these sums. */
static int take_sums(const struct slice *slice, int r, const uint64_t *values, unsigned n,
	struct slow_row *row, struct error *error)
{
	if (r < 0)
		return error_set_errno(
			error, -r, "cannot list the processes of %s", slice_task_directory(slice));
	set_all(row, values, n);
	return 0;
}

static int read_processes(const struct slice *slice, struct slow_row *row, struct error *error)
{
	uint64_t values[PROCESSES_N_KEYS];
	int r = processes_read(slice, values);

	return take_sums(slice, r, values, PROCESSES_N_KEYS, row, error);
}

static int read_pss(const struct slice *slice, struct slow_row *row, struct error *error)
{
	uint64_t values[PSS_N_KEYS];
	int r = pss_read(slice, values);

	return take_sums(slice, r, values, PSS_N_KEYS, row, error);
}

struct slow_row slow_row_of_composition(const struct composition *composition)
{
	struct slow_row row = {.present = {false}};

	for (unsigned key = 0; key < COMPOSITION_N_KEYS; key++) {
		row.value[key] = composition->bytes[key];
		row.present[key] = composition->present[key];
	}
	return row;
}

/* The usage first, as in the sampler. */
static int read_composition(const struct slice *slice, struct slow_row *row, struct error *error)
{
	struct composition composition;
	struct memory_stat stat;
	uint64_t current_bytes;
	int r = slice_current_bytes(slice, &current_bytes);

	if (r < 0)
		return error_set_errno(error, -r, "cannot read the current use of %s",
			slice_task_directory(slice));
	r = slice_read_stat(slice, &stat, error);
	if (r < 0)
		return r;
	composition = composition_of(current_bytes, &stat);
	*row = slow_row_of_composition(&composition);
	return 0;
}

/* ---- names */

static const struct channel {
	const char *name;
	unsigned n_keys;
	int (*read)(const struct slice *slice, struct slow_row *row, struct error *error);
} channels[SLOW_N_CHANNELS] = {
	[SLOW_STAT] = {"stat", MEMORY_STAT_N_KEYS, read_stat},
	[SLOW_PRESSURE] = {"pressure", MEMORY_PRESSURE_N_KEYS, read_pressure_row},
	[SLOW_PEAK] = {"peak", 1, read_peak_row},
	[SLOW_PROCESSES] = {"processes", PROCESSES_N_KEYS, read_processes},
	[SLOW_PSS] = {"pss", PSS_N_KEYS, read_pss},
	[SLOW_COMPOSITION] = {"composition", COMPOSITION_N_KEYS, read_composition},
};

const char *slow_channel_name(enum slow_channel channel)
{
	return channels[channel].name;
}

unsigned slow_channel_n_keys(enum slow_channel channel)
{
	return channels[channel].n_keys;
}

const char *slow_channel_key(enum slow_channel channel, unsigned key)
{
	switch (channel) {
	case SLOW_STAT:
		return memory_stat_name(key);
	case SLOW_PRESSURE:
		return memory_pressure_name(key);
	case SLOW_PROCESSES:
		return processes_name(key);
	case SLOW_PSS:
		return pss_name(key);
	case SLOW_COMPOSITION:
		return composition_name(key);
	default:
		return "peak_bytes";
	}
}

bool slow_channel_is_hundredths(enum slow_channel channel, unsigned key)
{
	return channel == SLOW_PRESSURE &&
	       (key == MEMORY_PRESSURE_SOME_AVG10 || key == MEMORY_PRESSURE_FULL_AVG10);
}

void slow_channel_series(enum slow_channel channel, unsigned key, char ret_name[SPOOL_NAME_MAX])
{
	snprintf(ret_name, SPOOL_NAME_MAX, "%s.%s.%s", SPOOL_REFERENCE, slow_channel_name(channel),
		slow_channel_key(channel, key));
}

struct series *slow_channel_find(enum slow_channel channel, unsigned key, const struct spool *spool)
{
	char name[SPOOL_NAME_MAX];

	slow_channel_series(channel, key, name);
	return spool ? spool_find(spool, name) : NULL;
}

struct series *slow_channel_longest(enum slow_channel channel, const struct spool *spool)
{
	struct series *longest = NULL;

	for (unsigned key = 0; key < slow_channel_n_keys(channel); key++) {
		struct series *series = slow_channel_find(channel, key, spool);

		if (series && series_size(series) > (longest ? series_size(longest) : 0))
			longest = series;
	}
	return longest;
}

double slow_channel_rate_hz(enum slow_channel channel, const struct sampler_settings *settings)
{
	switch (channel) {
	case SLOW_PEAK:
		return settings->peak_hz;
	case SLOW_PROCESSES:
		return settings->processes_hz;
	case SLOW_PSS:
		return settings->pss_hz;
	case SLOW_COMPOSITION:
		return 0;
	default:
		return settings->stat_hz;
	}
}

bool slow_channel_is_wanted(enum slow_channel channel, const struct sampler_settings *settings)
{
	switch (channel) {
	case SLOW_STAT:
	case SLOW_COMPOSITION:
		return true;
	case SLOW_PRESSURE:
		return settings->pressure;
	default:
		return slow_channel_rate_hz(channel, settings) > 0;
	}
}

int slow_channel_read(enum slow_channel channel, const struct slice *slice,
	struct slow_row *ret_row, struct error *error)
{
	struct slow_row row = {.present = {false}};
	int r = channels[channel].read(slice, &row, error);

	if (r == 0)
		*ret_row = row;
	return r;
}
