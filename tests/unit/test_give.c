/* What root makes in a user's folder, and gives. Needs root. */

#include "util/cleanup.h"
#include "util/file.h"
#include "util/give.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Nobody has these. */
#define USER_UID 54321
#define USER_GID 54322

struct fixture {
	char path[64];
	int fd;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/test-give-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	fixture->fd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fixture->fd < 0 ? -1 : fchown(fixture->fd, USER_UID, USER_GID);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->fd);
	file_remove_tree(AT_FDCWD, fixture->path, NULL);
	free(fixture);
	return 0;
}

static void assert_owner(int directory_fd, const char *path, uid_t uid, gid_t gid)
{
	struct stat status;

	assert_int_equal(fstatat(directory_fd, path, &status, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(status.st_uid, uid);
	assert_int_equal(status.st_gid, gid);
}

/* Its maker has the user's rights: what the user may not do in their folder fails, though root may. */
static void test_give_make_folder__has_the_owners_rights(void **state)
{
	const struct fixture *fixture = *state;
	int fd = give_make_folder(fixture->fd, "made", 0700);

	assert_true(fd >= 0);
	close(fd);
	assert_owner(fixture->fd, "made", USER_UID, USER_GID);
	assert_int_equal(give_make_folder(fixture->fd, "made", 0700), -EEXIST);
	assert_int_equal(fchmod(fixture->fd, 0500), 0);
	assert_int_equal(give_make_folder(fixture->fd, "other", 0700), -EACCES);
	/* Nothing of it stays. */
	assert_int_equal(mkdirat(fixture->fd, "roots", 0700), 0);
	assert_owner(fixture->fd, "roots", 0, 0);
}

static void test_give_make_folder_of_root__is_roots_until_it_is_given(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close)
	int fd = give_make_folder_of_root(fixture->fd, "made", 0700);

	assert_true(fd >= 0);
	assert_owner(fixture->fd, "made", 0, 0);
	assert_int_equal(give_check_empty(fd), 0);
	assert_int_equal(file_write(fd, "file", "x", 1, 0600, NULL), 0);
	assert_int_equal(give_check_empty(fd), -ENOTEMPTY);
	assert_int_equal(give_tree(fd, USER_UID, USER_GID, NULL), 0);
	assert_owner(fd, "file", USER_UID, USER_GID);
	assert_owner(fixture->fd, "made", USER_UID, USER_GID);
	assert_int_equal(give_make_folder_of_root(fixture->fd, "made", 0700), -EEXIST);
}

/* Until it is root's, its owner may have opened it to others: the mode is set anew. */
static void test_give_make_folder_of_root__has_the_mode_whatever_came_between(void **state)
{
	const struct fixture *fixture = *state;
	const mode_t before = umask(077);
	CLEANUP(cleanup_close)
	int fd = give_make_folder_of_root(fixture->fd, "made", 0711);
	struct stat made;

	umask(before);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &made), 0);
	assert_int_equal(made.st_mode & 07777, 0711);
}

static void test_give_tree__leaves_what_is_not_roots(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close)
	int fd = give_make_folder_of_root(fixture->fd, "made", 0700);

	assert_int_equal(file_make_directories(fd, "others/roots", 0700, NULL), 0);
	assert_int_equal(file_make_directories(fd, "ours/deep", 0700, NULL), 0);
	assert_int_equal(fchownat(fd, "others", 77, 77, 0), 0);
	assert_int_equal(give_tree(fd, USER_UID, USER_GID, NULL), 0);
	assert_owner(fd, "others", 77, 77);
	assert_owner(fd, "others/roots", 0, 0);
	assert_owner(fd, "ours/deep", USER_UID, USER_GID);
	/* It is the user's by now, and what is in it may be of their making. */
	assert_int_equal(mkdirat(fd, "planted", 0700), 0);
	assert_int_equal(give_tree(fd, USER_UID, USER_GID, NULL), 0);
	assert_owner(fd, "planted", 0, 0);
}

/* 3000 levels: more than descriptors (1024 by default) or a stack allow. */
static void test_give_tree__bears_any_depth(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close)
	int made_fd = give_make_folder_of_root(fixture->fd, "made", 0700);
	int fd = openat(made_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	for (int i = 0; i < 3000; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "deep", 0700), 0);
		next = openat(fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	assert_int_equal(give_tree(made_fd, USER_UID, USER_GID, NULL), 0);
	assert_owner(made_fd, "deep/deep/deep", USER_UID, USER_GID);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_uid, 0);
	close(fd);
}

/* As where a tool has written too much, and its folder is gone before it is given. */
static void test_give_tree__of_a_removed_folder(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close)
	int fd = give_make_folder_of_root(fixture->fd, "made", 0700);

	assert_int_equal(unlinkat(fixture->fd, "made", AT_REMOVEDIR), 0);
	assert_int_equal(give_tree(fd, USER_UID, USER_GID, NULL), 0);
}

/* What somebody else has in it is left alone, and so is where a link leads. */
static void test_give_take_back__what_was_lent(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(mkdirat(fixture->fd, "in", 0700), 0);
	assert_int_equal(file_write(fixture->fd, "in/theirs", "x", 1, 0600, NULL), 0);
	assert_int_equal(file_write(fixture->fd, "other", "x", 1, 0600, NULL), 0);
	assert_int_equal(symlinkat("other", fixture->fd, "link"), 0);
	assert_int_equal(fchownat(fixture->fd, "in/theirs", USER_UID, USER_GID, 0), 0);
	assert_int_equal(fchownat(fixture->fd, "in", USER_UID, USER_GID, 0), 0);
	assert_int_equal(fchownat(fixture->fd, "other", USER_UID + 1, USER_GID, 0), 0);
	assert_int_equal(fchownat(fixture->fd, "link", USER_UID, USER_GID, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(give_take_back(fixture->fd, USER_UID, NULL), 0);
	assert_owner(AT_FDCWD, fixture->path, 0, 0);
	assert_owner(fixture->fd, "in", 0, 0);
	assert_owner(fixture->fd, "in/theirs", 0, 0);
	assert_owner(fixture->fd, "link", 0, 0);
	assert_owner(fixture->fd, "other", USER_UID + 1, USER_GID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_give_make_folder__has_the_owners_rights, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_give_make_folder_of_root__is_roots_until_it_is_given, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_give_make_folder_of_root__has_the_mode_whatever_came_between, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_give_tree__leaves_what_is_not_roots, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_give_tree__bears_any_depth, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_give_tree__of_a_removed_folder, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_give_take_back__what_was_lent, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
