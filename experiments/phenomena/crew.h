#pragma once

/*
 * Children that do something, report it, and live until told to end. They also end with their
 * parent, however that ends.
 */

#include "experiments/phenomena/phenomenon.h"

#include <stdbool.h>
#include <sys/types.h>

struct crew {
	pid_t pids[N_PROCESSES];
	size_t n;
	int end_fds[2]; /* a child lives until the writing end is closed */
};

/* A child's work: the memory that it is to hold. False on failure. */
typedef bool (*crew_work)(void *context);

/*
 * Starts `n` children, at most N_PROCESSES, one after the other. On failure prints a line on
 * stderr, ends those already started, and returns -1.
 */
int crew_start(struct crew *crew, size_t n, crew_work work, void *context);

/* Ends them, and waits for them. */
void crew_end(struct crew *crew);
