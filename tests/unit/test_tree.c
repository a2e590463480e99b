#include "cgroup/tree.h"

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/forked.h"

#define GROUP "/memcg-run.slice/test-tree.slice"

/* A folder as a mount, with two leaves below the group. */
static int set_up(void **state)
{
	char path[] = "/tmp/memcg-run-test-tree-XXXXXX";

	if (!mkdtemp(path))
		return -1;
	*state = strdup(path);
	for (size_t i = 0; i < 2; i++) {
		static const char *const leaves[] = {"task", "runtime"};
		char *leaf = string_format("%s%s/%s", path, GROUP, leaves[i]);
		int result = file_make_directories(AT_FDCWD, leaf, 0755, NULL);

		free(leaf);
		if (result < 0)
			return -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	int result = file_remove_tree(AT_FDCWD, *state, NULL);

	free(*state);
	return result;
}

static void put(const char *mount, const char *file, const char *text)
{
	char *path = string_format("%s%s/%s", mount, GROUP, file);

	assert_int_equal(file_write(AT_FDCWD, path, text, strlen(text), 0644, NULL), 0);
	free(path);
}

static bool exists(const char *mount, const char *file)
{
	char *path = string_format("%s%s%s", mount, GROUP, file);
	bool is_there = access(path, F_OK) == 0;

	free(path);
	return is_there;
}

static size_t count(const char *mount, const char *path)
{
	size_t n = SIZE_MAX;

	assert_int_equal(tree_count(mount, path, &n, NULL), 0);
	return n;
}

static void test_tree_count__adds_up_the_leaves(void **state)
{
	put(*state, "cgroup.procs", "");
	put(*state, "task/cgroup.procs", "");
	put(*state, "runtime/cgroup.procs", "");
	assert_int_equal(count(*state, GROUP), 0);
	put(*state, "task/cgroup.procs", "12\n");
	put(*state, "runtime/cgroup.procs", "1\n2\n");
	assert_int_equal(count(*state, GROUP), 3);
}

static void test_tree_count__sees_a_thousand_processes(void **state)
{
	char text[5001] = "";

	for (size_t i = 0; i < 1000; i++)
		memcpy(text + i * 5, "1234\n", 6);
	put(*state, "runtime/cgroup.procs", text);
	assert_int_equal(count(*state, GROUP), 1000);
}

static int kill_tree(const char *mount, const char *path)
{
	CLEANUP(pid_set_cleanup) struct pid_set *killed = pid_set_new();

	assert_non_null(killed);
	return tree_kill(mount, path, killed, NULL);
}

static void test_tree__a_missing_group_is_empty_and_removed(void **state)
{
	assert_int_equal(count(*state, "/none"), 0);
	assert_int_equal(kill_tree(*state, "/none"), 0);
	assert_int_equal(tree_remove(*state, "/none", 0, NULL), 0);
}

/* A forked_work. */
static int wait_for_signal(void *context)
{
	(void)context;
	return pause();
}

/* The pids in a file may be stale: a process outside the group must not be killed. */
static void test_tree_kill__leaves_alone_who_is_not_in_the_group(void **state)
{
	char text[64];
	int status;
	pid_t child = forked_start(wait_for_signal, NULL);

	snprintf(text, sizeof(text), "0\n%d\n%d\n", (int)getpid(), (int)child);
	put(*state, "task/cgroup.procs", text);
	assert_int_equal(kill_tree(*state, GROUP), 0);
	/* It ends by the test's own signal: SIGKILL would have come first. */
	assert_int_equal(kill(child, SIGTERM), 0);
	status = forked_wait(child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void test_tree_kill__rejects_what_is_no_process(void **state)
{
	static const char *const junk[] = {"-1\n", "abc\n", "4294967296\n", "1 2\n"};

	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		put(*state, "task/cgroup.procs", junk[i]);
		assert_int_equal(kill_tree(*state, GROUP), -EBADMSG);
	}
}

static void test_tree_remove__takes_the_lowest_first(void **state)
{
	assert_int_equal(tree_remove(*state, GROUP, 0, NULL), 0);
	assert_false(exists(*state, ""));
}

static void test_tree_remove__names_what_is_left_and_removes_the_rest(void **state)
{
	struct error error = ERROR_INIT;

	put(*state, "task/not-a-group", "");
	assert_int_equal(tree_remove(*state, GROUP, 0, &error), -ENOTEMPTY);
	assert_non_null(strstr(error.text, GROUP));
	assert_non_null(strstr(error.text, "cannot remove task: Directory not empty"));
	assert_true(exists(*state, "/task"));
	assert_false(exists(*state, "/runtime"));
}

static void test_tree_remove__does_not_follow_links(void **state)
{
	char *outside = string_format("%s/outside", (const char *)*state);
	char *inside = string_format("%s/outside/inside", (const char *)*state);
	char *link = string_format("%s%s/link", (const char *)*state, GROUP);

	assert_int_equal(file_make_directories(AT_FDCWD, outside, 0755, NULL), 0);
	assert_int_equal(symlink(outside, link), 0);
	assert_true(tree_remove(*state, GROUP, 0, NULL) < 0);
	assert_int_equal(access(outside, F_OK), 0);
	/* Nor in place of the group itself. */
	assert_int_equal(file_make_directories(AT_FDCWD, inside, 0755, NULL), 0);
	assert_true(tree_remove(*state, GROUP "/link", 0, NULL) < 0);
	assert_int_equal(access(inside, F_OK), 0);
	free(inside);
	free(outside);
	free(link);
}

int main(void)
{
#define ON_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ON_TREE(test_tree_count__adds_up_the_leaves),
		ON_TREE(test_tree_count__sees_a_thousand_processes),
		ON_TREE(test_tree__a_missing_group_is_empty_and_removed),
		ON_TREE(test_tree_kill__leaves_alone_who_is_not_in_the_group),
		ON_TREE(test_tree_kill__rejects_what_is_no_process),
		ON_TREE(test_tree_remove__takes_the_lowest_first),
		ON_TREE(test_tree_remove__names_what_is_left_and_removes_the_rest),
		ON_TREE(test_tree_remove__does_not_follow_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
