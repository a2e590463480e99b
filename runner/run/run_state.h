#pragma once

/*
 * A run under way, private to those that make one: run.c (its steps and the undoing), run_prepare.c (what
 * it needs and makes before the first trial), run_trials.c (the trials) and run_results.c (what is made of
 * them).
 */

#include "cgroup/delegation.h"
#include "runner/container/rootfs.h"
#include "runner/experiment/plan.h"
#include "runner/host/host.h"
#include "runner/host/installation.h"
#include "runner/host/run_log.h"
#include "runner/run/run.h"
#include "runner/run/run_folder.h"
#include "runner/run/run_record.h"
#include "runner/store/sealed.h"
#include "runner/trial/trial.h"

#include <signal.h>
#include <stdbool.h>

/* What a run to resume has of a results.h5. */
enum run_results_state {
	RUN_RESULTS_MISSING,
	RUN_RESULTS_DAMAGED, /* or not to be read for another reason: `damage` says which */
	RUN_RESULTS_PARTIAL, /* the run was ended before all its trials had run */
	RUN_RESULTS_COMPLETE,
};

struct run_results_found {
	enum run_results_state state;
	uint64_t n_trials; /* gathered in it */
	struct error damage;
};

struct run {
	const struct run_options *options;
	struct run_outcome *outcome;
	struct installation *installation;
	struct experiment *experiment;
	struct plan *plan;
	struct hierarchy *hierarchy;
	enum delegation delegation;
	struct runtime *runtime;
	struct image *image;
	struct rootfs *rootfs;
	struct run_log *log;
	struct progress *progress;
	struct host host;
	struct run_journal *journal;
	uint64_t begun_mark; /* what is after it is undone, or kept, when the run begins */
	struct placement placement;
	struct run_folder folder;
	struct run_record *record;
	struct run_results_found found; /* of a run that is gone on with */
	struct sealed_trial **
		sealed; /* of a run that is gone on with, one a trial of the plan; NULL: not sealed */
	json_t *changes;	 /* of a run that is gone on with: what is not as it was */
	char *directory;	 /* runner/host/run_directory.h: "/run/memcg-run" */
	char *working_directory; /* <directory>/run-<pid> */
	char *holder; /* a slice of the run's own, where others may run beside it: slice_hold_parent */
	int lock_fd;
	int signal_fd; /* readable: the run is to end */
	struct signal_watcher *watcher;
	bool signals_taken;
	bool given;    /* its folder is its owner's, or was tried to be made so */
	bool prepared; /* nothing stands between it and its first trial */
	bool gathered; /* a run that is gone on with has all its trials in results.h5 already */
	sigset_t old_signals;
	bool interrupted; /* by its user */
	bool out_of_room;
	bool left_behind; /* something of a trial could not be undone: the next run shall try */
};

/*
 * run_prepare.c: reads the experiment, asks the system for all that it needs, and makes what the run works
 * in. What was made before a step that failed is undone by run.c.
 */
int run_prepare(struct run *run, struct error *error);

/*
 * run_resume.c: a run that is gone on with. _read opens its folder and reads what it was begun with; where
 * there is nothing left to do, outcome->was_complete is set and the rest is not for this run. _check holds
 * what it was begun with against what is now; _settle sets the trials aside that were cut, and records that
 * the run goes on.
 */
int run_resume_read(struct run *run, struct error *error);
int run_resume_check(struct run *run, json_t *identity, struct error *error);
int run_resume_settle(struct run *run, struct error *error);

/* Where run->options ask for it. */
static inline bool run_is_resumed(const struct run *run)
{
	return run->options->resumed_path != NULL;
}

/* Returns `r`; where that is a failure, what was asked for is the reason, and not this system. */
static inline int run_refuse(const struct run *run, int r)
{
	if (r < 0)
		run->outcome->end = RUN_REFUSED;
	return r;
}

/* run_trials.c: runs and seals each trial of the plan, until the user wants to end. */
int run_trials(struct run *run, struct error *error);

/*
 * run_signals.c. _block: SIGINT, SIGTERM, and what batch systems send (SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ), end
 * the run through run->signal_fd from here on. _watch: a second Ctrl-C ends the process at once, and says what the
 * journal names; it starts a thread, and _end_watch ends it, before the journal is closed. _take: those that came so
 * far are heeded, and shall not be seen again. _give_back: as it was before.
 */
int run_block_signals(struct run *run, struct error *error);
int run_watch_signals(struct run *run, struct error *error);
void run_end_watch(struct run *run);
void run_take_signals(const struct run *run);
void run_give_signals_back(struct run *run);

/* run_owner.c: gives the folder to its owner, once: from then on they may put there what they like. */
int run_give_folder(struct run *run, struct error *error);

/*
 * run_sealed.c: what a run that is gone on with has sealed already, read with the rights of its folder's owner.
 * _look sets run->found: that its results.h5 cannot be read is no failure; _survey sets run->sealed; _count is of a
 * run whose trials were all gathered before it was ended, into its outcome.
 */
int run_sealed_look(struct run *run, struct error *error);
int run_sealed_survey(struct run *run, struct error *error);
int run_sealed_count(struct run *run, struct error *error);
void run_sealed_free(struct run *run);

/*
 * run_results.c: gathers the sealed trials, gives the folder to its owner, and draws the report with their rights.
 * Nothing where there are none.
 */
int run_gather(struct run *run, struct error *error);
