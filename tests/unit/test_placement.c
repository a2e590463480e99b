/* The CPUs of a task and the sampler, worked out by hand for machines of 1, 2 and 4 CPUs. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/placement.h"
#include "util/cleanup.h"
#include "util/cpu_list.h"

#include <string.h>

#define FAST_HZ 1000.5

static struct experiment experiment_of(const char *cpus, int sampler_cpu, double rate_hz)
{
	struct experiment experiment = {.sampler.rate_hz = rate_hz};

	if (cpus && strcmp(cpus, "all") == 0)
		experiment.limits_all_cpus = true;
	else
		experiment.limits.cpus = cpus;
	if (sampler_cpu >= 0)
		experiment.sampler.cpu = (struct amount){AMOUNT_NUMBER, (uint64_t)sampler_cpu};
	return experiment;
}

/* `task` is its affinity; NULL: unchanged. */
static void assert_experiment_placed(const struct experiment *experiment, const char *allowed_list,
	const char *task, int sampler, bool shared)
{
	CLEANUP(cleanup_free) char *list = NULL;
	struct placement placement;
	cpu_set_t allowed;

	assert_int_equal(cpu_list_parse(allowed_list, &allowed), 0);
	placement = placement_choose(experiment, &allowed);
	list = cpu_list_format(&placement.task_cpus);
	assert_int_equal(placement.narrowed, task != NULL);
	assert_string_equal(list, task ? task : "");
	assert_int_equal(placement.sampler_cpu, sampler);
	assert_int_equal(placement.shared, shared);
}

/* At a rate that needs a CPU of the sampler's own. */
static void assert_placed(const char *allowed_list, const char *cpus, int sampler_cpu,
	const char *task, int sampler, bool shared)
{
	const struct experiment experiment = experiment_of(cpus, sampler_cpu, FAST_HZ);

	assert_experiment_placed(&experiment, allowed_list, task, sampler, shared);
}

/* At the default rate. */
static void assert_placed_beside(const char *allowed_list, const char *cpus, int sampler_cpu,
	const char *task, int sampler, bool shared)
{
	const struct experiment experiment = experiment_of(cpus, sampler_cpu, 1000);

	assert_experiment_placed(&experiment, allowed_list, task, sampler, shared);
}

static void test_placement__at_1_khz_the_task_has_every_cpu(void **state)
{
	(void)state;
	assert_placed_beside("0-1", NULL, -1, NULL, -1, false);
	assert_placed_beside("2,5,7-9", NULL, -1, NULL, -1, false);
	/* A list is the user's, and the sampler has a free one. */
	assert_placed_beside("0-3", "0-1", -1, NULL, 3, false);
	assert_placed_beside("0-1", "0-1", -1, NULL, -1, false);
	assert_placed_beside("0-1", "all", -1, NULL, -1, false);
	assert_placed_beside("0", NULL, -1, NULL, -1, false);
}

static void test_placement__a_sampler_that_was_given_a_cpu_has_it_alone_at_any_rate(void **state)
{
	(void)state;
	assert_placed_beside("0-3", NULL, 1, "0,2-3", 1, false);
	assert_placed_beside("0-1", NULL, 1, "0", 1, false);
}

static void test_placement__a_sampler_that_spins_needs_a_cpu_at_any_rate(void **state)
{
	struct experiment spinning = experiment_of(NULL, -1, 1);
	struct experiment fastest = experiment_of(NULL, -1, 0);

	(void)state;
	spinning.sampler.mode = SAMPLER_SPIN;
	fastest.sampler.rate_max = true;
	assert_experiment_placed(&spinning, "0-1", "0", 1, false);
	assert_experiment_placed(&fastest, "0-1", "0", 1, false);
}

static void test_placement__the_sampler_has_the_last_cpu_and_the_task_the_others(void **state)
{
	(void)state;
	assert_placed("0-1", NULL, -1, "0", 1, false);
	assert_placed("0-3", NULL, -1, "0-2", 3, false);
	assert_placed("2,5,7-9", NULL, -1, "2,5,7-8", 9, false);
}

static void test_placement__a_sampler_on_a_given_cpu_has_that(void **state)
{
	(void)state;
	assert_placed("0-3", NULL, 1, "0,2-3", 1, false);
}

/* The kernel refuses a missing CPU, as always; the task loses nothing. */
static void test_placement__a_cpu_that_is_not_there_is_not_taken_from_the_task(void **state)
{
	(void)state;
	assert_placed("0-3", NULL, 9, NULL, 9, false);
}

static void test_placement__of_a_list_the_sampler_is_kept_off_where_it_can_be(void **state)
{
	(void)state;
	assert_placed("0-3", "0-1", -1, NULL, 3, false);
	assert_placed("0-3", "1-3", -1, NULL, 0, false);
	assert_placed("0-1", "0-1", -1, NULL, -1, true);
	assert_placed("0-3", "0-1", 1, NULL, 1, true);
	assert_placed("0-3", "0-1", 2, NULL, 2, false);
}

static void test_placement__all_is_as_the_scheduler_has_it(void **state)
{
	(void)state;
	assert_placed("0-1", "all", -1, NULL, -1, false);
	assert_placed("0-1", "all", 1, NULL, 1, false);
}

static void test_placement__one_cpu_is_shared(void **state)
{
	(void)state;
	assert_placed("0", NULL, -1, NULL, -1, true);
	assert_placed("5", NULL, 5, NULL, 5, true);
	assert_placed("0", "all", -1, NULL, -1, true);
}

static void assert_sentence(
	const char *allowed_list, const char *cpus, double rate_hz, const char *expected)
{
	const struct experiment experiment = experiment_of(cpus, -1, rate_hz);
	CLEANUP(cleanup_free) char *sentence = NULL;
	struct placement placement;
	cpu_set_t allowed;

	assert_int_equal(cpu_list_parse(allowed_list, &allowed), 0);
	placement = placement_choose(&experiment, &allowed);
	sentence = placement_sentence(&placement);
	if (expected)
		assert_string_equal(sentence, expected);
	else
		assert_null(sentence);
}

static void test_placement_sentence__says_what_the_task_lost_and_how_to_get_it(void **state)
{
	(void)state;
	assert_sentence("0-1", NULL, FAST_HZ,
		"note: the sampler has CPU 1 for itself, the task CPU 0; limits.cpus = \"all\" "
		"gives the task every one");
	assert_sentence("0-3", NULL, FAST_HZ,
		"note: the sampler has CPU 3 for itself, the task CPUs 0-2; limits.cpus = \"all\" "
		"gives the task every one");
	assert_sentence("0", NULL, FAST_HZ,
		"warning: the task and the sampler share a CPU and disturb each other: run on two "
		"CPUs or more, with one that limits.cpus leaves free");
	assert_sentence("0-3", "0-1", FAST_HZ, NULL);
	assert_sentence("0-3", "all", FAST_HZ, NULL);
	assert_sentence("0-1", NULL, 1000, NULL);
	assert_sentence("0", NULL, 1000, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_placement__at_1_khz_the_task_has_every_cpu),
		cmocka_unit_test(
			test_placement__a_sampler_that_was_given_a_cpu_has_it_alone_at_any_rate),
		cmocka_unit_test(test_placement__a_sampler_that_spins_needs_a_cpu_at_any_rate),
		cmocka_unit_test(
			test_placement__the_sampler_has_the_last_cpu_and_the_task_the_others),
		cmocka_unit_test(test_placement__a_sampler_on_a_given_cpu_has_that),
		cmocka_unit_test(
			test_placement__a_cpu_that_is_not_there_is_not_taken_from_the_task),
		cmocka_unit_test(test_placement__of_a_list_the_sampler_is_kept_off_where_it_can_be),
		cmocka_unit_test(test_placement__all_is_as_the_scheduler_has_it),
		cmocka_unit_test(test_placement__one_cpu_is_shared),
		cmocka_unit_test(
			test_placement_sentence__says_what_the_task_lost_and_how_to_get_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
