#include "runner/run/leftovers.h"

#include "cgroup/slice.h"
#include "runner/container/runtime.h"
#include "runner/host/as_owner.h"
#include "runner/host/run_files.h"
#include "runner/host/run_journal.h"
#include "runner/run/run_owner.h"
#include "runner/run/run_place.h"
#include "runner/store/layout.h"
#include "runner/store/recovery.h"
#include "util/array.h"
#include "util/beneath.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

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

/* Only its user can write a journal; this limits the effect of mistakes. */
static bool is_plain_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

/* ---- interrupted trials */

static void clean_tell_recovered(void *context, const char *sentence)
{
	const struct removal *removal = context;

	removal->listener->recovered(removal->listener->context, sentence);
}

/* Messages about one run's trials, each ended by NUL, one after another. */
#define RECOVERY_TOLD_SIZE (64 * 1024)

/* Shared with the process that recovers, which has the rights of the folder's owner. */
struct recovering {
	const char *trials_path;
	struct error error;
	size_t told_length;
	char told[RECOVERY_TOLD_SIZE];
};

static void keep_told(void *context, const char *sentence)
{
	struct recovering *recovering = context;
	const size_t size = strlen(sentence) + 1;

	if (size > sizeof(recovering->told) - recovering->told_length)
		return;
	memcpy(recovering->told + recovering->told_length, sentence, size);
	recovering->told_length += size;
}

/* An as_owner_work. Without trials/ it was removed by its user, or killed after its trials were gathered. */
static int recover_in_folder(int run_fd, void *context)
{
	struct recovering *recovering = context;
	CLEANUP(cleanup_close) int trials_fd = beneath_open_folder(run_fd, RUN_TRIALS);
	uint64_t n_recovered = 0;

	if (trials_fd == -ENOENT)
		return 0;
	if (trials_fd < 0)
		return error_set_errno(&recovering->error, -trials_fd, "cannot open %s",
			       recovering->trials_path) != 0;
	return recovery_seal_spools(trials_fd, recovering->trials_path, keep_told, recovering,
		       &n_recovered, &recovering->error) < 0;
}

/* In our own copy: the end of each text is our own. */
static void tell_kept(struct removal *removal, struct recovering *recovering)
{
	size_t length = recovering->told_length;

	if (length > sizeof(recovering->told))
		length = sizeof(recovering->told);
	if (length > 0)
		recovering->told[length - 1] = '\0';
	for (size_t at = 0; at < length; at += strlen(recovering->told + at) + 1)
		clean_tell_recovered(removal, recovering->told + at);
}

/* What another process may still write to, with another's rights, is copied once. */
static int take_told(
	struct removal *removal, const struct recovering *shared, int code, struct error *error)
{
	CLEANUP(cleanup_free) struct recovering *own = malloc(sizeof(*own));

	if (!own)
		return error_set_errno(error, ENOMEM, "cannot recover a run");
	memcpy(own, shared, sizeof(*own));
	tell_kept(removal, own);
	if (code == 0)
		return 0;
	own->error.text[ERROR_TEXT_SIZE - 1] = '\0';
	return error_set(error, EIO, "%s", own->error.text);
}

static int recover_apart(struct removal *removal, int run_fd, const struct run_place *place,
	struct recovering *recovering, struct error *error)
{
	const struct as_owner_limits limits = {
		.cpu_s = as_owner_read_limit_s(run_fd), .end_fd = -1};
	int code;
	int r = as_owner_in(
		run_fd, place->path, &limits, recover_in_folder, recovering, &code, error);

	return r < 0 ? r : take_told(removal, recovering, code, error);
}

/* Gives the folder to its owner first, while only root can write to it. */
static int recover_run(
	struct removal *removal, int run_fd, const struct run_place *place, struct error *error)
{
	CLEANUP(cleanup_free) char *trials_path = string_format("%s/" RUN_TRIALS, place->path);
	struct recovering *recovering = mmap(NULL, sizeof(*recovering), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r;

	if (!trials_path || recovering == MAP_FAILED) {
		r = error_set_errno(error, ENOMEM, "cannot recover %s", place->path);
	} else {
		recovering->trials_path = trials_path;
		r = run_owner_give(run_fd, &place->owner, place->n_above, error);
		if (r == 0)
			r = recover_apart(removal, run_fd, place, recovering, error);
	}
	if (recovering != MAP_FAILED)
		munmap(recovering, sizeof(*recovering));
	return r;
}

/* `working_path` is the working folder of the killed run, which may have no trials yet. */
static void recover_trials(struct removal *removal, const char *working_path)
{
	CLEANUP(cleanup_close)
	int fd = open(working_path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP(cleanup_close) int run_fd = -1;
	CLEANUP(cleanup_free) char *text = NULL;
	struct error error = ERROR_INIT;
	struct run_place place;
	int r;

	if (fd < 0 ||
		beneath_read(fd, LEFTOVERS_RUN_FOLDER, JOURNAL_ENTRY_SIZE, &text, NULL, NULL) < 0)
		return;
	r = run_place_parse(text, &place, &error);
	if (r == 0)
		r = run_place_open(&place, &run_fd, &error);
	if (r == 0)
		r = recover_run(removal, run_fd, &place, &error);
	/* Removed by its user. */
	if (r < 0 && r != -ENOENT)
		clean_tell_recovered(removal, error.text);
}

/* ---- removal */

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
 * A folder that need not have been made; then, or where anything is in it, it is left. Its path had no link when it was
 * noted, and what is not ours was not made by the run.
 */
static int remove_empty(const char *path, struct error *error)
{
	CLEANUP(cleanup_close) int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_close) int fd = -1;
	struct stat status;

	if (*path != '/')
		return error_set(error, EBADMSG, "a journal lists an invalid folder, \"%s\"", path);
	fd = beneath_open_folder(root_fd, path + strspn(path, "/"));
	if (fd >= 0 && fstat(fd, &status) == 0 && status.st_uid == geteuid())
		(void)file_remove_held(fd, path);
	return 0;
}

/* What run_folder.c and run_prepare.c make before the first trial, by name, and never with what else is in it. */
static int remove_run(struct removal *removal, const char *text, struct error *error)
{
	static const char *const names[] = {
		RUN_EXPERIMENT ".part", RUN_EXPERIMENT, RUN_LOG, RUN_RECORD ".part"};
	CLEANUP(cleanup_close) int fd = -1;
	struct run_place place;
	int r = run_place_parse(text, &place, error);

	if (r < 0)
		return r;
	if (run_place_open(&place, &fd, NULL) < 0 ||
		faccessat(fd, RUN_RECORD, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	for (size_t i = 0; i < LENGTH(names); i++)
		(void)unlinkat(fd, names[i], 0);
	(void)unlinkat(fd, RUN_TRIALS, AT_REMOVEDIR);
	if (file_remove_held(fd, place.path) == 0) {
		removal->removed.n_folders++;
		tell_removed(removal, "folder", place.path, NULL);
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
		return remove_run(removal, name, error);
	if (strcmp(kind, JOURNAL_EMPTY) == 0)
		return remove_empty(name, error);
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
