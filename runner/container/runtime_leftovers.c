/* What a run that was killed left of its containers: the part of runtime.h that is about those. */

#include "runner/container/runtime_ops.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>

/* As runner/trial names them; what tests make is named otherwise. */
#define CONTAINER_PREFIX "memcg-run-"

/*
 * The runtime's own way first, which knows of what is outside its state. It may not know the container
 * either: a create that was cut short leaves a folder without the file that describes it.
 */
static int remove_container(const struct runtime_ops *ops, const char *state_directory,
	const char *container, struct error *error)
{
	CLEANUP(cleanup_free) char *state = string_format("%s/%s", state_directory, container);

	if (!state)
		return error_set_errno(error, ENOMEM, "cannot delete container %s", container);
	if (ops->delete (state_directory, container, NULL) == 0)
		return 0;
	return file_remove_tree(AT_FDCWD, state, error);
}

static int remove_of(const struct runtime_ops *ops, const char *state_directory,
	runtime_removed removed, void *context, struct error *error)
{
	CLEANUP(cleanup_closedir) DIR *listing = opendir(state_directory);
	const struct dirent *entry;
	int first = 0;

	if (!listing)
		return errno == ENOENT
			       ? 0
			       : error_set_errno(error, errno, "cannot list %s", state_directory);
	while ((errno = 0, entry = readdir(listing))) {
		int r;

		if (strncmp(entry->d_name, CONTAINER_PREFIX, strlen(CONTAINER_PREFIX)) != 0)
			continue;
		r = remove_container(ops, state_directory, entry->d_name, first < 0 ? NULL : error);
		if (r == 0)
			removed(context, entry->d_name, ops->name);
		if (first == 0)
			first = r;
	}
	if (errno != 0 && first == 0)
		first = error_set_errno(error, errno, "cannot list %s", state_directory);
	return first;
}

int runtime_remove_leftovers(
	const char *directory, runtime_removed removed, void *context, struct error *error)
{
	static const struct runtime_ops *const with_state[] = {&runtime_runc, &runtime_crun};
	int first = 0;

	for (size_t i = 0; i < sizeof(with_state) / sizeof(with_state[0]); i++) {
		CLEANUP(cleanup_free)
		char *state = string_format("%s/%s", directory, with_state[i]->name);
		int r;

		if (!state)
			return error_set_errno(error, ENOMEM, "cannot remove containers");
		r = remove_of(with_state[i], state, removed, context, first < 0 ? NULL : error);

		if (first == 0)
			first = r;
	}
	return first;
}
