#pragma once

/* The output of `memcg-run check`: what an experiment would do, without touching the system. */

#include "runner/experiment/experiment.h"
#include "runner/experiment/plan.h"
#include "util/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Prints the task, the points, the backends, the number and order of trials and their known
 * durations, for people. A long plan shows only its first and last trials, unless `verbose`. Fails
 * if `stream` cannot be written.
 */
int check_print(const struct experiment *experiment, const struct plan *plan, bool verbose,
	FILE *stream, struct error *error);

/* The same for programs, with the whole plan: docs/summary-schema.md. The caller releases it. */
#define CHECK_JSON_SCHEMA "memcg-run check"
#define CHECK_JSON_VERSION 1
int check_json(const struct experiment *experiment, const struct plan *plan, json_t **ret_json,
	struct error *error);
