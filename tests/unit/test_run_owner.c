/* The owner of a run's folder. Needs root, for chown. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/run/run_owner.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* unused IDs */
#define USER_UID 54321
#define USER_GID 54322

/*
 *     PATH/outside             not the run's
 *     PATH/output/run/         the run's folder
 *         run.log
 *         profiler/000001-mprof/mprofile.dat
 *         link -> PATH/outside
 */
struct fixture {
	char path[64];
	int fd;
	int run_fd;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char outside[96];

	*state = fixture;
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/test-run-owner-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	snprintf(outside, sizeof(outside), "%s/outside", fixture->path);
	fixture->fd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file_make_directories(fixture->fd, "output/run/profiler/000001-mprof", 0755, NULL) < 0)
		return -1;
	fixture->run_fd = openat(fixture->fd, "output/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file_write(fixture->fd, "outside", "x", 1, 0644, NULL) < 0 ||
		file_write(fixture->run_fd, "run.log", "x", 1, 0644, NULL) < 0 ||
		file_write(fixture->run_fd, "profiler/000001-mprof/mprofile.dat", "x", 1, 0644,
			NULL) < 0 ||
		symlinkat(outside, fixture->run_fd, "link") < 0)
		return -1;
	setenv("SUDO_UID", "54321", 1);
	setenv("SUDO_GID", "54322", 1);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	close(fixture->run_fd);
	close(fixture->fd);
	file_remove_tree(AT_FDCWD, fixture->path, NULL);
	free(fixture);
	return 0;
}

static void assert_owner(const struct fixture *fixture, const char *path, uid_t uid, gid_t gid)
{
	struct stat status;

	assert_int_equal(fstatat(fixture->fd, path, &status, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(status.st_uid, uid);
	assert_int_equal(status.st_gid, gid);
}

static int give(const struct fixture *fixture, unsigned n_above)
{
	const struct run_owner owner = run_owner_of_caller();

	return run_owner_give(fixture->run_fd, &owner, n_above, NULL);
}

static void test_run_owner_give__gives_all_that_is_in_the_folder(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(give(fixture, 0), 0);
	assert_owner(fixture, "output/run", USER_UID, USER_GID);
	assert_owner(fixture, "output/run/run.log", USER_UID, USER_GID);
	assert_owner(fixture, "output/run/profiler", USER_UID, USER_GID);
	assert_owner(fixture, "output/run/profiler/000001-mprof", USER_UID, USER_GID);
	assert_owner(fixture, "output/run/profiler/000001-mprof/mprofile.dat", USER_UID, USER_GID);
}

static void test_run_owner_give__gives_links_and_not_what_they_name(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(give(fixture, 0), 0);
	assert_owner(fixture, "output/run/link", USER_UID, USER_GID);
	assert_owner(fixture, "outside", 0, 0);
}

/* A link to a folder: nothing behind it changes either. */
static void test_run_owner_give__does_not_walk_through_a_link(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(symlinkat("../..", fixture->run_fd, "up"), 0);
	assert_int_equal(give(fixture, 0), 0);
	assert_owner(fixture, "output/run/up", USER_UID, USER_GID);
	assert_owner(fixture, "outside", 0, 0);
	assert_owner(fixture, ".", 0, 0);
}

static void test_run_owner_give__gives_the_folders_above_only_when_asked(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(file_write(fixture->fd, "output/other", "x", 1, 0644, NULL), 0);
	assert_int_equal(give(fixture, 0), 0);
	assert_owner(fixture, "output", 0, 0);
	/* What is its user's already gives nothing. */
	assert_int_equal(give(fixture, 1), 0);
	assert_owner(fixture, "output", 0, 0);
	assert_int_equal(fchown(fixture->run_fd, 0, 0), 0);
	assert_int_equal(give(fixture, 1), 0);
	assert_owner(fixture, "output", USER_UID, USER_GID);
	assert_owner(fixture, "output/other", 0, 0);
	assert_owner(fixture, ".", 0, 0);
	/* Nor once it is its user's. */
	assert_int_equal(give(fixture, 2), 0);
	assert_owner(fixture, ".", 0, 0);
}

static void test_run_owner_give__gives_every_folder_above_that_the_run_made(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(give(fixture, 2), 0);
	assert_owner(fixture, "output/run", USER_UID, USER_GID);
	assert_owner(fixture, "output", USER_UID, USER_GID);
	assert_owner(fixture, ".", USER_UID, USER_GID);
}

static void test_run_owner_give__takes_nothing_from_another_user(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(fchownat(fixture->fd, "output", 77, 77, 0), 0);
	assert_int_equal(give(fixture, 1), 0);
	assert_owner(fixture, "output", 77, 77);
	assert_owner(fixture, "output/run", USER_UID, USER_GID);
	/* A user's run stays that user's, whoever resumes it. */
	assert_int_equal(fchown(fixture->run_fd, 77, 77), 0);
	assert_int_equal(give(fixture, 0), 0);
	assert_owner(fixture, "output/run", 77, 77);
}

static void assert_untouched(const struct fixture *fixture)
{
	assert_int_equal(give(fixture, 1), 0);
	assert_owner(fixture, "output/run", 0, 0);
	assert_owner(fixture, "output/run/run.log", 0, 0);
	assert_owner(fixture, "output", 0, 0);
}

static void test_run_owner_give__does_nothing_without_sudo(void **state)
{
	unsetenv("SUDO_UID");
	assert_untouched(*state);
	setenv("SUDO_UID", "54321", 1);
	unsetenv("SUDO_GID");
	assert_untouched(*state);
}

/* 4294967295 is -1, which chown takes as "unchanged". */
static void test_run_owner_give__does_nothing_for_what_is_no_user(void **state)
{
	static const char *const texts[] = {
		"", "-1", "somebody", "54321 ", "4294967295", "4294967296"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		setenv("SUDO_UID", texts[i], 1);
		assert_untouched(*state);
	}
}

/* As when a run was killed while it was given: what is given already, its user may have changed. */
static void test_run_owner_give__leaves_what_is_in_a_users_folder(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(fchownat(fixture->run_fd, "profiler", USER_UID, USER_GID, 0), 0);
	assert_int_equal(give(fixture, 0), 0);
	assert_owner(fixture, "output/run", USER_UID, USER_GID);
	assert_owner(fixture, "output/run/run.log", USER_UID, USER_GID);
	assert_owner(fixture, "output/run/profiler/000001-mprof", 0, 0);
	assert_owner(fixture, "output/run/profiler/000001-mprof/mprofile.dat", 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_run_owner_give__gives_every_folder_above_that_the_run_made, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_owner_give__takes_nothing_from_another_user, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_owner_give__gives_all_that_is_in_the_folder, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_owner_give__gives_links_and_not_what_they_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_owner_give__does_not_walk_through_a_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_owner_give__gives_the_folders_above_only_when_asked, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_owner_give__does_nothing_without_sudo, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_owner_give__does_nothing_for_what_is_no_user, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_owner_give__leaves_what_is_in_a_users_folder, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
