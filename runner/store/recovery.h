#pragma once

/*
 * What a runner that was killed left of the trial that ran then: a spool in the run's folder trials/.
 * It becomes a sealed trial like the others (runner/store/trial_file.h), with status "interrupted", the
 * attribute `recovered`, and what is known of it: which trial it is, its start, its marks, and the samples
 * up to the last flush (runner/trial/watch.c), or as many of them as are good. What only the runner knew,
 * what the task printed and how sampling went, is lost.
 *
 * Only for who has the lock: it says that no run is alive. Neither the experiment nor its plan is needed.
 */

#include "util/error.h"

#include <stdint.h>

/*
 * Seals trial `number` from its spool, and removes that: for who knows the trial, and goes on with the run.
 * Returns 1 where nothing can be made of the spool; it is then left, and the error says why.
 */
int recovery_seal_spool(
	int trials_fd, const char *trials_path, uint64_t number, struct error *error);

/* Told of each spool: "trial 000042: recovered with 1234 samples". */
typedef void (*recovery_told)(void *context, const char *what);

/*
 * Looks through trials/ (`trials_path` is its path for sentences). Of each 000042.spool:
 *
 *   000042.h5 is there   it was sealed with all its samples: the spool is removed
 *   it can be read       000042.h5 is sealed from it, and then the spool is removed
 *   it cannot            it stays as it is, and what is wrong with it is told; this is no error
 *
 * Unfinished files (000042.h5.part) are removed. *ret_n_recovered counts those that were sealed, also
 * where a later one failed. -ENOSPC and the like: the spool is still there, to be tried again; the others
 * are tried all the same, and the error is the first. `told` may be NULL.
 */
int recovery_seal_spools(int trials_fd, const char *trials_path, recovery_told told, void *context,
	uint64_t *ret_n_recovered, struct error *error);
