#include "runner/host/run_directory.h"

#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/forked.h"

struct search {
	uid_t uid;
	const char *session;
	int fd; /* receives the result */
};

/* A forked_work. */
static int find_run_directory(void *context)
{
	const struct search *search = context;
	struct error error = ERROR_INIT;
	char *path = NULL;
	int r;

	if (search->session)
		setenv("XDG_RUNTIME_DIR", search->session, 1);
	else
		unsetenv("XDG_RUNTIME_DIR");
	if (setresuid(search->uid, search->uid, search->uid) < 0)
		return 99;
	r = run_directory_find(&path, &error);
	dprintf(search->fd, "%s", r == 0 ? path : error.text);
	return -r;
}

/*
 * The result for a process with this user and environment, in a child that may give up its rights.
 */
static int find_as(uid_t uid, const char *session, char *ret_text, size_t size)
{
	struct search search = {.uid = uid, .session = session};
	int fds[2];
	ssize_t length;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	search.fd = fds[1];
	pid = forked_start(find_run_directory, &search);
	close(fds[1]);
	length = read(fds[0], ret_text, size - 1);
	assert_true(length > 0);
	ret_text[length] = '\0';
	close(fds[0]);
	return -WEXITSTATUS(forked_wait(pid));
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
	/* XDG Base Directory Specification: relative paths are ignored. */
	assert_int_equal(find_as(65534, "run", text, sizeof(text)), -ENOENT);
}

/* ---- creating it */

static void test_run_directory_make__is_closed_to_others(void **state)
{
	char place[] = "/tmp/test-run-directory-XXXXXX";
	CLEANUP(cleanup_free) char *path = NULL;
	struct stat status;

	(void)state;
	assert_non_null(mkdtemp(place));
	path = string_format("%s/memcg-run", place);
	for (int i = 0; i < 2; i++) /* the second time it exists */
		assert_int_equal(run_directory_make(path, NULL), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_int_equal(file_remove_tree(AT_FDCWD, place, NULL), 0);
}

static void test_run_directory_make__refuses_what_another_user_put_there(void **state)
{
	char place[] = "/tmp/test-run-directory-XXXXXX";
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(cleanup_free) char *link = NULL;
	struct error error = ERROR_INIT;

	(void)state;
	assert_non_null(mkdtemp(place));
	path = string_format("%s/memcg-run", place);
	link = string_format("%s/link", place);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(symlink("memcg-run", link), 0);
	assert_int_equal(run_directory_make(link, &error), -EPERM);
	assert_int_equal(chown(path, 54321, 54322), 0);
	assert_int_equal(run_directory_make(path, &error), -EPERM);
	assert_non_null(strstr(error.text, "is not a private folder of this user"));
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(chmod(path, 0770), 0);
	assert_int_equal(run_directory_make(path, &error), -EPERM);
	assert_int_equal(file_remove_tree(AT_FDCWD, place, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_directory__of_root_is_the_machines),
		cmocka_unit_test(test_run_directory__of_a_user_is_the_sessions),
		cmocka_unit_test(test_run_directory__needs_a_session),
		cmocka_unit_test(test_run_directory_make__is_closed_to_others),
		cmocka_unit_test(test_run_directory_make__refuses_what_another_user_put_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
