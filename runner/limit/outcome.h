#pragma once

/*
 * What became of a trial, for a search (runner/limit/search.h). A trial that has just run and its sealed file
 * (runner/store/sealed.h) give the same, so that a resumed run goes on as the interrupted one would have.
 */

#include "runner/limit/search.h"
#include "runner/trial/trial.h"

/* From a trial whose verdict is final. */
enum limit_end limit_end_of(const struct trial_result *result);

/* Reads the spool's series, so before the spool is removed. */
int limit_outcome_of(
	const struct trial_result *result, struct limit_outcome *ret_outcome, struct error *error);

/*
 * Anon, shmem and kernel of the composition at the peak. 0 if the first two are not known; a kernel that has no account
 * of its own memory adds nothing.
 */
uint64_t limit_floor_of(const struct composition *composition);
