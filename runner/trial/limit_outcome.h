#pragma once

/*
 * What became of a trial, for a search (runner/limit/search.h). A trial that has just run and its sealed file
 * (runner/store/sealed.h) give the same, so that a resumed run goes on as the interrupted one would have.
 */

#include "runner/trial/trial.h"

/* How a trial ended. */
enum limit_end {
	LIMIT_SURVIVED,
	LIMIT_OOM_KILLED,
	LIMIT_OWN_ERROR, /* its exit code, its signal, or its own check of its output */
	LIMIT_TIMED_OUT,
	LIMIT_INVALID, /* not the task's doing, or an OOM kill of its check: no evidence */
	LIMIT_N_ENDS,
};

/* What became of a trial. All from its sealed file. */
struct limit_outcome {
	enum limit_end end;
	uint64_t peak_bytes;
	uint64_t floor_bytes; /* anon + shmem + kernel when the use was largest; 0: not known */
	uint64_t wall_ns;
	uint64_t refaults; /* pages read again because they had been reclaimed, of files and swap */
	uint64_t major_faults;
};

/* "oom_killed": as the results have it. limit_end_find is false if no end has that name. */
const char *limit_end_name(enum limit_end end);
bool limit_end_find(const char *name, enum limit_end *ret_end);

/* From a trial whose verdict is final. */
enum limit_end limit_end_of(const struct trial_result *result);

/* Reads the spool's series, so before the spool is removed. */
int limit_outcome_of(
	const struct trial_result *result, struct limit_outcome *ret_outcome, struct error *error);

/* Of the peak: with less, its composition was read too early to tell what was in it. */
#define LIMIT_FLOOR_READ_AT 0.95

/*
 * Anon, shmem and kernel of the composition at the peak. 0 if the first two are not known, or if a peak was too short for
 * them to be read at LIMIT_FLOOR_READ_AT of it; a kernel that has no account of its own memory adds nothing.
 */
uint64_t limit_floor_of(const struct composition *composition, uint64_t peak_bytes);
