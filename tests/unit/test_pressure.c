/* memory.pressure: its format, and which hosts have it. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cgroup/pressure.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define SOME "some avg10=0.12 avg60=1.05 avg300=0.01 total=34567\n"
#define FULL "full avg10=100.00 avg60=0.00 avg300=0.00 total=18446744073709551615\n"

static void test_memory_pressure_parse__reads_averages_and_totals(void **state)
{
	struct memory_pressure pressure;

	(void)state;
	assert_int_equal(memory_pressure_parse(SOME FULL, &pressure), 0);
	assert_true(pressure.value[MEMORY_PRESSURE_SOME_AVG10] == 12);
	assert_true(pressure.value[MEMORY_PRESSURE_SOME_TOTAL] == 34567);
	assert_true(pressure.value[MEMORY_PRESSURE_FULL_AVG10] == 10000);
	assert_true(pressure.value[MEMORY_PRESSURE_FULL_TOTAL] == UINT64_MAX);
}

static void test_memory_pressure_parse__passes_over_what_is_new(void **state)
{
	struct memory_pressure pressure;

	(void)state;
	assert_int_equal(memory_pressure_parse(
				 "most avg10=x\nfull new=1 avg10=0.00 total=7\n" SOME, &pressure),
		0);
	assert_true(pressure.value[MEMORY_PRESSURE_FULL_TOTAL] == 7);
	assert_true(pressure.value[MEMORY_PRESSURE_SOME_TOTAL] == 34567);
}

static void test_memory_pressure_parse__rejects_what_is_missing_twice_or_junk(void **state)
{
	static const char *const junk[] = {"", SOME, FULL, SOME SOME FULL, SOME FULL FULL,
		SOME "full avg10=0.00\n", SOME "full total=1\n", SOME "full \n",
		SOME "full avg10=0.00 avg10=0.00 total=1\n",
		SOME "full avg10=0.00 total=1 total=1\n", SOME "full avg10=0 total=1\n",
		SOME "full avg10=.00 total=1\n", SOME "full avg10=0.0 total=1\n",
		SOME "full avg10=0.000 total=1\n", SOME "full avg10=1000.00 total=1\n",
		SOME "full avg10=-1.00 total=1\n", SOME "full avg10=0.00 total=\n",
		SOME "full avg10=0.00 total=1x\n"};
	struct memory_pressure pressure = {.value = {99, 99, 99, 99}};

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		if (memory_pressure_parse(junk[i], &pressure) != -EBADMSG)
			fail_msg("taken: %s", junk[i]);
	assert_int_equal(memory_pressure_parse(
				 SOME "full avg10=0.00 total=18446744073709551616\n", &pressure),
		-ERANGE);
	assert_true(pressure.value[MEMORY_PRESSURE_SOME_TOTAL] == 99);
}

static void test_memory_pressure_name__has_the_kernels_words(void **state)
{
	(void)state;
	assert_string_equal(memory_pressure_name(MEMORY_PRESSURE_SOME_AVG10), "some_avg10");
	assert_string_equal(memory_pressure_name(MEMORY_PRESSURE_FULL_TOTAL), "full_total_us");
}

/* ---- hosts */

/* A v2 hierarchy whose mount point is a folder of the test; the caller frees both. */
static struct hierarchy *make_hierarchy(char folder[])
{
	CLEANUP(cleanup_free) char *mountinfo = NULL;
	struct hierarchy *hierarchy = NULL;

	assert_non_null(mkdtemp(folder));
	mountinfo = string_format("30 20 0:26 / %s rw - cgroup2 cgroup2 rw\n", folder);
	assert_int_equal(hierarchy_parse(mountinfo, "memory pids\n", &hierarchy, NULL), 0);
	return hierarchy;
}

static void write_pressure(const char *folder, const char *text)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/memory.pressure", folder);

	assert_int_equal(file_write(AT_FDCWD, path, text, strlen(text), 0600, NULL), 0);
}

static void test_slice_check_pressure__v2_with_and_without_psi(void **state)
{
	char folder[] = "/tmp/test-pressure-XXXXXX";
	struct hierarchy *hierarchy = make_hierarchy(folder);
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(slice_check_pressure(hierarchy, &error), -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "this host has no PSI"));
	assert_non_null(strstr(error.text, "/memory.pressure: No such file or directory"));
	write_pressure(folder, SOME);
	assert_int_equal(slice_check_pressure(hierarchy, NULL), -EOPNOTSUPP);
	write_pressure(folder, SOME FULL);
	assert_int_equal(slice_check_pressure(hierarchy, NULL), 0);
	hierarchy_free(hierarchy);
	assert_int_equal(file_remove_tree(AT_FDCWD, folder, NULL), 0);
}

static void test_slice_check_pressure__v1_has_none(void **state)
{
	struct hierarchy *hierarchy = NULL;
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(hierarchy_parse("30 20 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup "
					 "rw,memory\n",
				 "", &hierarchy, NULL),
		0);
	assert_int_equal(slice_check_pressure(hierarchy, &error), -EOPNOTSUPP);
	assert_string_equal(error.text, "it needs cgroup v2 and PSI, and this host has its memory "
					"controller on cgroup v1");
	hierarchy_free(hierarchy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_pressure_parse__reads_averages_and_totals),
		cmocka_unit_test(test_memory_pressure_parse__passes_over_what_is_new),
		cmocka_unit_test(test_memory_pressure_parse__rejects_what_is_missing_twice_or_junk),
		cmocka_unit_test(test_memory_pressure_name__has_the_kernels_words),
		cmocka_unit_test(test_slice_check_pressure__v2_with_and_without_psi),
		cmocka_unit_test(test_slice_check_pressure__v1_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
