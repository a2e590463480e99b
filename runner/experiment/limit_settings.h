#pragma once

/*
 * What a search for the minimal memory limit is to show, and the steps that it is made of: `[limit]` in an experiment,
 * and the options of `memcg-run limit`. memcg-run.toml(5) is the manual of the keys.
 *
 * Plain values; the search itself is runner/limit/search.h.
 */

#include <jansson.h>
#include <math.h>
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
#define LIMIT_QUICK_CURVE_REPETITIONS 3
/* Of a survival and of a confidence: beyond, a search would take thousands of trials, or show nothing. */
#define LIMIT_LEAST_SHARE 0.5
#define LIMIT_MOST_SHARE 0.999
#define LIMIT_MOST_SLOWDOWN 100.0
#define LIMIT_MOST_CURVE 100
#define LIMIT_MOST_CURVE_REPETITIONS 1000

struct limit_settings {
	double survival; /* 0.95: the task is to survive at least 95 % of its runs at the limit found */
	double confidence; /* 0.95: of at most 5 % of searches is that untrue */
	double slowdown; /* 1.10: unharmed is a wall time of at most 1.10 times that without the limit */
	uint64_t curve; /* limits on the curve, between the minimal one and the peak; 0: no curve */
	uint64_t curve_repetitions; /* trials at each of them */
	enum limit_by by;
	bool quick; /* survival 90 %, three repetitions on the curve */
};

/* What a command line says beside the file: it comes before the file's `[limit]`. */
struct limit_choices {
	double survival, confidence, slowdown; /* NaN: not given */
	uint64_t curve, curve_repetitions;     /* UINT64_MAX: not given */
	int by;				       /* an enum limit_by; -1: not given */
	bool quick;			       /* other defaults, whatever the file has */
};

#define LIMIT_CHOICES_NONE                                                                         \
	((struct limit_choices){.survival = NAN,                                                   \
		.confidence = NAN,                                                                 \
		.slowdown = NAN,                                                                   \
		.curve = UINT64_MAX,                                                               \
		.curve_repetitions = UINT64_MAX,                                                   \
		.by = -1})

struct limit_settings limit_settings_default(void);
void limit_settings_choose(struct limit_settings *settings, const struct limit_choices *choices);

/* Those that choose all that is in the settings: of a run to resume. */
struct limit_choices limit_choices_of(const struct limit_settings *settings);

/* "max", "high", NULL: of limit_by, for setting_choice. */
extern const char *const limit_by_names[];

/*
 * As in run.json and results.h5: {"survival": 0.95, ...}, exact. NULL: no memory. limit_settings_parse is false for
 * anything else, and for values out of range.
 */
json_t *limit_settings_json(const struct limit_settings *settings);
bool limit_settings_parse(const json_t *json, struct limit_settings *ret_settings);

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

/* False if no stage has that name. */
bool limit_stage_find(const char *name, enum limit_stage *ret_stage);
