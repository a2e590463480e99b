#include "runner/host/run_journal.h"

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define PREFIX "journal-"
/*
 * Suffix until the file is locked: a journal without it is locked by its process, or its process is
 * dead.
 */
#define NEW_SUFFIX ".new"
#define TITLE_KIND "title"

/* Prefix of the name of a damaged journal; a number follows. */
#define ASIDE_PREFIX "damaged-"
#define MAX_ASIDE 1000

/* A journal has few entries: it is rewound after each trial. */
#define MAX_BYTES (1024 * 1024)

struct run_journal {
	int directory_fd;
	int fd;
	char *name;
	uint64_t length;
};

static void run_journal_free(struct run_journal *journal)
{
	if (!journal)
		return;
	cleanup_close(&journal->fd);
	cleanup_close(&journal->directory_fd);
	free(journal->name);
	free(journal);
}

CLEANUP_POINTER(run_journal_free_pointer, struct run_journal, run_journal_free)

/* ---- this process's journal */

/* Returns 1 if another process took the new file for a leftover and removed it. */
static int create(struct run_journal *journal)
{
	CLEANUP(cleanup_free) char *new_name = string_format("%s" NEW_SUFFIX, journal->name);

	if (!new_name)
		return -ENOMEM;
	cleanup_close(&journal->fd);
	journal->fd = openat(journal->directory_fd, new_name,
		O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (journal->fd < 0 || flock(journal->fd, LOCK_EX) < 0)
		return -errno;
	if (renameat(journal->directory_fd, new_name, journal->directory_fd, journal->name) < 0)
		return errno == ENOENT ? 1 : -errno;
	return 0;
}

int run_journal_open(const char *directory, const char *title, struct run_journal **ret_journal,
	struct error *error)
{
	CLEANUP(run_journal_free_pointer) struct run_journal *journal = calloc(1, sizeof(*journal));
	int r = 1;

	if (!journal)
		return error_set_errno(error, ENOMEM, "cannot open a journal");
	journal->fd = -1;
	journal->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (journal->directory_fd < 0)
		return error_set_errno(error, errno, "cannot open %s", directory);
	journal->name = string_format(PREFIX "%d-%" PRIu64, (int)getpid(), clock_monotonic_ns());
	while (r == 1)
		r = journal->name ? create(journal) : -ENOMEM;
	if (r < 0)
		return error_set_errno(error, -r, "cannot make a journal in %s", directory);
	r = run_journal_note(journal, TITLE_KIND, title, error);
	if (r < 0) {
		(void)unlinkat(journal->directory_fd, journal->name, 0);
		return r;
	}
	*ret_journal = TAKE_PTR(journal);
	return 0;
}

int run_journal_note(
	struct run_journal *journal, const char *kind, const char *name, struct error *error)
{
	char entry[JOURNAL_ENTRY_SIZE];
	int length = snprintf(entry, sizeof(entry), "%s %s", kind, name);
	int r;

	if (!journal)
		return 0;
	if (length < 0 || (size_t)length >= sizeof(entry))
		return error_set_errno(
			error, ENAMETOOLONG, "cannot record the %s %.64s", kind, name);
	r = file_write_fd(journal->fd, entry, (size_t)length + 1);
	if (r < 0)
		return error_set_errno(error, -r, "cannot record the %s %s", kind, name);
	journal->length += (uint64_t)length + 1;
	return 0;
}

uint64_t run_journal_mark(const struct run_journal *journal)
{
	return journal ? journal->length : 0;
}

int run_journal_rewind(struct run_journal *journal, uint64_t mark, struct error *error)
{
	if (!journal)
		return 0;
	if (ftruncate(journal->fd, (off_t)mark) < 0)
		return error_set_errno(error, errno, "cannot cut the journal %s", journal->name);
	journal->length = mark;
	return 0;
}

char *run_journal_list(const struct run_journal *journal)
{
	CLEANUP(cleanup_free) char *text = NULL;
	const char *entry;
	char *list = strdup("");
	size_t length;

	if (file_read(journal->directory_fd, journal->name, MAX_BYTES, &text, &length, NULL) < 0)
		length = 0;
	for (entry = text; length > 0 && entry < text + length; entry += strlen(entry) + 1) {
		if (strncmp(entry, TITLE_KIND " ", strlen(TITLE_KIND " ")) != 0)
			list = string_append(list, ", ", "%s", entry);
	}
	return list;
}

int run_journal_close(struct run_journal **journal, struct error *error)
{
	struct run_journal *closed = TAKE_PTR(*journal);
	int r = 0;

	if (!closed)
		return 0;
	if (unlinkat(closed->directory_fd, closed->name, 0) < 0)
		r = error_set_errno(error, errno, "cannot remove the journal %s", closed->name);
	run_journal_free(closed);
	return r;
}

void run_journal_leave(struct run_journal **journal)
{
	run_journal_free(TAKE_PTR(*journal));
}

/* ---- journals of other processes */

static bool ends_in(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	return length >= end && strcmp(name + length - end, suffix) == 0;
}

static int remove_noted(char *entry, run_journal_remove remove, void *context, struct error *error)
{
	char *name = strchr(entry, ' ');

	if (strncmp(entry, TITLE_KIND " ", strlen(TITLE_KIND " ")) == 0)
		return 0;
	if (!name)
		return error_set(error, EBADMSG, "\"%s\" names nothing", entry);
	*name++ = '\0';
	return remove(context, entry, name, error);
}

/*
 * From the end: later things may be inside earlier ones. Returns the first failure; a thing that
 * could not be removed takes precedence over damage.
 */
static int remove_entries(
	char *text, size_t length, run_journal_remove remove, void *context, struct error *error)
{
	int first = 0;

	/* An entry without a NUL was truncated. */
	while (length > 0 && text[length - 1] != '\0')
		length--;
	while (length > 0) {
		char *entry = text + length - 1;
		struct error failure = ERROR_INIT;
		int r;

		while (entry > text && entry[-1] != '\0')
			entry--;
		length = (size_t)(entry - text);
		r = remove_noted(entry, remove, context, &failure);
		if (r == 0 || !(first == 0 || (first == -EBADMSG && r != -EBADMSG)))
			continue;
		first = r;
		*error = failure;
	}
	return first;
}

/*
 * The directory belongs to its user: other users' files are there by mistake, and may be of use to
 * someone.
 */
static int journal_refuse(const char *path, struct error *error)
{
	return error_set(error, EBADMSG, "%s is not a journal of memcg-run", path);
}

/* Opens and locks the journal of a dead process. -ENOENT: none, or its process is alive. */
static int open_dead(
	int directory_fd, const char *name, const char *path, int *ret_fd, struct error *error)
{
	/* O_NONBLOCK: must not block on a FIFO. */
	CLEANUP(cleanup_close)
	int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	/* a link or a socket */
	if (fd < 0 && (errno == ELOOP || errno == ENXIO))
		return journal_refuse(path, error);
	if (fd < 0 || fstat(fd, &status) < 0)
		return error_set_errno(error, errno, "cannot open %s", path);
	if (!S_ISREG(status.st_mode) || status.st_uid != geteuid())
		return journal_refuse(path, error);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -ENOENT
					    : error_set_errno(error, errno, "cannot lock %s", path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Its title may be truncated too. */
static bool begins_with_title(const char *text, size_t length)
{
	const size_t whole = strlen(TITLE_KIND " ");

	return strncmp(text, TITLE_KIND " ", length < whole ? length : whole) == 0;
}

static int remove_named(char *text, size_t length, const char *path,
	const struct run_journal_clearing *clearing, struct error *error)
{
	int r;

	if (!begins_with_title(text, length))
		return journal_refuse(path, error);
	r = remove_entries(text, length, clearing->remove, clearing->context, error);
	if (r == -EBADMSG)
		error_prefix(error, "%s is damaged", path);
	return r;
}

/* Returns 0 also for a living process's journal. -EBADMSG: damaged, or not a journal. */
static int undo_journal(int directory_fd, const char *name, const char *path,
	const struct run_journal_clearing *clearing, struct error *error)
{
	CLEANUP(cleanup_close) int fd = -1;
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	int r = open_dead(directory_fd, name, path, &fd, error);

	if (r == 0)
		r = file_read(directory_fd, name, MAX_BYTES, &text, &length, error);
	if (r == -EFBIG)
		return journal_refuse(path, error);
	/* Its process has removed or just renamed it. */
	if (r == -ENOENT)
		return 0;
	if (r == 0 && !ends_in(name, NEW_SUFFIX))
		r = remove_named(text, length, path, clearing, error);
	if (r == 0 && unlinkat(directory_fd, name, 0) < 0 && errno != ENOENT)
		r = error_set_errno(error, errno, "cannot remove the journal %s", path);
	return r;
}

/* Renames it to something that is not a journal's name, so that later runs ignore it. */
static int set_journal_aside(int directory_fd, const char *name, const char *path,
	const struct run_journal_clearing *clearing, struct error *error)
{
	CLEANUP(cleanup_free) char *aside = NULL;
	CLEANUP(cleanup_free) char *sentence = NULL;
	int r = -EEXIST;

	if (!clearing->set_aside)
		return error_set(error, EBADMSG, "%s; memcg-run clean sets it aside", error->text);
	for (unsigned i = 1; r == -EEXIST && i <= MAX_ASIDE; i++) {
		free(TAKE_PTR(aside));
		aside = string_format(ASIDE_PREFIX "%s-%u", name, i);
		r = aside ? renameat2(directory_fd, name, directory_fd, aside, RENAME_NOREPLACE)
			  : -1;
		r = r < 0 ? -errno : 0;
	}
	if (r < 0)
		return error_set_errno(error, -r, "cannot move %s aside", path);
	sentence = string_format("%s; it was moved to %.*s/%s, and what it may list was not "
				 "removed: inspect it, then delete it",
		error->text, (int)(strrchr(path, '/') - path), path, aside);
	if (!sentence)
		return error_set_errno(error, ENOMEM, "cannot move %s aside", path);
	clearing->set_aside(clearing->context, sentence);
	return 0;
}

static int clear(int directory_fd, const char *name, const char *path,
	const struct run_journal_clearing *clearing, struct error *error)
{
	struct error failure = ERROR_INIT;
	int r = undo_journal(directory_fd, name, path, clearing, &failure);

	text_blank_controls(failure.text);
	if (r == -EBADMSG)
		r = set_journal_aside(directory_fd, name, path, clearing, &failure);
	return r < 0 ? error_set(error, -r, "%s", failure.text) : 0;
}

int run_journal_clear_dead(
	const char *directory, const struct run_journal_clearing *clearing, struct error *error)
{
	CLEANUP(cleanup_closedir) DIR *listing = opendir(directory);
	const struct dirent *entry;
	int first = 0;

	if (!listing)
		return errno == ENOENT ? 0
				       : error_set_errno(error, errno, "cannot list %s", directory);
	while ((entry = file_next(listing))) {
		CLEANUP(cleanup_free) char *path = NULL;
		int r;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		path = string_format("%s/%s", directory, entry->d_name);
		if (!path)
			return error_set_errno(error, ENOMEM, "cannot list %s", directory);
		r = clear(dirfd(listing), entry->d_name, path, clearing, first < 0 ? NULL : error);
		first = first < 0 ? first : r;
	}
	if (errno != 0 && first == 0)
		first = error_set_errno(error, errno, "cannot list %s", directory);
	return first;
}

/* NULL if its process is dead or this one, or if it has no title. */
static char *title_if_alive(int directory_fd, const char *name)
{
	CLEANUP(cleanup_close)
	int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	CLEANUP(cleanup_free) char *own = string_format(PREFIX "%d-", (int)getpid());
	CLEANUP(cleanup_free) char *text = NULL;

	if (fd < 0 || !own || strncmp(name, own, strlen(own)) == 0 ||
		flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return NULL;
	if (file_read(directory_fd, name, MAX_BYTES, &text, NULL, NULL) < 0 ||
		strncmp(text, TITLE_KIND " ", strlen(TITLE_KIND " ")) != 0)
		return NULL;
	return strdup(text + strlen(TITLE_KIND " "));
}

char *run_journal_find_alive(const char *directory)
{
	CLEANUP(cleanup_closedir) DIR *listing = opendir(directory);
	const struct dirent *entry;
	char *title = NULL;

	while (listing && !title && (entry = file_next(listing))) {
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0)
			title = title_if_alive(dirfd(listing), entry->d_name);
	}
	return title;
}
