/* GNU time: its command line, output, and exit codes. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backends/gnu_time.h"
#include "tests/unit/profile_fixture.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* The beginning of GNU time 1.9's output. */
#define HEAD                                                                                       \
	"\tCommand being timed: \"./touch 64\"\n"                                                  \
	"\tUser time (seconds): 0.00\n"                                                            \
	"\tElapsed (wall clock) time (h:mm:ss or m:ss): 0:00.03\n"                                 \
	"\tAverage total size (kbytes): 0\n"
#define TAIL                                                                                       \
	"\tAverage resident set size (kbytes): 0\n"                                                \
	"\tExit status: 0\n"

static int collect(struct profile_fixture *fixture, const char *text, struct error *error)
{
	return profile_fixture_collect(fixture, gnu_time_collect, GNU_TIME_FILE, text, error);
}

static void assert_bytes(struct profile_fixture *fixture, const char *text, uint64_t bytes)
{
	profile_fixture_assert_bytes(fixture, gnu_time_collect, GNU_TIME_FILE, text, bytes);
}

/* ---- its command line */

static void test_gnu_time_wrap__gives_the_words_before_the_task(void **state)
{
	static const char *const expected[] = {
		"/usr/bin/time", "--verbose", "--output", "/run/memcg-run/profiler/time.txt", "--"};
	const struct backend_task task = {.profiler_directory = "/run/memcg-run/profiler"};
	char *argv[8];

	(void)state;
	assert_int_equal(gnu_time_wrap(&task, argv, 8, NULL), 0);
	profile_fixture_assert_words(argv, expected, 5);
	assert_int_equal(gnu_time_wrap(&task, argv, 5, NULL), -E2BIG);
}

/* ---- its output */

static void test_gnu_time_collect__gives_one_high_water_mark_of_the_whole_task(void **state)
{
	struct profile_fixture *fixture = *state;

	assert_bytes(fixture, HEAD "\tMaximum resident set size (kbytes): 66048\n" TAIL, 67633152);
	assert_string_equal(fixture->emitted[0].metric, "gnu-time.maxrss_bytes");
	assert_int_equal(fixture->emitted[0].kind, METRIC_HIGH_WATER);
	assert_true(fixture->emitted[0].sample.time_ns == SAMPLE_AT_END);
}

/*
 * `sh -c 'echo "<newline><tab>Maximum ..."'`: the command is printed verbatim before the numbers.
 */
static void test_gnu_time_collect__is_not_taken_in_by_the_commands_own_text(void **state)
{
	struct profile_fixture *fixture = *state;
	char text[2048];

	assert_bytes(fixture,
		"\tCommand being timed: \"sh -c x\n"
		"\tMaximum resident set size (kbytes): 9\n"
		"\"\n"
		"\tMaximum resident set size (kbytes): 2048\n" TAIL,
		2097152);
	/* A very long line whose middle looks like a match at a likely buffer boundary. */
	memset(text, 'x', sizeof(text));
	memcpy(text + 255, "\tMaximum resident set size (kbytes): 9\n", 38);
	strcpy(text + 300, "\n\tMaximum resident set size (kbytes): 1\n");
	memset(text + 255 + 37, 'x', 1);
	assert_bytes(fixture, text, 1024);
}

static void test_gnu_time_collect__takes_a_task_that_failed_or_was_killed(void **state)
{
	assert_bytes(*state,
		"Command terminated by signal 9\n" HEAD
		"\tMaximum resident set size (kbytes): 1556\n" TAIL,
		1593344);
	assert_bytes(*state,
		"Command exited with non-zero status 3\n" HEAD
		"\tMaximum resident set size (kbytes): 0\n" TAIL,
		0);
}

static void test_gnu_time_collect__refuses_what_is_no_number_of_kib(void **state)
{
	static const char *const texts[] = {
		"",
		HEAD TAIL,
		"\tMaximum resident set size (kbytes): \n",
		"\tMaximum resident set size (kbytes): -1\n",
		"\tMaximum resident set size (kbytes): 12 \n",
		"\tMaximum resident set size (kbytes): 1e3\n",
		"Maximum resident set size (kbytes): 12\n",
		/* 2^64 bytes and more */
		"\tMaximum resident set size (kbytes): 18014398509481984\n",
		"\tMaximum resident set size (kbytes): 99999999999999999999\n",
		/* truncated: digits may be missing */
		HEAD "\tMaximum resident set size (kbytes): 660",
	};
	struct profile_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct error error = ERROR_INIT;

		assert_int_equal(collect(fixture, texts[i], &error), -ENODATA);
		assert_int_equal(fixture->n_emitted, 0);
		assert_non_null(strstr(error.text, GNU_TIME_FILE));
	}
	assert_bytes(fixture, "\tMaximum resident set size (kbytes): 18014398509481983\n",
		UINT64_C(18446744073709550592));
}

/* The task may write in GNU time's folder. */
static void test_gnu_time_collect__follows_no_link_and_waits_for_no_writer(void **state)
{
	struct profile_fixture *fixture = *state;
	int fd = fixture->directory_fd;

	assert_int_equal(gnu_time_collect(fd, 0, profile_fixture_emit, fixture, NULL), -ENOENT);
	assert_int_equal(symlinkat("/etc/passwd", fd, GNU_TIME_FILE), 0);
	assert_int_equal(gnu_time_collect(fd, 0, profile_fixture_emit, fixture, NULL), -ELOOP);
	assert_int_equal(unlinkat(fd, GNU_TIME_FILE, 0), 0);
	assert_int_equal(mkfifoat(fd, GNU_TIME_FILE, 0600), 0);
	assert_int_equal(gnu_time_collect(fd, 0, profile_fixture_emit, fixture, NULL), -EINVAL);
}

static void test_gnu_time_collect__ends_with_emit(void **state)
{
	struct profile_fixture *fixture = *state;

	fixture->verdict = -ENOSPC;
	assert_int_equal(
		collect(fixture, "\tMaximum resident set size (kbytes): 1\n", NULL), -ENOSPC);
}

/* ---- its exit codes */

static void test_gnu_time_task_status__gives_back_the_signal(void **state)
{
	(void)state;
	assert_int_equal(WTERMSIG(gnu_time_task_status((128 + 9) << 8)), 9);
	assert_int_equal(WTERMSIG(gnu_time_task_status((128 + 31) << 8)), 31);
	assert_true(WIFSIGNALED(gnu_time_task_status((128 + 1) << 8)));
	assert_int_equal(gnu_time_task_status(0), 0);
	assert_int_equal(gnu_time_task_status(3 << 8), 3 << 8);
	assert_int_equal(gnu_time_task_status(127 << 8), 127 << 8);
	assert_int_equal(gnu_time_task_status(128 << 8), 128 << 8);
	assert_int_equal(gnu_time_task_status(160 << 8), 160 << 8);
	assert_int_equal(gnu_time_task_status(9), 9); /* GNU time itself was killed */
}

#define PROFILE_TEST(name)                                                                         \
	cmocka_unit_test_setup_teardown(name, profile_fixture_set_up, profile_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gnu_time_wrap__gives_the_words_before_the_task),
		PROFILE_TEST(test_gnu_time_collect__gives_one_high_water_mark_of_the_whole_task),
		PROFILE_TEST(test_gnu_time_collect__is_not_taken_in_by_the_commands_own_text),
		PROFILE_TEST(test_gnu_time_collect__takes_a_task_that_failed_or_was_killed),
		PROFILE_TEST(test_gnu_time_collect__refuses_what_is_no_number_of_kib),
		PROFILE_TEST(test_gnu_time_collect__follows_no_link_and_waits_for_no_writer),
		PROFILE_TEST(test_gnu_time_collect__ends_with_emit),
		cmocka_unit_test(test_gnu_time_task_status__gives_back_the_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
