#include "runner/experiment/limit_settings.h"

const char *limit_stage_name(enum limit_stage stage)
{
	static const char *const names[LIMIT_N_STAGES] = {
		[LIMIT_STAGE_NONE] = "",
		[LIMIT_STAGE_BASELINE] = "baseline",
		[LIMIT_STAGE_SEARCH] = "search",
		[LIMIT_STAGE_CONFIRM] = "confirm",
		[LIMIT_STAGE_BELOW] = "below",
		[LIMIT_STAGE_CURVE] = "curve",
		[LIMIT_STAGE_FREE] = "free",
	};

	return stage < LIMIT_N_STAGES ? names[stage] : "";
}
