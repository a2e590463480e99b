#pragma once

/*
 * Recovers the trial that was running when the runner was killed, from its spool in the run's
 * folder trials/. It becomes a sealed trial like the others (runner/store/trial_file.h), with
 * status "interrupted", the attribute `recovered`, and what is known of it: its description, its
 * start, its marks, and the valid samples up to the last flush (runner/trial/watch.c). What only
 * the runner knew is lost: the task's output and the sampler's statistics.
 *
 * Call it only while holding the lock, which ensures that no run is alive. Needs neither the
 * experiment nor its plan.
 */

#include "util/error.h"

#include <stdint.h>

/*
 * Seals trial `number` from its spool, and removes the spool. For a resumed run, which knows the
 * trial. Returns 1 if the spool is unusable; it then stays, and the error gives the reason.
 */
int recovery_seal_spool(
	int trials_fd, const char *trials_path, uint64_t number, struct error *error);

/* Called for each spool: "trial 000042: recovered with 1234 samples". */
typedef void (*recovery_told)(void *context, const char *what);

/*
 * Scans trials/ (`trials_path` is its path for sentences). For each 000042.spool:
 *
 *   000042.h5 exists     it was sealed with all its samples: the spool is removed
 *   spool is readable    000042.h5 is sealed from it, and then the spool is removed
 *   it is not            it stays, and the problem is reported to `told`; not an error
 *
 * Removes unfinished files (000042.h5.part). *ret_n_recovered counts the sealed trials, even if a
 * later one failed. After an error such as -ENOSPC the spool stays for another try; the others are
 * tried anyway, and the error is the first. `told` may be NULL.
 */
int recovery_seal_spools(int trials_fd, const char *trials_path, recovery_told told, void *context,
	uint64_t *ret_n_recovered, struct error *error);
