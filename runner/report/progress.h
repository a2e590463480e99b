#pragma once

/*
 * Progress display of a run. On a terminal, one line that is rewritten (trial i of n, backend,
 * elapsed and remaining time, current and peak memory), and a permanent line for each trial that is
 * not ok. Of a search (runner/limit/search.h) the number of trials is not known before its end. Elsewhere, one plain line per trial. Nothing with --quiet.
 */

#include "runner/experiment/plan.h"
#include "runner/limit/search.h"
#include "runner/trial/trial.h"

#include <stdbool.h>
#include <stdio.h>

struct progress_options {
	FILE *stream;
	bool quiet;
	bool terminal; /* rewrites one line */
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
/*
 * Where the search is whose trials follow, shown in place of the time left: the bracket, and what became of its trials
 * so far. Such a trial is named by its stage and limit, and one that died has no line of its own on a terminal.
 */
void progress_search(
	struct progress *progress, const struct limit_finding *finding, uint64_t n_died);

/* For a resumed run: this trial is kept and will not run. Prints nothing. */
void progress_trial_kept(struct progress *progress, const struct planned_trial *planned);
/* A trial_context.tick function; its context is the `progress`. */
void progress_tick(
	void *progress, uint64_t elapsed_ns, uint64_t current_bytes, uint64_t peak_bytes);
void progress_trial_end(struct progress *progress, const struct planned_trial *planned,
	const struct trial_result *result);
/* Clears the line before other output, and at the end. */
void progress_clear(struct progress *progress);
