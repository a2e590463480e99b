#include "runner/run/run_folder.h"
#include "runner/host/run_files.h"

#include "runner/run/run_place.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/give.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define MAX_RUNS_A_SECOND 1000

void run_folder_release(struct run_folder *folder)
{
	cleanup_close(&folder->trials_fd);
	cleanup_close(&folder->fd);
	free(folder->trials_path);
	free(folder->path);
	free(folder->shown_path);
	*folder = RUN_FOLDER_NONE;
}

/* Journal paths are absolute: the reader has another working directory. Before it is made, and once it is. */
static int note_folder(struct run_journal *journal, const char *output_directory, const char *path,
	struct error *error)
{
	CLEANUP(cleanup_free) char *directory = realpath(output_directory, NULL);
	CLEANUP(cleanup_free) char *noted = NULL;

	if (!directory)
		return error_set_errno(error, errno, "cannot find %s", output_directory);
	noted = string_format("%s/%s", directory, strrchr(path, '/') + 1);
	if (!noted)
		return error_set_errno(error, ENOMEM, "cannot make the run's folder");
	return run_journal_note(journal, JOURNAL_EMPTY, noted, error);
}

static int note_made(
	struct run_journal *journal, const struct run_folder *folder, struct error *error)
{
	CLEANUP(cleanup_free) char *place = NULL;
	const struct run_owner nobody = {.uid = 0};
	int r = run_place_format(folder->fd, folder->path, &nobody, 0, &place, error);

	return r == 0 ? run_journal_note(journal, JOURNAL_RUN, place, error) : r;
}

/* Returns 1 if the name is taken. */
static int make_numbered(struct run_folder *folder, const char *output_directory, const char *base,
	unsigned number, struct run_journal *journal, struct error *error)
{
	CLEANUP(cleanup_free)
	char *path = number == 1 ? string_format("%s", base) : string_format("%s-%u", base, number);
	const uint64_t mark = run_journal_mark(journal);
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot make the run's folder");
	r = note_folder(journal, output_directory, path, error);
	if (r < 0)
		return r;
	if (mkdir(path, 0755) < 0) {
		r = errno == EEXIST ? 1 : error_set_errno(error, errno, "cannot make %s", path);
		return r == 1 && run_journal_rewind(journal, mark, error) < 0 ? -EIO : r;
	}
	folder->shown_path = TAKE_PTR(path);
	return 0;
}

static int make_named(struct run_folder *folder, const char *output_directory, const char *name,
	struct run_journal *journal, struct error *error)
{
	CLEANUP(cleanup_free) char *base = NULL;
	const uint64_t now_ns = clock_realtime_ns();
	int r = 1;

	folder->created = format_time(now_ns);
	base = string_format("%s/%s-%s", output_directory, format_time_basic(now_ns).text, name);
	if (!base)
		return error_set_errno(error, ENOMEM, "cannot make the run's folder");
	for (unsigned number = 1; number < MAX_RUNS_A_SECOND && r == 1; number++)
		r = make_numbered(folder, output_directory, base, number, journal, error);
	if (r == 1)
		return error_set(error, EEXIST,
			"cannot find a free name for the run's folder in %s", output_directory);
	return r;
}

/* Network file systems may lack flock(2): only the machine's own lock protects then. */
static int take_for_us(struct run_folder *folder, struct error *error)
{
	if (flock(folder->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return error_set(error, EBUSY,
			"the run in %s is still running: wait until it ends, or stop it with "
			"Ctrl-C",
			folder->shown_path);
	return 0;
}

static int open_folders(struct run_folder *folder, struct error *error)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
	int r;

	folder->fd = open(folder->shown_path, flags);
	if (folder->fd < 0)
		return error_set_errno(error, errno, "cannot open %s", folder->shown_path);
	r = take_for_us(folder, error);
	/* What is in it will be given: not a folder that another put in place of the new one. */
	if (r == 0 && folder->made && give_check_empty(folder->fd) < 0)
		r = error_set(
			error, EPERM, "%s was replaced while it was made", folder->shown_path);
	if (r < 0)
		return r;
	folder->path = realpath(folder->shown_path, NULL);
	if (!folder->path)
		return error_set_errno(error, errno, "cannot find %s", folder->shown_path);
	folder->trials_path = string_format("%s/" RUN_TRIALS, folder->path);
	if (!folder->trials_path)
		return error_set_errno(error, ENOMEM, "cannot make the run's folder");
	return 0;
}

int run_folder_open_trials(struct run_folder *folder, struct error *error)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;

	folder->trials_fd = give_make_folder(folder->fd, RUN_TRIALS, 0755);
	if (folder->trials_fd == -EEXIST && !folder->made) {
		folder->trials_fd = openat(folder->fd, RUN_TRIALS, flags);
		return folder->trials_fd < 0 ? error_set_errno(error, errno, "cannot open %s",
						       folder->trials_path)
					     : 0;
	}
	return folder->trials_fd < 0 ? error_set_errno(error, -folder->trials_fd, "cannot make %s",
					       folder->trials_path)
				     : 0;
}

/*
 * Number of folders missing at the end of the path: 2 for "a/b/c" if only a exists. 0 for a path with "..", whose
 * folders are not all above the run's.
 */
static unsigned count_missing(const char *path)
{
	CLEANUP(cleanup_free) char *rest = strdup(path);
	unsigned n = 0;

	while (rest && *rest && access(rest, F_OK) < 0 && errno == ENOENT) {
		char *end = rest + strlen(rest);
		char *name;

		while (end > rest && end[-1] == '/')
			*--end = '\0';
		name = strrchr(rest, '/') ? strrchr(rest, '/') + 1 : rest;
		if (strcmp(name, "..") == 0)
			return 0;
		n += strcmp(name, ".") != 0;
		*name = '\0';
	}
	return n;
}

static int make_output(struct run_folder *folder, const char *path, struct error *error)
{
	folder->n_output_made = count_missing(path);
	return file_make_directories(AT_FDCWD, path, 0755, error);
}

/* Syncing a file is useless after a crash if its folder's own name was not synced. */
static int sync_names(const struct run_folder *folder, struct error *error)
{
	CLEANUP(cleanup_free) char *above = strdup("..");
	int r = 0;

	for (unsigned i = 0; i <= folder->n_output_made && r == 0; i++) {
		CLEANUP(cleanup_free) char *below = above;

		above = below ? string_format("%s/..", below) : NULL;
		if (!above)
			return error_set_errno(error, ENOMEM, "cannot make the run's folder");
		r = file_sync_directory(folder->fd, below, error);
	}
	return r;
}

int run_folder_make(const char *output_directory, const char *name, struct run_journal *journal,
	struct run_folder *ret_folder, struct error *error)
{
	CLEANUP(run_folder_release) struct run_folder folder = RUN_FOLDER_NONE;
	int r = make_output(&folder, output_directory, error);

	if (r == 0)
		r = make_named(&folder, output_directory, name, journal, error);
	if (r < 0)
		return r;
	folder.made = true;
	r = open_folders(&folder, error);
	if (r == 0)
		r = note_made(journal, &folder, error);
	if (r == 0)
		r = run_folder_open_trials(&folder, error);
	if (r == 0)
		r = sync_names(&folder, error);
	if (r < 0) {
		/* Only what was made here, by now an empty folder: another may stand in its place. */
		if (folder.trials_fd >= 0)
			(void)unlinkat(folder.fd, RUN_TRIALS, AT_REMOVEDIR);
		(void)rmdir(folder.shown_path);
		return r;
	}
	*ret_folder = folder;
	folder = RUN_FOLDER_NONE;
	return 0;
}

int run_folder_open(const char *path, struct run_folder *ret_folder, struct error *error)
{
	CLEANUP(run_folder_release) struct run_folder folder = RUN_FOLDER_NONE;
	size_t length = strlen(path);
	int r;

	while (length > 1 && path[length - 1] == '/')
		length--;
	folder.shown_path = strndup(path, length);
	if (!folder.shown_path)
		return error_set_errno(error, ENOMEM, "cannot open %s", path);
	r = open_folders(&folder, error);
	if (r < 0)
		return r;
	*ret_folder = folder;
	folder = RUN_FOLDER_NONE;
	return 0;
}

int run_folder_discard(struct run_folder *folder, struct error *error)
{
	int r = file_remove_tree(AT_FDCWD, folder->path, error);

	for (unsigned i = 0; r == 0 && i < folder->n_output_made; i++) {
		*strrchr(folder->path, '/') = '\0';
		/* Fails if another run already has its folder in it. */
		(void)rmdir(folder->path);
	}
	run_folder_release(folder);
	return r;
}
