#pragma once

/*
 * What a person sees while a run goes on: one line that is rewritten where the stream is a terminal
 * (trial i of n, backend, elapsed, left, current and peak memory), one plain line a trial where it is
 * not, nothing with --quiet. A trial that did not end ok leaves a line on a terminal too.
 */

#include "runner/experiment/plan.h"
#include "runner/trial/trial.h"

#include <stdbool.h>
#include <stdio.h>

struct progress_options {
	FILE *stream;
	bool quiet;
	bool terminal; /* rewrite one line */
	bool color;
	unsigned width;		  /* of the terminal, in columns; 0: unknown */
	uint64_t (*now_ns)(void); /* the clock, for tests; NULL: CLOCK_MONOTONIC */
};

struct progress;

/* Borrows the stream and the plan. -ENOMEM. */
int progress_new(const struct progress_options *options, const struct plan *plan,
	struct progress **ret_progress);
void progress_free(struct progress *progress);

void progress_trial_begin(struct progress *progress, const struct planned_trial *planned);
/* Of a run that is gone on with: this trial is not to come any more. Shows nothing. */
void progress_trial_kept(struct progress *progress, const struct planned_trial *planned);
/* Has the signature of trial_context.tick: `progress` is the context. */
void progress_tick(
	void *progress, uint64_t elapsed_ns, uint64_t current_bytes, uint64_t peak_bytes);
void progress_trial_end(struct progress *progress, const struct planned_trial *planned,
	const struct trial_result *result);
/* Clears the line before other output, and at the end. */
void progress_clear(struct progress *progress);
