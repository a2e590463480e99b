/* Work with the rights of a folder's owner: needs root, as a user's folder is made here. */

#include "runner/host/as_owner.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Of a CPU; none of these takes a moment. */
#define LIMIT_S 60
static const struct as_owner_limits limits = {.cpu_s = LIMIT_S, .end_fd = -1};

#define USER_UID 54321
#define USER_GID 54322

static int set_up(void **state)
{
	char *path = strdup("/tmp/test-as-owner-XXXXXX");

	*state = path;
	return path && mkdtemp(path) ? 0 : -1;
}

static int tear_down(void **state)
{
	file_remove_tree(AT_FDCWD, *state, NULL);
	free(*state);
	return 0;
}

/* Sums up who it is: 7 is the user in everything and for good. */
static int who_am_i(void *context)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;
	bool is_user, is_group;

	(void)context;
	if (getresuid(&real, &effective, &saved) < 0 ||
		getresgid(&real_group, &effective_group, &saved_group) < 0)
		return 100;
	is_user = real == USER_UID && effective == USER_UID && saved == USER_UID;
	is_group = real_group == USER_GID && effective_group == USER_GID &&
		   saved_group == USER_GID && getgroups(0, NULL) == 0;
	return is_user | is_group << 1 | (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) << 2;
}

static int am_i_root(void *context)
{
	(void)context;
	return geteuid() == 0 ? 11 : 12;
}

static int crash(void *context)
{
	(void)context;
	raise(SIGKILL);
	return 0;
}

static int never_end(void *context)
{
	(void)context;
	for (volatile unsigned i = 0;; i++)
		;
	return 0;
}

static void test_as_owner__work_that_never_ends_is_an_error(void **state)
{
	struct error error = ERROR_INIT;
	int code = 77;

	assert_int_equal(as_owner(*state, 1, never_end, NULL, &code, &error), -ETIMEDOUT);
	assert_non_null(strstr(error.text, "took more than 1 s of a CPU"));
	assert_int_equal(code, 77);
}

static void test_as_owner__has_the_rights_of_the_folders_owner(void **state)
{
	int code = -1;

	assert_int_equal(chown(*state, USER_UID, USER_GID), 0);
	assert_int_equal(as_owner(*state, LIMIT_S, who_am_i, NULL, &code, NULL), 0);
	assert_int_equal(code, 7);
	assert_int_equal(geteuid(), 0);
}

static void test_as_owner__stays_root_for_roots_folder(void **state)
{
	int code = -1;

	assert_int_equal(as_owner(*state, LIMIT_S, am_i_root, NULL, &code, NULL), 0);
	assert_int_equal(code, 11);
}

/* The work itself says so better. */
static void test_as_owner__a_folder_that_is_not_there(void **state)
{
	int code = -1;

	(void)state;
	assert_int_equal(as_owner("/no/such/folder", LIMIT_S, am_i_root, NULL, &code, NULL), 0);
	assert_int_equal(code, 11);
}

static void test_as_owner__an_end_by_a_signal_is_an_error(void **state)
{
	struct error error = ERROR_INIT;
	int code = -1;

	assert_int_equal(as_owner(*state, LIMIT_S, crash, NULL, &code, &error), -EIO);
	assert_int_equal(code, -1);
	assert_non_null(strstr(error.text, "was ended by signal 9 (SIGKILL)"));
}

/* 1: begins in the folder; 2: has nothing open but stdin, stdout and stderr; 4: is the user. */
static int where_am_i(void *context)
{
	const int *folder_fd = context;
	bool is_here = access("here", F_OK) == 0;
	bool is_closed = fcntl(*folder_fd, F_GETFD) < 0 && fcntl(STDERR_FILENO, F_GETFD) >= 0;

	return is_here | is_closed << 1 | (who_am_i(NULL) == 7) << 2;
}

/* As below root's home. */
static void test_as_owner_in__comes_where_the_path_does_not_lead(void **state)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/run", (const char *)*state);
	CLEANUP(cleanup_close) int fd = -1;
	struct stat before, after;
	int code = -1;

	assert_int_equal(mkdir(path, 0700), 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(mkdirat(fd, "here", 0700), 0);
	assert_int_equal(fchown(fd, USER_UID, USER_GID), 0);
	assert_int_equal(chmod(*state, 0700), 0);
	assert_int_equal(stat(".", &before), 0);
	assert_int_equal(as_owner_in(fd, path, &limits, where_am_i, &fd, &code, NULL), 0);
	assert_int_equal(code, 7);
	assert_int_equal(stat(".", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

/* Whose the folder is that is held, not the one that was put in its place. */
static void test_as_owner_in__is_not_led_astray_by_a_link(void **state)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/run", (const char *)*state);
	CLEANUP(cleanup_close) int fd = -1;
	int code = -1;

	assert_int_equal(mkdir(path, 0700), 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fchown(fd, USER_UID, USER_GID), 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/root", path), 0);
	assert_int_equal(as_owner_in(fd, path, &limits, who_am_i, NULL, &code, NULL), 0);
	assert_int_equal(code, 7);
}

static void test_as_owner_in__is_ended_where_that_is_asked_for(void **state)
{
	CLEANUP(cleanup_close) int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct as_owner_limits asked = limits;
	int code = -1;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	asked.end_fd = ends[0];
	/* Nobody asks. */
	assert_int_equal(as_owner_in(fd, *state, &asked, am_i_root, NULL, &code, NULL), 0);
	assert_int_equal(code, 11);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(as_owner_in(fd, *state, &asked, never_end, NULL, &code, NULL), -EINTR);
	assert_int_equal(code, 11);
	close(ends[0]);
	close(ends[1]);
}

static void test_as_owner_read_limit_s__grows_with_the_files(void **state)
{
	CLEANUP(cleanup_close) int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_free) char *data = calloc(3, 1024 * 1024);

	assert_int_equal(as_owner_read_limit_s(*state), 60);
	assert_int_equal(file_write(fd, "results.h5", data, 3 * 1024 * 1024, 0600, NULL), 0);
	assert_int_equal(as_owner_read_limit_s(*state), 63);
	assert_int_equal(mkdirat(fd, "trials", 0700), 0);
	assert_int_equal(file_write(fd, "trials/000001.h5", data, 2 * 1024 * 1024, 0600, NULL), 0);
	assert_int_equal(file_write(fd, "trials/000002.h5", data, 1024 * 1024, 0600, NULL), 0);
	assert_int_equal(as_owner_read_limit_s(*state), 66);
}

static void test_as_owner_read_limit_s__is_not_stretched_by_a_hole(void **state)
{
	CLEANUP(cleanup_close) int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_close)
	int file_fd = openat(fd, "results.h5", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(ftruncate(file_fd, INT64_C(1) << 40), 0);
	assert_int_equal(as_owner_read_limit_s(*state), 60);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_as_owner__has_the_rights_of_the_folders_owner),
		TEST(test_as_owner__stays_root_for_roots_folder),
		TEST(test_as_owner__a_folder_that_is_not_there),
		TEST(test_as_owner__an_end_by_a_signal_is_an_error),
		TEST(test_as_owner_in__comes_where_the_path_does_not_lead),
		TEST(test_as_owner_in__is_not_led_astray_by_a_link),
		TEST(test_as_owner_in__is_ended_where_that_is_asked_for),
		TEST(test_as_owner_read_limit_s__grows_with_the_files),
		TEST(test_as_owner_read_limit_s__is_not_stretched_by_a_hole),
		TEST(test_as_owner__work_that_never_ends_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
