#pragma once

/*
 * The files of a run's task, watched for a change while the run is under way: a trial after the change measured
 * another task than one before it. They are the files of run_identity_add_task. What is compared is always how they
 * were when this part of the run began, so every trial of that task is marked from the first change on.
 *
 * After each trial, each file's device, inode, size and times are compared. At the end their content is
 * digested once more, and looked up for files that are new: memory that is mapped and written to changes a file's
 * content long before its times. A file that only has another mode, owner or number of links has not changed; one that
 * was rewritten or replaced has, with the same content too, since nobody knows what it was in between.
 *
 * Without a container the task may write to all files that its user may: a file that a word names, other than a program,
 * may be where it puts its result. A change of such a file is noted, and marks no trial. Where the two differ:
 * run_identity_add_sources.
 */

#include "runner/experiment/plan.h"

#include <jansson.h>
#include <stddef.h>

struct run_inputs;

/*
 * Borrows the plan; copies the files of the identity (runner/run/run_identity.h). The caller frees.
 */
int run_inputs_new(const struct plan *plan, const json_t *identity, struct run_inputs **ret_inputs,
	struct error *error);
void run_inputs_free(struct run_inputs *inputs);

/*
 * Before the first trial: files that had changed when the run was resumed are changes of every trial from now on.
 * `beginning` is the run's identity when it started (run_record_identity).
 */
int run_inputs_accept(struct run_inputs *inputs, const json_t *beginning, struct error *error);

enum inputs_depth {
	INPUTS_TIMES,	/* after a trial */
	INPUTS_CONTENT, /* at the end: after the last trial of the task */
};

/*
 * Of one task; of all, if `task` is NULL. Returns how many files have changed, and writes one sentence of them: "/x/task.py was rewritten (and 2 more)";
 * "" where there are none. A file that cannot be read now has changed.
 */
size_t run_inputs_check(struct run_inputs *inputs, const struct task *task, enum inputs_depth depth,
	char *ret_sentence, size_t size);

/* The same of files that the task may write to, by their times. */
size_t run_inputs_check_results(struct run_inputs *inputs, char *ret_sentence, size_t size);
