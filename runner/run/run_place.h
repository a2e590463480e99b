#pragma once

/*
 * Where a run's folder is, for who finds its traces when the run was killed: a line with its device and inode, so that
 * another in its place is not taken for it, whom it was to be given to at its end, and its absolute path.
 *
 *     65024 1311 1000 1000 2 /home/her/a/b/20261122T175321Z-ramp
 */

#include "runner/run/run_owner.h"
#include "util/error.h"

#include <stdint.h>

struct run_place {
	uint64_t device;
	uint64_t inode;
	struct run_owner owner; /* user 0: root's, or that of who ran it without root */
	unsigned n_above;	/* folders above it that are the run's too */
	const char *path;	/* in the text */
};

/* Of a folder that is open. The caller frees *ret_text. */
int run_place_format(int run_fd, const char *path, const struct run_owner *owner, unsigned n_above,
	char **ret_text, struct error *error);

/* -EBADMSG for what is not such a line. */
int run_place_parse(const char *text, struct run_place *ret_place, struct error *error);

/*
 * Opens the folder. -ENOENT where there is none, -ESTALE where another stands at its path: nothing of that is the
 * run's.
 */
int run_place_open(const struct run_place *place, int *ret_fd, struct error *error);
