#pragma once

/*
 * Locates a killed run's folder: a line with its device and inode, so that another folder at its path is not taken for
 * it, the user and group that it is given to at its end, how many folders above it the run made, and its absolute path.
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
 * Opens the folder. -ENOENT if there is none, -ESTALE if a different folder is at its path.
 */
int run_place_open(const struct run_place *place, int *ret_fd, struct error *error);
