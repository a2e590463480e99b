#pragma once

/*
 * Trials that were cut by the end of their run, when that goes on. What there is of such a trial is set
 * aside under a name of its own, trials/000042-interrupted-1.h5, so that the trial can run again as if it
 * had never begun; in results.h5 it stands in /interrupted. Nothing is set aside twice, however often the
 * setting aside itself is cut short.
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
 * Makes room for a trial that is to run (again), or cleans up behind one that is sealed:
 *
 *   sealed, and not interrupted   it is kept as it is; a spool beside it is removed
 *   sealed as interrupted         it is renamed, and what its reporter wrote in profiler/ too
 *   a spool alone                 the run was killed in it: it is sealed as interrupted, with what can
 *                                 be recovered (runner/store/recovery.h), and renamed
 *   neither                       there is nothing to do
 *
 * `sealed` is what sealed_read says of the trial; NULL: it has no file. Only where no process of the run is alive.
 * Returns 0, 1 where the trial is sealed for good, or -errno.
 */
int cut_settle(const struct cut_folders *folders, const struct planned_trial *planned,
	const struct sealed_trial *sealed, struct error *error);

/* Copies those of the whole plan into /interrupted of a results file; no group where there is none. */
int cut_copy(int trials_fd, const struct plan *plan, hid_t results, struct error *error);
