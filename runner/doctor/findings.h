#pragma once

/*
 * Private to runner/doctor/: where findings are kept.
 */

#include "runner/doctor/doctor.h"

struct doctor {
	struct finding *findings;
	size_t n_findings;
	const char *group; /* of the findings to come */
	bool out_of_memory;
};
