#pragma once

/*
 * Whether there is what an experiment needs: in its image, what its reporters import; of this host's
 * cgroups and kernel, what not every version has. Asked before anything is made.
 */

#include "cgroup/hierarchy.h"
#include "runner/container/image.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"

/* -ENOENT with the backend, the Python module or program it needs, and the Debian package to install. */
int requirements_check(
	const struct experiment *experiment, const struct image *image, struct error *error);

/* -EOPNOTSUPP with the key that asks for what this host's cgroups or kernel do not have. */
int requirements_check_cgroups(const struct experiment *experiment,
	const struct hierarchy *hierarchy, struct error *error);

/*
 * -EMFILE where so few files may be open at a time (RLIMIT_NOFILE) that a task could use up what the runner
 * needs to undo a trial: each connection and each metric of a task's is one.
 */
int requirements_check_files(struct error *error);

/* As page_counter_open, where the experiment has an oracle. */
int requirements_check_oracle(const struct experiment *experiment, struct error *error);
