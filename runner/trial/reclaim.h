#pragma once

/*
 * What a limit cost a trial in its interval, by memory.stat at the two marks: pages that were read again because they
 * had been reclaimed (workingset_refault_file and _anon), and major faults.
 */

#include "runner/trial/trial.h"
#include "util/error.h"

struct reclaim {
	bool refaults_known; /* not on v1 before Linux 5.9, nor where memory.stat was not read */
	bool major_faults_known;
	uint64_t refaults;
	uint64_t major_faults;
};

/* From the spool's series, so before the spool is removed. Unknown for a recovered trial, and without an interval. */
int reclaim_find(
	const struct trial_result *result, struct reclaim *ret_reclaim, struct error *error);
