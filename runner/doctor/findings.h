#pragma once

/* Private to runner/doctor/: storage of findings. */

#include "runner/doctor/doctor.h"

struct doctor {
	struct finding *findings;
	size_t n_findings;
	const char *group; /* of findings added next */
	bool out_of_memory;
};
