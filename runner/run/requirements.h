#pragma once

/*
 * Checks an experiment's requirements before anything is created: the modules and programs that its
 * reporters need in its image, and features that not every cgroup version or kernel has.
 */

#include "cgroup/hierarchy.h"
#include "runner/container/image.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"

/*
 * -ENOENT with the backend, the Python module or program that it needs, and the Debian package to
 * install.
 */
int requirements_check(
	const struct experiment *experiment, const struct image *image, struct error *error);

/* -EOPNOTSUPP with the key that asks for something that this host's cgroups or kernel lack. */
int requirements_check_cgroups(const struct experiment *experiment,
	const struct hierarchy *hierarchy, struct error *error);

/*
 * -EMFILE if the limit of open files (RLIMIT_NOFILE) is so low that a task could exhaust what the
 * runner needs to clean up a trial: each connection and each metric of a task takes one.
 */
int requirements_check_files(struct error *error);

/* If the experiment has an oracle: same errors as page_counter_open. */
int requirements_check_oracle(const struct experiment *experiment, struct error *error);
