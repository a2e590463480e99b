#include "runner/trial/trial_state.h"
#include "util/clock.h"

#include <string.h>

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

/*
 * The order matters: the peak is reset after it was read and before the current use is, so that a peak
 * from here on is never below the initial value.
 */
int snapshot_begin(struct trial *trial, uint64_t *ret_time_ns, struct error *error)
{
	struct trial_reference *reference = &trial->result->reference;
	uint64_t peak_bytes;
	int r;

	r = read_bytes(trial, slice_peak_bytes, "the peak", &peak_bytes, error);
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
	r = slice_read_stat(trial->slice, &reference->stat_begin, error);
	if (r < 0)
		return r;
	trial->peak_at_begin_bytes = peak_bytes;
	if (peak_bytes > reference->leaf_peak_bytes)
		reference->leaf_peak_bytes = peak_bytes;
	reference->begun = true;
	*ret_time_ns = clock_monotonic_ns();
	return 0;
}

int snapshot_end(struct trial *trial, struct error *error)
{
	struct trial_reference *reference = &trial->result->reference;
	int r;

	r = read_bytes(
		trial, slice_current_bytes, "the current use", &reference->final_bytes, error);
	if (r < 0)
		return r;
	r = read_bytes(trial, slice_peak_bytes, "the peak", &reference->peak_bytes, error);
	if (r < 0)
		return r;
	if (reference->peak_bytes > reference->leaf_peak_bytes)
		reference->leaf_peak_bytes = reference->peak_bytes;
	return slice_read_stat(trial->slice, &reference->stat_end, error);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * Where the kernel did not reset its peak (v2 before Linux 6.12) it still counts from the leaf's
 * creation. It is the peak of the interval if it rose in it; else the interval stayed below what came
 * before, and the largest sample is the best there is.
 */
int snapshot_settle_peak(struct trial *trial, struct error *error)
{
	struct trial_result *result = trial->result;
	struct trial_reference *reference = &result->reference;
	struct series_window window;
	int r;

	reference->peak_exact =
		trial->peak_was_reset || reference->peak_bytes > trial->peak_at_begin_bytes;
	if (reference->peak_exact || !trial->reference)
		return 0;
	r = series_window(trial->reference, result->begin_ns, result->end_ns, &window, error);
	if (r < 0)
		return r;
	reference->peak_bytes = larger(reference->initial_bytes, reference->final_bytes);
	if (window.peak.present)
		reference->peak_bytes = larger(reference->peak_bytes, window.peak.value);
	return 0;
}
