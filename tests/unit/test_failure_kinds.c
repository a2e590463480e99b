/* Why trials failed: found when a run is gathered, read back from its results, and shown. */

#include "runner/report/failures.h"
#include "tests/unit/results_fixture.h"

#include "runner/store/output_data.h"

#include <errno.h>

static void seal_printing(struct store_fixture *fixture, size_t index, enum trial_status status,
	const char *cause, const char *out, const char *err)
{
	struct trial_result result;

	store_result_init(fixture, &result);
	result.status = status;
	snprintf(result.cause, sizeof(result.cause), "%s", cause);
	free(result.stdout_text.text);
	free(result.stderr_text.text);
	result.stdout_text = (struct trial_output){.text = strdup(out), .length = strlen(out)};
	result.stderr_text = (struct trial_output){.text = strdup(err), .length = strlen(err)};
	store_seal(fixture, index, &result);
	store_result_release(&result);
}

static void read_failures(struct store_fixture *fixture, struct failure_kinds *ret_failures)
{
	struct results *results;

	gather(fixture, &made_facts);
	results = open_results(fixture);
	failure_kinds_read(results, ret_failures);
	results_close(results);
}

static void assert_shown(const struct failure_kinds *failures, const char *expected)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	failures_print(failures, stream);
	fclose(stream);
	assert_string_equal(text, expected);
}

static void test_failure_kinds__of_a_run_that_went_well_are_none(void **state)
{
	struct store_fixture *fixture = *state;
	struct failure_kinds failures;

	seal_all(fixture);
	read_failures(fixture, &failures);
	assert_int_equal(failures.n, 0);
	check(fixture, "assert 'failures' not in f.attrs\n");
	assert_shown(&failures, "");
}

/* Trials 1 and 3 are of one kind: what stands behind the semicolon does not count. */
static void test_failure_kinds__have_the_last_lines_of_their_first_trial(void **state)
{
	struct store_fixture *fixture = *state;
	struct failure_kinds failures;

	seal_printing(fixture, 0, TRIAL_FAILED, "exited with code 1; it left 2 processes behind",
		"out", "Traceback\n\nValueError: \033[31mno\n");
	seal_printing(fixture, 1, TRIAL_OOM, "killed at its memory limit", "as far as this\n", "");
	seal_printing(fixture, 2, TRIAL_FAILED, "exited with code 1", "", "another");
	seal_printing(fixture, 3, TRIAL_FAILED, "exited with code 2", "", "");
	read_failures(fixture, &failures);
	assert_int_equal(failures.n, 3);
	assert_int_equal(failures.n_others, 0);
	assert_string_equal(failures.kinds[0].backend, plan_trial(fixture->plan, 0)->backend->name);
	assert_shown(&failures,
		"  failed: exited with code 1; it left 2 processes behind (2 trials, the first "
		"000001); its stderr ends:\n"
		"    Traceback\n"
		"    ValueError:  [31mno\n"
		"  oom: killed at its memory limit (trial 000002); its stdout ends:\n"
		"    as far as this\n"
		"  failed: exited with code 2 (trial 000004)\n");
	check(fixture,
		"import json\n"
		"kinds = json.loads(f.attrs['failures'])['kinds']\n"
		"same([(k['status'], k['trials'], k['first'], k['stream']) for k in kinds],\n"
		"     [('failed', 2, 1, 'stderr'), ('oom', 1, 2, 'stdout'), ('failed', 1, 4, "
		"'')])\n"
		"same(kinds[1]['printed'], 'as far as this\\n')\n");
}

/* Its user ended the run: what the task was about to say is no reason. */
static void test_failure_kinds__of_an_interrupted_trial_print_nothing(void **state)
{
	struct store_fixture *fixture = *state;
	struct failure_kinds failures;

	for (size_t i = 0; i < 4; i++)
		seal_printing(fixture, i, TRIAL_INTERRUPTED, "the run was interrupted", "a", "b");
	read_failures(fixture, &failures);
	assert_shown(
		&failures, "  interrupted: the run was interrupted (4 trials, the first 000001)\n");
}

static void test_failure_kinds_add__counts_what_is_beyond_five(void **state)
{
	struct failure_kinds failures = {0};
	struct tally_trial trial = {.number = 1, .backend = "none", .status = TRIAL_INTERRUPTED};
	CLEANUP(cleanup_free) char *text = NULL;
	char cause[] = "a";

	(void)state;
	trial.cause = cause;
	for (; trial.number <= 8; trial.number++, cause[0]++)
		assert_int_equal(failure_kinds_add(&failures, &trial, H5I_INVALID_HID, NULL), 0);
	assert_int_equal(failures.n, 5);
	assert_int_equal(failures.n_others, 3);
	assert_string_equal(failures.kinds[4].cause, "e");
}

static void test_failures_html__escapes_and_keeps_lines_apart(void **state)
{
	struct failure_kinds failures = {
		.n = 1,
		.kinds = {{
			.n_trials = 1,
			.first = 7,
			.status = "failed",
			.cause = "a < b",
			.stream = "stderr",
			.printed = {"<b>\nnext\n"},
		}},
		.n_others = 1,
	};
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	failures_html(&failures, stream);
	fclose(stream);
	assert_string_equal(text,
		"<h2>Why trials failed</h2>\n"
		"<p class=\"warning\">failed: a &lt; b (trial 000007); its stderr ends:</p>\n"
		"<pre>&lt;b&gt;\nnext\n</pre>\n"
		"<p class=\"warning\">1 trial ended in other ways</p>\n");
}

/* What is kept beyond 64 KiB is read back too, and what is no output of a trial is refused. */
static void test_output_data__is_read_as_it_was_written(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/output.h5", fixture->path);
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	CLEANUP(cleanup_free)
	char *text = calloc(1, TRIAL_OUTPUT_MAX_BYTES + 1 + TRIAL_OUTPUT_LAST_BYTES);
	struct trial_output output = {.text = text,
		.length = TRIAL_OUTPUT_MAX_BYTES,
		.cut_bytes = 9,
		.last = text + TRIAL_OUTPUT_MAX_BYTES + 1};
	struct trial_output found;
	struct error error = ERROR_INIT;

	assert_non_null(text);
	memset(text, 'a', TRIAL_OUTPUT_MAX_BYTES);
	memset(output.last, 'b', TRIAL_OUTPUT_LAST_BYTES);
	assert_int_equal(output_data_write(file, "stdout", &output, &error), 0);
	assert_int_equal(output_data_read(file, "stdout", &found, &error), 0);
	assert_int_equal(found.length, TRIAL_OUTPUT_MAX_BYTES);
	assert_int_equal(found.cut_bytes, 9);
	assert_memory_equal(found.text, text, TRIAL_OUTPUT_MAX_BYTES + 1);
	assert_memory_equal(found.last, output.last, TRIAL_OUTPUT_LAST_BYTES);
	free(found.text);
	assert_int_equal(output_data_read(file, "stderr", &found, &error), 1);
	assert_int_equal(hdf5_create_group(file, "group", &(hid_t){0}, &error), 0);
	assert_true(output_data_read(file, "group", &found, &error) < 0);
	H5Fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_failure_kinds__of_a_run_that_went_well_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_failure_kinds__have_the_last_lines_of_their_first_trial, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_failure_kinds__of_an_interrupted_trial_print_nothing, setup, teardown),
		cmocka_unit_test(test_failure_kinds_add__counts_what_is_beyond_five),
		cmocka_unit_test(test_failures_html__escapes_and_keeps_lines_apart),
		cmocka_unit_test_setup_teardown(
			test_output_data__is_read_as_it_was_written, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
