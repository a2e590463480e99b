#pragma once

/* Runs by a user other than root: what is allowed, and what is lost. */

#include "cgroup/delegation.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"

/* What such a run lacks, as part of a sentence: "no real-time priority ..., no ...". */
#define UNPRIVILEGED_LOSSES                                                                        \
	"no real-time priority for the sampler, no cold page cache, no oracle, and other users' "  \
	"runs are not held off"

/*
 * Whether this user may run the experiment. -EPERM for a user who is not root and has no systemd
 * login session, and for an experiment that needs root.
 */
int unprivileged_check(const struct experiment *experiment, const struct hierarchy *hierarchy,
	enum delegation delegation, struct error *error);
