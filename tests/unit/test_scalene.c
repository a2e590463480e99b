/*
 * Scalene: its command line, and the peak in its file.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backends/scalene.h"
#include "tests/unit/profile_fixture.h"
#include "util/array.h"

#include <errno.h>
#include <sys/stat.h>

/* The beginning of Scalene 1.5.16's file. */
#define HEAD                                                                                       \
	"{\n"                                                                                      \
	"    \"alloc_samples\": 2,\n"                                                              \
	"    \"files\": {\n"                                                                       \
	"        \"task.py\": {\n"                                                                 \
	"            \"max_footprint_mb\": 1.0,\n"                                                 \
	"            \"leaks\": {}\n"                                                              \
	"        }\n"                                                                              \
	"    },\n"                                                                                 \
	"    \"max_footprint_lineno\": 6,\n"
#define TAIL                                                                                       \
	"    \"memory\": true\n"                                                                   \
	"}\n"

static int collect(struct profile_fixture *fixture, const char *text, struct error *error)
{
	return profile_fixture_collect(fixture, scalene_collect, SCALENE_FILE, text, error);
}

static void assert_bytes(struct profile_fixture *fixture, const char *text, uint64_t bytes)
{
	profile_fixture_assert_bytes(fixture, scalene_collect, SCALENE_FILE, text, bytes);
}

/* ---- its command line */

static void test_scalene_wrap__gives_an_interpreter_and_what_stands_before_the_script(void **state)
{
	static const char *const expected[] = {"/opt/bin/python3", "-m", "scalene", "--cli",
		"--json", "--cpu-percent-threshold", "0", "--outfile",
		"/run/memcg-run/profiler/scalene.json", "---"};
	const struct backend_task task = {
		.interpreter = "/opt/bin/python3",
		.profiler_directory = "/run/memcg-run/profiler",
	};
	char *argv[11];

	(void)state;
	assert_int_equal(scalene_wrap(&task, argv, LENGTH(argv), NULL), 0);
	profile_fixture_assert_words(argv, expected, LENGTH(expected));
	assert_int_equal(scalene_wrap(&task, argv, LENGTH(expected), NULL), -E2BIG);
}

/* ---- its file */

static void test_scalene_collect__gives_one_high_water_mark_of_the_whole_script(void **state)
{
	struct profile_fixture *fixture = *state;

	/* 64.5 * 2^20; not the 1.0 of a key that is indented more */
	assert_bytes(fixture, HEAD "    \"max_footprint_mb\": 64.5,\n" TAIL, 67633152);
	assert_string_equal(fixture->emitted[0].metric, "scalene.max_footprint_bytes");
	assert_int_equal(fixture->emitted[0].kind, METRIC_HIGH_WATER);
	assert_true(fixture->emitted[0].sample.time_ns == SAMPLE_AT_END);
}

static void test_scalene_collect__takes_every_number_that_json_has(void **state)
{
	assert_bytes(*state, "{\n    \"max_footprint_mb\": 0,\n" TAIL, 0);
	assert_bytes(*state, "{\n    \"max_footprint_mb\": 9.5367431640625e-07,\n" TAIL, 1);
	assert_bytes(*state, "{\n    \"max_footprint_mb\": 2.0\n}\n", 2097152);
	/* 1.49 * 1048576 = 1562378.24 */
	assert_bytes(*state, "{\n    \"max_footprint_mb\": 1.49,\n" TAIL, 1562378);
}

/* It took no sample: nothing grew by a sampling window. */
static void test_scalene_collect__no_sample_at_all_is_nothing(void **state)
{
	assert_bytes(*state, "{}\n", 0);
}

static void test_scalene_collect__refuses_what_has_no_peak(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"{}",
		HEAD TAIL,
		"{\n}\n{}\n",
		"{\n    \"max_footprint_mb\": null,\n",
		"{\n    \"max_footprint_mb\": -1.0,\n",
		"{\n    \"max_footprint_mb\": NaN,\n",
		"{\n    \"max_footprint_mb\": Infinity,\n",
		/* 2^64 bytes */
		"{\n    \"max_footprint_mb\": 17592186044416.0,\n",
		/* truncated: digits may be missing */
		"{\n    \"max_footprint_mb\": 64.4",
		"{\n  \"max_footprint_mb\": 64.4,\n",
	};
	struct profile_fixture *fixture = *state;

	for (size_t i = 0; i < LENGTH(texts); i++) {
		struct error error = ERROR_INIT;

		assert_int_equal(collect(fixture, texts[i], &error), -ENODATA);
		assert_int_equal(fixture->n_emitted, 0);
		assert_non_null(strstr(error.text, SCALENE_FILE));
	}
}

/* A line from the script whose middle looks like a match at a likely buffer boundary. */
static void test_scalene_collect__passes_over_a_line_longer_than_any(void **state)
{
	char text[1024];

	memset(text, 'x', sizeof(text));
	memcpy(text, "{\n", 2);
	memcpy(text + 2 + 255, "    \"max_footprint_mb\": 9.0,", 28);
	strcpy(text + 400, "\n    \"max_footprint_mb\": 1.0,\n}\n");
	assert_bytes(*state, text, 1048576);
}

/* The task may write in Scalene's folder. */
static void test_scalene_collect__follows_no_link_and_waits_for_no_writer(void **state)
{
	struct profile_fixture *fixture = *state;
	int fd = fixture->directory_fd;

	assert_int_equal(scalene_collect(fd, 0, profile_fixture_emit, fixture, NULL), -ENOENT);
	assert_int_equal(symlinkat("/etc/passwd", fd, SCALENE_FILE), 0);
	assert_int_equal(scalene_collect(fd, 0, profile_fixture_emit, fixture, NULL), -ELOOP);
	assert_int_equal(unlinkat(fd, SCALENE_FILE, 0), 0);
	assert_int_equal(mkfifoat(fd, SCALENE_FILE, 0600), 0);
	assert_int_equal(scalene_collect(fd, 0, profile_fixture_emit, fixture, NULL), -EINVAL);
}

static void test_scalene_collect__ends_with_emit(void **state)
{
	struct profile_fixture *fixture = *state;

	fixture->verdict = -ENOSPC;
	assert_int_equal(collect(fixture, "{}\n", NULL), -ENOSPC);
}

#define PROFILE_TEST(name)                                                                         \
	cmocka_unit_test_setup_teardown(name, profile_fixture_set_up, profile_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_scalene_wrap__gives_an_interpreter_and_what_stands_before_the_script),
		PROFILE_TEST(test_scalene_collect__gives_one_high_water_mark_of_the_whole_script),
		PROFILE_TEST(test_scalene_collect__takes_every_number_that_json_has),
		PROFILE_TEST(test_scalene_collect__no_sample_at_all_is_nothing),
		PROFILE_TEST(test_scalene_collect__refuses_what_has_no_peak),
		PROFILE_TEST(test_scalene_collect__passes_over_a_line_longer_than_any),
		PROFILE_TEST(test_scalene_collect__follows_no_link_and_waits_for_no_writer),
		PROFILE_TEST(test_scalene_collect__ends_with_emit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
