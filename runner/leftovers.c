#include "runner/leftovers.h"

#include "cgroup/slice.h"
#include "runner/container/runtime.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* As runner/trial, runner/doctor and runner/run.c name them; what tests make is named otherwise. */
static const char *const slice_prefixes[] = {"trial-", "doctor-"};
#define FOLDER_PREFIX "run-"

struct removal {
	struct leftovers removed;
	leftovers_told told;
	void *context;
};

static void tell(const struct removal *removal, const char *kind, const char *name, const char *of)
{
	char text[NAME_MAX + 256];

	snprintf(text, sizeof(text), "%s %s%s%s%s", kind, name, of ? " (" : "", of ? of : "",
		of ? ")" : "");
	removal->told(removal->context, text);
}

static void count_slice(void *context, const char *path)
{
	struct removal *removal = context;

	removal->removed.n_slices++;
	tell(removal, "cgroup", path + 1, NULL);
}

static void count_container(void *context, const char *container, const char *runtime)
{
	struct removal *removal = context;

	removal->removed.n_containers++;
	tell(removal, "container", container, runtime);
}

static int remove_folder(
	struct removal *removal, const char *directory, const char *name, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", directory, name);
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot remove %s", name);
	r = file_remove_tree(AT_FDCWD, path, error);
	if (r == 0) {
		removal->removed.n_folders++;
		tell(removal, "folder", path, NULL);
	}
	return r;
}

static int remove_folders(struct removal *removal, const char *directory, struct error *error)
{
	CLEANUP(cleanup_closedir) DIR *listing = opendir(directory);
	const struct dirent *entry;
	int first = 0;

	if (!listing)
		return errno == ENOENT ? 0
				       : error_set_errno(error, errno, "cannot list %s", directory);
	while ((errno = 0, entry = readdir(listing))) {
		int r;

		if (strncmp(entry->d_name, FOLDER_PREFIX, strlen(FOLDER_PREFIX)) != 0)
			continue;
		r = remove_folder(removal, directory, entry->d_name, first < 0 ? NULL : error);
		if (first == 0)
			first = r;
	}
	if (errno != 0 && first == 0)
		first = error_set_errno(error, errno, "cannot list %s", directory);
	return first;
}

/* Processes first: a runtime deletes a container that has none, and its folder is then in use by none. */
static int remove_all(struct removal *removal, const char *directory,
	const struct hierarchy *hierarchy, struct error *error)
{
	int first = 0;
	int r;

	for (size_t i = 0; i < sizeof(slice_prefixes) / sizeof(slice_prefixes[0]); i++) {
		r = slice_remove_leftovers(hierarchy, slice_prefixes[i], count_slice, removal,
			first < 0 ? NULL : error);
		first = first < 0 ? first : r;
	}
	r = runtime_remove_leftovers(directory, count_container, removal, first < 0 ? NULL : error);
	first = first < 0 ? first : r;
	r = remove_folders(removal, directory, first < 0 ? NULL : error);
	return first < 0 ? first : r;
}

int leftovers_remove(const char *directory, const struct hierarchy *hierarchy, leftovers_told told,
	void *context, struct leftovers *ret_removed, struct error *error)
{
	struct removal removal = {.told = told, .context = context};
	struct error failure = ERROR_INIT;
	int r = remove_all(&removal, directory, hierarchy, &failure);

	*ret_removed = removal.removed;
	if (r < 0)
		error_set(error, failure.number, "cannot remove what an earlier run left: %s",
			failure.text);
	return r;
}
