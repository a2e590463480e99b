/* Disturbances of a trial, from hand-written kernel counters. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/disturbance.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>

static int setup(void **state)
{
	char path[] = "/tmp/test-disturbance-XXXXXX";

	*state = mkdtemp(path) ? strdup(path) : NULL;
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	int r = file_remove_tree(AT_FDCWD, *state, NULL);

	free(*state);
	return r;
}

static void put(const char *root, const char *path, const char *text)
{
	CLEANUP(cleanup_free) char *full = string_format("%s%s", root, path);
	CLEANUP(cleanup_free) char *folder = strdup(full);

	*strrchr(folder, '/') = '\0';
	assert_int_equal(file_make_directories(AT_FDCWD, folder, 0700, NULL), 0);
	assert_int_equal(file_write(AT_FDCWD, full, text, strlen(text), 0600, NULL), 0);
}

static void test_disturbance_read__adds_up_what_the_kernel_counts(void **state)
{
	const char *root = *state;
	const struct disturbance_sources sources = {
		.root = root, .mount = "/cgroup", .group = "/a.slice/b.slice"};
	struct disturbance read;

	put(root, "/proc/vmstat", "nr_free_pages 7\npswpin 3\npswpout 40\npswpinx 9\n");
	put(root, "/proc/stat", "cpu  1 2 3 4 5 6 7 8 100 100\ncpu0 9 9 9 9 9 9 9 9 9 9\n");
	put(root, "/cgroup/cpu.stat", "usage_usec 1\n");
	put(root, "/cgroup/a.slice/cpu.stat", "nr_periods 9\nnr_throttled 2\nthrottled_usec 8\n");
	put(root, "/cgroup/a.slice/b.slice/cpu.stat", "nr_throttled 5\n");
	put(root, "/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "11\n");
	put(root, "/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count", "20\n");
	read = disturbance_read(&sources);
	assert_int_equal(read.pages_swapped_in, 3);
	assert_int_equal(read.pages_swapped_out, 40);
	assert_int_equal(read.all_ticks, 36);
	assert_int_equal(read.steal_ticks, 8);
	assert_int_equal(read.n_throttled, 7);
	assert_int_equal(read.n_heat, 31);
}

static void test_disturbance_read__passes_over_what_is_not_counted(void **state)
{
	const struct disturbance_sources sources = {.root = *state};
	const struct disturbance none = {0};
	struct disturbance read = disturbance_read(&sources);

	assert_memory_equal(&read, &none, sizeof(none));
	put(*state, "/proc/stat", "cpu  1 2 3\n");
	read = disturbance_read(&sources);
	assert_int_equal(read.all_ticks, 6);
	assert_int_equal(read.steal_ticks, 0);
}

/* Does not take the valid beginning of an invalid number. */
static void test_disturbance_read__takes_no_number_that_is_too_large(void **state)
{
	const struct disturbance_sources sources = {.root = *state};
	struct disturbance read;

	put(*state, "/proc/vmstat", "pswpin 99999999999999999999\npswpout -1\n");
	put(*state, "/proc/stat", "cpu  1 2 99999999999999999999 4\n");
	read = disturbance_read(&sources);
	assert_int_equal(read.pages_swapped_in, 0);
	assert_int_equal(read.pages_swapped_out, 0);
	assert_int_equal(read.all_ticks, 3);
}

static void assert_described(struct disturbance after, const char *expected)
{
	const struct disturbance before = {10, 10, 10, 1000, 10, 10};
	char text[256];

	disturbance_describe(&before, &after, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void test_disturbance_describe__says_what_rose(void **state)
{
	(void)state;
	assert_described((struct disturbance){10, 10, 10, 1000, 10, 10}, "");
	assert_described((struct disturbance){13, 10, 10, 1200, 10, 10},
		"the machine swapped (pages in: 3, out: 0)");
	assert_described((struct disturbance){10, 10, 10, 1200, 12, 11},
		"its CPU time was throttled by a group's limit (times: 2); a CPU was throttled by "
		"its temperature (times: 1)");
}

static void test_disturbance_describe__steal_from_5_percent_and_5_ticks_on(void **state)
{
	(void)state;
	assert_described((struct disturbance){10, 10, 20, 1200, 10, 10},
		"the machine's host took 5 % of the CPUs' time");
	assert_described((struct disturbance){10, 10, 20, 1201, 10, 10}, "");
	assert_described((struct disturbance){10, 10, 14, 1008, 10, 10}, "");
	assert_described((struct disturbance){10, 10, 15, 1010, 10, 10},
		"the machine's host took 50 % of the CPUs' time");
}

static void test_disturbance_describe__a_counter_that_fell_is_none(void **state)
{
	(void)state;
	assert_described((struct disturbance){9, 9, 9, 900, 9, 9}, "");
}

#define DISTURBANCE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DISTURBANCE_TEST(test_disturbance_read__adds_up_what_the_kernel_counts),
		DISTURBANCE_TEST(test_disturbance_read__takes_no_number_that_is_too_large),
		DISTURBANCE_TEST(test_disturbance_read__passes_over_what_is_not_counted),
		cmocka_unit_test(test_disturbance_describe__says_what_rose),
		cmocka_unit_test(test_disturbance_describe__steal_from_5_percent_and_5_ticks_on),
		cmocka_unit_test(test_disturbance_describe__a_counter_that_fell_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
