#include "runner/trial/peak.h"
#include "runner/trial/samples.h"
#include "runner/trial/trial_state.h"
#include "util/clock.h"

#include <errno.h>

static int read_bytes(const struct trial *trial,
	int (*read)(const struct slice *slice, uint64_t *ret_bytes), const char *what,
	uint64_t *ret_bytes, struct error *error)
{
	int r = read(trial->slice, ret_bytes);

	if (r < 0)
		return error_set_errno(error, -r, "cannot read %s of %s", what,
			slice_task_directory(trial->slice));
	return 0;
}

/* A kernel without a peak is not an error: *ret_bytes is then 0. */
static int read_slice_peak(
	const struct trial *trial, bool *ret_kept, uint64_t *ret_bytes, struct error *error)
{
	int r = read_bytes(trial, slice_peak_bytes, "the peak", ret_bytes, error);

	*ret_kept = r != -EOPNOTSUPP;
	if (*ret_kept)
		return r;
	*ret_bytes = 0;
	return 0;
}

/* Maxima that the sampler has read come before the row of the mark. */
static int take_rows(struct trial *trial, struct slow_row_numbers *ret_rows, struct error *error)
{
	int r = samples_drain(trial, error);

	return r == 0 ? slow_sampler_take(trial->slow_sampler, ret_rows, error) : r;
}

/*
 * The order matters: the peak is reset after it was read and before the current usage is read, so
 * that later peaks are never below the initial value.
 */
int snapshot_begin(struct trial *trial, uint64_t *ret_time_ns, struct error *error)
{
	struct trial_reference *reference = &trial->result->reference;
	uint64_t peak_bytes;
	int r;

	r = read_slice_peak(trial, &reference->leaf_peak_kept, &peak_bytes, error);
	if (r < 0)
		return r;
	r = slice_reset_peak(trial->slice, error);
	if (r < 0)
		return r;
	trial->peak_was_reset = r == 0;
	r = read_bytes(
		trial, slice_current_bytes, "the current use", &reference->initial_bytes, error);
	if (r < 0)
		return r;
	r = take_rows(trial, &reference->begin_rows, error);
	if (r < 0)
		return r;
	sampler_restart_maxima(trial->sampler);
	trial->peak_at_begin_bytes = peak_bytes;
	if (peak_bytes > reference->leaf_peak_bytes)
		reference->leaf_peak_bytes = peak_bytes;
	reference->begun = true;
	*ret_time_ns = clock_monotonic_ns();
	return 0;
}

static int read_final(struct trial *trial, struct error *error)
{
	struct trial_reference *reference = &trial->result->reference;
	int r;

	r = read_bytes(
		trial, slice_current_bytes, "the current use", &reference->final_bytes, error);
	if (r < 0)
		return r;
	r = read_slice_peak(trial, &reference->leaf_peak_kept, &reference->peak_bytes, error);
	if (r < 0)
		return r;
	if (reference->peak_bytes > reference->leaf_peak_bytes)
		reference->leaf_peak_bytes = reference->peak_bytes;
	return take_rows(trial, &reference->end_rows, error);
}

int snapshot_end(struct trial *trial, struct error *error)
{
	int r = read_final(trial, error);

	/* An incomplete account is discarded. */
	if (r < 0)
		trial->result->reference.begun = false;
	return r;
}

int snapshot_settle_peak(struct trial *trial, struct error *error)
{
	struct trial_reference *reference = &trial->result->reference;
	struct peak_evidence evidence = {
		.not_kept = !reference->leaf_peak_kept,
		.was_reset = trial->peak_was_reset,
		.at_begin_bytes = trial->peak_at_begin_bytes,
		.at_end_bytes = reference->peak_bytes,
		.initial_bytes = reference->initial_bytes,
		.final_bytes = reference->final_bytes,
	};
	struct peak peak = peak_of_interval(&evidence);

	/* There are many samples: they are read only if needed. */
	if (!peak.exact) {
		struct series_window window;
		int r = series_window(trial->reference, trial->result->begin_ns,
			trial->result->end_ns, &window, error);

		if (r < 0) {
			reference->begun = false;
			return r;
		}
		evidence.largest_sample_bytes = window.peak.present ? window.peak.value : 0;
		peak = peak_of_interval(&evidence);
	}
	reference->peak_bytes = peak.bytes;
	reference->peak_exact = peak.exact;
	return 0;
}
