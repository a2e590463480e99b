#pragma once

/*
 * output/latest: a relative symbolic link beside the runs, to the newest that has begun. It is the user's like the run,
 * and it is replaced at once. What is in its place and not such a link is left alone; nothing follows it but the user's
 * own RUN (runner/cli/operand.h), which is resolved before anything is opened.
 */

#include "runner/run/run_folder.h"
#include "runner/run/run_owner.h"

#define RUN_LATEST "latest"

/*
 * Returns 0 or -errno, after which the link is as it was: -EEXIST if the name is taken by something else, -EPERM if
 * others may write to root's folder, -ESTALE if the run's folder is not there any more.
 */
int run_latest_set(const struct run_folder *folder, const struct run_owner *owner);

/* Whether a link's target may be a run beside it: "20261122T175321Z-ramp". */
bool run_latest_is_run(const char *target);
