/* A run's folder. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/run/run_folder.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
	char path[64];
	char output[96]; /* PATH/output, which does not exist */
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/test-run-folder-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	snprintf(fixture->output, sizeof(fixture->output), "%s/output", fixture->path);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	file_remove_tree(AT_FDCWD, fixture->path, NULL);
	free(fixture);
	return 0;
}

static void assert_matches(const char *text, const char *pattern)
{
	regex_t expression;

	assert_int_equal(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&expression, text, 0, NULL, 0) != 0)
		fail_msg("\"%s\" is not %s", text, pattern);
	regfree(&expression);
}

static void test_run_folder_make__is_named_by_time_and_experiment(void **state)
{
	const struct fixture *fixture = *state;
	struct run_folder folder;
	struct stat status;

	assert_int_equal(run_folder_make(fixture->output, "ramp", NULL, &folder, NULL), 0);
	assert_matches(folder.path, "/output/[0-9]{8}T[0-9]{6}Z-ramp$");
	assert_string_equal(folder.shown_path, folder.path);
	assert_matches(
		folder.created.text, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$");
	assert_matches(folder.trials_path, "Z-ramp/trials$");
	assert_int_equal(fstat(folder.fd, &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | 0755);
	assert_int_equal(fstatat(folder.fd, "trials", &status, 0), 0);
	assert_int_equal(fcntl(folder.trials_fd, F_GETFD), FD_CLOEXEC);
	run_folder_release(&folder);
	assert_int_equal(folder.fd, -1);
	assert_null(folder.path);
}

/* At least two of three runs are in the same second, unless one takes a second. */
static void test_run_folder_make__gives_each_run_a_folder_of_its_own(void **state)
{
	const struct fixture *fixture = *state;
	struct run_folder folders[3];

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
			run_folder_make(fixture->output, "ramp", NULL, &folders[i], NULL), 0);
	assert_string_not_equal(folders[0].path, folders[1].path);
	assert_string_not_equal(folders[1].path, folders[2].path);
	if (strcmp(folders[0].created.text, folders[2].created.text) == 0) {
		assert_matches(folders[1].path, "-ramp-2$");
		assert_matches(folders[2].path, "-ramp-3$");
	}
	for (size_t i = 0; i < 3; i++)
		run_folder_release(&folders[i]);
}

static void test_run_folder_make__knows_how_many_folders_above_it_made(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *deep = string_format("%s/a/b", fixture->path);
	struct run_folder folder;

	assert_int_equal(run_folder_make(fixture->output, "first", NULL, &folder, NULL), 0);
	assert_int_equal(folder.n_output_made, 1);
	run_folder_release(&folder);
	assert_int_equal(run_folder_make(fixture->output, "second", NULL, &folder, NULL), 0);
	assert_int_equal(folder.n_output_made, 0);
	run_folder_release(&folder);
	assert_int_equal(run_folder_make(deep, "third", NULL, &folder, NULL), 0);
	assert_int_equal(folder.n_output_made, 2);
	run_folder_release(&folder);
}

static void test_run_folder_make__says_what_stands_in_the_way(void **state)
{
	const struct fixture *fixture = *state;
	struct run_folder folder = RUN_FOLDER_NONE;
	struct error error = ERROR_INIT;

	assert_int_equal(file_write(AT_FDCWD, fixture->output, "x", 1, 0644, NULL), 0);
	assert_int_equal(run_folder_make(fixture->output, "ramp", NULL, &folder, &error), -ENOTDIR);
	assert_non_null(strstr(error.text, fixture->output));
	assert_null(folder.path);
	assert_int_equal(folder.fd, -1);
}

/* Nobody can create a folder in sysfs, nor in a container's, which is read-only. */
static void test_run_folder_make__tells_the_cause_of_the_mkdir(void **state)
{
	struct run_folder folder = RUN_FOLDER_NONE;
	struct error error = ERROR_INIT;
	int r = run_folder_make("/sys", "ramp", NULL, &folder, &error);

	(void)state;
	assert_true(r == -EPERM || r == -EROFS);
	assert_non_null(strstr(error.text, "cannot make /sys/"));
}

/* flock(2) belongs to the open file: a second open in the same process competes. */
static void test_run_folder_open__a_run_has_its_folder_to_itself(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(cleanup_free) char *with_slashes = NULL;
	struct run_folder first, second = RUN_FOLDER_NONE;
	struct error error = ERROR_INIT;

	assert_int_equal(run_folder_make(fixture->output, "ramp", NULL, &first, NULL), 0);
	path = strdup(first.path);
	with_slashes = string_format("%s//", path);
	assert_int_equal(run_folder_open(path, &second, &error), -EBUSY);
	assert_non_null(strstr(error.text, "is still running"));
	assert_non_null(strstr(error.text, path));
	assert_null(second.path);
	run_folder_release(&first);
	assert_int_equal(run_folder_open(with_slashes, &second, NULL), 0);
	assert_string_equal(second.shown_path, path);
	assert_false(second.made);
	run_folder_release(&second);
}

static void test_run_folder_open_trials__makes_what_is_missing(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = NULL;
	struct run_folder folder;

	assert_int_equal(run_folder_make(fixture->output, "ramp", NULL, &folder, NULL), 0);
	path = strdup(folder.path);
	assert_int_equal(unlinkat(folder.fd, "trials", AT_REMOVEDIR), 0);
	run_folder_release(&folder);
	assert_int_equal(run_folder_open(path, &folder, NULL), 0);
	assert_int_equal(run_folder_open_trials(&folder, NULL), 0);
	assert_int_equal(faccessat(folder.trials_fd, ".", F_OK, 0), 0);
	run_folder_release(&folder);
	/* and accepts an existing one */
	assert_int_equal(run_folder_open(path, &folder, NULL), 0);
	assert_int_equal(run_folder_open_trials(&folder, NULL), 0);
	run_folder_release(&folder);
}

static void test_run_folder_open__does_not_follow_a_link(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *link = string_format("%s/latest", fixture->path);
	struct run_folder folder;

	assert_int_equal(symlink(fixture->path, link), 0);
	/* For a link, Linux returns ENOTDIR with O_DIRECTORY and O_NOFOLLOW. */
	assert_int_equal(run_folder_open(link, &folder, NULL), -ENOTDIR);
}

static void test_run_folder_discard__leaves_nothing(void **state)
{
	const struct fixture *fixture = *state;
	struct run_folder folder;

	assert_int_equal(run_folder_make(fixture->output, "ramp", NULL, &folder, NULL), 0);
	assert_int_equal(file_write(folder.fd, "run.log", "x", 1, 0644, NULL), 0);
	assert_int_equal(run_folder_discard(&folder, NULL), 0);
	assert_int_equal(access(fixture->output, F_OK), -1);
	assert_int_equal(folder.fd, -1);
	assert_null(folder.path);
}

static void test_run_folder_discard__keeps_what_others_have(void **state)
{
	const struct fixture *fixture = *state;
	struct run_folder first, second;

	assert_int_equal(run_folder_make(fixture->output, "first", NULL, &first, NULL), 0);
	assert_int_equal(run_folder_make(fixture->output, "second", NULL, &second, NULL), 0);
	assert_int_equal(run_folder_discard(&first, NULL), 0);
	assert_int_equal(access(second.path, F_OK), 0);
	assert_int_equal(run_folder_discard(&second, NULL), 0);
	/* It existed before this run. */
	assert_int_equal(access(fixture->output, F_OK), 0);
}

/* What is held goes; its name may be another's by now. */
static void test_run_folder_discard__leaves_what_took_its_name(void **state)
{
	const struct fixture *fixture = *state;
	struct run_folder folder;
	struct error error = ERROR_INIT;
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(cleanup_free) char *moved = string_format("%s/moved", fixture->output);
	CLEANUP(cleanup_free) char *theirs = NULL;
	CLEANUP(cleanup_free) char *ours = string_format("%s/run.log", moved);

	assert_int_equal(run_folder_make(fixture->output, "ramp", NULL, &folder, NULL), 0);
	assert_int_equal(file_write(folder.fd, "run.log", "x", 1, 0644, NULL), 0);
	path = strdup(folder.path);
	theirs = string_format("%s/file", path);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(file_write(AT_FDCWD, theirs, "x", 1, 0644, NULL), 0);
	assert_int_equal(run_folder_discard(&folder, &error), -ESTALE);
	assert_non_null(strstr(error.text, path));
	assert_int_equal(access(theirs, F_OK), 0);
	assert_int_equal(access(ours, F_OK), -1);
	assert_null(folder.path);
}

static void test_run_folder_make__leaves_no_folder_above_where_it_fails(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *deep = string_format("%s/a//b/", fixture->output);
	struct run_folder folder = RUN_FOLDER_NONE;

	/* The run's own name cannot have a slash. */
	assert_int_equal(run_folder_make(deep, "no/such", NULL, &folder, NULL), -ENOENT);
	assert_int_equal(access(fixture->output, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_run_folder_make__is_named_by_time_and_experiment, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_folder_make__gives_each_run_a_folder_of_its_own, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_folder_make__knows_how_many_folders_above_it_made, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_folder_make__says_what_stands_in_the_way, set_up, tear_down),
		cmocka_unit_test(test_run_folder_make__tells_the_cause_of_the_mkdir),
		cmocka_unit_test_setup_teardown(
			test_run_folder_open__a_run_has_its_folder_to_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_folder_open_trials__makes_what_is_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_folder_open__does_not_follow_a_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_folder_discard__leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_folder_discard__leaves_what_took_its_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_folder_make__leaves_no_folder_above_where_it_fails, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_folder_discard__keeps_what_others_have, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
