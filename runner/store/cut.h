#pragma once

/*
 * Trials that the end of a run interrupted, when the run is resumed. Such a trial is set aside
 * under its own name, trials/000042-interrupted-1.h5, so that it can run again from the start;
 * results.h5 has it in /interrupted. A trial is set aside only once, even if setting aside is
 * itself interrupted.
 */

#include "runner/experiment/plan.h"
#include "runner/store/hdf5.h"
#include "runner/store/sealed.h"
#include "util/error.h"

struct cut_folders {
	int run_fd;
	int trials_fd;
	const char *trials_path;
	const struct plan *plan;
};

/*
 * Makes room for a trial that is to run (again), or cleans up after a sealed one:
 *
 *   sealed, not interrupted       kept as is; a spool next to it is removed
 *   sealed as interrupted         renamed, together with its reporter's files in profiler/
 *   only a spool                  the run was killed in it: sealed as interrupted, with what can be
 *                                 recovered (runner/store/recovery.h), and renamed
 *   neither                       nothing to do
 *
 * `sealed` is the result of sealed_read for the trial; NULL: no file. Call it only when no process
 * of the run is alive. Returns 0, 1 if the trial is finally sealed, or -errno.
 */
int cut_settle(const struct cut_folders *folders, const struct planned_trial *planned,
	const struct sealed_trial *sealed, struct error *error);

/*
 * Copies the interrupted trials of the whole plan to /interrupted of a results file; creates no
 * group if there are none.
 */
int cut_copy(int trials_fd, const struct plan *plan, hid_t results, struct error *error);
