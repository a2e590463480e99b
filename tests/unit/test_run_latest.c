/* output/latest: the link beside the runs, and as a name of a run. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/run/run_latest.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A user that a test may give things to. */
#define A_USER 12345

static const struct run_owner nobody = {.uid = 0};

struct fixture {
	char path[64];
	char output[96];
	int output_fd;
	struct run_folder folder;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/test-run-latest-XXXXXX");
	if (!mkdtemp(fixture->path) || chmod(fixture->path, 0755) < 0)
		return -1;
	snprintf(fixture->output, sizeof(fixture->output), "%s/output", fixture->path);
	if (run_folder_make(fixture->output, "ramp", NULL, &fixture->folder, NULL) < 0)
		return -1;
	fixture->output_fd = open(fixture->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->output_fd);
	run_folder_release(&fixture->folder);
	file_remove_tree(AT_FDCWD, fixture->path, NULL);
	free(fixture);
	return 0;
}

static const char *name_of(const struct run_folder *folder)
{
	return strrchr(folder->path, '/') + 1;
}

static void assert_latest_is(const struct fixture *fixture, const char *expected)
{
	char target[NAME_MAX + 1] = "";

	assert_true(readlinkat(fixture->output_fd, "latest", target, sizeof(target) - 1) > 0);
	assert_string_equal(target, expected);
	assert_int_equal(
		faccessat(fixture->output_fd, ".latest.part", F_OK, AT_SYMLINK_NOFOLLOW), -1);
}

static void test_run_latest_set__is_the_newest_run(void **state)
{
	struct fixture *fixture = *state;
	struct run_folder second;

	assert_int_equal(run_latest_set(&fixture->folder, &nobody), 0);
	assert_latest_is(fixture, name_of(&fixture->folder));
	assert_int_equal(run_folder_make(fixture->output, "sort", NULL, &second, NULL), 0);
	/* A killed run may have left one that was not yet in place. */
	assert_int_equal(symlinkat(name_of(&second), fixture->output_fd, ".latest.part"), 0);
	assert_int_equal(run_latest_set(&second, &nobody), 0);
	assert_latest_is(fixture, name_of(&second));
	run_folder_release(&second);
}

static void test_run_latest_set__replaces_a_link_to_a_run_that_is_gone(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(symlinkat("20200101T000000Z-gone", fixture->output_fd, "latest"), 0);
	assert_int_equal(run_latest_set(&fixture->folder, &nobody), 0);
	assert_latest_is(fixture, name_of(&fixture->folder));
}

static void test_run_latest_set__leaves_alone_what_is_no_link_of_ours(void **state)
{
	static const char *const targets[] = {
		"/etc/passwd", "../20200101T000000Z-x", "mine", "20200101T00000Z-x"};
	struct fixture *fixture = *state;
	struct stat status;

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		assert_int_equal(symlinkat(targets[i], fixture->output_fd, "latest"), 0);
		assert_int_equal(run_latest_set(&fixture->folder, &nobody), -EEXIST);
		assert_latest_is(fixture, targets[i]);
		assert_int_equal(unlinkat(fixture->output_fd, "latest", 0), 0);
	}
	assert_int_equal(mkdirat(fixture->output_fd, "latest", 0700), 0);
	assert_int_equal(run_latest_set(&fixture->folder, &nobody), -EEXIST);
	assert_int_equal(unlinkat(fixture->output_fd, "latest", AT_REMOVEDIR), 0);
	assert_int_equal(file_write(fixture->output_fd, "latest", "x", 1, 0600, NULL), 0);
	assert_int_equal(run_latest_set(&fixture->folder, &nobody), -EEXIST);
	assert_int_equal(fstatat(fixture->output_fd, "latest", &status, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(status.st_mode) && status.st_size == 1);
}

static void test_run_latest_set__needs_the_run_where_it_was(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(renameat(fixture->output_fd, name_of(&fixture->folder), fixture->output_fd,
				 "moved"),
		0);
	assert_int_equal(run_latest_set(&fixture->folder, &nobody), -ENOENT);
	assert_int_equal(mkdirat(fixture->output_fd, name_of(&fixture->folder), 0755), 0);
	assert_int_equal(run_latest_set(&fixture->folder, &nobody), -ESTALE);
	assert_int_equal(faccessat(fixture->output_fd, "latest", F_OK, AT_SYMLINK_NOFOLLOW), -1);
}

static void assert_latest_of(const struct fixture *fixture, uid_t uid)
{
	struct stat status;

	assert_int_equal(fstatat(fixture->output_fd, "latest", &status, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(status.st_uid, uid);
	assert_int_equal(status.st_gid, uid);
}

/* In a folder of the user's it is made with their rights; in root's it is given to them. */
static void test_run_latest_set__is_the_users(void **state)
{
	const struct run_owner user = {.uid = A_USER, .gid = A_USER};
	struct fixture *fixture = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(run_latest_set(&fixture->folder, &user), 0);
	assert_latest_of(fixture, A_USER);
	assert_int_equal(unlinkat(fixture->output_fd, "latest", 0), 0);
	assert_int_equal(fchown(fixture->output_fd, A_USER, A_USER), 0);
	assert_int_equal(run_latest_set(&fixture->folder, &user), 0);
	assert_latest_of(fixture, A_USER);
	assert_int_equal(run_latest_set(&fixture->folder, &nobody), 0);
	assert_latest_of(fixture, A_USER);
}

/* Where others may write to root's folder they could put another file in the link's place while it is given. */
static void test_run_latest_set__not_where_others_may_write_beside_root(void **state)
{
	struct fixture *fixture = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(fchmod(fixture->output_fd, 01777), 0);
	assert_int_equal(run_latest_set(&fixture->folder, &nobody), -EPERM);
	assert_int_equal(faccessat(fixture->output_fd, "latest", F_OK, AT_SYMLINK_NOFOLLOW), -1);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_run_latest_set__is_the_newest_run),
		TEST(test_run_latest_set__replaces_a_link_to_a_run_that_is_gone),
		TEST(test_run_latest_set__leaves_alone_what_is_no_link_of_ours),
		TEST(test_run_latest_set__needs_the_run_where_it_was),
		TEST(test_run_latest_set__is_the_users),
		TEST(test_run_latest_set__not_where_others_may_write_beside_root),
	};

	return cmocka_run_group_tests_name("run_latest", tests, NULL, NULL);
}
