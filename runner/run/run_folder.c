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

/* A name in a folder whose own path has no link. */
static int note_empty(struct run_journal *journal, const char *place, const char *name,
	size_t length, struct error *error)
{
	CLEANUP(cleanup_free)
	char *path = string_format("%s/%.*s", place, (int)length, name);

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot make the run's folder");
	return run_journal_note(journal, JOURNAL_EMPTY, path, error);
}

/* Journal paths are absolute: the reader has another working directory. Before it is made, and once it is. */
static int note_folder(struct run_journal *journal, const char *output_directory, const char *name,
	struct error *error)
{
	CLEANUP(cleanup_free) char *directory = realpath(output_directory, NULL);

	if (!directory)
		return error_set_errno(error, errno, "cannot find %s", output_directory);
	return note_empty(journal, directory, name, strlen(name), error);
}

static int note_made(
	struct run_journal *journal, const struct run_folder *folder, struct error *error)
{
	CLEANUP(cleanup_free) char *place = NULL;
	const struct run_owner nobody = {.uid = 0};
	int r = run_place_format(folder->fd, folder->path, &nobody, 0, &place, error);

	return r == 0 ? run_journal_note(journal, JOURNAL_RUN, place, error) : r;
}

/* The output directory: what is made in it is found from its descriptor. */
struct output_place {
	const char *path;
	int fd;
};

static const char *name_in_output(const struct run_folder *folder)
{
	return strrchr(folder->shown_path, '/') + 1;
}

/* Returns 1 if the name is taken. */
static int make_numbered(struct run_folder *folder, const struct output_place *output,
	const char *base, unsigned number, struct run_journal *journal, struct error *error)
{
	CLEANUP(cleanup_free)
	char *name = number == 1 ? strdup(base) : string_format("%s-%u", base, number);
	CLEANUP(cleanup_free)
	char *path = name ? string_format("%s/%s", output->path, name) : NULL;
	const uint64_t mark = run_journal_mark(journal);
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot make the run's folder");
	r = note_folder(journal, output->path, name, error);
	if (r < 0)
		return r;
	if (mkdirat(output->fd, name, 0755) < 0) {
		r = errno == EEXIST ? 1 : error_set_errno(error, errno, "cannot make %s", path);
		return r == 1 && run_journal_rewind(journal, mark, error) < 0 ? -EIO : r;
	}
	folder->shown_path = TAKE_PTR(path);
	return 0;
}

static int make_named(struct run_folder *folder, const struct output_place *output,
	const char *name, struct run_journal *journal, struct error *error)
{
	CLEANUP(cleanup_free) char *base = NULL;
	const uint64_t now_ns = clock_realtime_ns();
	int r = 1;

	folder->created = format_time(now_ns);
	base = string_format("%s-%s", format_time_basic(now_ns).text, name);
	if (!base)
		return error_set_errno(error, ENOMEM, "cannot make the run's folder");
	for (unsigned number = 1; number < MAX_RUNS_A_SECOND && r == 1; number++)
		r = make_numbered(folder, output, base, number, journal, error);
	if (r == 1)
		return error_set(error, EEXIST,
			"cannot find a free name for the run's folder in %s", output->path);
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

/* `path` is that of the folder, from the directory that is open. */
static int open_folders(
	struct run_folder *folder, int directory_fd, const char *path, struct error *error)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
	int r;

	folder->fd = openat(directory_fd, path, flags);
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

/* The end of the path that does not exist: "b/c" of "a/b/c" if only a exists. NULL: no memory. */
static const char *missing_part(const char *path)
{
	const char *missing = path + strlen(path);

	while (missing > path) {
		CLEANUP(cleanup_free) char *before = strndup(path, (size_t)(missing - path));

		if (!before)
			return NULL;
		if (access(before, F_OK) == 0 || errno != ENOENT)
			break;
		while (missing > path && missing[-1] == '/')
			missing--;
		while (missing > path && missing[-1] != '/')
			missing--;
	}
	return missing;
}

/*
 * Notes each missing folder before it is made, so that nothing of a killed run stays. Up to a "..": what comes after it
 * may exist, and is not above the run's folder alone, so that then none is taken for the run's.
 */
static int note_missing(struct run_folder *folder, char *place, const char *missing,
	struct run_journal *journal, struct error *error)
{
	CLEANUP(cleanup_free) char *above = place;

	while (*missing) {
		const size_t length = strcspn(missing, "/");
		const bool is_dot = length == 1 && *missing == '.';
		CLEANUP(cleanup_free) char *below = above;
		int r;

		if (length == 2 && strncmp(missing, "..", 2) == 0) {
			above = NULL;
			folder->n_output_made = 0;
			return 0;
		}
		r = is_dot ? 0 : note_empty(journal, below, missing, length, error);
		above = is_dot ? strdup(below)
			       : string_format("%s/%.*s", below, (int)length, missing);
		if (r < 0 || !above)
			return r < 0 ? r
				     : error_set_errno(
					       error, ENOMEM, "cannot make the run's folder");
		folder->n_output_made += !is_dot;
		missing += length;
		missing += strspn(missing, "/");
	}
	return 0;
}

static int make_output(struct run_folder *folder, const char *path, struct run_journal *journal,
	struct error *error)
{
	const char *missing = missing_part(path);
	CLEANUP(cleanup_free)
	char *existing = !missing	  ? NULL
			 : missing > path ? strndup(path, (size_t)(missing - path))
					  : strdup(".");
	CLEANUP(cleanup_free) char *place = existing ? realpath(existing, NULL) : NULL;
	int r;

	if (!place)
		return error_set_errno(error, errno, "cannot find %s", existing ? existing : path);
	r = note_missing(folder, TAKE_PTR(place), missing, journal, error);
	return r == 0 ? file_make_directories(AT_FDCWD, path, 0755, error) : r;
}

/* Removes the output directory and those above it that the run made, while they are empty: another run may have its folder in one. */
static void remove_output(int output_fd, char *path, unsigned n_made)
{
	CLEANUP(cleanup_close)
	int fd = openat(output_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (; n_made > 0; n_made--) {
		CLEANUP(cleanup_close) int below_fd = fd;

		fd = openat(below_fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (file_remove_held(below_fd, path) < 0)
			return;
		*strrchr(path, '/') = '\0';
	}
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

static int open_output(struct output_place *output, struct error *error)
{
	output->fd = open(output->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return output->fd < 0 ? error_set_errno(error, errno, "cannot open %s", output->path) : 0;
}

static int make_in_output(struct run_folder *folder, const struct output_place *output,
	const char *name, struct run_journal *journal, struct error *error)
{
	int r = make_named(folder, output, name, journal, error);

	if (r < 0)
		return r;
	folder->made = true;
	r = open_folders(folder, output->fd, name_in_output(folder), error);
	if (r == 0)
		r = note_made(journal, folder, error);
	if (r == 0)
		r = run_folder_open_trials(folder, error);
	if (r == 0)
		r = sync_names(folder, error);
	if (r < 0) {
		/* Only what was made here, by now an empty folder: another may stand in its place. */
		if (folder->trials_fd >= 0)
			(void)unlinkat(folder->fd, RUN_TRIALS, AT_REMOVEDIR);
		(void)unlinkat(output->fd, name_in_output(folder), AT_REMOVEDIR);
	}
	return r;
}

int run_folder_make(const char *output_directory, const char *name, struct run_journal *journal,
	struct run_folder *ret_folder, struct error *error)
{
	CLEANUP(run_folder_release) struct run_folder folder = RUN_FOLDER_NONE;
	struct output_place output = {.path = output_directory, .fd = -1};
	int r = make_output(&folder, output_directory, journal, error);

	if (r == 0)
		r = open_output(&output, error);
	if (r == 0)
		r = make_in_output(&folder, &output, name, journal, error);
	if (r < 0 && output.fd >= 0) {
		CLEANUP(cleanup_free) char *path = realpath(output_directory, NULL);

		if (path)
			remove_output(output.fd, path, folder.n_output_made);
	}
	cleanup_close(&output.fd);
	if (r < 0)
		return r;
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
	r = open_folders(&folder, AT_FDCWD, folder.shown_path, error);
	if (r < 0)
		return r;
	*ret_folder = folder;
	folder = RUN_FOLDER_NONE;
	return 0;
}

int run_folder_discard(struct run_folder *folder, struct error *error)
{
	CLEANUP(cleanup_close)
	int output_fd = openat(folder->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = file_empty_directory(folder->fd, folder->path, error);

	if (r == 0) {
		r = file_remove_held(folder->fd, folder->path);
		if (r < 0)
			error_set_errno(error, -r, "cannot remove %s", folder->path);
	}
	if (r == 0) {
		*strrchr(folder->path, '/') = '\0';
		remove_output(output_fd, folder->path, folder->n_output_made);
	}
	run_folder_release(folder);
	return r;
}
