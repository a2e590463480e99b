#pragma once

/*
 * A data sheet with chosen values, for tests of its writers: two phenomena with five situations,
 * four reporters. Include it in only one file of a program.
 */

#include "runner/datasheet/datasheet.h"
#include "util/array.h"

#include <math.h>
#include <string.h>

#define FAKE_MIB 1048576.0
#define FAKE_SITUATIONS 5
#define FAKE_REPORTERS 4

#define FAKE_NOTHING ((struct statistics){.n = 0, .median = NAN})

static inline struct statistics fake_statistics(double low, double median, double high)
{
	return (struct statistics){.n = 10,
		.median = median,
		.minimum = low,
		.maximum = high,
		.quartile_low = low,
		.quartile_high = high,
		.median_ci95 = {low, high}};
}

static const uint64_t fake_trials[] = {3, 12, 57, 58, 59};

/* A name that contains a pipe, a tag and a terminal escape, all of which must be neutralised. */
#define FAKE_HOSTILE "ramp|<b>\033[2J,\"x\"'`$"

static const struct situation fake_situations[FAKE_SITUATIONS] = {
	{"fork_tree", "peak", 64 * FAKE_MIB, FAKE_MIB,
		{64 * FAKE_MIB, 64 * FAKE_MIB, 64.125 * FAKE_MIB, NAN}},
	{"fork_tree", "held", 64 * FAKE_MIB, FAKE_MIB,
		{64 * FAKE_MIB, 64 * FAKE_MIB, 64.125 * FAKE_MIB, NAN}},
	{"fork_tree", "final", 64 * FAKE_MIB, FAKE_MIB, {0, 0, 0, NAN}},
	{FAKE_HOSTILE, "peak", 16 * FAKE_MIB, FAKE_MIB, {16 * FAKE_MIB, 0, 16 * FAKE_MIB, NAN}},
	{FAKE_HOSTILE, "final", 16 * FAKE_MIB, FAKE_MIB, {0, 0, 0, NAN}},
};

/* The error in MiB; its interval is half a MiB on either side if `wide`. */
static inline struct cell fake_cell(
	enum datasheet_verdict verdict, double error_mib, bool wide, size_t n_trials)
{
	double half = wide ? 0.5 : 0.0;
	struct cell cell = {
		.value_bytes = fake_statistics(0, (32.0 + error_mib) * FAKE_MIB, 0),
		.error_bytes = fake_statistics((error_mib - half) * FAKE_MIB, error_mib * FAKE_MIB,
			(error_mib + half) * FAKE_MIB),
		.verdict = verdict,
		.sure = !wide,
		.against = {verdict, verdict, verdict, VERDICT_NONE},
		.trials = fake_trials,
		.n_trials = n_trials,
	};

	if (verdict == VERDICT_NONE)
		cell.value_bytes = cell.error_bytes = FAKE_NOTHING;
	return cell;
}

static struct cell fake_cells[FAKE_REPORTERS * FAKE_SITUATIONS];
static struct reporter fake_reporters[FAKE_REPORTERS];

static inline struct reporter fake_reporter(const char *backend, const char *metric)
{
	return (struct reporter){
		.backend = backend,
		.metric = metric,
		.headline = true,
		.resolution_bytes = NAN,
		.shortest_spike_ns = NAN,
		.shared_times = NAN,
		.rmse_bytes = FAKE_NOTHING,
		.delay_ns = FAKE_NOTHING,
		.reading_ns = FAKE_NOTHING,
		.slowdown = FAKE_NOTHING,
		.slowdown_most = FAKE_NOTHING,
		.added_bytes = FAKE_NOTHING,
		.disturbs_bytes = FAKE_NOTHING,
	};
}

static inline void fake_fill_reporters(void)
{
	struct reporter *reference = &fake_reporters[0];
	struct reporter *psutil = &fake_reporters[1];

	*reference = fake_reporter("reference", "reference.current_bytes");
	reference->counts = TRUTH_CHARGED;
	reference->n_counts_right = 2;
	reference->n_counts_judged = 2;
	reference->resolution_bytes = 262144;
	reference->shortest_spike_ns = 100000;
	reference->children = reference->native = reference->page_cache = ANSWER_YES;
	reference->shared_times = 1.004;
	reference->rmse_bytes = fake_statistics(12288, 12288, 12288);
	reference->delay_ns = fake_statistics(800, 800, 800);

	*psutil = fake_reporter("psutil", "psutil.rss_bytes");
	psutil->counts = TRUTH_TOUCHED;
	psutil->n_counts_right = 1;
	psutil->n_counts_judged = 2;
	psutil->resolution_bytes = 4096;
	psutil->shortest_spike_ns = 20e6;
	psutil->children = psutil->page_cache = ANSWER_NO;
	psutil->native = ANSWER_YES;
	psutil->shared_times = 8.0;
	psutil->reading_ns = fake_statistics(11000, 12300, 14000);
	psutil->slowdown = fake_statistics(1.001, 1.034, 1.062);
	psutil->added_bytes = fake_statistics(3e6, 3.5 * FAKE_MIB, 4e6);
	psutil->disturbs_bytes = fake_statistics(2e6, 2.25 * FAKE_MIB, 3e6);
	psutil->disturbs = ANSWER_YES;
	psutil->disturbs_in = "fork_tree";
	psutil->rmse_bytes = fake_statistics(1e6, 1.5 * FAKE_MIB, 2e6);
	psutil->delay_ns = fake_statistics(5e6, 5.25e6, 6e6);
	psutil->slowdown_most = fake_statistics(2.25, 2.4, 2.5);
	psutil->slowdown_in = "python_objects";

	fake_reporters[2] = fake_reporter("resource", "resource.maxrss_bytes");
	fake_reporters[2].high_water = true;
	fake_reporters[2].disturbs = ANSWER_NO;
	fake_reporters[3] = fake_reporter("none-at-all", "none-at-all.bytes");
}

/* Valid until the next call. */
static inline struct datasheet fake_datasheet(void)
{
	const struct cell none = fake_cell(VERDICT_NONE, 0, false, 0);
	const struct cell cells[FAKE_REPORTERS][FAKE_SITUATIONS] = {
		{fake_cell(VERDICT_RIGHT, 0.25, false, 5), fake_cell(VERDICT_RIGHT, 0.75, true, 5),
			fake_cell(VERDICT_RIGHT, -0.5, true, 5),
			fake_cell(VERDICT_RIGHT, 0, false, 1),
			fake_cell(VERDICT_RIGHT, 0, false, 1)},
		{fake_cell(VERDICT_BLIND, -64, false, 5), fake_cell(VERDICT_LOW, -16, true, 5),
			fake_cell(VERDICT_RIGHT, 0, false, 5),
			fake_cell(VERDICT_HIGH, 112, false, 2),
			fake_cell(VERDICT_HIGH, 1.25, true, 2)},
		{fake_cell(VERDICT_LOW, -0.8, false, 5), none, none,
			fake_cell(VERDICT_RIGHT, 0, false, 2), none},
		{none, none, none, none, none},
	};

	fake_fill_reporters();
	memcpy(fake_cells, cells, sizeof(fake_cells));
	return (struct datasheet){
		.run = "20261122T175321Z-datasheet",
		.kind = TRUTH_TOUCHED,
		.reporters = fake_reporters,
		.n_reporters = FAKE_REPORTERS,
		.situations = fake_situations,
		.n_situations = FAKE_SITUATIONS,
		.cells = fake_cells,
		.n_trials_ok = 40,
		.n_trials_left_out = 1,
		.repetitions = 10,
	};
}
