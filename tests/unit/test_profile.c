/* The files of a backend's tool, which the task can also write to: their size is limited. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backends/gnu_time.h"
#include "backends/mprof.h"
#include "backends/profile.h"
#include "backends/scalene.h"
#include "tests/unit/profile_fixture.h"

#include <errno.h>

/* 15 TiB, which ext4 allows: nothing of it is on the disk, and reading it takes hours. */
#define HOLE_BYTES (INT64_C(15) << 40)

static void make_hole(const struct profile_fixture *fixture, const char *name)
{
	int fd = openat(fixture->directory_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, HOLE_BYTES), 0);
	close(fd);
}

static void test_collect__refuses_a_hole_that_would_take_hours_to_read(void **state)
{
	static const struct {
		const char *file;
		profile_collect collect;
	} tools[] = {
		{GNU_TIME_FILE, gnu_time_collect},
		{MPROF_FILE, mprof_collect},
		{SCALENE_FILE, scalene_collect},
	};
	struct profile_fixture *fixture = *state;

	for (size_t i = 0; i < 3; i++) {
		struct error error = ERROR_INIT;

		make_hole(fixture, tools[i].file);
		assert_int_equal(tools[i].collect(fixture->directory_fd, EPOCH_NS,
					 profile_fixture_emit, fixture, &error),
			-EOVERFLOW);
		assert_non_null(strstr(error.text, tools[i].file));
		assert_non_null(strstr(error.text, "larger than 4294967296 bytes"));
	}
}

static struct profile open_text(struct profile_fixture *fixture, const char *text)
{
	struct profile profile;

	assert_int_equal(
		file_write(fixture->directory_fd, "text", text, strlen(text), 0600, NULL), 0);
	assert_int_equal(profile_open(fixture->directory_fd, "text", &profile, NULL), 0);
	return profile;
}

static void test_profile_line__cuts_a_long_line_and_goes_on_after_it(void **state)
{
	struct profile profile = open_text(*state, "abc\n0123456789\n\nlast");
	char line[5];

	assert_true(profile_line(&profile, line, sizeof(line)));
	assert_string_equal(line, "abc\n");
	assert_true(profile_line(&profile, line, sizeof(line)));
	assert_string_equal(line, "0123");
	assert_true(profile_line(&profile, line, sizeof(line)));
	assert_string_equal(line, "\n");
	assert_true(profile_line(&profile, line, sizeof(line)));
	assert_string_equal(line, "last");
	assert_false(profile_line(&profile, line, sizeof(line)));
	assert_int_equal(profile_check(&profile, NULL), 0);
	profile_close(&profile);
}

/* A writer outside memcg-run's control may still be appending. */
static void test_profile_line__ends_at_the_bound_of_a_file_that_grows(void **state)
{
	struct profile profile = open_text(*state, "one\ntwo\nthree\n");
	char line[8];

	profile.left_bytes = 9;
	assert_true(profile_line(&profile, line, sizeof(line)));
	assert_true(profile_line(&profile, line, sizeof(line)));
	assert_string_equal(line, "two\n");
	assert_int_equal(profile_check(&profile, NULL), 0);
	assert_false(profile_line(&profile, line, sizeof(line)));
	assert_int_equal(profile_check(&profile, NULL), -EOVERFLOW);
	profile_close(&profile);
}

#define IN_FOLDER(test)                                                                            \
	cmocka_unit_test_setup_teardown(test, profile_fixture_set_up, profile_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_collect__refuses_a_hole_that_would_take_hours_to_read),
		IN_FOLDER(test_profile_line__cuts_a_long_line_and_goes_on_after_it),
		IN_FOLDER(test_profile_line__ends_at_the_bound_of_a_file_that_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
