/* Users of a task's root, as `docker run --user` looks them up. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/container/task_user.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "build:x:1000:100:Build,,,:/home/build:/bin/sh\n"
			     "77:x:1001:101::/:/bin/false\n";
static const char group[] = "root:x:0:\n"
			    "users:x:100:\n"
			    "audio:x:29:root,build\n"
			    "video:x:44:build\n"
			    "rebuild:x:45:rebuild\n";

static char root[] = "/tmp/test-task-user-XXXXXX";

static void write_etc(const char *name, const char *text)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/etc/%s", root, name);

	assert_int_equal(file_write(AT_FDCWD, path, text, strlen(text), 0644, NULL), 0);
}

static int set_up(void **state)
{
	CLEANUP(cleanup_free) char *etc = NULL;

	(void)state;
	memcpy(strrchr(root, '-'), "-XXXXXX", 7);
	assert_non_null(mkdtemp(root));
	etc = string_format("%s/etc", root);
	assert_int_equal(file_make_directories(AT_FDCWD, etc, 0755, NULL), 0);
	write_etc("passwd", passwd);
	write_etc("group", group);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return file_remove_tree(AT_FDCWD, root, NULL);
}

static void assert_user(const char *text, const char *expected)
{
	CLEANUP(cleanup_free) char *found = NULL;
	struct error error = ERROR_INIT;
	struct task_user user;

	if (task_user_find(root, text, &user, &error) < 0)
		fail_msg("%s: %s", text, error.text);
	found = task_user_text(&user);
	assert_string_equal(found, expected);
}

static void assert_no_user(const char *text, int number, const char *expected)
{
	struct error error = ERROR_INIT;
	struct task_user user;

	assert_int_equal(task_user_find(root, text, &user, &error), number);
	assert_string_equal(error.text, expected);
}

static void test_task_user_find__a_name_with_its_groups(void **state)
{
	(void)state;
	assert_user("build", "1000:100,29,44");
	assert_user("root", "0:0,29");
}

/* In Docker too a number that has an entry is that user. */
static void test_task_user_find__a_number(void **state)
{
	(void)state;
	assert_user("1000", "1000:100,29,44");
	assert_user("1234", "1234:0");
	assert_user("2147483647", "2147483647:0");
}

static void test_task_user_find__a_group_alone_has_no_others(void **state)
{
	(void)state;
	assert_user("build:users", "1000:100");
	assert_user("build:44", "1000:44");
	assert_user("1234:4321", "1234:4321");
	assert_user("0:video", "0:44");
}

/* The first entry that matches, by name or by number. */
static void test_task_user_find__a_name_of_digits(void **state)
{
	(void)state;
	assert_user("77", "1001:101");
}

static void test_task_user_find__names_what_is_not_there(void **state)
{
	(void)state;
	assert_no_user("nobody", -ENOENT, "task.user: the image has no user \"nobody\"");
	assert_no_user("build:staff", -ENOENT, "task.user: the image has no group \"staff\"");
	assert_no_user("-1", -ENOENT, "task.user: the image has no user \"-1\"");
	assert_no_user("2147483648", -EINVAL, "task.user: user 2147483648 is above 2147483647");
}

static void test_task_user_find__a_root_without_names_has_numbers(void **state)
{
	(void)state;
	assert_int_equal(tear_down(state), 0);
	assert_user("1000:5", "1000:5");
	assert_no_user("build", -ENOENT, "task.user: the image has no user \"build\"");
	assert_int_equal(file_make_directories(AT_FDCWD, root, 0755, NULL), 0);
}

static void test_task_user_find__refuses_too_many_groups(void **state)
{
	CLEANUP(cleanup_free) char *text = strdup("");

	(void)state;
	for (unsigned gid = 1; gid <= TASK_USER_MAX_GROUPS + 1; gid++) {
		char *longer = string_format("%sg%u:x:%u:build\n", text, gid, gid);

		free(text);
		text = longer;
	}
	write_etc("group", text);
	assert_no_user("build", -E2BIG, "task.user: build is in more than 64 groups");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_task_user_find__a_name_with_its_groups),
		TEST(test_task_user_find__a_number),
		TEST(test_task_user_find__a_group_alone_has_no_others),
		TEST(test_task_user_find__a_name_of_digits),
		TEST(test_task_user_find__names_what_is_not_there),
		TEST(test_task_user_find__a_root_without_names_has_numbers),
		TEST(test_task_user_find__refuses_too_many_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
