/*
 * Experiments and profiles of the maximum size that use as many resources as they can. Each was
 * once read in quadratic time, which took minutes for 1 MiB.
 */

#include "runner/experiment/experiment.h"
#include "runner/experiment/plan.h"
#include "runner/experiment/seccomp_filter.h"
#include "runner/experiment/seccomp_profile.h"
#include "util/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define COMMAND "[task]\ncommand = [\"/usr/bin/true\"]\n"

/* A text under construction. */
struct text {
	char *data;
	size_t length;
	FILE *stream;
};

static FILE *text_open(struct text *text)
{
	*text = (struct text){.data = NULL};
	text->stream = open_memstream(&text->data, &text->length);
	assert_non_null(text->stream);
	return text->stream;
}

static void text_close(struct text *text)
{
	assert_int_equal(fclose(text->stream), 0);
}

static void text_release(struct text *text)
{
	free(text->data);
}

/* "before0after", "before1after", ... */
static void repeat(FILE *stream, const char *before, unsigned n, const char *after)
{
	for (unsigned i = 0; i < n; i++)
		fprintf(stream, "%s%u%s", before, i, after);
}

static int parse_experiment(const struct text *text, struct experiment **ret_experiment,
	struct text *ret_said, struct error *error)
{
	const struct experiment_options options = {
		.seccomp_directory = "runner/experiment/seccomp"};
	int r = experiment_parse("experiments/large.toml", text->data, text->length, &options,
		text_open(ret_said), ret_experiment, error);

	text_close(ret_said);
	return r;
}

static void assert_refused(const struct text *text, const char *sentence, const char *said_last)
{
	CLEANUP(text_release) struct text said;
	struct experiment *experiment;
	struct error error = ERROR_INIT;

	assert_int_equal(parse_experiment(text, &experiment, &said, &error), -EINVAL);
	if (!strstr(said.data, sentence))
		fail_msg("%.500s", said.data);
	assert_string_equal(error.text, said_last);
}

/* ---- experiments */

static void test_experiment__a_sweep_of_100000_values(void **state)
{
	CLEANUP(text_release) struct text text, said;
	FILE *stream = text_open(&text);
	struct experiment *experiment;

	(void)state;
	fputs(COMMAND "[task.parameters]\nx = [", stream);
	repeat(stream, "", 100000, ",");
	fputs("]\n", stream);
	text_close(&text);
	assert_int_equal(parse_experiment(&text, &experiment, &said, NULL), 0);
	assert_int_equal(experiment->tasks[0].parameters[0].n_values, 100000);
	assert_string_equal(experiment->tasks[0].parameters[0].values[99999].text, "99999");
	experiment_free(experiment);
}

static void test_experiment__a_value_twice_in_a_large_sweep(void **state)
{
	CLEANUP(text_release) struct text text;
	FILE *stream = text_open(&text);

	(void)state;
	fputs(COMMAND "[task.parameters]\nx = [\n", stream);
	repeat(stream, "", 1000, ",\n");
	fputs("500]\n", stream);
	text_close(&text);
	assert_refused(&text,
		"experiments/large.toml:1005:1: error: task.parameters.x: found 500; expected each "
		"value of a sweep once\n",
		"experiments/large.toml has 1 mistake");
}

static void test_experiment__at_most_100_parameters(void **state)
{
	CLEANUP(text_release) struct text text, few, said;
	struct experiment *experiment;
	FILE *stream = text_open(&text);

	(void)state;
	fputs(COMMAND "[task.parameters]\n", stream);
	repeat(stream, "p", 101, " = 1\n");
	text_close(&text);
	assert_refused(&text, "task.parameters: found 101 parameters; expected at most 100\n",
		"experiments/large.toml has 1 mistake");

	stream = text_open(&few);
	fputs(COMMAND "[task.parameters]\n", stream);
	repeat(stream, "p", 100, " = 1\n");
	text_close(&few);
	assert_int_equal(parse_experiment(&few, &experiment, &said, NULL), 0);
	experiment_free(experiment);
}

static void test_experiment__at_most_100_mounts(void **state)
{
	CLEANUP(text_release) struct text text;
	FILE *stream = text_open(&text);

	(void)state;
	fputs(COMMAND "[container]\nmounts = [", stream);
	repeat(stream, "\"/usr:/mnt/", 101, "\",");
	fputs("]\n", stream);
	text_close(&text);
	assert_refused(&text, "container.mounts: found 101 mounts; expected at most 100\n",
		"experiments/large.toml has 1 mistake");
}

static void test_experiment__the_first_100_mistakes_are_told(void **state)
{
	CLEANUP(text_release) struct text text;
	FILE *stream = text_open(&text);

	(void)state;
	fputs(COMMAND "[trials]\n", stream);
	repeat(stream, "p", 101, " = 1\n");
	text_close(&text);
	assert_refused(&text, "large.toml:103:1: error: trials.p99: unknown key;",
		"experiments/large.toml has more than 100 mistakes");
}

/* The user needs to know the size. */
static void test_plan__of_a_billion_trials_is_refused_with_its_size(void **state)
{
	CLEANUP(text_release) struct text text, said;
	FILE *stream = text_open(&text);
	struct error error = ERROR_INIT;
	struct experiment *experiment;
	struct plan *plan = NULL;

	(void)state;
	fputs(COMMAND "[trials]\nrepetitions = 1000\nwarmups = 0\n[task.parameters]\na = [",
		stream);
	repeat(stream, "", 1000, ",");
	fputs("]\nb = [", stream);
	repeat(stream, "", 1000, ",");
	fputs("]\n", stream);
	text_close(&text);
	assert_int_equal(parse_experiment(&text, &experiment, &said, NULL), 0);
	assert_int_equal(plan_new(experiment, &plan, &error), -E2BIG);
	assert_null(plan);
	assert_non_null(strstr(error.text, "the plan has 1000000000 trials (1000000 combinations"));
	experiment_free(experiment);
}

/* ---- profiles */

static void assert_profile_refused(
	const struct text *text, const char *first_said, const char *sentence)
{
	CLEANUP(text_release) struct text said;
	struct seccomp_profile *profile = NULL;
	struct error error = ERROR_INIT;
	int r = seccomp_profile_parse(
		"p", "p.json", text->data, text->length, text_open(&said), &profile, &error);

	text_close(&said);
	assert_int_equal(r, -EINVAL);
	assert_null(profile);
	if (strncmp(said.data, first_said, strlen(first_said)) != 0)
		fail_msg("%.500s", said.data);
	assert_string_equal(error.text, sentence);
}

static void test_profile__50000_mistakes(void **state)
{
	CLEANUP(text_release) struct text text;
	FILE *stream = text_open(&text);

	(void)state;
	fputs("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[\n[]", stream);
	repeat(stream, ",[\"", 50000, "\"]");
	fputs("]}", stream);
	text_close(&text);
	assert_profile_refused(&text, "p.json:2:1: error: found no object; expected",
		"p.json has more than 100 mistakes");
}

static void test_profile__names_that_are_no_calls(void **state)
{
	CLEANUP(text_release) struct text text;
	CLEANUP(text_release) struct text said;
	FILE *stream = text_open(&text);
	struct seccomp_profile *profile = NULL;
	struct error error = ERROR_INIT;

	(void)state;
	fputs("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"action\":\"SCMP_ACT_ERRNO\","
	      "\"names\":[\n\"nonesuch\"",
		stream);
	repeat(stream, ",\"nonesuch", 50000, "\"");
	fputs("]}]}", stream);
	text_close(&text);
	assert_int_equal(seccomp_profile_parse("p", "p\033.json", text.data, text.length,
				 text_open(&said), &profile, &error),
		0);
	text_close(&said);
	assert_non_null(strstr(said.data,
		"p .json:2:1: warning: this host does not know the system call \"nonesuch\""));
	assert_non_null(strstr(said.data, "p .json: warning: and 49981 more warnings\n"));
	seccomp_profile_free(profile);
}

static void test_profile__more_rules_than_the_kernel_takes(void **state)
{
	CLEANUP(text_release) struct text text;
	FILE *stream = text_open(&text);

	(void)state;
	fputs("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"action\":\"SCMP_ACT_ERRNO\","
	      "\"names\":[",
		stream);
	for (unsigned i = 0; i < SECCOMP_RULES_MAX; i++)
		fputs("\"read\",", stream);
	fputs("\n\"write\"]}]}", stream);
	text_close(&text);
	assert_profile_refused(&text,
		"p.json:2:1: error: found the rule for write after 4096 others; expected no more",
		"p.json has 1 mistake");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_experiment__a_sweep_of_100000_values),
		cmocka_unit_test(test_experiment__a_value_twice_in_a_large_sweep),
		cmocka_unit_test(test_experiment__at_most_100_parameters),
		cmocka_unit_test(test_experiment__at_most_100_mounts),
		cmocka_unit_test(test_experiment__the_first_100_mistakes_are_told),
		cmocka_unit_test(test_plan__of_a_billion_trials_is_refused_with_its_size),
		cmocka_unit_test(test_profile__50000_mistakes),
		cmocka_unit_test(test_profile__names_that_are_no_calls),
		cmocka_unit_test(test_profile__more_rules_than_the_kernel_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
