#pragma once

/*
 * What a search for the minimal memory limit is to show, and the steps that it is made of: `[limit]` in an experiment,
 * and the options of `memcg-run limit`. memcg-run.toml(5) is the manual of the keys.
 *
 * Plain values; the search itself is runner/limit/search.h.
 */

#include <stdbool.h>
#include <stdint.h>

/* What the limits of the search are written to. */
enum limit_by {
	LIMIT_BY_MAX,  /* memory.max: at it the kernel kills */
	LIMIT_BY_HIGH, /* memory.high: above it the kernel throttles and reclaims; v2 only */
};

#define LIMIT_DEFAULT_SURVIVAL 0.95
#define LIMIT_DEFAULT_CONFIDENCE 0.95
#define LIMIT_QUICK_SURVIVAL 0.90
#define LIMIT_DEFAULT_SLOWDOWN 1.10
#define LIMIT_DEFAULT_CURVE 10
#define LIMIT_DEFAULT_CURVE_REPETITIONS 5

struct limit_settings {
	double survival; /* 0.95: the task is to survive at least 95 % of its runs at the limit found */
	double confidence; /* 0.95: of at most 5 % of searches is that untrue */
	double slowdown; /* 1.10: unharmed is a wall time of at most 1.10 times that without the limit */
	uint64_t curve; /* limits on the curve, between the minimal one and the peak; 0: no curve */
	uint64_t curve_repetitions; /* trials at each of them */
	enum limit_by by;
	bool quick; /* survival 90 %, three repetitions on the curve */
};

/* Why a trial of a search is run. The names are those of the results: "baseline". */
enum limit_stage {
	LIMIT_STAGE_NONE, /* no search: a trial as the experiment has it */
	LIMIT_STAGE_BASELINE, /* without the search's limit: the peak, what it consists of, the wall time */
	LIMIT_STAGE_SEARCH,  /* brackets the limit */
	LIMIT_STAGE_CONFIRM, /* at the limit found: survival at the stated confidence */
	LIMIT_STAGE_BELOW,   /* one step below it, among those, so that drift does not decide */
	LIMIT_STAGE_CURVE,   /* what a limit costs, in blocks with LIMIT_STAGE_FREE */
	LIMIT_STAGE_FREE,    /* without the limit, in the curve's blocks */
	LIMIT_N_STAGES,
};

/* "" for LIMIT_STAGE_NONE. */
const char *limit_stage_name(enum limit_stage stage);
