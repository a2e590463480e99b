/* Whether a task's widened affinity is seen, and what is said of it. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/affinity.h"
#include "util/cpu_list.h"

#include <unistd.h>

static cpu_set_t set(const char *list)
{
	cpu_set_t cpus;

	assert_int_equal(cpu_list_parse(list, &cpus), 0);
	return cpus;
}

/* The sampler's CPU is 5. */
static struct affinity given(const char *list)
{
	const cpu_set_t cpus = set(list);

	return (struct affinity){.given = cpus, .seen = cpus, .sampler_cpu = 5, .can_reach = true};
}

static void assert_described(const char *list, const char *seen, const char *expected)
{
	struct affinity affinity = given(list);
	const cpu_set_t cpus = set(seen);
	char text[128] = "before";

	affinity_add(&affinity, &cpus);
	affinity_describe(&affinity, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void test_affinity_describe__names_what_was_and_what_was_seen(void **state)
{
	(void)state;
	assert_described("0-2", "1,5", "from 0-2 to 0-2,5");
}

/* Nor is it when the wider one leaves out the sampler's CPU. */
static void test_affinity_describe__narrowing_is_not_widening(void **state)
{
	(void)state;
	assert_described("0-2", "1", "");
	assert_described("0-2", "0-4,6", "");
}

/* The first CPU that this process may use. */
static int first_cpu(void)
{
	cpu_set_t cpus;

	assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, &cpus))
			return cpu;
	return -1;
}

static bool can_reach(int sampler_cpu)
{
	struct affinity affinity;

	affinity_begin(&affinity, getpid(), sampler_cpu);
	return affinity.can_reach;
}

/* A sampler without a CPU of its own cannot be reached, nor one that is on the task's. */
static void test_affinity_begin__looks_only_for_the_samplers_own_cpu(void **state)
{
	(void)state;
	assert_false(can_reach(-1));
	assert_false(can_reach(first_cpu()));
	/* As no machine of the tests has so many. */
	assert_true(can_reach(CPU_SETSIZE - 1));
	assert_false(can_reach(CPU_SETSIZE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_affinity_describe__names_what_was_and_what_was_seen),
		cmocka_unit_test(test_affinity_describe__narrowing_is_not_widening),
		cmocka_unit_test(test_affinity_begin__looks_only_for_the_samplers_own_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
