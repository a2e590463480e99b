#pragma once

/*
 * A run for programs: summary.json, and what the commands print with --json (docs/summary-schema.md). From results.h5
 * alone, and from the same decisions as the table: the comparison and its verdicts.
 *
 * Each key that the schema has is there; what is not known is null, never 0.
 */

#include "runner/analysis/comparison.h"

#include <jansson.h>

#define SUMMARY_JSON_SCHEMA "memcg-run summary"
/* Changes if a reader of the old version would misread the new one; new keys do not change it. */
#define SUMMARY_JSON_VERSION 1

/* The exit status of a run with trials that are not ok. */
#define SUMMARY_JSON_EXIT_TRIALS 1

/* The caller releases it. */
int summary_json(
	struct results *results, const char *run_path, json_t **ret_summary, struct error *error);

/* Writes it as summary.json to the run's folder. */
int summary_json_write(
	struct results *results, int run_fd, const char *run_path, struct error *error);

/* summary_json_point.c: a point with its backends and verdicts. NULL on ENOMEM. */
json_t *summary_json_point(
	struct results *results, const struct comparison *comparison, size_t point);

/* null where there are none. NULL on ENOMEM. */
json_t *summary_json_statistics(const struct statistics *statistics);

/* Of a trial: its limits, and what its peak was made of. NULL on ENOMEM. */
json_t *summary_json_limits(struct results *results, uint64_t trial);
json_t *summary_json_composition(const double account[SUMMARY_N_ACCOUNT]);
