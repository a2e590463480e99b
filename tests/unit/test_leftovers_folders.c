/*
 * Folders of a killed run: what its journal names goes, and nothing that another put in its place. Each test's folder
 * has the journals of this directory, the output directory below it, and no run of anybody's else.
 */

#include "tests/unit/folder_fixture.h"

#include "runner/host/run_files.h"
#include "runner/run/leftovers.h"
#include "runner/run/run_folder.h"
#include "runner/run/run_place.h"
#include "tests/unit/forked.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A child that makes a run's folder below FOLDER/a/b, and dies with its journal: in *context. */
static int die_with_a_folder(void *context)
{
	const char *folder = context;
	CLEANUP(cleanup_free) char *output = string_format("%s/a/./b", folder);
	struct run_journal *journal;
	struct run_folder made;
	struct error error = ERROR_INIT;

	if (run_journal_open(folder, "a test", &journal, &error) < 0 ||
		run_folder_make(output, "killed", journal, &made, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(file_write(made.fd, RUN_LOG, "x", 1, 0644, NULL), 0);
	return 0;
}

/* A child that notes one entry, and dies. */
struct entry {
	const char *folder;
	const char *kind;
	const char *name;
};

static int die_with_an_entry(void *context)
{
	const struct entry *entry = context;
	struct run_journal *journal;

	return run_journal_open(entry->folder, "a test", &journal, NULL) < 0 ||
	       run_journal_note(journal, entry->kind, entry->name, NULL) < 0;
}

static void note_of_the_dead(const char *folder, const char *kind, const char *name)
{
	struct entry entry = {.folder = folder, .kind = kind, .name = name};

	assert_int_equal(forked_run(die_with_an_entry, &entry), 0);
}

static void ignore_what(void *context, const char *what)
{
	(void)context;
	(void)what;
}

static size_t clear(const char *folder)
{
	const struct leftovers_listener listener = {
		.removed = ignore_what, .recovered = ignore_what};
	struct leftovers removed = {.n_folders = 0};
	struct error error = ERROR_INIT;

	if (leftovers_remove(folder, NULL, &listener, &removed, &error) < 0)
		fail_msg("%s", error.text);
	return removed.n_folders;
}

static char *below(const char *folder, const char *name)
{
	return string_format("%s/%s", folder, name);
}

/* Opens FOLDER/NAME, made here, and formats its place, which the caller frees. */
static char *place_of_new(const char *folder, const char *name, int *ret_fd)
{
	CLEANUP(cleanup_free) char *path = below(folder, name);
	const struct run_owner nobody = {.uid = 0};
	char *text;

	assert_int_equal(mkdir(path, 0755), 0);
	*ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(*ret_fd >= 0);
	assert_int_equal(run_place_format(*ret_fd, path, &nobody, 0, &text, NULL), 0);
	return text;
}

static bool is_there(const char *folder, const char *name)
{
	CLEANUP(cleanup_free) char *path = below(folder, name);

	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_leftovers_remove__takes_the_folders_above_too(void **state)
{
	char *folder = *state;

	assert_int_equal(forked_run(die_with_a_folder, folder), 0);
	assert_true(is_there(folder, "a/b"));
	assert_int_equal(clear(folder), 1);
	assert_false(is_there(folder, "a"));
}

static void test_leftovers_remove__keeps_a_folder_above_that_another_uses(void **state)
{
	char *folder = *state;
	CLEANUP(cleanup_free) char *other = below(folder, "a/other");

	assert_int_equal(forked_run(die_with_a_folder, folder), 0);
	assert_int_equal(mkdir(other, 0755), 0);
	assert_int_equal(clear(folder), 1);
	assert_false(is_there(folder, "a/b"));
	assert_true(is_there(folder, "a/other"));
}

/* Measured, or of a user's: only what a run makes before its first trial goes. */
static void test_leftovers_remove__keeps_a_run_that_began(void **state)
{
	const char *folder = *state;
	CLEANUP(cleanup_close) int fd = -1;
	CLEANUP(cleanup_free) char *place = place_of_new(folder, "run", &fd);

	note_of_the_dead(folder, JOURNAL_RUN, place);
	assert_int_equal(file_write(fd, RUN_LOG, "x", 1, 0644, NULL), 0);
	assert_int_equal(file_write(fd, RUN_RECORD, "{}", 2, 0644, NULL), 0);
	assert_int_equal(clear(folder), 0);
	assert_true(is_there(folder, "run/" RUN_LOG));
}

static void test_leftovers_remove__keeps_what_another_put_into_a_run(void **state)
{
	const char *folder = *state;
	CLEANUP(cleanup_close) int fd = -1;
	CLEANUP(cleanup_free) char *place = place_of_new(folder, "run", &fd);

	note_of_the_dead(folder, JOURNAL_RUN, place);
	assert_int_equal(file_write(fd, RUN_LOG, "x", 1, 0644, NULL), 0);
	assert_int_equal(file_write(fd, "notes", "x", 1, 0644, NULL), 0);
	assert_int_equal(clear(folder), 0);
	assert_false(is_there(folder, "run/" RUN_LOG));
	assert_true(is_there(folder, "run/notes"));
}

/* The name is another folder's by now: neither it nor the run's, which was moved, is touched. */
static void test_leftovers_remove__keeps_a_folder_in_place_of_the_run(void **state)
{
	const char *folder = *state;
	CLEANUP(cleanup_close) int fd = -1, other_fd = -1;
	CLEANUP(cleanup_free) char *place = place_of_new(folder, "run", &fd);
	CLEANUP(cleanup_free) char *other = place_of_new(folder, "other", &other_fd);
	CLEANUP(cleanup_free) char *run_path = below(folder, "run");
	CLEANUP(cleanup_free) char *other_path = below(folder, "other");

	note_of_the_dead(folder, JOURNAL_RUN, place);
	assert_int_equal(file_write(other_fd, RUN_LOG, "x", 1, 0644, NULL), 0);
	assert_int_equal(renameat2(AT_FDCWD, run_path, AT_FDCWD, other_path, RENAME_EXCHANGE), 0);
	assert_int_equal(clear(folder), 0);
	assert_true(is_there(folder, "run/" RUN_LOG));
	assert_true(is_there(folder, "other"));
}

/* A link on the way, which was none when the path was noted, leads to a folder that is empty too. */
static void test_leftovers_remove__follows_no_link_to_an_empty_folder(void **state)
{
	const char *folder = *state;
	CLEANUP(cleanup_free) char *kept = below(folder, "kept");
	CLEANUP(cleanup_free) char *inner = below(folder, "kept/empty");
	CLEANUP(cleanup_free) char *link = below(folder, "link");
	CLEANUP(cleanup_free) char *noted = below(folder, "link/empty");

	assert_int_equal(mkdir(kept, 0755), 0);
	assert_int_equal(mkdir(inner, 0755), 0);
	assert_int_equal(symlink(kept, link), 0);
	note_of_the_dead(folder, JOURNAL_EMPTY, noted);
	note_of_the_dead(folder, JOURNAL_EMPTY, link);
	assert_int_equal(clear(folder), 0);
	assert_true(is_there(folder, "kept/empty"));
	assert_true(is_there(folder, "link"));
}

static void test_leftovers_remove__keeps_anothers_empty_folder(void **state)
{
	const char *folder = *state;
	CLEANUP(cleanup_free) char *path = below(folder, "empty");

	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(path, 0755), 0);
	note_of_the_dead(folder, JOURNAL_EMPTY, path);
	assert_int_equal(chown(path, 54321, 54321), 0);
	assert_int_equal(clear(folder), 0);
	assert_true(is_there(folder, "empty"));
	assert_int_equal(chown(path, 0, 0), 0);
	note_of_the_dead(folder, JOURNAL_EMPTY, path);
	assert_int_equal(clear(folder), 0);
	assert_false(is_there(folder, "empty"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(test_leftovers_remove__takes_the_folders_above_too),
		in_folder(test_leftovers_remove__keeps_a_folder_above_that_another_uses),
		in_folder(test_leftovers_remove__keeps_a_run_that_began),
		in_folder(test_leftovers_remove__keeps_what_another_put_into_a_run),
		in_folder(test_leftovers_remove__keeps_a_folder_in_place_of_the_run),
		in_folder(test_leftovers_remove__follows_no_link_to_an_empty_folder),
		in_folder(test_leftovers_remove__keeps_anothers_empty_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
