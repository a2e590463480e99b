/* A run's trials, its results, and its end: with sealed trials, so that nothing is measured. */

#include "tests/unit/run_fixture.h"

#include "runner/run/run.h"
#include "runner/store/results_tally.h"

#include <sys/eventfd.h>

static void must(int r, const struct run_fixture *fixture)
{
	if (r < 0)
		fail_msg("%s", fixture->error.text);
}

/* Resumes, with a silent progress display like that of run_prepare. */
static struct run *resumed(struct run_fixture *fixture)
{
	const struct progress_options quiet = {
		.stream = fixture->options.diagnostics, .quiet = true};

	run_fixture_must_resume(fixture);
	assert_int_equal(progress_new(&quiet, fixture->run.plan, &fixture->run.progress), 0);
	return &fixture->run;
}

static void assert_tally(const struct tally *tally)
{
	assert_int_equal(tally->n_trials, 4);
	assert_int_equal(tally->n_interrupted, 0);
	assert_int_equal(tally->of[TALLY_NOT_OK].n, 1);
	assert_non_null(strstr(tally->of[TALLY_NOT_OK].first, "trial 000003 ("));
	assert_non_null(strstr(tally->of[TALLY_NOT_OK].first, "): failed: a cause"));
	assert_int_equal(tally->of[TALLY_REPORTER_FAILED].n, 3);
	assert_non_null(strstr(tally->of[TALLY_REPORTER_FAILED].first, "trial 000002 ("));
	assert_int_equal(tally->of[TALLY_SUSPECT].n, 0);
}

/* ---- the sealed */

static void test_run_sealed_look__says_what_the_results_are(void **state)
{
	struct run_fixture *fixture = *state;
	struct run *run = &fixture->run;

	must(run_folder_open(fixture->store->path, &run->folder, &fixture->error), fixture);
	must(run_sealed_look(run, &fixture->error), fixture);
	assert_int_equal(run->found.state, RUN_RESULTS_MISSING);
	run_fixture_write(fixture, "results.h5", "");
	must(run_sealed_look(run, &fixture->error), fixture);
	assert_int_equal(run->found.state, RUN_RESULTS_DAMAGED);
	assert_non_null(strstr(run->found.damage.text, "results.h5"));
	run_fixture_seal(fixture, 0, TRIAL_OK);
	run_fixture_seal(fixture, 1, TRIAL_INTERRUPTED);
	run_fixture_gather(fixture, false);
	must(run_sealed_look(run, &fixture->error), fixture);
	assert_int_equal(run->found.state, RUN_RESULTS_PARTIAL);
	assert_int_equal(run->found.n_trials, 2);
	run_fixture_seal_all(fixture);
	run_fixture_gather(fixture, true);
	must(run_sealed_look(run, &fixture->error), fixture);
	assert_int_equal(run->found.state, RUN_RESULTS_COMPLETE);
	assert_int_equal(run->found.n_trials, 4);
}

static void test_run_sealed_survey__refuses_a_damaged_trial(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal(fixture, 0, TRIAL_OK);
	run_fixture_write(fixture, "trials/000002.h5", "no trial");
	assert_true(run_fixture_resume(fixture) < 0);
	assert_non_null(strstr(fixture->error.text, "trial 000002: "));
}

/* ---- the tally, from either source */

static void test_run_trials__counts_what_is_sealed_and_runs_nothing(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal_all(fixture);
	must(run_trials(resumed(fixture), &fixture->error), fixture);
	assert_tally(&fixture->outcome.tally);
	assert_false(fixture->run.interrupted);
}

static void test_run_sealed_count__gives_the_tally_of_what_was_gathered(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal_all(fixture);
	run_fixture_gather(fixture, true);
	must(run_sealed_count(resumed(fixture), &fixture->error), fixture);
	assert_tally(&fixture->outcome.tally);
}

static void test_run_gather__puts_the_same_tally_into_the_results(void **state)
{
	struct run_fixture *fixture = *state;
	struct results *results;
	struct tally tally;

	run_fixture_seal_all(fixture);
	must(run_trials(resumed(fixture), &fixture->error), fixture);
	must(run_gather(&fixture->run, &fixture->error), fixture);
	must(results_open(fixture->store->run_fd, fixture->store->path, &results, &fixture->error),
		fixture);
	tally = results_tally(results);
	results_close(results);
	assert_memory_equal(&tally, &fixture->outcome.tally, sizeof(tally));
}

/* A signal before the first trial. */
static void test_run_trials__a_user_who_wants_to_end_is_heard(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal_all(fixture);
	fixture->run.signal_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	must(run_trials(resumed(fixture), &fixture->error), fixture);
	assert_true(fixture->run.interrupted);
	assert_int_equal(fixture->outcome.tally.n_trials, 0);
}

/* ---- the results */

static void test_run_gather__a_complete_run_has_results_alone(void **state)
{
	struct run_fixture *fixture = *state;
	struct run_record *record;

	run_fixture_seal_all(fixture);
	must(run_trials(resumed(fixture), &fixture->error), fixture);
	must(run_gather(&fixture->run, &fixture->error), fixture);
	assert_true(fixture->outcome.complete);
	assert_true(run_fixture_has(fixture, "results.h5"));
	assert_true(run_fixture_has(fixture, "summary.csv"));
	assert_true(run_fixture_has(fixture, "summary.json"));
	assert_false(run_fixture_has(fixture, "trials"));
	must(made_record_read(fixture->store->run_fd, &record, &fixture->error), fixture);
	assert_true(run_record_is_measured(record));
	run_record_free(record);
}

static void test_run_gather__one_that_was_ended_keeps_its_trials(void **state)
{
	struct run_fixture *fixture = *state;
	struct run_record *record;

	run_fixture_seal_all(fixture);
	must(run_trials(resumed(fixture), &fixture->error), fixture);
	fixture->run.interrupted = true;
	must(run_gather(&fixture->run, &fixture->error), fixture);
	assert_false(fixture->outcome.complete);
	assert_true(run_fixture_has(fixture, "results.h5"));
	assert_true(run_fixture_has(fixture, "trials/000004.h5"));
	must(made_record_read(fixture->store->run_fd, &record, &fixture->error), fixture);
	assert_false(run_record_is_measured(record));
	run_record_free(record);
}

static void test_run_gather__nothing_of_no_trials(void **state)
{
	struct run_fixture *fixture = *state;

	must(run_gather(resumed(fixture), &fixture->error), fixture);
	assert_false(run_fixture_has(fixture, "results.h5"));
	assert_false(fixture->outcome.complete);
}

/* ---- the end: outcomes that do not need the machine */

static int run_it(struct run_fixture *fixture)
{
	return run_experiment(&fixture->options, &fixture->outcome, &fixture->error);
}

static void test_run_experiment__a_mistake_in_the_experiment_is_refused(void **state)
{
	struct run_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *output = string_format("%s/output", fixture->store->path);
	CLEANUP(cleanup_free) char *path = string_format("%s/wrong.toml", fixture->store->path);

	run_fixture_write(fixture, "wrong.toml", "[task]\ncomand = [\"/bin/true\"]\n");
	fixture->options.resumed_path = NULL;
	fixture->options.experiment_path = path;
	fixture->options.output_directory = output;
	assert_true(run_it(fixture) < 0);
	assert_int_equal(fixture->outcome.end, RUN_REFUSED);
	assert_null(fixture->outcome.path);
	assert_false(run_fixture_has(fixture, "output"));
}

static void test_run_experiment__a_complete_run_is_said_to_be_so(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal_all(fixture);
	run_fixture_gather(fixture, true);
	run_fixture_remove_trials(fixture);
	assert_int_equal(run_it(fixture), 0);
	assert_true(fixture->outcome.was_complete);
	assert_int_equal(fixture->outcome.end, RUN_ENDED);
}

static void test_run_experiment__a_run_that_has_lost_its_results_is_refused(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_write_record(fixture, true);
	run_fixture_remove_trials(fixture);
	assert_true(run_it(fixture) < 0);
	assert_int_equal(fixture->outcome.end, RUN_REFUSED);
}

static void test_run_experiment__a_folder_that_cannot_be_opened_is_a_failure(void **state)
{
	struct run_fixture *fixture = *state;

	fixture->options.resumed_path = "/nowhere/at/all";
	assert_true(run_it(fixture) < 0);
	assert_int_equal(fixture->outcome.end, RUN_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_TEST(test_run_sealed_look__says_what_the_results_are),
		RUN_TEST(test_run_sealed_survey__refuses_a_damaged_trial),
		RUN_TEST(test_run_trials__counts_what_is_sealed_and_runs_nothing),
		RUN_TEST(test_run_sealed_count__gives_the_tally_of_what_was_gathered),
		RUN_TEST(test_run_gather__puts_the_same_tally_into_the_results),
		RUN_TEST(test_run_trials__a_user_who_wants_to_end_is_heard),
		RUN_TEST(test_run_gather__a_complete_run_has_results_alone),
		RUN_TEST(test_run_gather__one_that_was_ended_keeps_its_trials),
		RUN_TEST(test_run_gather__nothing_of_no_trials),
		RUN_TEST(test_run_experiment__a_mistake_in_the_experiment_is_refused),
		RUN_TEST(test_run_experiment__a_complete_run_is_said_to_be_so),
		RUN_TEST(test_run_experiment__a_run_that_has_lost_its_results_is_refused),
		RUN_TEST(test_run_experiment__a_folder_that_cannot_be_opened_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
