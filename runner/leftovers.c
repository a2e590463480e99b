#include "runner/leftovers.h"

#include "cgroup/slice.h"
#include "runner/container/runtime.h"
#include "runner/store/recovery.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* As runner/trial, runner/doctor and runner/run.c name them; what tests make is named otherwise. */
static const char *const slice_prefixes[] = {"trial-", "doctor-"};
#define FOLDER_PREFIX "run-"

struct removal {
	struct leftovers removed;
	const struct leftovers_listener *listener;
};

static void tell(const struct removal *removal, const char *kind, const char *name, const char *of)
{
	char text[NAME_MAX + 256];

	snprintf(text, sizeof(text), "%s %s%s%s%s", kind, name, of ? " (" : "", of ? of : "",
		of ? ")" : "");
	removal->listener->removed(removal->listener->context, text);
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

/* ---- trials that were cut short */

static void tell_recovered(void *context, const char *sentence)
{
	const struct removal *removal = context;

	removal->listener->recovered(removal->listener->context, sentence);
}

static int open_trials(const char *run_path, int *ret_fd)
{
	CLEANUP(cleanup_close) int run_fd = open(run_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd;

	if (run_fd < 0)
		return -errno;
	fd = openat(run_fd, "trials", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static void recover_run(struct removal *removal, const char *run_path)
{
	CLEANUP(cleanup_free) char *trials_path = string_format("%s/trials", run_path);
	CLEANUP(cleanup_close) int trials_fd = -1;
	struct error error = ERROR_INIT;
	uint64_t n_recovered = 0;
	int r = trials_path ? open_trials(run_path, &trials_fd) : -ENOMEM;

	/* Removed by its user, or killed after its trials were gathered. */
	if (r == -ENOENT)
		return;
	if (r == 0)
		r = recovery_seal_spools(
			trials_fd, trials_path, tell_recovered, removal, &n_recovered, &error);
	else
		error_set_errno(&error, -r, "cannot open %s/trials", run_path);
	if (r < 0)
		tell_recovered(removal, error.text);
}

/* `working_path` is the working folder of the run that was killed. It need not have come so far. */
static void recover_trials(struct removal *removal, const char *working_path)
{
	CLEANUP(cleanup_close)
	int fd = open(working_path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP(cleanup_free) char *run_path = NULL;
	size_t length;

	if (fd < 0 || file_read(fd, LEFTOVERS_RUN_FOLDER, PATH_MAX, &run_path, &length, NULL) < 0)
		return;
	if (length > 0)
		recover_run(removal, run_path);
}

/* ---- what is removed */

static int remove_folder(
	struct removal *removal, const char *directory, const char *name, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", directory, name);
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot remove %s", name);
	recover_trials(removal, path);
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

int leftovers_remove(const char *directory, const struct hierarchy *hierarchy,
	const struct leftovers_listener *listener, struct leftovers *ret_removed,
	struct error *error)
{
	struct removal removal = {.listener = listener};
	struct error failure = ERROR_INIT;
	int r = remove_all(&removal, directory, hierarchy, &failure);

	*ret_removed = removal.removed;
	if (r < 0)
		error_set(error, failure.number, "cannot remove what an earlier run left: %s",
			failure.text);
	return r;
}
