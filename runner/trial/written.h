#pragma once

/*
 * task.keep_written: what a trial wrote into its writable working directory, kept in the run's folder as
 *
 *     written/000042/files/        each file that was created or changed, whole, in its folders
 *     written/000042/left-out.txt  what is not there, a line each: "removed sub/old", "link a -> b", "special fifo",
 *                                  "renamed new, from sub/old: of it only what was written", "unchanged file, but for its name or its mode"
 *
 * A trial that is run again, after it was killed or interrupted, has written/000042-2/, and so on.
 *
 * The launcher sends a descriptor of the overlay's upper layer, by which its tmpfs lives on when the container has ended
 * (runner/launcher/control.h). It is read then: nobody is left who could change it. Reading it charges nothing to the
 * task, whose account is settled. No link is followed or made, and nothing but a regular file is opened. A hole is
 * copied as a hole. Owners, times and attributes are not kept; of the mode, the rights without set-user-ID.
 *
 * The folder is root's while it is written, and given to the run's folder's owner at the end (util/give.h).
 */

#include "cgroup/slice.h"
#include "util/error.h"

#include <stdint.h>

/*
 * `max`: of all files, the length or the disk usage, whichever is larger; entries and depth are limited by quota.h too.
 * -EOVERFLOW if there is more; nothing is then kept.
 */
int written_keep(int upper_fd, int run_fd, uint64_t number, struct amount max, struct error *error);
