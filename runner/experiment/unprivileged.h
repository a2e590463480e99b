#pragma once

/* A run by a user who is not root: what it may, and what is lost in it. */

#include "cgroup/delegation.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"

/* What such a run goes without, as part of a sentence: "no real-time priority ..., no ...". */
#define UNPRIVILEGED_LOSSES                                                                        \
	"no real-time priority for the sampler, no cold page cache, no oracle, and other users' "  \
	"runs are not held off"

/*
 * Whether this user may run the experiment. -EPERM for one who is neither root nor of a login session of
 * systemd's, and where the experiment asks for something that takes root.
 */
int unprivileged_check(const struct experiment *experiment, const struct hierarchy *hierarchy,
	enum delegation delegation, struct error *error);
