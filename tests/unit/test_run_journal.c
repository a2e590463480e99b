/* Records what a process creates, for its successors. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/host/run_journal.h"
#include "tests/unit/forked.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
	char path[64];
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/test-journal-XXXXXX");
	return mkdtemp(fixture->path) == NULL;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	file_remove_tree(AT_FDCWD, fixture->path, NULL);
	free(fixture);
	return 0;
}

static size_t n_files(const struct fixture *fixture)
{
	CLEANUP(cleanup_closedir) DIR *listing = opendir(fixture->path);
	const struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(listing)))
		n += entry->d_name[0] != '.';
	return n;
}

static struct run_journal *journal_of(const struct fixture *fixture, const char *title)
{
	struct run_journal *journal = NULL;
	struct error error = ERROR_INIT;

	if (run_journal_open(fixture->path, title, &journal, &error) < 0)
		fail_msg("%s", error.text);
	return journal;
}

static void note(struct run_journal *journal, const char *kind, const char *name)
{
	assert_int_equal(run_journal_note(journal, kind, name, NULL), 0);
}

/* The entries passed to remove, "kind=name;" each; it fails for kind "stuck". */
struct removed {
	char text[256];
};

static int take(void *context, const char *kind, const char *name, struct error *error)
{
	struct removed *removed = context;
	size_t length = strlen(removed->text);

	snprintf(removed->text + length, sizeof(removed->text) - length, "%s=%s;", kind, name);
	return strcmp(kind, "stuck") == 0 ? error_set(error, EBUSY, "%s is in use", name) : 0;
}

static const struct run_journal_clearing *taking(struct removed *removed)
{
	static struct run_journal_clearing clearing;

	clearing = (struct run_journal_clearing){.remove = take, .context = removed};
	return &clearing;
}

static void assert_clears(const struct fixture *fixture, const char *expected)
{
	struct removed removed = {""};
	struct error error = ERROR_INIT;

	if (run_journal_clear_dead(fixture->path, taking(&removed), &error) < 0)
		fail_msg("%s", error.text);
	assert_string_equal(removed.text, expected);
}

static void test_run_journal_clear_dead__gives_the_latest_first_and_removes_the_file(void **state)
{
	const struct fixture *fixture = *state;
	struct run_journal *journal = journal_of(fixture, "ramp, process 7");

	note(journal, "folder", "/run/a folder\nof two lines");
	note(journal, "slice", "trial-000001.slice");
	/* Closed, as by the death of its process. */
	run_journal_leave(&journal);
	assert_null(journal);
	assert_clears(fixture, "slice=trial-000001.slice;folder=/run/a folder\nof two lines;");
	assert_int_equal(n_files(fixture), 0);
	assert_clears(fixture, "");
}

static void test_run_journal_clear_dead__leaves_one_alone_whose_process_lives(void **state)
{
	const struct fixture *fixture = *state;
	struct run_journal *journal = journal_of(fixture, "ramp, process 7");

	note(journal, "slice", "trial-000001.slice");
	assert_clears(fixture, "");
	assert_int_equal(n_files(fixture), 1);
	assert_int_equal(run_journal_close(&journal, NULL), 0);
	assert_null(journal);
	assert_int_equal(n_files(fixture), 0);
}

/* A process that holds a journal until it is killed. */
struct keeper {
	const char *path;
	const char *title;
	const char *slice; /* recorded; NULL: none */
	int ready_fd;
};

/* A forked_work. */
static int keep_journal(void *context)
{
	const struct keeper *keeper = context;
	struct run_journal *journal;

	if (run_journal_open(keeper->path, keeper->title, &journal, NULL) == 0 &&
		(!keeper->slice || run_journal_note(journal, "slice", keeper->slice, NULL) == 0))
		(void)!write(keeper->ready_fd, "x", 1);
	return pause();
}

static void test_run_journal_clear_dead__of_a_process_that_was_killed(void **state)
{
	const struct fixture *fixture = *state;
	struct keeper keeper = {.path = fixture->path, .title = "child", .slice = "a"};
	int ready[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	keeper.ready_fd = ready[1];
	child = forked_start(keep_journal, &keeper);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_clears(fixture, "");
	kill(child, SIGKILL);
	forked_wait(child);
	assert_clears(fixture, "slice=a;");
	close(ready[0]);
	close(ready[1]);
}

static void test_run_journal_rewind__forgets_what_was_undone(void **state)
{
	const struct fixture *fixture = *state;
	struct run_journal *journal = journal_of(fixture, "ramp");
	uint64_t mark;

	note(journal, "folder", "kept");
	mark = run_journal_mark(journal);
	note(journal, "slice", "a-name-that-is-longer-than-the-next");
	assert_int_equal(run_journal_rewind(journal, mark, NULL), 0);
	note(journal, "slice", "b");
	run_journal_leave(&journal);
	assert_clears(fixture, "slice=b;folder=kept;");
}

/* Its process died during the write: the named thing was not created. */
static void test_run_journal_clear_dead__passes_over_an_entry_that_was_cut_short(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/journal-1-1", fixture->path);
	static const char text[] = "title t\0slice a\0sli";

	assert_int_equal(file_write(AT_FDCWD, path, text, sizeof(text) - 1, 0600, NULL), 0);
	assert_clears(fixture, "slice=a;");
}

/* Killed between creating and locking the file: it is empty. */
static void test_run_journal_clear_dead__removes_one_that_never_got_its_name(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/journal-1-1.new", fixture->path);

	assert_int_equal(file_write(AT_FDCWD, path, "", 0, 0600, NULL), 0);
	assert_clears(fixture, "");
	assert_int_equal(n_files(fixture), 0);
}

static void test_run_journal_clear_dead__goes_on_past_what_cannot_be_removed(void **state)
{
	const struct fixture *fixture = *state;
	struct run_journal *journal = journal_of(fixture, "ramp");
	struct removed removed = {""};
	struct error error = ERROR_INIT;

	note(journal, "slice", "a");
	note(journal, "stuck", "first");
	note(journal, "stuck", "second");
	run_journal_leave(&journal);
	assert_int_equal(run_journal_clear_dead(fixture->path, taking(&removed), &error), -EBUSY);
	assert_string_equal(removed.text, "stuck=second;stuck=first;slice=a;");
	assert_string_equal(error.text, "second is in use");
	/* Left for the next attempt. */
	assert_int_equal(n_files(fixture), 1);
}

static void keep_sentence(void *context, const char *sentence)
{
	struct removed *removed = context;

	snprintf(removed->text, sizeof(removed->text), "%s", sentence);
}

/* Under the second name, as the first is taken; then it no longer matters. */
static void assert_set_aside(const struct fixture *fixture, const char *name)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", fixture->path, name);
	CLEANUP(cleanup_free) char *taken = string_format("%s/damaged-%s-1", fixture->path, name);
	CLEANUP(cleanup_free) char *aside = string_format("%s/damaged-%s-2", fixture->path, name);
	struct removed told = {""};
	const struct run_journal_clearing clearing = {
		.remove = take, .set_aside = keep_sentence, .context = &told};
	struct stat before, after;

	assert_int_equal(file_write(AT_FDCWD, taken, "mine", 4, 0600, NULL), 0);
	assert_int_equal(lstat(path, &before), 0);
	assert_int_equal(run_journal_clear_dead(fixture->path, &clearing, NULL), 0);
	assert_int_equal(strncmp(told.text, path, strlen(path)), 0);
	assert_non_null(strstr(told.text, aside));
	assert_null(strpbrk(told.text, "\033\n"));
	assert_int_equal(lstat(path, &after), -1);
	assert_int_equal(lstat(aside, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(stat(taken, &after), 0);
	assert_int_equal(after.st_size, 4);
	assert_clears(fixture, "");
}

/*
 * A valid journal next to a damaged one: the damaged one is reported with its path and stays, the
 * other is cleared. It is renamed if requested.
 */
static void assert_refused_and_goes_on(const struct fixture *fixture, const char *name)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", fixture->path, name);
	struct run_journal *journal = journal_of(fixture, "ramp");
	struct removed removed = {""};
	struct error error = ERROR_INIT;
	struct stat status;

	note(journal, "slice", "a");
	run_journal_leave(&journal);
	assert_int_equal(run_journal_clear_dead(fixture->path, taking(&removed), &error), -EBADMSG);
	assert_string_equal(removed.text, "slice=a;");
	assert_int_equal(strncmp(error.text, path, strlen(path)), 0);
	assert_non_null(strstr(error.text, "memcg-run clean sets it aside"));
	assert_null(strpbrk(error.text, "\033\n"));
	assert_int_equal(lstat(path, &status), 0);
	assert_int_equal(n_files(fixture), 1);
	assert_set_aside(fixture, name);
}

static void write_journal(const struct fixture *fixture, const char *text, size_t length)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/journal-1-1", fixture->path);

	assert_int_equal(file_write(AT_FDCWD, path, text, length, 0600, NULL), 0);
}

static void test_run_journal_clear_dead__refuses_what_is_no_journal(void **state)
{
	static const char text[] = "\177ELF\2\1\1\0slice b\0";

	write_journal(*state, text, sizeof(text) - 1);
	assert_refused_and_goes_on(*state, "journal-1-1");
}

static void test_run_journal_clear_dead__tells_of_an_entry_that_names_nothing(void **state)
{
	static const char text[] = "title t\0\033[31mred\n\0";

	write_journal(*state, text, sizeof(text) - 1);
	assert_refused_and_goes_on(*state, "journal-1-1");
}

static void test_run_journal_clear_dead__refuses_one_that_is_too_large(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/journal-1-1", fixture->path);

	write_journal(fixture, "title t", sizeof("title t"));
	assert_int_equal(truncate(path, 2 << 20), 0);
	assert_refused_and_goes_on(fixture, "journal-1-1");
}

/* Something that it names still exists, and only it tells. */
static void test_run_journal_clear_dead__keeps_a_damaged_one_that_has_work_left(void **state)
{
	static const char text[] = "title t\0stuck it\0damage\0";
	const struct fixture *fixture = *state;
	struct removed removed = {""};
	const struct run_journal_clearing clearing = {
		.remove = take, .set_aside = keep_sentence, .context = &removed};
	struct error error = ERROR_INIT;

	write_journal(fixture, text, sizeof(text) - 1);
	assert_int_equal(run_journal_clear_dead(fixture->path, &clearing, &error), -EBUSY);
	assert_string_equal(removed.text, "stuck=it;");
	assert_string_equal(error.text, "it is in use");
	assert_int_equal(n_files(fixture), 1);
}

static void test_run_journal_clear_dead__takes_one_whose_title_was_cut_short(void **state)
{
	write_journal(*state, "tit", 3);
	assert_clears(*state, "");
	assert_int_equal(n_files(*state), 0);
}

static void test_run_journal_clear_dead__does_not_follow_a_link(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *link_path = string_format("%s/journal-1-2", fixture->path);
	CLEANUP(cleanup_free) char *elsewhere = string_format("%s/.elsewhere", fixture->path);
	static const char text[] = "title t\0slice b";
	struct stat status;

	assert_int_equal(file_write(AT_FDCWD, elsewhere, text, sizeof(text), 0600, NULL), 0);
	assert_int_equal(symlink(elsewhere, link_path), 0);
	assert_refused_and_goes_on(fixture, "journal-1-2");
	assert_int_equal(stat(elsewhere, &status), 0);
	assert_int_equal(status.st_size, sizeof(text));
}

static void test_run_journal_clear_dead__is_not_held_by_a_fifo(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/journal-1-3", fixture->path);

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused_and_goes_on(fixture, "journal-1-3");
}

/* Only root can create it. */
static void test_run_journal_clear_dead__refuses_another_users(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/journal-1-1", fixture->path);
	static const char text[] = "title t\0slice b";

	if (geteuid() != 0)
		skip();
	write_journal(fixture, text, sizeof(text));
	assert_int_equal(chown(path, 54321, 54321), 0);
	assert_refused_and_goes_on(fixture, "journal-1-1");
}

static void test_run_journal_clear_dead__leaves_other_files_alone(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/lock", fixture->path);
	CLEANUP(cleanup_free) char *missing = string_format("%s/missing", fixture->path);
	struct removed removed = {""};

	assert_int_equal(file_write(AT_FDCWD, path, "slice a", 8, 0600, NULL), 0);
	assert_clears(fixture, "");
	assert_int_equal(n_files(fixture), 1);
	assert_int_equal(run_journal_clear_dead(missing, taking(&removed), NULL), 0);
}

static void test_run_journal_find_alive__names_another_process_that_lives(void **state)
{
	const struct fixture *fixture = *state;
	struct run_journal *own = journal_of(fixture, "ours");
	CLEANUP(cleanup_free) char *title = NULL;
	struct keeper keeper = {.path = fixture->path, .title = "ramp, process 7"};
	int ready[2];
	char byte;
	pid_t child;

	assert_null(run_journal_find_alive(fixture->path));
	assert_int_equal(pipe(ready), 0);
	keeper.ready_fd = ready[1];
	child = forked_start(keep_journal, &keeper);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	title = run_journal_find_alive(fixture->path);
	assert_string_equal(title, "ramp, process 7");
	kill(child, SIGKILL);
	forked_wait(child);
	assert_null(run_journal_find_alive(fixture->path));
	assert_int_equal(run_journal_close(&own, NULL), 0);
	close(ready[0]);
	close(ready[1]);
}

static void test_run_journal_note__without_a_journal_is_nothing(void **state)
{
	struct run_journal *none = NULL;

	(void)state;
	note(NULL, "slice", "a");
	assert_int_equal(run_journal_mark(NULL), 0);
	assert_int_equal(run_journal_rewind(NULL, 0, NULL), 0);
	assert_int_equal(run_journal_close(&none, NULL), 0);
	run_journal_leave(&none);
}

static void test_run_journal_note__refuses_a_name_that_is_too_long(void **state)
{
	const struct fixture *fixture = *state;
	struct run_journal *journal = journal_of(fixture, "ramp");
	CLEANUP(cleanup_free) char *name = calloc(1, JOURNAL_ENTRY_SIZE + 1);

	memset(name, 'x', JOURNAL_ENTRY_SIZE);
	assert_int_equal(run_journal_note(journal, "slice", name, NULL), -ENAMETOOLONG);
	run_journal_leave(&journal);
	assert_clears(fixture, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_run_journal_clear_dead__gives_the_latest_first_and_removes_the_file),
		TEST(test_run_journal_clear_dead__leaves_one_alone_whose_process_lives),
		TEST(test_run_journal_clear_dead__of_a_process_that_was_killed),
		TEST(test_run_journal_rewind__forgets_what_was_undone),
		TEST(test_run_journal_clear_dead__passes_over_an_entry_that_was_cut_short),
		TEST(test_run_journal_clear_dead__removes_one_that_never_got_its_name),
		TEST(test_run_journal_clear_dead__goes_on_past_what_cannot_be_removed),
		TEST(test_run_journal_clear_dead__refuses_what_is_no_journal),
		TEST(test_run_journal_clear_dead__tells_of_an_entry_that_names_nothing),
		TEST(test_run_journal_clear_dead__refuses_one_that_is_too_large),
		TEST(test_run_journal_clear_dead__keeps_a_damaged_one_that_has_work_left),
		TEST(test_run_journal_clear_dead__takes_one_whose_title_was_cut_short),
		TEST(test_run_journal_clear_dead__does_not_follow_a_link),
		TEST(test_run_journal_clear_dead__is_not_held_by_a_fifo),
		TEST(test_run_journal_clear_dead__refuses_another_users),
		TEST(test_run_journal_clear_dead__leaves_other_files_alone),
		TEST(test_run_journal_find_alive__names_another_process_that_lives),
		TEST(test_run_journal_note__without_a_journal_is_nothing),
		TEST(test_run_journal_note__refuses_a_name_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
