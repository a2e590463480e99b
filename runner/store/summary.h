#pragma once

/*
 * The rows of /summary: their layout in memory and in the file, and the two writers of a row, the
 * table in results.h5 and summary.csv.
 *
 * Strings have a fixed width, the longest that the plan can produce, so that a row is plain bytes:
 * it compresses well, and readers need no heap for it.
 */

#include "runner/experiment/plan.h"
#include "runner/store/results.h"
#include "util/error.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* In the order of the table's columns. */
enum summary_field {
	SUMMARY_TRIAL,
	SUMMARY_TASK,
	SUMMARY_PARAMETERS,
	SUMMARY_BACKEND,
	SUMMARY_METRIC,
	SUMMARY_REPETITION,
	SUMMARY_WARMUP,
	SUMMARY_STATUS,
	SUMMARY_INITIAL_BYTES,
	SUMMARY_PEAK_BYTES,
	SUMMARY_FINAL_BYTES,
	SUMMARY_TRUTH_PEAK_BYTES,
	SUMMARY_WALL_NS,
	SUMMARY_WATCHED_NS,
	SUMMARY_RUNNER_CPU_NS,
	SUMMARY_SAMPLER_CPU_NS,
	SUMMARY_RUNNER_PEAK_RSS_BYTES,
	SUMMARY_SUSPECT,
	SUMMARY_CAUSE,
	SUMMARY_ACCOUNT, /* the first of them, in the order of enum summary_account */
	SUMMARY_STAGE = SUMMARY_ACCOUNT + SUMMARY_N_ACCOUNT,
	SUMMARY_LIMIT_END,
	SUMMARY_N_FIELDS,
};

struct summary_layout {
	size_t size[SUMMARY_N_FIELDS]; /* bytes; strings are padded with NULs */
	size_t offset[SUMMARY_N_FIELDS];
	bool absent[SUMMARY_N_FIELDS]; /* not in the file of an older writer: read as missing */
	size_t row_size;
};

/* From the string widths in the type of a /summary. -EINVAL if it is not such a type. */
int summary_layout_of_type(hid_t type, struct summary_layout *ret_layout, struct error *error);

/* The compound type of a row, in native byte order. H5I_INVALID_HID on failure. */
hid_t summary_memory_type(const struct summary_layout *layout);

/* ---- writing */

/* A number that may be missing, which is not 0. */
struct summary_number {
	bool present;
	uint64_t value;
};

struct summary_entry {
	const struct planned_trial *planned;
	const char *parameters;
	const char *metric;
	const char *status;
	struct summary_number initial_bytes;
	struct summary_number peak_bytes;
	struct summary_number final_bytes;
	struct summary_number truth_peak_bytes;
	struct summary_number wall_ns;
	/* The cost of watching the trial: runner/trial/watch_cost.h. */
	struct summary_number watched_ns;
	struct summary_number runner_cpu_ns; /* including the sampler's */
	struct summary_number sampler_cpu_ns;
	struct summary_number runner_peak_rss_bytes;
	bool suspect;
	const char *cause;
	struct summary_number account[SUMMARY_N_ACCOUNT];
	const char *limit_end; /* "" unless it is a trial of a search */
};

struct summary_writer;

/* Creates /summary in the file and writes the header line of the CSV. Borrows all three. */
int summary_writer_new(hid_t file, FILE *csv, const struct plan *plan,
	struct summary_writer **ret_writer, struct error *error);
int summary_writer_add(
	struct summary_writer *writer, const struct summary_entry *entry, struct error *error);
/* Writes the buffered rows and closes the table. The caller flushes `csv`. */
int summary_writer_finish(struct summary_writer *writer, struct error *error);
void summary_writer_free(struct summary_writer *writer);
