/* One run at a time. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/host/lock.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
	char path[64];
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->path, sizeof(fixture->path), "/tmp/test-lock-XXXXXX");
	*state = fixture;
	return mkdtemp(fixture->path) == NULL;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	file_remove_tree(AT_FDCWD, fixture->path, NULL);
	free(fixture);
	return 0;
}

static void test_lock_take__writes_who_has_it(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/lock", fixture->path);
	CLEANUP(cleanup_free) char *expected = string_format("ramp, process %d\n", (int)getpid());
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_close) int fd = -1;
	struct stat status;

	assert_int_equal(lock_take(fixture->path, "ramp", LOCK_ALONE, &fd, NULL), 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(file_read(AT_FDCWD, path, 4096, &text, NULL, NULL), 0);
	assert_string_equal(text, expected);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);
}

/* flock(2) belongs to the open file: a second open in the same process competes. */
static void test_lock_take__a_second_taker_is_told_of_the_first(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *expected = string_format("(ramp, process %d)", (int)getpid());
	CLEANUP(cleanup_close) int fd = -1;
	struct error error = ERROR_INIT;
	int second_fd = -77;

	assert_int_equal(lock_take(fixture->path, "ramp", LOCK_ALONE, &fd, NULL), 0);
	assert_int_equal(lock_take(fixture->path, "other", LOCK_ALONE, &second_fd, &error), -EBUSY);
	assert_int_equal(error.number, EBUSY);
	assert_non_null(strstr(error.text, expected));
	assert_null(strchr(error.text, '\n'));
	assert_int_equal(second_fd, -77);
}

static void test_lock_take__is_free_again_after_close(void **state)
{
	const struct fixture *fixture = *state;
	int fd = -1;

	assert_int_equal(lock_take(fixture->path, "first", LOCK_ALONE, &fd, NULL), 0);
	close(fd);
	assert_int_equal(lock_take(fixture->path, "second", LOCK_ALONE, &fd, NULL), 0);
	close(fd);
}

/* No part of a longer earlier name remains. */
static void test_lock_take__replaces_the_name_before(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/lock", fixture->path);
	CLEANUP(cleanup_free) char *expected = string_format("b, process %d\n", (int)getpid());
	CLEANUP(cleanup_free) char *text = NULL;
	int fd = -1;

	assert_int_equal(
		lock_take(fixture->path, "a-name-that-is-longer", LOCK_ALONE, &fd, NULL), 0);
	close(fd);
	assert_int_equal(lock_take(fixture->path, "b", LOCK_ALONE, &fd, NULL), 0);
	assert_int_equal(file_read(AT_FDCWD, path, 4096, &text, NULL, NULL), 0);
	assert_string_equal(text, expected);
	close(fd);
}

static void test_lock_take__an_owner_that_has_not_said_its_name(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = -1;
	struct error error = ERROR_INIT;
	int second_fd = -77;

	assert_int_equal(lock_take(fixture->path, "ramp", LOCK_ALONE, &fd, NULL), 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(lock_take(fixture->path, "other", LOCK_ALONE, &second_fd, &error), -EBUSY);
	assert_non_null(strstr(error.text, "(name unknown)"));
}

static void test_lock_take__does_not_write_through_a_link(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *link = string_format("%s/lock", fixture->path);
	CLEANUP(cleanup_free) char *target = string_format("%s/target", fixture->path);
	struct error error = ERROR_INIT;
	int fd = -77;

	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(lock_take(fixture->path, "ramp", LOCK_ALONE, &fd, &error), -ELOOP);
	assert_non_null(strstr(error.text, link));
	assert_int_equal(access(target, F_OK), -1);
	assert_int_equal(fd, -77);
}

static void test_lock_take__names_a_folder_that_is_not_there(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *missing = string_format("%s/missing", fixture->path);
	struct error error = ERROR_INIT;
	int fd = -77;

	assert_int_equal(lock_take(missing, "ramp", LOCK_ALONE, &fd, &error), -ENOENT);
	assert_non_null(strstr(error.text, missing));
	assert_int_equal(fd, -77);
}

static void test_lock_take__those_who_share_it_have_it_together(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int first_fd = -1;
	CLEANUP(cleanup_close) int second_fd = -1;
	struct error error = ERROR_INIT;
	int alone_fd = -77;

	assert_int_equal(lock_take(fixture->path, "a", LOCK_SHARED, &first_fd, NULL), 0);
	assert_int_equal(lock_take(fixture->path, "b", LOCK_SHARED, &second_fd, NULL), 0);
	assert_int_equal(lock_take(fixture->path, "c", LOCK_ALONE, &alone_fd, &error), -EBUSY);
	assert_non_null(strstr(error.text, "another run is under way"));
	close(TAKE_FD(first_fd));
	assert_int_equal(lock_take(fixture->path, "c", LOCK_ALONE, &alone_fd, &error), -EBUSY);
	assert_int_equal(alone_fd, -77);
	close(TAKE_FD(second_fd));
	assert_int_equal(lock_take(fixture->path, "c", LOCK_ALONE, &alone_fd, &error), 0);
	close(alone_fd);
}

static void test_lock_take__is_not_shared_with_one_who_would_be_alone(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *expected = string_format("(alone, process %d)", (int)getpid());
	CLEANUP(cleanup_close) int fd = -1;
	struct error error = ERROR_INIT;
	int shared_fd = -77;

	assert_int_equal(lock_take(fixture->path, "alone", LOCK_ALONE, &fd, NULL), 0);
	assert_int_equal(lock_take(fixture->path, "b", LOCK_SHARED, &shared_fd, &error), -EBUSY);
	assert_non_null(strstr(error.text, expected));
	assert_int_equal(shared_fd, -77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_lock_take__those_who_share_it_have_it_together, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_lock_take__is_not_shared_with_one_who_would_be_alone, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_lock_take__writes_who_has_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_lock_take__a_second_taker_is_told_of_the_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_lock_take__is_free_again_after_close, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_lock_take__replaces_the_name_before, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_lock_take__an_owner_that_has_not_said_its_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_lock_take__does_not_write_through_a_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_lock_take__names_a_folder_that_is_not_there, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
