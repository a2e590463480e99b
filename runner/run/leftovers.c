#include "runner/run/leftovers.h"

#include "cgroup/slice.h"
#include "runner/container/runtime.h"
#include "runner/host/run_files.h"
#include "runner/host/run_journal.h"
#include "runner/store/recovery.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct removal {
	const char *directory;
	const struct hierarchy *hierarchy;
	struct leftovers removed;
	const struct leftovers_listener *listener;
};

static void tell_removed(
	const struct removal *removal, const char *kind, const char *name, const char *of)
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
	tell_removed(removal, "cgroup", path + 1, NULL);
}

/* A journal is a file that only its user can write; this keeps a slip from reaching beyond. */
static bool is_plain_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

/* ---- trials that were cut short */

static void clean_tell_recovered(void *context, const char *sentence)
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
		r = recovery_seal_spools(trials_fd, trials_path, clean_tell_recovered, removal,
			&n_recovered, &error);
	else
		error_set_errno(&error, -r, "cannot open %s/trials", run_path);
	if (r < 0)
		clean_tell_recovered(removal, error.text);
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

static int remove_left_slice(struct removal *removal, const char *name, struct error *error)
{
	if (!is_plain_name(name))
		return error_set(error, EBADMSG, "a journal lists an invalid slice, \"%s\"", name);
	return slice_remove_leftovers(removal->hierarchy, name, count_slice, removal, error);
}

static int remove_left_container(struct removal *removal, const char *name, struct error *error)
{
	CLEANUP(cleanup_free) char *runtime = strndup(name, strcspn(name, " "));
	const char *container = strchr(name, ' ');
	int r;

	if (!runtime)
		return error_set_errno(error, ENOMEM, "cannot remove %s", name);
	if (!container || !is_plain_name(++container))
		return error_set(
			error, EBADMSG, "a journal lists an invalid container, \"%s\"", name);
	r = runtime_remove_leftover(removal->directory, runtime, container, error);
	if (r == 0) {
		removal->removed.n_containers++;
		tell_removed(removal, "container", container, runtime);
	}
	return r < 0 ? r : 0;
}

static int remove_folder(struct removal *removal, const char *path, struct error *error)
{
	size_t length = strlen(removal->directory);
	int r;

	if (strncmp(path, removal->directory, length) != 0 || path[length] != '/' ||
		!is_plain_name(path + length + 1))
		return error_set(error, EBADMSG, "a journal lists an invalid folder, \"%s\"", path);
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	recover_trials(removal, path);
	r = file_remove_tree(AT_FDCWD, path, error);
	if (r == 0) {
		removal->removed.n_folders++;
		tell_removed(removal, "folder", path, NULL);
	}
	return r;
}

/*
 * What run_folder.c and run_prepare.c make before the first trial, by name, and never with what else is in it:
 * the name may have been noted, found taken, and its run killed then.
 */
static int remove_run(struct removal *removal, const char *path)
{
	static const char *const names[] = {
		RUN_EXPERIMENT ".part", RUN_EXPERIMENT, RUN_LOG, "run.json.part"};
	CLEANUP(cleanup_close)
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || faccessat(fd, "run.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	for (size_t i = 0; i < LENGTH(names); i++)
		(void)unlinkat(fd, names[i], 0);
	(void)unlinkat(fd, "trials", AT_REMOVEDIR);
	if (rmdir(path) == 0) {
		removal->removed.n_folders++;
		tell_removed(removal, "folder", path, NULL);
	}
	return 0;
}

static int remove_left_entry(void *context, const char *kind, const char *name, struct error *error)
{
	struct removal *removal = context;

	if (strcmp(kind, JOURNAL_SLICE) == 0)
		return remove_left_slice(removal, name, error);
	if (strcmp(kind, JOURNAL_CONTAINER) == 0)
		return remove_left_container(removal, name, error);
	if (strcmp(kind, JOURNAL_FOLDER) == 0)
		return remove_folder(removal, name, error);
	if (strcmp(kind, JOURNAL_RUN) == 0)
		return remove_run(removal, name);
	return error_set(error, EBADMSG, "a journal has an unknown entry, \"%s\"", kind);
}

static void tell_set_aside(void *context, const char *sentence)
{
	const struct removal *removal = context;

	removal->listener->set_aside(removal->listener->context, sentence);
}

int leftovers_remove(const char *directory, const struct hierarchy *hierarchy,
	const struct leftovers_listener *listener, struct leftovers *ret_removed,
	struct error *error)
{
	struct removal removal = {
		.directory = directory, .hierarchy = hierarchy, .listener = listener};
	const struct run_journal_clearing clearing = {
		.remove = remove_left_entry,
		.set_aside = listener->set_aside ? tell_set_aside : NULL,
		.context = &removal,
	};
	struct error failure = ERROR_INIT;
	int r = run_journal_clear_dead(directory, &clearing, &failure);

	*ret_removed = removal.removed;
	if (r < 0)
		error_set(error, failure.number, "cannot remove what an earlier run left: %s",
			failure.text);
	return r;
}
