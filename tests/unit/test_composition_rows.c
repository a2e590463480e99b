/* What a trial's memory was made of over time, out of the groups of its file. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/store/composition_rows.h"
#include "util/cleanup.h"

#include <hdf5.h>
#include <string.h>

/* A trial's group, in a file that is never written. */
struct fixture {
	hid_t file;
	hid_t stat;
	hid_t composition;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	hid_t access = H5Pcreate(H5P_FILE_ACCESS);
	hid_t reference;

	*state = fixture;
	assert_true(H5Pset_fapl_core(access, 65536, 0) >= 0);
	fixture->file = H5Fcreate("test-composition-rows", H5F_ACC_TRUNC, H5P_DEFAULT, access);
	reference = H5Gcreate2(fixture->file, "reference", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	fixture->stat = H5Gcreate2(reference, "stat", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	fixture->composition =
		H5Gcreate2(reference, "composition", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(fixture->stat >= 0 && fixture->composition >= 0);
	H5Gclose(reference);
	H5Pclose(access);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	H5Gclose(fixture->stat);
	H5Gclose(fixture->composition);
	H5Fclose(fixture->file);
	free(fixture);
	return 0;
}

static void put_column(hid_t group, const char *name, size_t n, const uint64_t *values)
{
	const hsize_t size = n;
	hid_t space = H5Screate_simple(1, &size, NULL);
	hid_t dataset = H5Dcreate2(
		group, name, H5T_STD_U64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

	assert_true(dataset >= 0);
	if (n > 0)
		assert_true(H5Dwrite(dataset, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
				    values) >= 0);
	H5Dclose(dataset);
	H5Sclose(space);
}

#define COLUMN(group, name, ...)                                                                   \
	put_column(group, name, sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t),              \
		(const uint64_t[]){__VA_ARGS__})

static struct results_composition_row *read_rows(
	const struct fixture *fixture, size_t max_rows, size_t *ret_n)
{
	struct results_composition_row *rows = NULL;
	struct error error = ERROR_INIT;

	if (composition_rows_read(fixture->file, max_rows, &rows, ret_n, &error) < 0)
		fail_msg("%s", error.text);
	return rows;
}

/* memory.stat's own file has shmem and the swap cache in it; the sampler's rows do not. */
static void test_composition_rows_read__both_sources_in_order_of_time(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) struct results_composition_row *rows = NULL;
	size_t n;

	COLUMN(fixture->stat, "time_ns", 10, 30);
	COLUMN(fixture->stat, "anon_bytes", 1000, 3000);
	COLUMN(fixture->stat, "file_bytes", 700, 900);
	COLUMN(fixture->stat, "shmem_bytes", 200, 300);
	COLUMN(fixture->stat, "swapcached_bytes", 100, 0);
	COLUMN(fixture->stat, "kernel_bytes", 5, 6);
	COLUMN(fixture->composition, "time_ns", 20);
	COLUMN(fixture->composition, "anon_bytes", 2000);
	COLUMN(fixture->composition, "file_bytes", 800);
	COLUMN(fixture->composition, "shmem_bytes", 50);
	rows = read_rows(fixture, 100, &n);
	assert_int_equal(n, 3);
	assert_int_equal(rows[0].time_ns, 10);
	assert_int_equal(rows[0].bytes[COMPOSITION_ANON], 1000);
	assert_int_equal(rows[0].bytes[COMPOSITION_FILE], 400);
	assert_int_equal(rows[0].bytes[COMPOSITION_SHMEM], 200);
	assert_int_equal(rows[0].bytes[COMPOSITION_KERNEL], 5);
	assert_int_equal(rows[1].time_ns, 20);
	assert_int_equal(rows[1].bytes[COMPOSITION_ANON], 2000);
	assert_int_equal(rows[1].bytes[COMPOSITION_FILE], 800);
	assert_int_equal(rows[1].bytes[COMPOSITION_SHMEM], 50);
	/* A column that the kernel does not have. */
	assert_int_equal(rows[1].bytes[COMPOSITION_KERNEL], 0);
	assert_int_equal(rows[2].time_ns, 30);
	assert_int_equal(rows[2].bytes[COMPOSITION_FILE], 600);
}

/* At most half of the rows from each source, evenly, and always the last. */
static void test_composition_rows_read__thins_a_long_source(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) struct results_composition_row *rows = NULL;
	uint64_t times[1000];
	size_t n;

	for (size_t i = 0; i < 1000; i++)
		times[i] = 1 + i;
	put_column(fixture->stat, "time_ns", 1000, times);
	put_column(fixture->stat, "anon_bytes", 1000, times);
	COLUMN(fixture->composition, "time_ns", 500);
	COLUMN(fixture->composition, "anon_bytes", 7);
	rows = read_rows(fixture, 8, &n);
	/* Every 251st of the thousand, its last, and the other source's. */
	assert_int_equal(n, 6);
	assert_int_equal(rows[0].time_ns, 1);
	assert_int_equal(rows[1].time_ns, 252);
	assert_int_equal(rows[2].time_ns, 500);
	assert_int_equal(rows[2].bytes[COMPOSITION_ANON], 7);
	assert_int_equal(rows[3].time_ns, 503);
	assert_int_equal(rows[3].bytes[COMPOSITION_ANON], 503);
	assert_int_equal(rows[4].time_ns, 754);
	assert_int_equal(rows[5].time_ns, 1000);
}

static void test_composition_rows_read__a_trial_without_samples(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) struct results_composition_row *rows = NULL;
	CLEANUP(cleanup_free) struct results_composition_row *of_empty = NULL;
	size_t n = 1;

	rows = read_rows(fixture, 8, &n);
	assert_int_equal(n, 0);
	put_column(fixture->stat, "time_ns", 0, NULL);
	put_column(fixture->stat, "anon_bytes", 0, NULL);
	of_empty = read_rows(fixture, 8, &n);
	assert_int_equal(n, 0);
}

/* Such a file is damaged or another's: nothing beyond what is there is read. */
static void test_composition_rows_read__a_column_of_another_length_is_left_out(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) struct results_composition_row *rows = NULL;
	size_t n;

	COLUMN(fixture->stat, "time_ns", 10, 20, 30);
	COLUMN(fixture->stat, "anon_bytes", 1);
	COLUMN(fixture->stat, "file_bytes", 4, 5, 6);
	rows = read_rows(fixture, 8, &n);
	assert_int_equal(n, 3);
	assert_int_equal(rows[2].bytes[COMPOSITION_ANON], 0);
	assert_int_equal(rows[2].bytes[COMPOSITION_FILE], 6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_composition_rows_read__both_sources_in_order_of_time),
		TEST(test_composition_rows_read__thins_a_long_source),
		TEST(test_composition_rows_read__a_trial_without_samples),
		TEST(test_composition_rows_read__a_column_of_another_length_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
