#include "runner/trial/slow_sampler.h"

#include "util/cleanup.h"
#include "util/clock.h"

#include <errno.h>
#include <stdlib.h>

struct slow_sampler {
	struct slow_sampler_options options;
	struct slow_sampler_stats stats;
	uint64_t n_rows;
	uint64_t armed_ns;
	uint64_t next; /* the deadline to come, counted from 1; 0: there is none */
	uint64_t stat_time_ns;
	uint64_t pressure_time_ns;
	/* NULL: a key that the kernel does not have. */
	struct series *stat[MEMORY_STAT_N_KEYS];
	struct series *pressure[MEMORY_PRESSURE_N_KEYS];
};

/* ---- made */

static int make_series(struct spool *spool, const char *prefix, const char *name,
	struct series **ret_series, struct error *error)
{
	char full[SPOOL_NAME_MAX];

	snprintf(full, sizeof(full), "%s%s", prefix, name);
	return spool_series(spool, full, ret_series, error);
}

/* One read, which no one sees, says which keys this kernel has. */
static int make_stat(struct slow_sampler *sampler, struct error *error)
{
	struct memory_stat stat;
	int r = slice_read_stat(sampler->options.slice, &stat, error);

	for (unsigned key = 0; key < MEMORY_STAT_N_KEYS && r == 0; key++)
		if (stat.present[key])
			r = make_series(sampler->options.spool, SPOOL_STAT, memory_stat_name(key),
				&sampler->stat[key], error);
	return r;
}

static int make_pressure(struct slow_sampler *sampler, struct error *error)
{
	struct memory_pressure pressure;
	int r = slice_read_pressure(sampler->options.slice, &pressure, error);

	for (unsigned key = 0; key < MEMORY_PRESSURE_N_KEYS && r == 0; key++)
		r = make_series(sampler->options.spool, SPOOL_PRESSURE, memory_pressure_name(key),
			&sampler->pressure[key], error);
	return r;
}

int slow_sampler_new(const struct slow_sampler_options *options, struct slow_sampler **ret_sampler,
	struct error *error)
{
	CLEANUP(cleanup_free) struct slow_sampler *sampler = calloc(1, sizeof(*sampler));
	int r;

	if (!sampler)
		return error_set_errno(error, ENOMEM, "cannot make the slow sampler");
	sampler->options = *options;
	r = make_stat(sampler, error);
	if (r == 0 && options->pressure)
		r = make_pressure(sampler, error);
	if (r < 0)
		return r;
	*ret_sampler = TAKE_PTR(sampler);
	return 0;
}

void slow_sampler_free(struct slow_sampler *sampler)
{
	free(sampler);
}

/* ---- the schedule */

/* From the count, not by adding periods: rounding does not add up. */
static uint64_t deadline_ns(const struct slow_sampler *sampler, uint64_t count)
{
	return sampler->armed_ns +
	       (uint64_t)((double)count * ((double)NS_PER_S / sampler->options.rate_hz));
}

void slow_sampler_arm(struct slow_sampler *sampler, uint64_t now_ns)
{
	sampler->armed_ns = now_ns;
	sampler->next = sampler->options.rate_hz > 0 ? 1 : 0;
}

uint64_t slow_sampler_due_ns(const struct slow_sampler *sampler)
{
	return sampler->next ? deadline_ns(sampler, sampler->next) : UINT64_MAX;
}

/* Deadlines that have passed unserved are left behind. */
static void pass_over(struct slow_sampler *sampler, uint64_t now_ns)
{
	while (slow_sampler_due_ns(sampler) <= now_ns) {
		sampler->stats.n_scheduled++;
		sampler->stats.n_missed++;
		sampler->next++;
	}
}

int slow_sampler_serve(struct slow_sampler *sampler, struct error *error)
{
	uint64_t now_ns = clock_monotonic_ns();
	uint64_t row;

	if (now_ns < slow_sampler_due_ns(sampler))
		return 0;
	sampler->stats.n_scheduled++;
	sampler->next++;
	pass_over(sampler, now_ns);
	return slow_sampler_take(sampler, &row, error);
}

void slow_sampler_stop(struct slow_sampler *sampler, uint64_t now_ns)
{
	pass_over(sampler, now_ns);
	sampler->next = 0;
}

struct slow_sampler_stats slow_sampler_stats(const struct slow_sampler *sampler)
{
	return sampler->stats;
}

/* ---- rows */

static uint64_t time_of_read(uint64_t before_ns, uint64_t *last_ns)
{
	uint64_t time_ns = before_ns + (clock_monotonic_ns() - before_ns) / 2;

	if (time_ns <= *last_ns)
		time_ns = *last_ns + 1;
	*last_ns = time_ns;
	return time_ns;
}

static int append(struct series *series, uint64_t time_ns, uint64_t value, struct error *error)
{
	const struct sample sample = {.time_ns = time_ns, .value = value};

	return series_append(series, &sample, 1, error);
}

/* A key that could not be read this time makes its column shorter, and so none: see slow_columns.h. */
static int take_stat(struct slow_sampler *sampler, struct error *error)
{
	struct memory_stat stat;
	uint64_t time_ns = clock_monotonic_ns();
	int r = slice_read_stat(sampler->options.slice, &stat, error);

	time_ns = time_of_read(time_ns, &sampler->stat_time_ns);
	for (size_t key = 0; key < MEMORY_STAT_N_KEYS && r == 0; key++)
		if (sampler->stat[key] && stat.present[key])
			r = append(sampler->stat[key], time_ns, stat.value[key], error);
	return r;
}

static int take_pressure(struct slow_sampler *sampler, struct error *error)
{
	struct memory_pressure pressure;
	uint64_t time_ns = clock_monotonic_ns();
	int r = slice_read_pressure(sampler->options.slice, &pressure, error);

	time_ns = time_of_read(time_ns, &sampler->pressure_time_ns);
	for (size_t key = 0; key < MEMORY_PRESSURE_N_KEYS && r == 0; key++)
		r = append(sampler->pressure[key], time_ns, pressure.value[key], error);
	return r;
}

int slow_sampler_take(struct slow_sampler *sampler, uint64_t *ret_row, struct error *error)
{
	int r = take_stat(sampler, error);

	if (r == 0 && sampler->options.pressure)
		r = take_pressure(sampler, error);
	if (r == 0)
		*ret_row = sampler->n_rows++;
	return r;
}
