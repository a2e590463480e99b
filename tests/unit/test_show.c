/* `memcg-run show`: a run trial by trial, and one trial with everything about it, out of results.h5. */

#include "tests/unit/results_fixture.h"

#include "runner/report/show.h"

#include <errno.h>

static void set_text(struct trial_output *output, const char *text)
{
	free(output->text);
	output->text = strdup(text);
	output->length = strlen(text);
}

static void add_mark(struct trial_result *result, uint64_t time_ns, const char *name)
{
	struct trial_mark *marks =
		realloc(result->marks, (result->n_marks + 1) * sizeof(*result->marks));

	assert_non_null(marks);
	result->marks = marks;
	marks[result->n_marks].time_ns = time_ns;
	snprintf(marks[result->n_marks++].name, sizeof(marks->name), "%s", name);
}

/* Trial 1 failed, with marks, truth and words that would change a terminal's colours; the others are as usual. */
static void gather_shown(struct store_fixture *fixture)
{
	struct trial_result result;

	store_result_init(fixture, &result);
	result.status = TRIAL_FAILED;
	result.exit_code = 3;
	snprintf(result.cause, sizeof(result.cause), "exited with code 3");
	set_text(&result.stderr_text, "no data\nin \033[31minput\n");
	set_text(&result.stdout_text, "ready");
	add_mark(&result, 1000, "task_begin");
	add_mark(&result, 1600, "load\033ed");
	add_mark(&result, 2000, "task_end");
	store_append(result.spool, "truth", 1600, 4096);
	store_append(result.spool, "truth", 1700, 8192);
	store_seal(fixture, 0, &result);
	store_result_release(&result);
	for (size_t i = 1; i < plan_size(fixture->plan); i++)
		seal_trial(fixture, i);
	gather(fixture, &made_facts);
}

static char *shown_trial(struct store_fixture *fixture, uint64_t trial)
{
	struct results *results = open_results(fixture);
	struct error error = ERROR_INIT;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (show_trial(results, trial, stream, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(fclose(stream), 0);
	results_close(results);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("there is no \"%s\" in: %s", part, text);
}

static void test_show_trial__its_facts(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *text = NULL;

	gather_shown(fixture);
	text = shown_trial(fixture, 1);
	assert_int_equal(strncmp(text, "trial 000001: failed: exited with code 3\n", 41), 0);
	assert_has(text, "\n  parameters    size_mib=64 mode=a \"b\", c\n");
	assert_has(text, "\n  repetition    1\n");
	assert_has(text, "\n  warm-up       no\n");
	assert_has(text, "\n  started       2023-11-14T22:13:20Z\n");
	assert_has(text, "\n  exit code     3\n");
	assert_has(text, "\n  wall          1.00 us\n");
	assert_has(text, "\n  user time     600 ns\n");
	assert_has(text, "\n  pids_max      2048\n");
	assert_has(text, "\n  initial       100 B\n");
	assert_has(text, "\n  peak          900 B\n");
	assert_has(text, "\n  final         200 B\n");
	assert_has(text, "\n  cgroup's peak 950 B\n");
	assert_has(text, "\n  limit met     2\n");
	assert_has(text, "\n  OOM kills     4\n");
	assert_has(text, "\n  ru_maxrss     8.58 MiB\n");
	assert_has(text, "\n  truth's peak  8.0 KiB\n");
	/* Limits that were not set are not shown. */
	assert_null(strstr(text, "memory_max"));
}

/* In order of time, from the start of the interval on, and safe for a terminal. */
static void test_show_trial__its_marks_and_truth(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *text = NULL;

	gather_shown(fixture);
	text = shown_trial(fixture, 1);
	assert_has(text, "\nmarks and declared truth, in seconds from the start of the interval:\n"
			 "     +0.000000 s  task_begin\n"
			 "     +0.000001 s  load ed\n"
			 "     +0.000001 s  truth 4.0 KiB\n"
			 "     +0.000001 s  truth 8.0 KiB\n"
			 "     +0.000001 s  task_end\n");
}

static void test_show_trial__what_it_printed(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *text = NULL;

	gather_shown(fixture);
	text = shown_trial(fixture, 1);
	assert_has(text, "\nstderr, 22 bytes:\nno data\nin  [31minput\n"
			 "\nstdout, 5 bytes:\nready\n");
	assert_null(strchr(text, '\033'));
}

static void test_show_trial__one_without_marks_and_words_is_its_facts(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *text = NULL;
	uint64_t trial = 2;

	gather_shown(fixture);
	while (strcmp(plan_trial(fixture->plan, trial - 1)->backend->name, "none") != 0)
		trial++;
	text = shown_trial(fixture, trial);
	assert_has(text, ": ok\n");
	assert_has(text, "\nstderr, 0 bytes:\n\nstdout, 0 bytes:\n");
	assert_null(strstr(text, "marks"));
}

static void test_show_trial__one_that_the_run_has_not(void **state)
{
	struct store_fixture *fixture = *state;
	struct error error = ERROR_INIT;
	struct results *results;

	gather_shown(fixture);
	results = open_results(fixture);
	assert_int_equal(show_trial(results, 5, stdout, &error), -ENOENT);
	assert_has(error.text, "5");
	results_close(results);
}

static void test_show_run__a_line_for_each_trial_and_why_it_failed(void **state)
{
	struct store_fixture *fixture = *state;
	const struct report_options of = {.run_fd = fixture->run_fd, .run_path = fixture->path};
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *line = NULL;
	struct error error = ERROR_INIT;
	struct results *results;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	gather_shown(fixture);
	results = open_results(fixture);
	if (show_run(results, &of, stream, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(fclose(stream), 0);
	results_close(results);
	line = string_format("\n000001  failed       %-15s        1      1.00 us       900 B  {",
		plan_trial(fixture->plan, 0)->backend->name);
	assert_int_equal(strncmp(text, "trial   status ", 15), 0);
	assert_has(text, line);
	assert_has(text, "\n000002  ok ");
	assert_has(text, "\n000003  ok ");
	assert_has(text, "\n000004  ok ");
	assert_has(text, "\nWhy trials failed:\n");
	assert_has(text, "exited with code 3");
	assert_has(text, "no data");
	assert_null(strchr(text, '\033'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_show_trial__its_facts),
		STORE_TEST(test_show_trial__its_marks_and_truth),
		STORE_TEST(test_show_trial__what_it_printed),
		STORE_TEST(test_show_trial__one_without_marks_and_words_is_its_facts),
		STORE_TEST(test_show_trial__one_that_the_run_has_not),
		STORE_TEST(test_show_run__a_line_for_each_trial_and_why_it_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
