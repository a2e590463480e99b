/* The cost of watching: with worked-out numbers, and for this process. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/watch_cost.h"
#include "util/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#define MIB (UINT64_C(1) << 20)

static void assert_usage(struct cpu_usage usage, uint64_t user_ns, uint64_t system_ns,
	uint64_t voluntary, uint64_t involuntary)
{
	assert_int_equal(usage.user_ns, user_ns);
	assert_int_equal(usage.system_ns, system_ns);
	assert_int_equal(usage.voluntary_switches, voluntary);
	assert_int_equal(usage.involuntary_switches, involuntary);
}

static void test_cpu_usage_since__is_the_difference(void **state)
{
	const struct cpu_usage begin = {100, 20, 3, 4}, end = {150, 20, 13, 5};

	(void)state;
	assert_usage(cpu_usage_since(&begin, &end), 50, 0, 10, 1);
}

static void test_cpu_usage_without__the_rest_keeps_the_sum(void **state)
{
	const struct cpu_usage process = {100, 50, 30, 9};

	(void)state;
	assert_usage(
		cpu_usage_without(&process, &(struct cpu_usage){60, 20, 10, 4}), 40, 30, 20, 5);
	/*
	 * 150 in all and 80 of the thread, which seems to have 60 of system time while the process
	 * has 50.
	 */
	assert_usage(cpu_usage_without(&process, &(struct cpu_usage){20, 60, 0, 0}), 70, 0, 30, 9);
	assert_usage(cpu_usage_without(&process, &(struct cpu_usage){120, 0, 0, 0}), 0, 30, 30, 9);
	assert_usage(cpu_usage_without(&process, &(struct cpu_usage){150, 51, 31, 10}), 0, 0, 0, 0);
}

static void burn(uint64_t cpu_ns)
{
	uint64_t until_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) + cpu_ns;

	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < until_ns)
		;
}

static void *burn_apart(void *usage)
{
	struct cpu_usage begin = cpu_usage_of_thread(), end;

	burn(40 * NS_PER_MS);
	end = cpu_usage_of_thread();
	*(struct cpu_usage *)usage = cpu_usage_since(&begin, &end);
	return NULL;
}

static uint64_t total_ns(const struct cpu_usage *usage)
{
	return usage->user_ns + usage->system_ns;
}

/* 40 ms of CPU time in a thread and 20 in this one; getrusage rounds down to microseconds. */
static void test_watch_cost_since__a_thread_apart_from_the_rest(void **state)
{
	struct watch_begin begin;
	struct watch_cost cost;
	struct cpu_usage apart;
	pthread_t thread;
	uint64_t process_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	(void)state;
	watch_cost_begin(&begin);
	assert_int_equal(pthread_create(&thread, NULL, burn_apart, &apart), 0);
	burn(20 * NS_PER_MS);
	nanosleep(&(struct timespec){.tv_nsec = 1}, NULL); /* one voluntary switch */
	assert_int_equal(pthread_join(thread, NULL), 0);
	cost = watch_cost_since(&begin, &apart);
	process_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - process_ns;

	assert_true(cost.known);
	assert_true(total_ns(&cost.sampler) >= 40 * NS_PER_MS - 2000);
	assert_true(total_ns(&cost.runner) >= 20 * NS_PER_MS - 4000);
	assert_true(total_ns(&cost.sampler) + total_ns(&cost.runner) <= process_ns + 4000);
	assert_true(cost.watched_ns >= 40 * NS_PER_MS);
	assert_true(cost.runner.voluntary_switches >= 1);
}

static void touch(size_t size_bytes)
{
	volatile char *memory =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	for (size_t i = 0; i < size_bytes; i += 4096)
		memory[i] = 1;
	assert_int_equal(munmap((void *)memory, size_bytes), 0);
}

/* ru_maxrss, which cannot be reset, would give each trial the largest value before it. */
static void test_watch_cost_since__the_peak_is_that_of_the_span(void **state)
{
	const struct cpu_usage none = {0};
	struct watch_begin begin;
	struct watch_cost large, small;

	(void)state;
	watch_cost_begin(&begin);
	touch(32 * MIB);
	large = watch_cost_since(&begin, &none);
	watch_cost_begin(&begin);
	touch(8 * MIB);
	small = watch_cost_since(&begin, &none);
	assert_true(large.peak_known && small.peak_known);
	assert_in_range(large.peak_rss_bytes - small.peak_rss_bytes, 20 * MIB, 28 * MIB);
	assert_true(small.peak_rss_bytes >= 8 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpu_usage_since__is_the_difference),
		cmocka_unit_test(test_cpu_usage_without__the_rest_keeps_the_sum),
		cmocka_unit_test(test_watch_cost_since__a_thread_apart_from_the_rest),
		cmocka_unit_test(test_watch_cost_since__the_peak_is_that_of_the_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
