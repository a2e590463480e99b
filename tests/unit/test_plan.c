/* The plan: its order, its size, and the expansion of its points. */

#include "runner/experiment/plan.h"
#include "util/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct backend backend_a = {.name = "a"};
static const struct backend backend_b = {.name = "b"};
static const struct backend backend_c = {.name = "c"};
static const struct backend *backends[] = {&backend_a, &backend_b, &backend_c};

static struct parameter_value sizes[] = {{PARAMETER_INTEGER, "64"}, {PARAMETER_INTEGER, "256"}};
static struct parameter_value modes[] = {{PARAMETER_STRING, "fast"},
	{PARAMETER_STRING, "a \"b\"\n\xc3\xa9"}, {PARAMETER_STRING, ""}};
static struct parameter_value rates[] = {{PARAMETER_FLOAT, "0.5"}};
static struct parameter_value flags[] = {{PARAMETER_BOOLEAN, "true"}};
static struct parameter parameters[] = {
	{"size_mib", sizes, 2}, {"mode", modes, 3}, {"rate", rates, 1}, {"flag", flags, 1}};

static struct task tasks[3];

/* The first `n_parameters` of the above, 3 backends, 2 repetitions, 1 warm-up, seed 1. */
static struct experiment experiment_with(size_t n_parameters)
{
	struct experiment experiment = {.n_backends = 3};

	experiment.backends = backends;
	memset(tasks, 0, sizeof(tasks));
	experiment.tasks = tasks;
	experiment.n_tasks = 1;
	tasks[0].parameters = parameters;
	tasks[0].n_parameters = n_parameters;
	experiment.trials.repetitions = 2;
	experiment.trials.warmups = 1;
	experiment.trials.order = ORDER_RANDOM;
	experiment.trials.seed = 1;
	return experiment;
}

static struct plan *plan_of(const struct experiment *experiment)
{
	struct plan *plan = NULL;
	struct error error = ERROR_INIT;

	if (plan_new(experiment, &plan, &error) < 0)
		fail_msg("%s", error.text);
	return plan;
}

/* "w0a w0b ..." (warm-up or repetition, point, backend) of all trials, in running order. */
static char *order_of(const struct plan *plan)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	for (size_t i = 0; i < plan_size(plan); i++) {
		const struct planned_trial *trial = plan_trial(plan, i);

		assert_int_equal(trial->number, i + 1);
		fprintf(stream, "%s%s%d.%zu%s", i > 0 ? " " : "", trial->warmup ? "w" : "r",
			(int)trial->repetition, trial->point, trial->backend->name);
	}
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void assert_order(const struct experiment *experiment, const char *expected)
{
	struct plan *plan = plan_of(experiment);
	CLEANUP(cleanup_free) char *order = order_of(plan);

	assert_string_equal(order, expected);
	plan_free(plan);
}

/*
 * The random part is from the independent implementation of test_random.c, and must never change.
 */
static void test_plan__random_order_follows_from_the_seed(void **state)
{
	struct experiment experiment = experiment_with(1);

	(void)state;
	assert_order(&experiment, "w1.0a w1.0b w1.0c w1.1a w1.1b w1.1c "
				  "r1.1a r1.1c r1.1b r1.0a r1.0c r1.0b "
				  "r2.0c r2.0a r2.1a r2.1c r2.0b r2.1b");
}

static void test_plan__another_seed_gives_another_order(void **state)
{
	struct experiment experiment = experiment_with(1);
	struct plan *plan = plan_of(&experiment);
	CLEANUP(cleanup_free) char *first = order_of(plan);
	CLEANUP(cleanup_free) char *second = NULL;

	(void)state;
	plan_free(plan);
	experiment.trials.seed = 2;
	plan = plan_of(&experiment);
	second = order_of(plan);
	assert_string_not_equal(first, second);
	plan_free(plan);
}

static void test_plan__sequential_goes_point_backend_repetition(void **state)
{
	struct experiment experiment = experiment_with(1);

	(void)state;
	experiment.n_backends = 2;
	experiment.trials.order = ORDER_SEQUENTIAL;
	assert_order(&experiment, "w1.0a w1.0b w1.1a w1.1b "
				  "r1.0a r2.0a r1.0b r2.0b r1.1a r2.1a r1.1b r2.1b");
}

static void test_plan__each_block_has_every_cell_once(void **state)
{
	struct experiment experiment = experiment_with(2);
	struct plan *plan;

	(void)state;
	experiment.trials.repetitions = 50;
	experiment.trials.warmups = 0;
	plan = plan_of(&experiment);
	assert_int_equal(plan_size(plan), 50 * 6 * 3);
	for (size_t block = 0; block < 50; block++) {
		bool seen[6][3] = {{false}};

		for (size_t i = 0; i < 18; i++) {
			const struct planned_trial *trial = plan_trial(plan, block * 18 + i);
			size_t backend = (size_t)(trial->backend->name[0] - 'a');

			assert_int_equal(trial->repetition, block + 1);
			assert_false(trial->warmup);
			assert_false(seen[trial->point][backend]);
			seen[trial->point][backend] = true;
		}
	}
	plan_free(plan);
}

static void test_plan__without_parameters_has_one_point(void **state)
{
	struct experiment experiment = experiment_with(0);
	struct plan *plan;
	CLEANUP(cleanup_free) char *json = NULL;
	CLEANUP(cleanup_free) char *label = NULL;

	(void)state;
	plan = plan_of(&experiment);
	json = plan_parameters_json(plan, 0);
	label = plan_point_label(plan, 0);
	assert_int_equal(plan_n_points(plan), 1);
	assert_int_equal(plan_size(plan), 9);
	assert_ptr_equal(plan_experiment(plan), &experiment);
	assert_string_equal(json, "{}");
	assert_string_equal(label, "");
	plan_free(plan);
}

static void test_plan__the_largest_plan_is_made(void **state)
{
	struct experiment experiment = experiment_with(0);
	struct plan *plan;

	(void)state;
	experiment.n_backends = 1;
	experiment.trials.warmups = 0;
	experiment.trials.repetitions = PLAN_MAX_TRIALS;
	plan = plan_of(&experiment);
	assert_int_equal(plan_size(plan), 999999);
	plan_free(plan);
}

static void test_plan__a_larger_one_is_refused_with_its_size(void **state)
{
	struct experiment experiment = experiment_with(0);
	struct plan *plan = NULL;
	struct error error = ERROR_INIT;

	(void)state;
	experiment.n_backends = 2;
	experiment.trials.warmups = 0;
	experiment.trials.repetitions = 500000;
	assert_int_equal(plan_new(&experiment, &plan, &error), -E2BIG);
	assert_null(plan);
	assert_non_null(strstr(error.text, "1000000 trials"));
	assert_non_null(strstr(error.text, "at most 999999"));
}

static void test_plan__a_size_beyond_64_bits_is_refused(void **state)
{
	struct parameter_value value = {PARAMETER_INTEGER, "1"};
	struct parameter many[5];
	struct experiment experiment = experiment_with(0);
	struct plan *plan = NULL;
	struct error error = ERROR_INIT;

	(void)state;
	/* 8192^5 = 2^65: only counted, no value is read. */
	for (size_t i = 0; i < 5; i++)
		many[i] = (struct parameter){"p", &value, 8192};
	tasks[0].parameters = many;
	tasks[0].n_parameters = 5;
	assert_int_equal(plan_new(&experiment, &plan, &error), -E2BIG);
	assert_null(plan);
}

static void test_plan_parameter__the_last_moves_fastest(void **state)
{
	struct experiment experiment = experiment_with(2);
	struct plan *plan = plan_of(&experiment);

	(void)state;
	assert_int_equal(plan_n_points(plan), 6);
	assert_string_equal(plan_parameter(plan, 0, 0)->text, "64");
	assert_string_equal(plan_parameter(plan, 0, 1)->text, "fast");
	assert_string_equal(plan_parameter(plan, 2, 0)->text, "64");
	assert_string_equal(plan_parameter(plan, 2, 1)->text, "");
	assert_string_equal(plan_parameter(plan, 3, 0)->text, "256");
	assert_string_equal(plan_parameter(plan, 3, 1)->text, "fast");
	plan_free(plan);
}

/* Two tasks: 0 to 1 are the points of `before`, with sizes; 2 is that of `after`, which has no parameter. */
static struct experiment experiment_of_two(void)
{
	struct experiment experiment = experiment_with(1);

	experiment.n_tasks = 2;
	tasks[0].name = (char *)"before";
	tasks[1] = (struct task){.name = (char *)"after"};
	return experiment;
}

static void test_plan__tasks_share_their_blocks(void **state)
{
	struct experiment experiment = experiment_of_two();
	struct plan *plan;

	(void)state;
	experiment.n_backends = 1;
	experiment.trials.repetitions = 50;
	plan = plan_of(&experiment);
	assert_int_equal(plan_n_points(plan), 3);
	assert_int_equal(plan_size(plan), 3 + 50 * 3);
	for (size_t i = 0; i < plan_size(plan); i += 3) {
		bool seen[3] = {false};

		for (size_t j = i; j < i + 3; j++) {
			const struct planned_trial *trial = plan_trial(plan, j);

			assert_int_equal(trial->repetition, i == 0 ? 1 : i / 3);
			assert_false(seen[trial->point]);
			seen[trial->point] = true;
			assert_ptr_equal(trial->task, &tasks[trial->point / 2]);
		}
	}
	plan_free(plan);
}

static void test_plan__each_task_has_its_own_parameters(void **state)
{
	struct experiment experiment = experiment_of_two();
	struct plan *plan = plan_of(&experiment);
	CLEANUP(cleanup_free) char *json = plan_parameters_json(plan, 1);
	CLEANUP(cleanup_free) char *label = plan_point_label(plan, 1);
	CLEANUP(cleanup_free) char *other_json = plan_parameters_json(plan, 2);
	CLEANUP(cleanup_free) char *other_label = plan_point_label(plan, 2);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	assert_string_equal(json, "{\"size_mib\": 256}");
	assert_string_equal(label, "before size_mib=256");
	assert_string_equal(other_json, "{}");
	assert_string_equal(other_label, "after");
	assert_int_equal(plan_expand(plan, 1, "{size_mib}", &text, NULL), 0);
	assert_string_equal(text, "256");
	assert_int_equal(plan_expand(plan, 2, "{size_mib}", &text, NULL), -EINVAL);
	plan_free(plan);
}

static void test_plan_parameters_json__keeps_kinds_and_escapes(void **state)
{
	struct experiment experiment = experiment_with(4);
	struct plan *plan = plan_of(&experiment);
	CLEANUP(cleanup_free) char *plain = plan_parameters_json(plan, 0);
	CLEANUP(cleanup_free) char *escaped = plan_parameters_json(plan, 4);
	CLEANUP(cleanup_free) char *label = plan_point_label(plan, 3);

	(void)state;
	assert_string_equal(
		plain, "{\"size_mib\": 64, \"mode\": \"fast\", \"rate\": 0.5, \"flag\": true}");
	assert_string_equal(escaped, "{\"size_mib\": 256, \"mode\": \"a \\\"b\\\"\\n\xc3\xa9\", "
				     "\"rate\": 0.5, \"flag\": true}");
	assert_string_equal(label, "size_mib=256 mode=fast rate=0.5 flag=true");
	plan_free(plan);
}

static void assert_expands(const struct plan *plan, const char *template, const char *expected)
{
	CLEANUP(cleanup_free) char *text = NULL;
	struct error error = ERROR_INIT;

	if (plan_expand(plan, 3, template, &text, &error) < 0)
		fail_msg("%s", error.text);
	assert_string_equal(text, expected);
}

static void test_plan_expand__puts_values_in(void **state)
{
	struct experiment experiment = experiment_with(2);
	struct plan *plan = plan_of(&experiment);

	(void)state;
	assert_expands(plan, "", "");
	assert_expands(plan, "plain", "plain");
	assert_expands(plan, "{size_mib}", "256");
	assert_expands(plan, "--size={size_mib}MiB,{mode}", "--size=256MiB,fast");
	assert_expands(plan, "{{{size_mib}}}", "{256}");
	assert_expands(plan, "{{size_mib}}", "{size_mib}");
	assert_expands(plan, "}}{{", "}{");
	plan_free(plan);
}

static void assert_refused(const struct plan *plan, const char *template, const char *part)
{
	struct error error = ERROR_INIT;
	char *text = NULL;

	assert_int_equal(plan_expand(plan, 0, template, &text, &error), -EINVAL);
	assert_null(text);
	if (!strstr(error.text, part))
		fail_msg("\"%s\" does not say \"%s\"", error.text, part);
}

static void test_plan_expand__refuses_what_is_no_parameter(void **state)
{
	struct experiment experiment = experiment_with(2);
	struct plan *plan = plan_of(&experiment);

	(void)state;
	assert_refused(plan, "{size}", "there is no parameter \"size\"");
	assert_refused(plan, "{rate}", "there is no parameter \"rate\"");
	assert_refused(plan, "{size_mib", "'{'");
	assert_refused(plan, "{}", "'{'");
	assert_refused(plan, "{ size_mib }", "'{'");
	assert_refused(plan, "{1}", "'{'");
	assert_refused(plan, "a}", "'}'");
	assert_refused(plan, "{size_mib}}", "'}'");
	assert_refused(plan, "{{{", "'{'");
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan__random_order_follows_from_the_seed),
		cmocka_unit_test(test_plan__another_seed_gives_another_order),
		cmocka_unit_test(test_plan__sequential_goes_point_backend_repetition),
		cmocka_unit_test(test_plan__each_block_has_every_cell_once),
		cmocka_unit_test(test_plan__without_parameters_has_one_point),
		cmocka_unit_test(test_plan__the_largest_plan_is_made),
		cmocka_unit_test(test_plan__a_larger_one_is_refused_with_its_size),
		cmocka_unit_test(test_plan__a_size_beyond_64_bits_is_refused),
		cmocka_unit_test(test_plan_parameter__the_last_moves_fastest),
		cmocka_unit_test(test_plan__tasks_share_their_blocks),
		cmocka_unit_test(test_plan__each_task_has_its_own_parameters),
		cmocka_unit_test(test_plan_parameters_json__keeps_kinds_and_escapes),
		cmocka_unit_test(test_plan_expand__puts_values_in),
		cmocka_unit_test(test_plan_expand__refuses_what_is_no_parameter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
