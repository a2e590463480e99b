#pragma once

/*
 * What is to be seen, when a task has ended, of why it failed: for the evidence of its trial. Each is a fact, whatever
 * the task's end was; verdict() says what it explains.
 */

#include "runner/trial/output.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Which tmpfs of a container has no room left: "/tmp", "/dev/shm", "/var/tmp", or "working directory" for that of the
 * folder `writable` (NULL: it is not); NULL for none, or where it cannot be seen. `pid` is a process that lives in the
 * container, as the reader's PID namespace numbers it.
 */
const char *clues_full_tmpfs(pid_t pid, const char *writable);

/* Whether a task printed the words, on stderr or stdout, within what is kept of them. */
bool clues_printed(const struct trial_output *stderr_output,
	const struct trial_output *stdout_output, const char *words);
