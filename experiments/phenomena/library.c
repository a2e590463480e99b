/* All phenomena by name. */

#include "experiments/phenomena/phenomenon.h"

#include <stdio.h>

static const struct phenomenon *const lists[] = {
	anonymous_phenomena,
	heap_phenomena,
	process_phenomena,
	file_phenomena,
	kernel_phenomena,
};

#define N_LISTS (sizeof(lists) / sizeof(lists[0]))

static const struct phenomenon *phenomenon_at(size_t index)
{
	for (size_t i = 0; i < N_LISTS; i++)
		for (const struct phenomenon *entry = lists[i]; entry->name; entry++)
			if (index-- == 0)
				return entry;
	return NULL;
}

const char *phenomenon_name(size_t index)
{
	const struct phenomenon *phenomenon = phenomenon_at(index);

	return phenomenon ? phenomenon->name : NULL;
}

int phenomenon_run(const char *name, uint64_t size_bytes, uint64_t hold_ns)
{
	const struct phenomenon *phenomenon;
	int r;

	for (size_t i = 0; (phenomenon = phenomenon_at(i)); i++)
		if (strcmp(phenomenon->name, name) == 0)
			break;
	if (!phenomenon) {
		fprintf(stderr, "phenomena: there is no %s\n", name);
		return -1;
	}
	struct stage stage = {
		.channel = memcg_run_open(),
		.size_bytes = size_bytes,
		.hold_ns = hold_ns,
		.argument = phenomenon->argument,
	};
	stage_declare(&stage, (struct truth){0});
	stage_hold(&stage);
	r = phenomenon->run(&stage);
	memcg_run_close(&stage.channel);
	return r;
}
