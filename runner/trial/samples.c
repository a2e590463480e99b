#include "runner/trial/samples.h"

#include "backends/truth.h"
#include "runner/trial/journal.h"
#include "util/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* Ten times a second is enough for the display and for emptying the ring. */
#define TICK_NS (100 * NS_PER_MS)
#define DRAIN_SAMPLES 4096
/*
 * The most that a killed runner loses. At 1 kHz this is a write of 16 KB, and some thirty small
 * ones.
 */
#define FLUSH_NS NS_PER_S

/* ---- the runner's own samples */

static int drain_maxima(struct trial *trial, struct error *error)
{
	struct maximum maximum;
	int r = 0;

	while (r == 0 && sampler_take_maximum(trial->sampler, &maximum)) {
		const struct slow_row row = slow_row_of_composition(&maximum.composition);

		r = slow_sampler_add(trial->slow_sampler, SLOW_COMPOSITION, &row, maximum.before_ns,
			maximum.after_ns, error);
	}
	return r;
}

int samples_drain(struct trial *trial, struct error *error)
{
	struct sample samples[DRAIN_SAMPLES];
	size_t n;

	/*
	 * Until fewer than requested were there: with a spinning sampler it would never be empty.
	 */
	do {
		int r;

		n = sampler_drain(trial->sampler, samples, DRAIN_SAMPLES);
		r = series_append(trial->reference, samples, n, error);
		if (r == 0)
			r = gaps_add(&trial->result->gaps, trial->result->spool, samples, n, error);
		if (r < 0)
			return r;
	} while (n == DRAIN_SAMPLES);
	return drain_maxima(trial, error);
}

/* Starts when there is something to lose. */
static int flush_spool(struct trial *trial, struct error *error)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (!trial->evidence.gate_opened || now_ns < trial->flush_ns)
		return 0;
	trial->flush_ns = now_ns + FLUSH_NS;
	return spool_flush(trial->result->spool, error);
}

static void tell_progress(struct trial *trial)
{
	const struct trial_context *context = trial->context;
	uint64_t now_ns = clock_monotonic_ns();
	uint64_t current_bytes;
	uint64_t peak_bytes;

	if (now_ns < trial->tick_ns)
		return;
	trial->tick_ns = now_ns + TICK_NS;
	if (!context->tick || !trial->evidence.gate_opened)
		return;
	if (slice_current_bytes(trial->slice, &current_bytes) < 0)
		return;
	/* If the kernel keeps no peak, the current value is a lower bound. */
	if (slice_peak_bytes(trial->slice, &peak_bytes) < 0)
		peak_bytes = current_bytes;
	context->tick(context->tick_context, now_ns - trial->result->start_monotonic_ns,
		current_bytes, peak_bytes);
}

int samples_serve(struct trial *trial, struct error *error)
{
	int r = samples_drain(trial, error);

	if (r == 0)
		r = slow_sampler_serve(trial->slow_sampler, error);
	if (r == 0)
		r = flush_spool(trial, error);
	tell_progress(trial);
	return r;
}

int samples_keep_up(struct trial *trial, struct error *error)
{
	struct pollfd signals = {.fd = trial->context->signal_fd, .events = POLLIN};
	int r = samples_serve(trial, error);

	if (r == 0 && poll(&signals, 1, 0) == 1)
		r = error_set(error, EINTR, "interrupted by the user");
	return r;
}

/* ---- samples of the task and the reporter */

/* An invalid name, or too many names, is the task's mistake; a full disk is not. */
static bool is_refusal(const struct trial *trial, int result)
{
	return result == -EINVAL ||
	       (result == -ENOSPC && spool_n_series(trial->result->spool) >= SPOOL_MAX_SERIES);
}

int samples_keep_metric(
	struct trial *trial, const struct memcg_run_record *record, struct error *error)
{
	const struct sample sample = {.time_ns = record->time_ns, .value = record->value};
	struct series *series;
	int r = spool_metric(trial->result->spool, record->name, &series, error);

	if (r < 0)
		return is_refusal(trial, r) ? 1 : r;
	if (record->type == MEMCG_RUN_METRIC) {
		series_set_kind(series, (enum metric_kind)record->value);
		return journal_kind(trial->result->spool, record->name, series_kind(series), error);
	}
	return series_append(series, &sample, 1, error);
}

int samples_keep_truth(
	struct trial *trial, const struct memcg_run_record *record, struct error *error)
{
	const struct sample sample = {.time_ns = record->time_ns, .value = record->value};
	struct series *series = trial->truth;
	enum truth_kind kind;
	int r = truth_kind_find(record->name, &kind) ? 0 : -EINVAL;

	if (r == 0 && kind != TRUTH_TOUCHED)
		r = spool_series(trial->result->spool, truth_kind_place(kind, SPOOL_SEPARATOR).text,
			&series, error);
	if (r < 0)
		return is_refusal(trial, r) ? 1 : r;
	return series_append(series, &sample, 1, error);
}
