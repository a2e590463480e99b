#include "cgroup/page_groups.h"

#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int compare_inodes(const void *a, const void *b)
{
	const uint64_t *first = a, *second = b;

	return (*first > *second) - (*first < *second);
}

/* -ENOENT, -ENODEV: it was removed meanwhile. */
static int collect_groups(struct page_groups *groups, int directory_fd, const char *name)
{
	CLEANUP(cleanup_closedir) DIR *listing = NULL;
	const struct dirent *entry;
	struct stat status;
	int r = file_list(directory_fd, name, &listing);

	if (r < 0)
		return r;
	if (fstat(dirfd(listing), &status) < 0)
		return -errno;
	if (!ARRAY_GROW(groups->inodes, groups->n))
		return -ENOMEM;
	groups->inodes[groups->n++] = status.st_ino;
	while (r == 0 && (entry = file_next(listing))) {
		if (entry->d_type != DT_DIR)
			continue;
		r = collect_groups(groups, dirfd(listing), entry->d_name);
		if (r == -ENOENT || r == -ENODEV)
			r = 0;
	}
	return r < 0 ? r : -errno;
}

int page_groups_find(const char *directory, struct page_groups *ret_groups, struct error *error)
{
	struct page_groups groups = {.inodes = NULL};
	int r = collect_groups(&groups, AT_FDCWD, directory);

	if (r < 0) {
		page_groups_release(&groups);
		return error_set_errno(error, -r, "cannot list the cgroups at %s", directory);
	}
	qsort(groups.inodes, groups.n, sizeof(*groups.inodes), compare_inodes);
	*ret_groups = groups;
	return 0;
}

void page_groups_release(struct page_groups *groups)
{
	free(groups->inodes);
	*groups = (struct page_groups){.inodes = NULL};
}

bool page_groups_have(const struct page_groups *groups, uint64_t inode)
{
	return bsearch(&inode, groups->inodes, groups->n, sizeof(inode), compare_inodes) != NULL;
}
