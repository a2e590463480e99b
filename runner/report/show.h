#pragma once

/*
 * What `memcg-run show` prints, from results.h5 alone: a run, trial by trial, or one trial with everything about it.
 * What a task or a file says is safe for a terminal.
 */

#include "runner/report/report.h"

#include <jansson.h>

/* A line for each trial, then the table (report_table), then why trials failed. */
int show_run(struct results *results, const struct report_options *options, FILE *stream,
	struct error *error);

/*
 * The trial's facts, its marks and the truth it declared over time, and what it printed. -ENOENT where the run has no
 * trial of that number.
 */
int show_trial(struct results *results, uint64_t trial, FILE *stream, struct error *error);

/*
 * Both for programs (docs/summary-schema.md): the run's summary with the list of its trials, and a trial by the facts
 * above. The caller releases them.
 */
#define SHOW_JSON_SCHEMA "memcg-run trial"
#define SHOW_JSON_VERSION 1
int show_run_json(
	struct results *results, const char *run_path, json_t **ret_json, struct error *error);
int show_trial_json(
	struct results *results, uint64_t trial, json_t **ret_json, struct error *error);
