/* Real slices: forks refused at pids_max. */
#include "tests/unit/slice_fixture.h"

#define PIDS_MAX 4
#define FORKS 10

/* A forked_work: tries to fork FORKS times. Returns the number of refusals. */
static int fork_when_told(void *context)
{
	const int *go = context;
	int n_refused = 0;
	char byte;

	if (read(go[0], &byte, 1) != 1)
		return 99;
	for (int i = 0; i < FORKS; i++) {
		pid_t more = forked_more();

		if (more == 0)
			for (prctl(PR_SET_PDEATHSIG, SIGKILL);;)
				pause();
		n_refused += more < 0;
	}
	return n_refused;
}

static void test_slice_refused_forks__are_those_beyond_pids_max(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {.pids_max = NUMBER(PIDS_MAX)};
	struct slice *slice = create(fixture, &limits);
	struct error error = ERROR_INIT;
	int go[2];
	int status;

	assert_true(slice_refused_forks(slice) == 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	fixture->child = forked_start(fork_when_told, go);
	must(slice_attach(slice, fixture->child, &error), &error);
	assert_int_equal(write(go[1], "", 1), 1);
	status = forked_wait(fixture->child);
	fixture->child = 0;
	/* itself and three more exist */
	assert_int_equal(WEXITSTATUS(status), FORKS - (PIDS_MAX - 1));
	assert_true(slice_refused_forks(slice) == FORKS - (PIDS_MAX - 1));
	close(go[0]);
	close(go[1]);
}

static void test_slice_refused_forks__none_without_a_limit(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};

	assert_true(slice_refused_forks(create(fixture, &none)) == 0);
}

int main(void)
{
#define ON_SLICE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ON_SLICE(test_slice_refused_forks__are_those_beyond_pids_max),
		ON_SLICE(test_slice_refused_forks__none_without_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
