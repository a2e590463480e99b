#pragma once

/*
 * What `memcg-run check` prints: what an experiment would do, without touching the system.
 */

#include "runner/experiment/experiment.h"
#include "runner/experiment/plan.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * Writes the task, the points, the backends, the number of trials, their order and what is known
 * of the time they take, for a person. Of a long plan the first and the last trials are shown, unless
 * `verbose`: then all are. Fails when `stream` cannot be written.
 */
int check_print(const struct experiment *experiment, const struct plan *plan, bool verbose,
	FILE *stream, struct error *error);
