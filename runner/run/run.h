#pragma once

/*
 * A run: from the experiment file to the folder of results. experiment -> plan -> trials -> store
 * -> report. Everything created on the machine for it is removed at its end.
 */

#include "runner/experiment/experiment.h"
#include "runner/report/progress.h"
#include "runner/run/leftovers.h"
#include "runner/trial/tally.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct run_options {
	const char *experiment_path;
	const struct experiment_text *experiment_text; /* instead of the path; NULL: none */
	const char *output_directory;		       /* parent of the run's folder */
	bool pictures;		  /* draw pictures and report.html at the end */
	const char *resumed_path; /* the folder of a run to resume: those above are then unused */
	bool force;		  /* resume even if inputs changed */
	bool quick; /* one repetition and no warm-up; a resumed run keeps its own setting */
	const struct limit_choices
		*limit; /* a search for the limit; NULL: none. A resumed run keeps its own */
	int verbose_fd; /* receives a copy of the log; -1: none */
	/* Mistakes in the experiment, and features that the run lacks, one line each. */
	FILE *diagnostics;
	/*
	 * Called when the user interrupts twice: prints what is left behind according to the run's
	 * journal ("": nothing) and ends the process. Called by a thread of the run's own, while
	 * other threads may block on anything.
	 */
	void (*end_at_once)(const char *run_path, const char *left);
	/* Called, unless NULL, when a new run begins; an error ends it before its first trial. */
	int (*begun)(void *begun_context, struct error *error);
	void *begun_context;
	struct progress_options progress;
};

/* How a run ended; the command line turns it into an exit code. */
enum run_end {
	RUN_ENDED,	 /* normally: the tally has the trials' outcomes */
	RUN_INTERRUPTED, /* by the user */
	RUN_REFUSED,	 /* the experiment cannot be run, or the run not resumed */
	RUN_NOT_SET_UP,	 /* task.setup failed: no trial was run */
	RUN_FAILED,	 /* something other than a task failed */
};

/* Owned by the caller; release it with run_outcome_release. */
struct run_outcome {
	enum run_end end;
	char *path;	    /* the run's folder; NULL if none was created */
	int folder_fd;	    /* the same, open, in case its path changes; -1 if none */
	bool complete;	    /* every planned trial is in its results.h5 */
	bool undrawn;	    /* the user interrupted the drawing of pictures */
	bool was_complete;  /* already before: nothing was left to resume */
	bool not_torn_down; /* some task.teardown failed or was interrupted */
	bool is_search;
	uint64_t n_planned;	    /* trials, warm-ups included; 0: a search that has not ended */
	struct tally tally;	    /* of all trials, including earlier parts of a resumed run */
	struct leftovers leftovers; /* of an earlier, killed run; removed at the start */
};

/*
 * Runs an experiment, or resumes a run: keeps sealed trials, records an interrupted trial as such
 * and runs it again. If inputs changed since, that is an error, unless `force`. Returns 0 if the
 * run ended normally or by the user (see the outcome), or a negative errno if something other than
 * a trial's task failed: then it ended as RUN_REFUSED, as RUN_NOT_SET_UP, as RUN_FAILED, or as RUN_INTERRUPTED
 * before its first trial, and everything that could be saved was saved. Sets the outcome in any case.
 *
 * Blocks SIGINT, SIGTERM and SIGHUP during the run and treats them as a request to end it; a SIGHUP
 * that is ignored, as under nohup(1), stays ignored. Child processes are in sessions of their own:
 * Ctrl-C and the hang-up of the terminal reach only the run.
 */
int run_experiment(
	const struct run_options *options, struct run_outcome *ret_outcome, struct error *error);

void run_outcome_release(struct run_outcome *outcome);
