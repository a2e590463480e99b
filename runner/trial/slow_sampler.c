#include "runner/trial/slow_sampler.h"

#include "runner/trial/schedule.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <errno.h>
#include <stdlib.h>

/* A channel in use, for the life of the sampler. */
struct active {
	bool enabled;
	struct schedule schedule;
	uint64_t n_rows;
	uint64_t last_time_ns;
	uint64_t read_ns;
	uint64_t read_max_ns;
	struct series *series[SLOW_MAX_KEYS]; /* NULL: the kernel lacks the key */
};

struct slow_sampler {
	const struct slice *slice;
	struct active channels[SLOW_N_CHANNELS];
};

/* ---- creation */

/* A first read, which is discarded, tells which keys this kernel has. */
static int make_series(struct slow_sampler *sampler, enum slow_channel channel, struct spool *spool,
	struct error *error)
{
	struct active *active = &sampler->channels[channel];
	struct slow_row row;
	int r = slow_channel_read(channel, sampler->slice, &row, error);

	for (unsigned key = 0; key < slow_channel_n_keys(channel) && r == 0; key++) {
		char name[SPOOL_NAME_MAX];

		if (!row.present[key])
			continue;
		slow_channel_series(channel, key, name);
		r = spool_series(spool, name, &active->series[key], error);
	}
	return r;
}

int slow_sampler_new(const struct slow_sampler_options *options, struct slow_sampler **ret_sampler,
	struct error *error)
{
	CLEANUP(cleanup_free) struct slow_sampler *sampler = calloc(1, sizeof(*sampler));

	if (!sampler)
		return error_set_errno(error, ENOMEM, "cannot make the slow sampler");
	sampler->slice = options->slice;
	for (unsigned channel = 0; channel < SLOW_N_CHANNELS; channel++) {
		const struct slow_channel_options *wanted = &options->channels[channel];
		int r;

		if (!wanted->enabled)
			continue;
		sampler->channels[channel].enabled = true;
		sampler->channels[channel].schedule.rate_hz = wanted->rate_hz;
		r = make_series(sampler, channel, options->spool, error);
		if (r < 0)
			return r;
	}
	*ret_sampler = TAKE_PTR(sampler);
	return 0;
}

void slow_sampler_free(struct slow_sampler *sampler)
{
	free(sampler);
}

/* ---- rows */

/* The midpoint of the read, but later than the previous row. */
static uint64_t row_time(struct active *active, uint64_t before_ns, uint64_t after_ns)
{
	uint64_t time_ns = before_ns + (after_ns - before_ns) / 2;

	active->read_ns += after_ns - before_ns;
	if (after_ns - before_ns > active->read_max_ns)
		active->read_max_ns = after_ns - before_ns;
	if (time_ns <= active->last_time_ns)
		time_ns = active->last_time_ns + 1;
	active->last_time_ns = time_ns;
	return time_ns;
}

/* After a failed read of a key its column is too short, and is dropped: see slow_columns.h. */
int slow_sampler_add(struct slow_sampler *sampler, enum slow_channel channel,
	const struct slow_row *row, uint64_t before_ns, uint64_t after_ns, struct error *error)
{
	struct active *active = &sampler->channels[channel];
	uint64_t time_ns = row_time(active, before_ns, after_ns);
	int r = 0;

	for (unsigned key = 0; key < slow_channel_n_keys(channel) && r == 0; key++) {
		const struct sample sample = {.time_ns = time_ns, .value = row->value[key]};

		if (active->series[key] && row->present[key])
			r = series_append(active->series[key], &sample, 1, error);
	}
	if (r == 0)
		active->n_rows++;
	return r;
}

static int sample_row(struct slow_sampler *sampler, enum slow_channel channel, struct error *error)
{
	struct slow_row row;
	uint64_t before_ns = clock_monotonic_ns();
	int r = slow_channel_read(channel, sampler->slice, &row, error);

	return r == 0 ? slow_sampler_add(
				sampler, channel, &row, before_ns, clock_monotonic_ns(), error)
		      : r;
}

int slow_sampler_take(
	struct slow_sampler *sampler, struct slow_row_numbers *ret_numbers, struct error *error)
{
	struct slow_row_numbers numbers = {.row = {0}};

	for (unsigned channel = 0; channel < SLOW_N_CHANNELS; channel++) {
		int r;

		if (!sampler->channels[channel].enabled)
			continue;
		r = sample_row(sampler, channel, error);
		if (r < 0)
			return r;
		numbers.row[channel] = sampler->channels[channel].n_rows - 1;
	}
	*ret_numbers = numbers;
	return 0;
}

/* ---- the schedules */

void slow_sampler_arm(struct slow_sampler *sampler, uint64_t now_ns)
{
	for (unsigned channel = 0; channel < SLOW_N_CHANNELS; channel++)
		if (sampler->channels[channel].enabled)
			schedule_arm(&sampler->channels[channel].schedule, now_ns);
}

uint64_t slow_sampler_due_ns(const struct slow_sampler *sampler)
{
	uint64_t first_ns = UINT64_MAX;

	for (unsigned channel = 0; channel < SLOW_N_CHANNELS; channel++) {
		uint64_t due_ns = schedule_due_ns(&sampler->channels[channel].schedule);

		if (due_ns < first_ns)
			first_ns = due_ns;
	}
	return first_ns;
}

/* One instant for all, so that channels with the same rate have the same rows. */
int slow_sampler_serve(struct slow_sampler *sampler, struct error *error)
{
	uint64_t now_ns = clock_monotonic_ns();
	int r = 0;

	for (unsigned channel = 0; channel < SLOW_N_CHANNELS && r == 0; channel++)
		if (schedule_reached(&sampler->channels[channel].schedule, now_ns))
			r = sample_row(sampler, channel, error);
	return r;
}

void slow_sampler_stop(struct slow_sampler *sampler, uint64_t now_ns)
{
	for (unsigned channel = 0; channel < SLOW_N_CHANNELS; channel++)
		schedule_stop(&sampler->channels[channel].schedule, now_ns);
}

struct slow_sampler_stats slow_sampler_stats(const struct slow_sampler *sampler)
{
	struct slow_sampler_stats stats;

	for (unsigned channel = 0; channel < SLOW_N_CHANNELS; channel++) {
		const struct active *active = &sampler->channels[channel];

		stats.channels[channel] = (struct slow_channel_stats){
			.n_scheduled = active->schedule.n_scheduled,
			.n_missed = active->schedule.n_missed,
			.read_ns = active->read_ns,
			.read_max_ns = active->read_max_ns,
		};
	}
	return stats;
}
