#pragma once

/*
 * Whether a seccomp profile lets a task do what every trial needs: start its program and end, and, if the task is
 * Python, speak with the runner over the channel. A profile that does not is no mistake (a container runtime takes
 * it), but every trial fails under it, and its own words do not say why.
 */

#include "runner/experiment/seccomp_profile.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What the compiled profile does to a system call of this architecture: a SECCOMP_RET_* with its data. ALLOW for a
 * program that has instructions other than a filter's.
 */
uint32_t seccomp_needs_action(
	const struct seccomp_profile *profile, int number, const uint64_t arguments[6]);

/*
 * The first call that is needed and refused, in words: "sendto, with which a Python task reports to memcg-run". NULL
 * where none is. Static.
 */
const char *seccomp_needs_refused(const struct seccomp_profile *profile, bool python);
