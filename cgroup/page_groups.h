#pragma once

/*
 * A cgroup and its descendants by the inode numbers of their directories, as /proc/kpagecgroup
 * names them.
 */

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct page_groups {
	uint64_t *inodes; /* ascending */
	size_t n;
};

/*
 * The group at `directory` and its current descendants; skips one that vanishes meanwhile. Release
 * with page_groups_release.
 */
int page_groups_find(const char *directory, struct page_groups *ret_groups, struct error *error);
void page_groups_release(struct page_groups *groups);

bool page_groups_have(const struct page_groups *groups, uint64_t inode);
