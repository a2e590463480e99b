#pragma once

/*
 * A run: an experiment from its file to its folder of results. experiment -> plan -> trials -> store ->
 * report, and everything that is made on the machine for it is undone at its end.
 */

#include "runner/report/progress.h"
#include "runner/run/leftovers.h"
#include "runner/trial/tally.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct run_options {
	const char *experiment_path;
	const char *output_directory; /* the run's folder is made in it */
	bool pictures;		      /* draw them, and report.html, at the end */
	const char *resumed_path; /* the folder of a run to go on with: then not the two above */
	bool force;		  /* go on with it whatever has changed since */
	bool quick;	/* one repetition and no warm-up; of a run to go on with, as it was begun */
	int verbose_fd; /* the log goes there too; -1: no */
	/* What is wrong with the experiment, and what the run goes without, a line each. */
	FILE *diagnostics;
	/*
	 * The user has asked twice: prints what is left, as the run's journal names it ("" : nothing), and ends the
	 * process. Called by a thread of the run's own, while the others may wait for anything.
	 */
	void (*end_at_once)(const char *run_path, const char *left);
	struct progress_options progress;
};

/* How a run ended, for the command line to make an exit code of. */
enum run_end {
	RUN_ENDED,	 /* by itself: the tally says how its trials did */
	RUN_INTERRUPTED, /* by its user */
	RUN_REFUSED,	 /* the experiment, or the run to resume, is not one that can be run */
	RUN_FAILED,	 /* something that is not a task failed */
};

/* Owned by the caller: run_outcome_release. */
struct run_outcome {
	enum run_end end;
	char *path;	    /* the run's folder; NULL where it never began and has none */
	int folder_fd;	    /* the same, held: its path may lead to another by now; -1 without it */
	bool complete;	    /* every planned trial is in its results.h5 */
	bool undrawn;	    /* the user did not wait for the pictures */
	bool was_complete;  /* and was before: there was nothing to go on with */
	uint64_t n_planned; /* trials, warm-ups included */
	struct tally tally; /* of all its trials, those of an earlier part included */
	struct leftovers leftovers; /* of an earlier run that was killed, removed at the start */
};

/*
 * Runs it to its end, or goes on with it: sealed trials are kept, one that was cut is recorded as interrupted
 * and run again, and what has changed since is an error, unless `force`. Returns 0 when the run came to an end of
 * its own or of the user's (the outcome says which and how), and a negative errno when something that is not a
 * task failed: then it ended as RUN_REFUSED, RUN_FAILED, or RUN_INTERRUPTED before it began, and what could be saved
 * was. The outcome is set in any case.
 *
 * Blocks SIGINT, SIGTERM and SIGHUP for the time and takes them as the user's wish to end; a SIGHUP that is
 * ignored, as nohup(1) has it, stays so. What the run starts is in sessions of its own: Ctrl-C and the end of
 * the terminal are the run's alone to hear.
 */
int run_experiment(
	const struct run_options *options, struct run_outcome *ret_outcome, struct error *error);

void run_outcome_release(struct run_outcome *outcome);
