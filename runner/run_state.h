#pragma once

/*
 * A run under way, private to those that make one: run.c (its steps and the undoing), run_prepare.c (what
 * it needs and makes before the first trial), run_trials.c (the trials) and run_results.c (what is made of
 * them).
 */

#include "cgroup/delegation.h"
#include "runner/container/rootfs.h"
#include "runner/experiment/plan.h"
#include "runner/host.h"
#include "runner/installation.h"
#include "runner/run.h"
#include "runner/run_folder.h"
#include "runner/run_log.h"
#include "runner/trial/trial.h"

#include <signal.h>
#include <stdbool.h>

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
	struct run_folder folder;
	char *directory;	 /* util/run_directory.h: "/run/memcg-run" */
	char *working_directory; /* <directory>/run-<pid> */
	char *doctor;		 /* its findings */
	int lock_fd;
	int signal_fd;
	bool signals_taken;
	bool prepared; /* nothing stands between it and its first trial */
	sigset_t old_signals;
	bool interrupted;
};

/*
 * run_prepare.c: reads the experiment, asks the system for all that it needs, and makes what the run works
 * in. What was made before a step that failed is undone by run.c.
 */
int run_prepare(struct run *run, struct error *error);

/* run_trials.c: runs and seals each trial of the plan, until the user wants to end. */
int run_trials(struct run *run, struct error *error);

/* run_results.c: gathers the sealed trials, and draws the report. Nothing where there are none. */
int run_gather(struct run *run, struct error *error);
