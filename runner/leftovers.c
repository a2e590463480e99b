#include "runner/leftovers.h"

#include "cgroup/slice.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <fcntl.h>
#include <string.h>

/* As runner/trial, runner/doctor and runner/run.c name them; what tests make is named otherwise. */
#define CONTAINER_PREFIX "memcg-run-"
#define SLICE_PREFIX "trial-"
#define DOCTOR_PREFIX "doctor-"
#define FOLDER_PREFIX "run-"

struct leftovers {
	const char *directory;
	const struct runtime *runtime;
	struct run_log *log;
};

typedef int (*remove_one)(const struct leftovers *leftovers, const char *name, struct error *error);

/* Each entry of a folder with a name of that kind. A folder that is not there has none. */
static int remove_each(const struct leftovers *leftovers, const char *directory, const char *prefix,
	remove_one remove, struct error *error)
{
	CLEANUP(cleanup_closedir) DIR *listing = opendir(directory);
	const struct dirent *entry;

	if (!listing)
		return errno == ENOENT ? 0
				       : error_set_errno(error, errno, "cannot list %s", directory);
	while ((errno = 0, entry = readdir(listing))) {
		int r;

		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		run_log_step(leftovers->log, "a run that was killed left %s/%s: removing it",
			directory, entry->d_name);
		r = remove(leftovers, entry->d_name, error);
		if (r < 0)
			return r;
	}
	return errno == 0 ? 0 : error_set_errno(error, errno, "cannot list %s", directory);
}

static int remove_container(
	const struct leftovers *leftovers, const char *name, struct error *error)
{
	return runtime_delete(leftovers->runtime, name, error);
}

static int remove_folder(const struct leftovers *leftovers, const char *name, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", leftovers->directory, name);

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot remove %s", name);
	return file_remove_tree(AT_FDCWD, path, error);
}

/* In the order in which a trial undoes them: a container's processes live in the slice. */
static int remove_all(
	const struct leftovers *leftovers, const struct hierarchy *hierarchy, struct error *error)
{
	CLEANUP(cleanup_free) char *states = string_format("%s/runc", leftovers->directory);
	size_t n_slices, n_doctors;
	int r;

	if (!states)
		return error_set_errno(error, ENOMEM, "cannot look for them");
	r = remove_each(leftovers, states, CONTAINER_PREFIX, remove_container, error);
	if (r == 0)
		r = slice_remove_leftovers(hierarchy, SLICE_PREFIX, &n_slices, error);
	if (r == 0)
		r = slice_remove_leftovers(hierarchy, DOCTOR_PREFIX, &n_doctors, error);
	if (r < 0)
		return r;
	if (n_slices + n_doctors > 0)
		run_log_step(leftovers->log, "a run that was killed left %zu slices: removed",
			n_slices + n_doctors);
	return remove_each(leftovers, leftovers->directory, FOLDER_PREFIX, remove_folder, error);
}

int leftovers_remove(const char *directory, const struct runtime *runtime,
	const struct hierarchy *hierarchy, struct run_log *log, struct error *error)
{
	const struct leftovers leftovers = {
		.directory = directory,
		.runtime = runtime,
		.log = log,
	};
	struct error failure = ERROR_INIT;
	int r = remove_all(&leftovers, hierarchy, &failure);

	if (r < 0)
		error_set(error, failure.number, "cannot remove what an earlier run left: %s",
			failure.text);
	return r;
}
