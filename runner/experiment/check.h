#pragma once

/* The output of `memcg-run check`: what an experiment would do, without touching the system. */

#include "runner/experiment/experiment.h"
#include "runner/experiment/plan.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * Prints the task, the points, the backends, the number and order of trials and their known
 * durations, for people. A long plan shows only its first and last trials, unless `verbose`. Fails
 * if `stream` cannot be written.
 */
int check_print(const struct experiment *experiment, const struct plan *plan, bool verbose,
	FILE *stream, struct error *error);
