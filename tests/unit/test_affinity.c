/* Whether a task's widened affinity is seen, and what is said of it. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/affinity.h"
#include "util/cpu_list.h"

#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static cpu_set_t set(const char *list)
{
	cpu_set_t cpus;

	assert_int_equal(cpu_list_parse(list, &cpus), 0);
	return cpus;
}

static struct affinity given(const char *list)
{
	const cpu_set_t cpus = set(list);

	return (struct affinity){.given = cpus, .seen = cpus, .can_widen = true};
}

static void test_affinity_describe__names_what_was_and_what_was_seen(void **state)
{
	struct affinity affinity = given("0-2");
	const cpu_set_t cpus = set("1,5");
	char text[128] = "";

	(void)state;
	affinity_add(&affinity, &cpus);
	affinity_describe(&affinity, text, sizeof(text));
	assert_string_equal(text, "the task widened its CPU affinity from 0-2 to 0-2,5");
	strcpy(text, "the machine swapped");
	affinity_describe(&affinity, text, sizeof(text));
	assert_string_equal(
		text, "the machine swapped; the task widened its CPU affinity from 0-2 to 0-2,5");
}

static void test_affinity_describe__narrowing_is_not_widening(void **state)
{
	struct affinity affinity = given("0-2");
	const cpu_set_t cpus = set("1");
	char text[128] = "";

	(void)state;
	affinity_add(&affinity, &cpus);
	affinity_describe(&affinity, text, sizeof(text));
	assert_string_equal(text, "");
}

/* Where every CPU is the task's, there is nothing to look for. */
static void test_affinity_begin__can_widen_unless_it_has_all(void **state)
{
	struct affinity affinity;
	cpu_set_t all, one;
	char text[128] = "";

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	affinity_begin(&affinity, getpid());
	assert_int_equal(affinity.can_widen, CPU_COUNT(&all) < get_nprocs());
	if (CPU_COUNT(&all) < 2)
		skip();
	CPU_ZERO(&one);
	for (size_t cpu = 0; CPU_COUNT(&one) == 0; cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	affinity_begin(&affinity, getpid());
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	assert_true(affinity.can_widen);
	affinity_add(&affinity, &all);
	affinity_describe(&affinity, text, sizeof(text));
	assert_non_null(strstr(text, "widened"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_affinity_describe__names_what_was_and_what_was_seen),
		cmocka_unit_test(test_affinity_describe__narrowing_is_not_widening),
		cmocka_unit_test(test_affinity_begin__can_widen_unless_it_has_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
