#pragma once

/*
 * Children that do something, say so, and live until they are told to end. They end with their parent
 * too, however that ends.
 */

#include "experiments/phenomena/phenomenon.h"

#include <stdbool.h>
#include <sys/types.h>

struct crew {
	pid_t pids[N_PROCESSES];
	size_t n;
	int end_fds[2]; /* a child lives until the writing end is closed */
};

/* What a child does, and what it shall hold. False: it failed. */
typedef bool (*crew_work)(void *context);

/* -1 with a line on stderr; then nobody is left. `n` of at most N_PROCESSES, one after the other. */
int crew_start(struct crew *crew, size_t n, crew_work work, void *context);

/* Tells them to end, and waits for them. */
void crew_end(struct crew *crew);
