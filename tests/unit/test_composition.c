/*
 * The composition of memory from the kernel's texts, and when it is read: needs neither root nor a
 * cgroup.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cgroup/memory_files.h"
#include "runner/trial/maxima.h"

#include <errno.h>

static void check_parts(const struct composition *composition, uint64_t anon_bytes,
	uint64_t file_bytes, uint64_t shmem_bytes, uint64_t kernel_bytes)
{
	assert_int_equal(composition->bytes[COMPOSITION_ANON], anon_bytes);
	assert_int_equal(composition->bytes[COMPOSITION_FILE], file_bytes);
	assert_int_equal(composition->bytes[COMPOSITION_SHMEM], shmem_bytes);
	assert_int_equal(composition->bytes[COMPOSITION_KERNEL], kernel_bytes);
}

/* ---- the parts */

static void test_composition_of__v2_file_is_without_shmem(void **state)
{
	struct memory_stat stat;
	struct composition composition;

	(void)state;
	assert_int_equal(memory_stat_parse_v2("anon 4096\nfile 40960\nkernel 8192\n"
					      "shmem 16384\nnewkey 7\n",
				 &stat),
		0);
	composition = composition_of(65536, &stat);
	assert_int_equal(composition.bytes[COMPOSITION_CURRENT], 65536);
	check_parts(&composition, 4096, 24576, 16384, 8192);
	for (unsigned key = 0; key < COMPOSITION_N_KEYS; key++)
		assert_true(composition.present[key]);
}

/* add_to_swap_cache counts a page as one of a file, which it is not. */
static void test_composition_of__file_is_without_the_swap_cache(void **state)
{
	struct memory_stat stat;
	struct composition composition;

	(void)state;
	assert_int_equal(memory_stat_parse_v2("anon 4096\nfile 40960\nkernel 8192\n"
					      "shmem 16384\nswapcached 20480\n",
				 &stat),
		0);
	composition = composition_of(65536, &stat);
	check_parts(&composition, 4096, 4096, 16384, 8192);
	assert_int_equal(memory_stat_parse_v1("total_cache 40960\ntotal_rss 4096\n"
					      "total_shmem 16384\ntotal_swapcached 24576\n",
				 &stat),
		0);
	composition = composition_of(65536, &stat);
	check_parts(&composition, 4096, 0, 16384, 0);
}

/* v1's rss and cache are the group's own; total_ includes descendants, like all of v2's lines. */
static void test_composition_of__v1_takes_the_totals(void **state)
{
	struct memory_stat stat;
	struct composition composition;

	(void)state;
	assert_int_equal(memory_stat_parse_v1("cache 1\nrss 2\nshmem 3\ntotal_cache 40960\n"
					      "total_rss 4096\ntotal_shmem 16384\n",
				 &stat),
		0);
	composition = composition_of(65536, &stat);
	check_parts(&composition, 4096, 24576, 16384, 0);
	/* On v1 it has its own file, which was not read here. */
	assert_false(composition.present[COMPOSITION_KERNEL]);
	assert_true(composition.present[COMPOSITION_FILE]);
}

static void test_composition_of__a_missing_key_is_not_zero(void **state)
{
	struct memory_stat stat;
	struct composition composition;

	(void)state;
	assert_int_equal(memory_stat_parse_v2("anon 4096\n", &stat), 0);
	composition = composition_of(4096, &stat);
	assert_true(composition.present[COMPOSITION_ANON]);
	assert_false(composition.present[COMPOSITION_FILE]);
	assert_false(composition.present[COMPOSITION_SHMEM]);
	assert_false(composition.present[COMPOSITION_KERNEL]);
}

/* The kernel sums its per-CPU counters one counter after the other. */
static void test_composition_of__shmem_above_file_leaves_no_file(void **state)
{
	struct memory_stat stat;
	struct composition composition;

	(void)state;
	assert_int_equal(memory_stat_parse_v2("file 4096\nshmem 8192\n", &stat), 0);
	composition = composition_of(8192, &stat);
	check_parts(&composition, 0, 0, 8192, 0);
}

static void test_memory_stat_parse__junk_gives_no_composition(void **state)
{
	static const char *const texts[] = {"anon\n", "anon x\n", "anon -1\n", "anon 1\nanon 2\n"};
	struct memory_stat stat;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(memory_stat_parse_v2(texts[i], &stat), -EBADMSG);
	assert_int_equal(memory_stat_parse_v1("total_rss 1 2\n", &stat), -EBADMSG);
}

/* ---- when it is read */

static void test_composition_is_due__at_one_per_cent_more(void **state)
{
	(void)state;
	assert_false(composition_is_due(100000, 100000));
	assert_false(composition_is_due(100000, 100999));
	assert_true(composition_is_due(100000, 101000));
	assert_false(composition_is_due(100000, 50000));
	/* The first sample, and below 100 bytes each one that is larger. */
	assert_true(composition_is_due(0, 4096));
	assert_false(composition_is_due(0, 0));
	assert_true(composition_is_due(50, 51));
	assert_false(composition_is_due(50, 50));
	/* No sum that could overflow. */
	assert_false(composition_is_due(UINT64_MAX, UINT64_MAX));
	assert_true(composition_is_due(UINT64_MAX / 2, UINT64_MAX));
}

static bool put(struct maxima *maxima, uint64_t bytes)
{
	const struct maximum maximum = {.composition = {.bytes[COMPOSITION_CURRENT] = bytes}};

	if (!maxima_wants(maxima, bytes))
		return false;
	maxima_put(maxima, &maximum);
	return true;
}

static uint64_t take(struct maxima *maxima)
{
	struct maximum maximum;

	return maxima_take(maxima, &maximum) ? maximum.composition.bytes[COMPOSITION_CURRENT] : 0;
}

static void test_maxima__only_what_is_a_new_maximum_is_wanted(void **state)
{
	struct maxima maxima = {.last_bytes = 0};

	(void)state;
	assert_int_equal(take(&maxima), 0);
	assert_true(put(&maxima, 1000));
	assert_false(put(&maxima, 1009));
	assert_false(put(&maxima, 500));
	assert_true(put(&maxima, 1010));
	assert_int_equal(take(&maxima), 1000);
	assert_int_equal(take(&maxima), 1010);
	assert_int_equal(take(&maxima), 0);
}

/* A ramp of a hundred thousand samples from 1 MiB to 1 GiB: ln(1024) / ln(1.01) = 697 reads and the first. */
static void test_maxima__a_ramp_is_read_at_some_hundred_times(void **state)
{
	struct maxima maxima = {.last_bytes = 0};
	size_t n = 0;

	(void)state;
	for (uint64_t bytes = 1 << 20; bytes <= 1 << 30; bytes += 10737) {
		n += put(&maxima, bytes);
		take(&maxima);
	}
	assert_in_range(n, 350, 698);
}

static void test_maxima_restart__what_was_largest_is_forgotten(void **state)
{
	struct maxima maxima = {.last_bytes = 0};

	(void)state;
	assert_true(put(&maxima, 1000));
	maxima_restart(&maxima);
	assert_true(put(&maxima, 100));
	assert_false(put(&maxima, 100));
}

/* Nothing is lost if there is no room: the maximum is checked again. */
static void test_maxima__a_full_one_waits_for_its_reader(void **state)
{
	struct maxima maxima = {.last_bytes = 0};
	uint64_t bytes = 1000;

	(void)state;
	for (size_t i = 0; i < MAXIMA_ROOM; i++, bytes += 1 + bytes / 100)
		assert_true(put(&maxima, bytes));
	assert_false(put(&maxima, bytes));
	assert_int_equal(take(&maxima), 1000);
	assert_true(put(&maxima, bytes));
	for (size_t i = 1; i < MAXIMA_ROOM; i++)
		assert_true(take(&maxima) > 0);
	assert_int_equal(take(&maxima), bytes);
}

static void test_maxima_skip__one_that_could_not_be_read_is_not_tried_again(void **state)
{
	struct maxima maxima = {.last_bytes = 0};

	(void)state;
	assert_true(maxima_wants(&maxima, 1000));
	maxima_skip(&maxima, 1000);
	assert_false(maxima_wants(&maxima, 1000));
	assert_int_equal(take(&maxima), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_composition_of__v2_file_is_without_shmem),
		cmocka_unit_test(test_composition_of__file_is_without_the_swap_cache),
		cmocka_unit_test(test_composition_of__v1_takes_the_totals),
		cmocka_unit_test(test_composition_of__a_missing_key_is_not_zero),
		cmocka_unit_test(test_composition_of__shmem_above_file_leaves_no_file),
		cmocka_unit_test(test_memory_stat_parse__junk_gives_no_composition),
		cmocka_unit_test(test_composition_is_due__at_one_per_cent_more),
		cmocka_unit_test(test_maxima__only_what_is_a_new_maximum_is_wanted),
		cmocka_unit_test(test_maxima__a_ramp_is_read_at_some_hundred_times),
		cmocka_unit_test(test_maxima_restart__what_was_largest_is_forgotten),
		cmocka_unit_test(test_maxima__a_full_one_waits_for_its_reader),
		cmocka_unit_test(test_maxima_skip__one_that_could_not_be_read_is_not_tried_again),
	};

	return cmocka_run_group_tests_name("composition", tests, NULL, NULL);
}
