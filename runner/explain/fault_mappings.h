#pragma once

/*
 * A process's mappings, from the text of /proc/PID/smaps (proc_pid_smaps(5)).
 */

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fault_mapping {
	uint64_t start, end, offset;
	uint64_t device, inode; /* makedev(3)'s number; 0, 0 for anonymous memory */
	bool executable;
	uint64_t anonymous_bytes; /* private pages, of files too */
	char *path;		  /* "" for anonymous memory; the task may have chosen it */
};

struct fault_mappings {
	struct fault_mapping *mappings; /* by address */
	size_t n;
};

/* -EBADMSG for a malformed head of a mapping. */
int fault_mappings_parse(
	const char *smaps, struct fault_mappings *ret_mappings, struct error *error);
void fault_mappings_release(struct fault_mappings *mappings);
