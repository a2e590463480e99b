#pragma once

/*
 * The state of a run, private to run.c (its steps and their undoing), run_prepare.c (what it needs
 * and creates before the first trial), run_setup.c (what surrounds the trials), run_trials.c (the trials) and
 * run_results.c (their results).
 */

#include "cgroup/delegation.h"
#include "runner/container/rootfs.h"
#include "runner/experiment/plan.h"
#include "runner/host/host.h"
#include "runner/host/installation.h"
#include "runner/host/run_log.h"
#include "runner/run/run.h"
#include "runner/run/run_folder.h"
#include "runner/run/run_inputs.h"
#include "runner/run/run_owner.h"
#include "runner/run/run_record.h"
#include "runner/run/run_search.h"
#include "runner/store/sealed.h"
#include "runner/trial/trial.h"

#include <signal.h>
#include <stdbool.h>

/* The state of the results.h5 of a run to resume. */
enum run_results_state {
	RUN_RESULTS_MISSING,
	RUN_RESULTS_DAMAGED, /* or unreadable for another reason: see `damage` */
	RUN_RESULTS_PARTIAL, /* the run ended before all its trials had run */
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
	struct task_user *users;    /* of each task that names one */
	struct writable *writables; /* of each task */
	struct run_log *log;
	struct progress *progress;
	struct host host;
	struct run_journal *journal;
	uint64_t begun_mark; /* later entries are undone, or kept, when the run begins */
	struct placement placement;
	struct run_folder folder;
	struct run_owner owner; /* who is to own the folder at the end */
	struct run_record *record;
	struct run_results_found found; /* of a resumed run */
	struct sealed_trial *
		*sealed;	   /* of a resumed run, n_sealed planned trials; NULL: not sealed */
	size_t n_sealed;	   /* the plan's size when it was resumed */
	struct run_search *search; /* NULL: it is none, and the plan is whole */
	struct run_inputs *inputs; /* the task's files at the start of this part */
	json_t *changes;	   /* of a resumed run: the differences to its record */
	char *directory;	   /* runner/host/run_directory.h: "/run/memcg-run" */
	char *working_directory;   /* <directory>/run-<pid> */
	char *holder;		   /* a slice of its own, if runs may coexist: slice_hold_parent */
	int lock_fd;
	int signal_fd; /* readable when the run is to end */
	struct signal_watcher *watcher;
	bool signals_taken;
	bool given;	 /* the folder was given to its owner, or this was tried */
	size_t n_set_up; /* points whose task.setup has begun, and that are to be torn down */
	bool prepared;	 /* ready for its first trial */
	bool gathered;	 /* all trials of a resumed run are already in results.h5 */
	sigset_t old_signals;
	bool interrupted; /* by the user */
	bool out_of_room;
	bool left_behind; /* something of a trial could not be removed: left to the next run */
};

/*
 * run_prepare.c: reads the experiment, checks all requirements, and creates what the run works in.
 * If a step fails, run.c undoes those before it.
 */
int run_prepare(struct run *run, struct error *error);

/*
 * run.c: releases what a run has and removes what it made on the machine, however far it got. Its
 * folder stays if the run was prepared.
 */
int run_undo(struct run *run, struct error *error);

#define RUN_INIT(run_options, run_outcome)                                                         \
	((struct run){                                                                             \
		.options = (run_options),                                                          \
		.outcome = (run_outcome),                                                          \
		.folder = RUN_FOLDER_NONE,                                                         \
		.lock_fd = -1,                                                                     \
		.signal_fd = -1,                                                                   \
	})

/*
 * run_resume.c: resumes a run. _read opens its folder and reads its record; if nothing is left to
 * do, it sets outcome->was_complete, and the others are not called. _check compares the record with
 * the present conditions. _settle sets interrupted trials aside and records the resumption.
 */
int run_resume_read(struct run *run, struct error *error);
int run_resume_check(struct run *run, json_t *identity, enum run_change of, struct error *error);
int run_resume_settle(struct run *run, struct error *error);

/* True if run->options ask to resume. */
static inline bool run_is_resumed(const struct run *run)
{
	return run->options->resumed_path != NULL;
}

/* Returns `r`; if that is a failure, marks it as a fault of the request, not of the system. */
static inline int run_refuse(const struct run *run, int r)
{
	if (r < 0)
		run->outcome->end = RUN_REFUSED;
	return r;
}

/* run_trials.c: runs and seals each trial of the plan, until the user ends the run. */
int run_trials(struct run *run, struct error *error);

/* What the trials of a task have in common. Borrows from the run. */
struct trial_context run_trial_context(const struct run *run, const struct task *task);

/*
 * run_setup.c. _is_surrounded: some task has a setup or a teardown, and there are trials to run. run_setup runs
 * task.setup at the points of the plan, the same command with the same user and environment once. Where one fails, its
 * sentence is the error, and the outcome's end is set. run_teardown runs task.teardown likewise, from the last point
 * whose setup has begun to the first. One that fails or is interrupted is printed, and noted in the outcome; an error is
 * that something could not be undone. Until then run->progress and run->log are needed.
 */
bool run_is_surrounded(const struct run *run);
int run_setup(struct run *run, struct error *error);
int run_teardown(struct run *run, struct error *error);

/*
 * run_signals.c. _block: from here on SIGINT, SIGTERM and the signals of batch systems (SIGHUP,
 * SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ) end the run through run->signal_fd. _watch: starts a thread
 * that ends the process at once on a second Ctrl-C and prints the entries of the journal;
 * _end_watch ends the thread and must be called before the journal is closed. _take: consumes the
 * signals that have arrived. _give_back: restores the former state.
 */
int run_block_signals(struct run *run, struct error *error);
int run_watch_signals(struct run *run, struct error *error);
void run_end_watch(struct run *run);
void run_take_signals(const struct run *run);
void run_give_signals_back(struct run *run);

/*
 * run_owner.c: gives the folder to its owner, once. From then on the owner may change its contents.
 */
int run_give_folder(struct run *run, struct error *error);

/*
 * run_sealed.c: reads the sealed trials of a resumed run with the rights of its folder's owner.
 * _look sets run->found; an unreadable results.h5 is not a failure. _survey sets run->sealed.
 * _count is for a run that ended after all its trials were gathered, and fills its outcome.
 */
int run_sealed_look(struct run *run, struct error *error);
int run_sealed_survey(struct run *run, struct error *error);
int run_sealed_count(struct run *run, struct error *error);
void run_sealed_free(struct run *run);

/*
 * run_results.c: gathers the sealed trials, gives the folder to its owner, and draws the report
 * with the owner's rights. Does nothing without trials.
 */
int run_gather(struct run *run, struct error *error);
