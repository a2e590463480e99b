#include "util/run_directory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What a process of this user and environment finds, in a child that may give its rights up. */
static int find_as(uid_t uid, const char *session, char *ret_text, size_t size)
{
	int fds[2];
	ssize_t length;
	int status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct error error = ERROR_INIT;
		char *path = NULL;
		int r;

		if (session)
			setenv("XDG_RUNTIME_DIR", session, 1);
		else
			unsetenv("XDG_RUNTIME_DIR");
		if (setresuid(uid, uid, uid) < 0)
			_exit(99);
		r = run_directory_find(&path, &error);
		dprintf(fds[1], "%s", r == 0 ? path : error.text);
		_exit(-r);
	}
	close(fds[1]);
	length = read(fds[0], ret_text, size - 1);
	assert_true(length > 0);
	ret_text[length] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return -WEXITSTATUS(status);
}

static void test_run_directory__of_root_is_the_machines(void **state)
{
	char text[ERROR_TEXT_SIZE];

	(void)state;
	assert_int_equal(find_as(0, "/run/user/0", text, sizeof(text)), 0);
	assert_string_equal(text, "/run/memcg-run");
}

static void test_run_directory__of_a_user_is_the_sessions(void **state)
{
	char text[ERROR_TEXT_SIZE];

	(void)state;
	assert_int_equal(find_as(65534, "/run/user/65534", text, sizeof(text)), 0);
	assert_string_equal(text, "/run/user/65534/memcg-run");
}

static void test_run_directory__needs_a_session(void **state)
{
	char text[ERROR_TEXT_SIZE];

	(void)state;
	assert_int_equal(find_as(65534, NULL, text, sizeof(text)), -ENOENT);
	assert_non_null(strstr(text, "XDG_RUNTIME_DIR is not set"));
	/* The specification of base directories: a relative path is to be ignored. */
	assert_int_equal(find_as(65534, "run", text, sizeof(text)), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_directory__of_root_is_the_machines),
		cmocka_unit_test(test_run_directory__of_a_user_is_the_sessions),
		cmocka_unit_test(test_run_directory__needs_a_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
