#include "runner/trial/process_files.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/forked.h"

/* From Linux 6.18, shortened. */
static const char status_text[] = "Name:\tVmRSS:\n"
				  "State:\tS (sleeping)\n"
				  "Pid:\t4711\n"
				  "VmPeak:\t    9000 kB\n"
				  "VmSize:\t    8000 kB\n"
				  "VmHWM:\t    3000 kB\n"
				  "VmRSS:\t    2000 kB\n"
				  "RssAnon:\t     500 kB\n"
				  "RssFile:\t    1400 kB\n"
				  "RssShmem:\t     100 kB\n"
				  "VmPTE:\t      44 kB\n"
				  "VmSwap:\t       8 kB\n"
				  "Threads:\t3\n"
				  "SigQ:\t0/31111\n";

static const char rollup_text[] = "5581-7ffe ---p 00000000 00:00 0                    [rollup]\n"
				  "Rss:                2000 kB\n"
				  "Pss:                1200 kB\n"
				  "Pss_Dirty:           500 kB\n"
				  "Pss_Anon:            500 kB\n"
				  "Pss_File:            650 kB\n"
				  "Pss_Shmem:            50 kB\n"
				  "Shared_Clean:       1300 kB\n"
				  "Shared_Dirty:          0 kB\n"
				  "Private_Clean:       150 kB\n"
				  "Private_Dirty:       500 kB\n"
				  "Swap:                  8 kB\n"
				  "SwapPss:               4 kB\n"
				  "Locked:                0 kB\n";

static void test_process_status_parse__every_value_in_bytes(void **state)
{
	struct process_usage usage = {.user_ticks = 7};

	(void)state;
	assert_int_equal(process_status_parse(status_text, &usage), 0);
	assert_int_equal(usage.threads, 3);
	assert_int_equal(usage.rss_bytes, 2048000);
	assert_int_equal(usage.peak_rss_bytes, 3072000);
	assert_int_equal(usage.rss_anon_bytes, 512000);
	assert_int_equal(usage.rss_file_bytes, 1433600);
	assert_int_equal(usage.rss_shmem_bytes, 102400);
	assert_int_equal(usage.virtual_bytes, 8192000);
	assert_int_equal(usage.swap_bytes, 8192);
	assert_int_equal(usage.page_tables_bytes, 45056);
	assert_int_equal(usage.user_ticks, 7); /* stat's */
}

static void test_process_status_parse__one_without_memory_holds_none(void **state)
{
	struct process_usage usage = {.rss_bytes = 9};

	(void)state;
	assert_int_equal(process_status_parse("State:\tZ (zombie)\nThreads:\t1\n", &usage), 0);
	assert_int_equal(usage.threads, 1);
	assert_int_equal(usage.rss_bytes, 0);
}

static void test_process_status_parse__refuses_what_is_no_status(void **state)
{
	static const char *const bad[] = {"", "VmRSS:\t2000 kB\n", "Threads:\t\n", "Threads:\tx\n",
		"Threads:\t1\nThreads:\t1\n", "Threads:\t-1\n"};
	struct process_usage usage = {.threads = 5};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(process_status_parse(bad[i], &usage), -EBADMSG);
		assert_int_equal(usage.threads, 5);
	}
	/* 2^64 is one too many, and 2^54 KiB are 2^64 bytes. */
	assert_int_equal(process_status_parse("Threads:\t18446744073709551616\n", &usage), -ERANGE);
	assert_int_equal(
		process_status_parse("Threads:\t1\nVmRSS:\t18014398509481984 kB\n", &usage),
		-ERANGE);
	assert_int_equal(usage.threads, 5);
}

static void test_process_stat_parse__times_with_those_of_children(void **state)
{
	struct process_usage usage = {.threads = 5};

	(void)state;
	assert_int_equal(process_stat_parse("4711 (a) S 1 2 3 0 -1 4194560 10 11 12 13 "
					    "100 20 3 4 20 0 1 0 5 6\n",
				 &usage),
		0);
	assert_int_equal(usage.user_ticks, 103);
	assert_int_equal(usage.system_ticks, 24);
	assert_int_equal(usage.threads, 5); /* status's */
}

/* Blanks, parentheses and numbers in a name do not shift fields. */
static void test_process_stat_parse__a_name_may_be_anything(void **state)
{
	struct process_usage usage = {0};

	(void)state;
	assert_int_equal(process_stat_parse("4711 (x) R 1 2 3 4) S 1 2 3 0 -1 4194560 10 11 12 13 "
					    "1 2 3 4 20 0\n",
				 &usage),
		0);
	assert_int_equal(usage.user_ticks, 4);
	assert_int_equal(usage.system_ticks, 6);
}

static void test_process_stat_parse__refuses_what_is_no_stat(void **state)
{
	static const char *const bad[] = {"", "4711 (a) S 1 2 3\n", "4711 a S 1 2 3 0 -1 4 10 11\n",
		"4711 (a) S 1 2 3 0 -1 4194560 10 11 12 13 1 2 x 4 20\n",
		"4711 (a) S 1 2 3 0 -1 4194560 10 11 12 13 1 2 3"};
	struct process_usage usage = {.user_ticks = 8};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(process_stat_parse(bad[i], &usage), -EBADMSG);
		assert_int_equal(usage.user_ticks, 8);
	}
}

static void test_process_rollup_parse__private_is_clean_and_dirty(void **state)
{
	struct process_pss pss;

	(void)state;
	assert_int_equal(process_rollup_parse(rollup_text, &pss), 0);
	assert_int_equal(pss.pss_bytes, 1228800);
	assert_int_equal(pss.pss_anon_bytes, 512000);
	assert_int_equal(pss.pss_file_bytes, 665600);
	assert_int_equal(pss.pss_shmem_bytes, 51200);
	assert_int_equal(pss.private_bytes, 665600);
	assert_int_equal(pss.swap_pss_bytes, 4096);
}

/* Linux 4.14 has no Pss_Anon: 0 would be a measurement. */
static void test_process_rollup_parse__every_line_is_needed(void **state)
{
	char text[sizeof(rollup_text)];
	struct process_pss pss = {.pss_bytes = 3};

	(void)state;
	memcpy(text, rollup_text, sizeof(text));
	memcpy(strstr(text, "Pss_Anon"), "Pss_Else", 8);
	assert_int_equal(process_rollup_parse(text, &pss), -EBADMSG);
	assert_int_equal(process_rollup_parse("", &pss), -EBADMSG);
	assert_int_equal(pss.pss_bytes, 3);
}

/* A forked_work. */
static int end_at_once(void *context)
{
	(void)context;
	return 0;
}

static void test_process_usage_read__the_living_and_the_gone(void **state)
{
	struct process_usage usage;
	struct process_pss pss;
	pid_t child = forked_start(end_at_once, NULL);

	(void)state;
	assert_int_equal(forked_wait(child), 0);
	assert_int_equal(process_usage_read(child, &usage), -ENOENT);
	assert_int_equal(process_pss_read(child, &pss), -ENOENT);

	assert_int_equal(process_usage_read(getpid(), &usage), 0);
	assert_int_equal(usage.threads, 1);
	assert_true(usage.rss_bytes > 0 && usage.rss_bytes <= usage.virtual_bytes);
	assert_int_equal(usage.rss_bytes,
		usage.rss_anon_bytes + usage.rss_file_bytes + usage.rss_shmem_bytes);
	assert_int_equal(process_pss_read(getpid(), &pss), 0);
	/* Each part is rounded to KiB. */
	assert_in_range(pss.pss_bytes + 3 * 1024 -
				(pss.pss_anon_bytes + pss.pss_file_bytes + pss.pss_shmem_bytes),
		0, 6 * 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process_status_parse__every_value_in_bytes),
		cmocka_unit_test(test_process_status_parse__one_without_memory_holds_none),
		cmocka_unit_test(test_process_status_parse__refuses_what_is_no_status),
		cmocka_unit_test(test_process_stat_parse__times_with_those_of_children),
		cmocka_unit_test(test_process_stat_parse__a_name_may_be_anything),
		cmocka_unit_test(test_process_stat_parse__refuses_what_is_no_stat),
		cmocka_unit_test(test_process_rollup_parse__private_is_clean_and_dirty),
		cmocka_unit_test(test_process_rollup_parse__every_line_is_needed),
		cmocka_unit_test(test_process_usage_read__the_living_and_the_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
