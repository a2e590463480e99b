#pragma once

/*
 * What became of the trials at each limit: counts, and what they show. Trials without a limit are not in it.
 */

#include "runner/experiment/limit_settings.h"

#include <stddef.h>

struct limit_tally {
	uint64_t limit_bytes;
	uint64_t n_stage[LIMIT_N_STAGES]; /* trials of each stage */
	uint64_t n;
	uint64_t n_survived;
};

/* In order of their limits. Zeroed: empty. */
struct limit_tallies {
	struct limit_tally *tallies;
	size_t n;
};

void limit_tallies_release(struct limit_tallies *tallies);

/* -ENOMEM, which leaves them unchanged. */
int limit_tallies_add(
	struct limit_tallies *tallies, uint64_t limit_bytes, enum limit_stage stage, bool survived);

/* Trials of a stage at a limit; 0 if there was none. */
uint64_t limit_tallies_count(
	const struct limit_tallies *tallies, uint64_t limit_bytes, enum limit_stage stage);

/*
 * The largest limit below `below_bytes` at which the survival is smaller than `survival`, at the confidence; 0: none. By the
 * interval of Clopper and Pearson, one-sided: one death of one trial refutes 95 % at 95 %.
 */
uint64_t limit_tallies_refuted(const struct limit_tallies *tallies, uint64_t below_bytes,
	double survival, double confidence);

/*
 * False: a limit was survived more often than a higher one, or than all from the next one up to it together, by more than chance
 * allows: Fisher's exact test, at LIMIT_MONOTONE_LEVEL.
 */
#define LIMIT_MONOTONE_LEVEL 0.05
bool limit_tallies_are_monotone(const struct limit_tallies *tallies);

/* True if a limit of at most `bytes` was survived. */
bool limit_tallies_survived(const struct limit_tallies *tallies, uint64_t bytes);
