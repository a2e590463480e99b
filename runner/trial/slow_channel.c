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

static int not_listed(const struct slice *slice, int r, struct error *error)
{
	return error_set_errno(
		error, -r, "cannot list the processes of %s", slice_task_directory(slice));
}

static int read_processes(const struct slice *slice, struct slow_row *row, struct error *error)
{
	uint64_t values[PROCESSES_N_KEYS];
	int r = processes_read(slice, values);

	if (r < 0)
		return not_listed(slice, r, error);
	set_all(row, values, PROCESSES_N_KEYS);
	return 0;
}

static int read_pss(const struct slice *slice, struct slow_row *row, struct error *error)
{
	uint64_t values[PSS_N_KEYS];
	int r = pss_read(slice, values);

	if (r < 0)
		return not_listed(slice, r, error);
	set_all(row, values, PSS_N_KEYS);
	return 0;
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

static const char *stat_key(unsigned key)
{
	return memory_stat_name((enum memory_stat_key)key);
}

static const char *pressure_key(unsigned key)
{
	return memory_pressure_name((enum memory_pressure_key)key);
}

static const char *peak_key(unsigned key)
{
	(void)key;
	return "peak_bytes";
}

static const char *processes_key(unsigned key)
{
	return processes_name((enum processes_key)key);
}

static const char *pss_key(unsigned key)
{
	return pss_name((enum pss_key)key);
}

static const char *composition_key(unsigned key)
{
	return composition_name((enum composition_key)key);
}

static const struct channel {
	const char *name;
	unsigned n_keys;
	const char *(*key)(unsigned key);
	int (*read)(const struct slice *slice, struct slow_row *row, struct error *error);
} channels[SLOW_N_CHANNELS] = {
	[SLOW_STAT] = {"stat", MEMORY_STAT_N_KEYS, stat_key, read_stat},
	[SLOW_PRESSURE] = {"pressure", MEMORY_PRESSURE_N_KEYS, pressure_key, read_pressure_row},
	[SLOW_PEAK] = {"peak", 1, peak_key, read_peak_row},
	[SLOW_PROCESSES] = {"processes", PROCESSES_N_KEYS, processes_key, read_processes},
	[SLOW_PSS] = {"pss", PSS_N_KEYS, pss_key, read_pss},
	[SLOW_COMPOSITION] = {"composition", COMPOSITION_N_KEYS, composition_key, read_composition},
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
	return channels[channel].key(key);
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
