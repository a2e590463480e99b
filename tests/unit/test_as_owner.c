/* Work with the rights of a folder's owner. Needs root, to create a user's folder. */

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

/* Limit of CPU time, far more than these tests use. */
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

/* Adds up what holds: 7 if the process is irrevocably the user in every respect. */
static int who_am_i(int folder_fd, void *context)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;
	bool is_user, is_group;

	(void)folder_fd;
	(void)context;
	if (getresuid(&real, &effective, &saved) < 0 ||
		getresgid(&real_group, &effective_group, &saved_group) < 0)
		return 100;
	is_user = real == USER_UID && effective == USER_UID && saved == USER_UID;
	is_group = real_group == USER_GID && effective_group == USER_GID &&
		   saved_group == USER_GID && getgroups(0, NULL) == 0;
	return is_user | is_group << 1 | (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) << 2;
}

static int am_i_root(int folder_fd, void *context)
{
	(void)folder_fd;
	(void)context;
	return geteuid() == 0 ? 11 : 12;
}

static int crash(int folder_fd, void *context)
{
	(void)folder_fd;
	(void)context;
	raise(SIGKILL);
	return 0;
}

static int never_end(int folder_fd, void *context)
{
	(void)folder_fd;
	(void)context;
	for (volatile unsigned i = 0;; i++)
		;
	return 0;
}

static int do_in(
	const char *path, uint64_t cpu_s, as_owner_work work, int *ret_code, struct error *error)
{
	CLEANUP(cleanup_close) int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct as_owner_limits of = {.cpu_s = cpu_s, .end_fd = -1};

	return as_owner_in(fd, path, &of, work, NULL, ret_code, error);
}

static void test_as_owner_in__work_that_never_ends_is_an_error(void **state)
{
	struct error error = ERROR_INIT;
	int code = 77;

	assert_int_equal(do_in(*state, 1, never_end, &code, &error), -ETIMEDOUT);
	assert_non_null(strstr(error.text, "took more than 1 s of CPU time"));
	assert_int_equal(code, 77);
}

static void test_as_owner_in__has_the_rights_of_the_folders_owner(void **state)
{
	int code = -1;

	assert_int_equal(chown(*state, USER_UID, USER_GID), 0);
	assert_int_equal(do_in(*state, LIMIT_S, who_am_i, &code, NULL), 0);
	assert_int_equal(code, 7);
	assert_int_equal(geteuid(), 0);
}

static void test_as_owner_in__stays_root_for_roots_folder(void **state)
{
	int code = -1;

	assert_int_equal(do_in(*state, LIMIT_S, am_i_root, &code, NULL), 0);
	assert_int_equal(code, 11);
}

static void test_as_owner_in__an_end_by_a_signal_is_an_error(void **state)
{
	struct error error = ERROR_INIT;
	int code = -1;

	assert_int_equal(do_in(*state, LIMIT_S, crash, &code, &error), -EIO);
	assert_int_equal(code, -1);
	assert_non_null(strstr(error.text, "was killed by signal 9 (SIGKILL)"));
}

/*
 * 1: starts in the folder; 2: has no other open descriptors than that and the standard ones; 4: is
 * the user.
 */
static int where_am_i(int folder_fd, void *context)
{
	bool is_here = access("here", F_OK) == 0 && faccessat(folder_fd, "here", F_OK, 0) == 0;
	bool is_closed = fcntl(STDERR_FILENO, F_GETFD) >= 0;

	for (int fd = STDERR_FILENO + 1; fd < 64; fd++)
		is_closed &= fd == folder_fd || fcntl(fd, F_GETFD) < 0;
	return is_here | is_closed << 1 | (who_am_i(folder_fd, context) == 7) << 2;
}

/* as below root's home */
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
	assert_int_equal(as_owner_in(fd, path, &limits, where_am_i, NULL, &code, NULL), 0);
	assert_int_equal(code, 7);
	assert_int_equal(stat(".", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

/* The owner of the open folder counts, not that of its replacement. */
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
	/* nobody asks to end it */
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

	assert_int_equal(as_owner_read_limit_s(fd), 60);
	assert_int_equal(file_write(fd, "results.h5", data, 3 * 1024 * 1024, 0600, NULL), 0);
	assert_int_equal(as_owner_read_limit_s(fd), 63);
	assert_int_equal(mkdirat(fd, "trials", 0700), 0);
	assert_int_equal(file_write(fd, "trials/000001.h5", data, 2 * 1024 * 1024, 0600, NULL), 0);
	assert_int_equal(file_write(fd, "trials/000002.h5", data, 1024 * 1024, 0600, NULL), 0);
	assert_int_equal(as_owner_read_limit_s(fd), 66);
}

static void test_as_owner_read_limit_s__is_not_stretched_by_a_hole(void **state)
{
	CLEANUP(cleanup_close) int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_close)
	int file_fd = openat(fd, "results.h5", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(ftruncate(file_fd, INT64_C(1) << 40), 0);
	assert_int_equal(as_owner_read_limit_s(fd), 60);
}

/* Regardless of the folder's owner: the maker of the file may control the library that reads it. */
static void test_as_owner_in__has_the_rights_of_the_results_owner(void **state)
{
	CLEANUP(cleanup_close) int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int code = -1;

	assert_int_equal(file_write(fd, "results.h5", "", 0, 0600, NULL), 0);
	assert_int_equal(do_in(*state, LIMIT_S, am_i_root, &code, NULL), 0);
	assert_int_equal(code, 11);
	assert_int_equal(fchownat(fd, "results.h5", USER_UID, USER_GID, 0), 0);
	assert_int_equal(do_in(*state, LIMIT_S, who_am_i, &code, NULL), 0);
	assert_int_equal(code, 7);
	assert_int_equal(chown(*state, USER_UID, USER_GID), 0);
	assert_int_equal(do_in(*state, LIMIT_S, who_am_i, &code, NULL), 0);
	assert_int_equal(code, 7);
}

/* Before there is a results.h5; as where a run was killed while its folder was given to its owner. */
static void test_as_owner_in__has_the_rights_of_the_trials_owner(void **state)
{
	CLEANUP(cleanup_close) int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int code = -1;

	assert_int_equal(mkdirat(fd, "trials", 0755), 0);
	assert_int_equal(fchownat(fd, "trials", USER_UID, USER_GID, 0), 0);
	assert_int_equal(do_in(*state, LIMIT_S, who_am_i, &code, NULL), 0);
	assert_int_equal(code, 7);
}

/* A folder's owner could have moved a third user's file into it, and use that user's rights. */
static void test_as_owner_in__refuses_to_choose_between_two_users(void **state)
{
	CLEANUP(cleanup_close) int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error error = ERROR_INIT;
	int code = -1;

	assert_int_equal(file_write(fd, "results.h5", "", 0, 0600, NULL), 0);
	assert_int_equal(fchownat(fd, "results.h5", USER_UID, USER_GID, 0), 0);
	assert_int_equal(fchown(fd, USER_UID + 1, USER_GID + 1), 0);
	assert_int_equal(do_in(*state, LIMIT_S, who_am_i, &code, &error), -EPERM);
	assert_non_null(strstr(error.text, "belongs to user 54321"));
	assert_int_equal(fchown(fd, 0, 0), 0);
	assert_int_equal(mkdirat(fd, "trials", 0755), 0);
	assert_int_equal(fchownat(fd, "trials", USER_UID + 1, USER_GID + 1, 0), 0);
	assert_int_equal(do_in(*state, LIMIT_S, who_am_i, &code, &error), -EPERM);
	assert_int_equal(code, -1);
}

/* like /tmp */
static void test_as_owner_in__roots_rights_are_for_what_nobody_else_can_write(void **state)
{
	static const mode_t modes[] = {01777, 0775, 0757};
	struct error error = ERROR_INIT;
	int code = -1;

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		assert_int_equal(chmod(*state, modes[i]), 0);
		assert_int_equal(do_in(*state, LIMIT_S, am_i_root, &code, &error), -EPERM);
		assert_non_null(strstr(error.text, "others may write to it"));
		assert_int_equal(code, -1);
	}
	assert_int_equal(chown(*state, USER_UID, USER_GID), 0);
	assert_int_equal(do_in(*state, LIMIT_S, who_am_i, &code, NULL), 0);
	assert_int_equal(code, 7);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_as_owner_in__has_the_rights_of_the_folders_owner),
		TEST(test_as_owner_in__has_the_rights_of_the_results_owner),
		TEST(test_as_owner_in__has_the_rights_of_the_trials_owner),
		TEST(test_as_owner_in__refuses_to_choose_between_two_users),
		TEST(test_as_owner_in__roots_rights_are_for_what_nobody_else_can_write),
		TEST(test_as_owner_in__stays_root_for_roots_folder),
		TEST(test_as_owner_in__an_end_by_a_signal_is_an_error),
		TEST(test_as_owner_in__comes_where_the_path_does_not_lead),
		TEST(test_as_owner_in__is_not_led_astray_by_a_link),
		TEST(test_as_owner_in__is_ended_where_that_is_asked_for),
		TEST(test_as_owner_read_limit_s__grows_with_the_files),
		TEST(test_as_owner_read_limit_s__is_not_stretched_by_a_hole),
		TEST(test_as_owner_in__work_that_never_ends_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
