#pragma once

/*
 * What a search consists of: private to the files search*.c. search.c goes from stage to stage; each of the others is
 * the rule of one of them, and names the limit that it wants tried next.
 */

#include "runner/limit/search.h"
#include "runner/limit/tallies.h"

/* Trials that narrow the bracket: at most, and where it is narrow at once. */
#define LIMIT_MAX_SEARCH 40
#define LIMIT_USUAL_SEARCH 12
/* How often, among the trials of confirmation, one is run a step below. */
#define LIMIT_BELOW_EVERY 5
/* Candidates at most: of which the first trials survive, and in all. */
#define LIMIT_MAX_CONFIRMED 5
#define LIMIT_MAX_SCREENED 20
/* The first trials at a candidate, which do not confirm it. */
#define LIMIT_SCREENING 4
/* What confirmation may go to above the largest peak. */
#define LIMIT_ABOVE_PEAK 1.0

/* What narrows: a limit that was not survived, and one that was. */
struct limit_bracket {
	uint64_t low_bytes;  /* 0: every limit so far was survived */
	uint64_t high_bytes; /* the peak before any limit was survived */
	bool high_survived;
	uint64_t n_died;
};

struct limit_candidate {
	uint64_t limit_bytes; /* 0: none yet */
	uint64_t n_passed;    /* trials that it survived since it became one */
	uint64_t n_died;
	uint64_t n_before; /* candidates before it that alpha was spent on */
	uint64_t n_tried;  /* candidates in all */
};

struct limit_curve {
	uint64_t *limits; /* of a block, in its order; 0: free */
	size_t n;	  /* of a block */
	size_t place;	  /* in the block */
	uint64_t block;
};

struct limit_search {
	struct limit_settings settings;
	uint64_t seed;
	size_t point;
	uint64_t page_bytes;

	enum limit_result result;
	bool ended;
	struct limit_step step;
	uint64_t n_invalid; /* in a row */

	uint64_t n_baselines; /* that survived */
	uint64_t n_baselines_died;
	uint64_t peak_bytes;
	uint64_t floor_bytes;
	uint64_t n_search;
	struct limit_tallies tallies;
	struct limit_bracket bracket;
	struct limit_candidate candidate;
	bool confirmed; /* the candidate is; a trial below it may be due */
	uint64_t n_below;
	uint64_t n_below_survived;
	uint64_t n_confirm_died;
	struct limit_curve curve;
};

/* ---- search_grid.c: limits are multiples of the page size */

uint64_t limit_page_up(const struct limit_search *search, uint64_t bytes);

/* max(1 MiB, 1 %) of a limit, in whole pages, at least one. */
uint64_t limit_resolution(const struct limit_search *search, uint64_t limit_bytes);

/* Between two limits that are a page or more apart: their geometric mean. */
uint64_t limit_between(const struct limit_search *search, uint64_t low_bytes, uint64_t high_bytes);

/* The largest that is tried: the peak and LIMIT_ABOVE_PEAK more. */
uint64_t limit_largest(const struct limit_search *search);

/* ---- search_bracket.c */

void limit_bracket_begin(struct limit_search *search);
void limit_bracket_add(struct limit_search *search, uint64_t limit_bytes, bool survived);

/* The limit to be tried next; 0: it is narrow. */
uint64_t limit_bracket_next(const struct limit_search *search);

/* ---- search_passes.c */

/* The probability that of n trials no more than n_deaths die, if each survives so often. */
double limit_chance_of_passes(double survival, uint64_t n, uint64_t n_deaths);

/* ---- search_posterior.c */

/*
 * The smallest limit from `low_bytes` to `high_bytes` at which at most `n_deaths` of `n_trials` die with a probability of at least
 * `chance`, as far as the outcomes tell. If none has that, the smallest that is nearly as likely to as `high_bytes`.
 */
uint64_t limit_posterior_choose(const struct limit_search *search, uint64_t low_bytes,
	uint64_t high_bytes, uint64_t n_trials, uint64_t n_deaths, double chance);

/* ---- search_confirm.c */

/* The first candidate, or the next after one that was not survived. False: there is none. */
bool limit_candidate_choose(struct limit_search *search);

/* Trials of confirmation, and below, that so many candidates have at most after so many deaths of the baseline. */
uint64_t limit_confirm_trials(
	const struct limit_settings *settings, uint64_t n_candidates, uint64_t n_deaths);

/* Its next outcome. LIMIT_RUNNING; LIMIT_FOUND: it is confirmed; LIMIT_NOT_CONFIRMED: it is given up. */
enum limit_result limit_candidate_add(struct limit_search *search, bool survived);

/* A step below the candidate, which is to be tried now; 0: the candidate itself is. */
uint64_t limit_candidate_below(const struct limit_search *search);

/* ---- search_curve.c */

/* -ENOMEM */
int limit_curve_begin(struct limit_search *search);

/* The next trial of the curve; false if there is none. */
bool limit_curve_next(const struct limit_search *search, struct limit_step *ret_step);
void limit_curve_add(struct limit_search *search);
