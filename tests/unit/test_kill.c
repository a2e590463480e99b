/* Killing the processes of a group and waiting for them, with a folder as the hierarchy. */

#include "cgroup/kill.h"

#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GROUP "/memcg-run.slice/test-kill.slice"

struct fixture {
	char mount[64];
	const char *mounts[2];
	unsigned n_left;  /* number of processes that the group reports */
	unsigned n_steps; /* number of kills */
	int verdict;	  /* what a step returns */
	bool deaf;	  /* a step kills none */
};

static void say_processes(const struct fixture *fixture)
{
	char *path = string_format("%s%s/cgroup.procs", fixture->mount, GROUP);
	char text[256] = "";

	for (unsigned i = 0; i < fixture->n_left; i++)
		strcat(text, "12\n");
	assert_int_equal(file_write(AT_FDCWD, path, text, strlen(text), 0644, NULL), 0);
	free(path);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char *group;
	int result;

	*state = fixture;
	if (!fixture)
		return -1;
	strcpy(fixture->mount, "/tmp/memcg-run-test-kill-XXXXXX");
	if (!mkdtemp(fixture->mount))
		return -1;
	fixture->mounts[0] = fixture->mount;
	group = string_format("%s%s", fixture->mount, GROUP);
	result = file_make_directories(AT_FDCWD, group, 0755, NULL);
	free(group);
	return result;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	int result = file_remove_tree(AT_FDCWD, fixture->mount, NULL);

	free(fixture);
	return result;
}

/* Ends one every tenth of a second. */
static int end_one(void *context, struct error *error)
{
	struct fixture *fixture = context;
	const struct timespec while_it_ends = timespec_from_ns(100 * NS_PER_MS);

	(void)error;
	fixture->n_steps++;
	if (fixture->deaf)
		return fixture->verdict;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &while_it_ends, NULL);
	fixture->n_left--;
	say_processes(fixture);
	return fixture->verdict;
}

static int end_all(struct fixture *fixture, uint64_t timeout_ns, struct error *error)
{
	say_processes(fixture);
	return kill_until_gone(fixture->mounts, GROUP, end_one, fixture, timeout_ns, error);
}

/* 1.5 s in total, but never more than 0.1 s without progress. */
static void test_kill_until_gone__waits_while_their_number_falls(void **state)
{
	struct fixture *fixture = *state;

	fixture->n_left = 15;
	fixture->verdict = 1;
	assert_int_equal(end_all(fixture, NS_PER_S, NULL), 0);
	assert_int_equal(fixture->n_steps, 15);
}

static void test_kill_until_gone__says_how_many_do_not_end(void **state)
{
	struct fixture *fixture = *state;
	struct error error = ERROR_INIT;

	fixture->n_left = 7;
	fixture->deaf = true;
	assert_int_equal(end_all(fixture, NS_PER_S, &error), -ETIMEDOUT);
	assert_string_equal(error.text, "processes in " GROUP " are still alive after SIGKILL: 7");
	/* Killed again a few times while none ends. */
	assert_in_range(fixture->n_steps, 2, 10);
}

static void test_kill_until_gone__nobody_is_done_at_once(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(end_all(fixture, 0, NULL), 0);
	assert_int_equal(fixture->n_steps, 0);
}

#define ON_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_TREE(test_kill_until_gone__waits_while_their_number_falls),
		ON_TREE(test_kill_until_gone__says_how_many_do_not_end),
		ON_TREE(test_kill_until_gone__nobody_is_done_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
