#include "runner/experiment/limit_settings.h"

#include <string.h>

const char *const limit_by_names[] = {[LIMIT_BY_MAX] = "max", [LIMIT_BY_HIGH] = "high", NULL};

static const char *const limit_stages[LIMIT_N_STAGES] = {
	[LIMIT_STAGE_NONE] = "",
	[LIMIT_STAGE_BASELINE] = "baseline",
	[LIMIT_STAGE_SEARCH] = "search",
	[LIMIT_STAGE_CONFIRM] = "confirm",
	[LIMIT_STAGE_BELOW] = "below",
	[LIMIT_STAGE_CURVE] = "curve",
	[LIMIT_STAGE_FREE] = "free",
};

const char *limit_stage_name(enum limit_stage stage)
{
	return limit_stages[stage];
}

bool limit_stage_find(const char *name, enum limit_stage *ret_stage)
{
	for (enum limit_stage stage = 0; stage < LIMIT_N_STAGES; stage++) {
		if (strcmp(name, limit_stages[stage]) != 0)
			continue;
		*ret_stage = stage;
		return true;
	}
	return false;
}

struct limit_settings limit_settings_default(void)
{
	return (struct limit_settings){
		.survival = LIMIT_DEFAULT_SURVIVAL,
		.confidence = LIMIT_DEFAULT_CONFIDENCE,
		.slowdown = LIMIT_DEFAULT_SLOWDOWN,
		.curve = LIMIT_DEFAULT_CURVE,
		.curve_repetitions = LIMIT_DEFAULT_CURVE_REPETITIONS,
		.by = LIMIT_BY_MAX,
	};
}

static void choose_number(double *setting, double choice)
{
	if (!isnan(choice))
		*setting = choice;
}

void limit_settings_choose(struct limit_settings *settings, const struct limit_choices *choices)
{
	if (choices->quick) {
		settings->quick = true;
		settings->survival = LIMIT_QUICK_SURVIVAL;
		settings->curve_repetitions = LIMIT_QUICK_CURVE_REPETITIONS;
	}
	choose_number(&settings->survival, choices->survival);
	choose_number(&settings->confidence, choices->confidence);
	choose_number(&settings->slowdown, choices->slowdown);
	if (choices->curve != UINT64_MAX)
		settings->curve = choices->curve;
	if (choices->curve_repetitions != UINT64_MAX)
		settings->curve_repetitions = choices->curve_repetitions;
	if (choices->by >= 0)
		settings->by = (enum limit_by)choices->by;
}

struct limit_choices limit_choices_of(const struct limit_settings *settings)
{
	return (struct limit_choices){
		.survival = settings->survival,
		.confidence = settings->confidence,
		.slowdown = settings->slowdown,
		.curve = settings->curve,
		.curve_repetitions = settings->curve_repetitions,
		.by = (int)settings->by,
		.quick = settings->quick,
	};
}

json_t *limit_settings_json(const struct limit_settings *settings)
{
	return json_pack("{s:f, s:f, s:f, s:I, s:I, s:s, s:b}", "survival", settings->survival,
		"confidence", settings->confidence, "slowdown", settings->slowdown, "curve",
		(json_int_t)settings->curve, "curve_repetitions",
		(json_int_t)settings->curve_repetitions, "by", limit_by_names[settings->by],
		"quick", settings->quick);
}

static bool is_within(double value, double least, double most)
{
	return value >= least && value <= most;
}

bool limit_settings_parse(const json_t *json, struct limit_settings *ret_settings)
{
	struct limit_settings settings = {.by = LIMIT_BY_MAX};
	json_int_t curve, curve_repetitions;
	const char *by;
	int quick;

	if (json_unpack((json_t *)json, "{s:F, s:F, s:F, s:I, s:I, s:s, s:b}", "survival",
		    &settings.survival, "confidence", &settings.confidence, "slowdown",
		    &settings.slowdown, "curve", &curve, "curve_repetitions", &curve_repetitions,
		    "by", &by, "quick", &quick) < 0 ||
		!is_within(settings.survival, LIMIT_LEAST_SHARE, LIMIT_MOST_SHARE) ||
		!is_within(settings.confidence, LIMIT_LEAST_SHARE, LIMIT_MOST_SHARE) ||
		!is_within(settings.slowdown, 1.0, LIMIT_MOST_SLOWDOWN) || curve < 0 ||
		curve > LIMIT_MOST_CURVE || curve_repetitions < 1 ||
		curve_repetitions > LIMIT_MOST_CURVE_REPETITIONS)
		return false;
	if (strcmp(by, limit_by_names[LIMIT_BY_HIGH]) == 0)
		settings.by = LIMIT_BY_HIGH;
	else if (strcmp(by, limit_by_names[LIMIT_BY_MAX]) != 0)
		return false;
	settings.curve = (uint64_t)curve;
	settings.curve_repetitions = (uint64_t)curve_repetitions;
	settings.quick = quick;
	*ret_settings = settings;
	return true;
}
