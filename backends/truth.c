#include "backends/truth.h"

#include "backends/native/memcg_run.h"

#include <stdio.h>
#include <string.h>

const char *truth_kind_name(enum truth_kind kind)
{
	static const char *const names[N_TRUTH_KINDS] = {
		[TRUTH_REQUESTED] = MEMCG_RUN_REQUESTED,
		[TRUTH_TOUCHED] = MEMCG_RUN_TOUCHED,
		[TRUTH_CHARGED] = MEMCG_RUN_CHARGED,
		[TRUTH_UNIQUE] = MEMCG_RUN_UNIQUE,
	};

	return names[kind];
}

bool truth_kind_find(const char *name, enum truth_kind *ret_kind)
{
	if (!*name)
		name = MEMCG_RUN_TOUCHED;
	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS; kind++) {
		if (strcmp(name, truth_kind_name(kind)) != 0)
			continue;
		*ret_kind = kind;
		return true;
	}
	return false;
}

struct truth_place truth_kind_place(enum truth_kind kind, char separator)
{
	struct truth_place place = {.text = "truth"};

	if (kind != TRUTH_TOUCHED)
		snprintf(place.text, sizeof(place.text), "truth%c%s", separator,
			truth_kind_name(kind));
	return place;
}
