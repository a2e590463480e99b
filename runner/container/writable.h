#pragma once

/*
 * task.working_directory = "writable": what the launcher needs to show the task its folder so (runner/launcher/writable.h
 * has how it does), and whether this host can.
 *
 * The files of the folder's owner belong to the task's user there, by an idmapped mount whose user namespace swaps the two:
 * a task without capabilities could change only its own. Where the two are the same, nothing is mapped.
 */

#include "runner/container/task_user.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"

#include <stdbool.h>

struct writable {
	bool wanted;
	int idmap_fd;	     /* for the launcher; -1: nothing to map */
	char *tmpfs_size;    /* container.tmp_max in bytes; "" for no limit of its own */
	const char *overlay; /* options */
};

#define WRITABLE_NONE ((struct writable){.idmap_fd = -1})

/*
 * Mounts such a folder in a process of its own, whose mounts end with it. For a folder that has other mounts below it, or
 * where the kernel or the file system cannot, the error says what to do. Without root and without a user namespace it is not
 * tried. Does nothing unless a task of the experiment wants it.
 */
int writable_check(const struct experiment *experiment, struct error *error);

/*
 * The same, for the task's user (NULL: user 0 of the container, or without one root), and what the launcher needs. *writable
 * is WRITABLE_NONE if the task does not want it; writable_close releases it.
 */
int writable_open(const struct experiment *experiment, const struct task *task,
	const struct task_user *user, struct writable *ret_writable, struct error *error);
void writable_close(struct writable *writable);
