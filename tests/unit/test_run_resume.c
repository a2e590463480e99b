/* A resumed run: what is done, and that nothing of it is lost. */

#include "tests/unit/run_fixture.h"

/* ---- progress of the run */

static void test_run_resume__one_that_measured_nothing_runs_all(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_remove_trials(fixture);
	run_fixture_must_resume(fixture);
	assert_int_equal(fixture->outcome.n_planned, 4);
	assert_false(fixture->outcome.was_complete);
	assert_false(fixture->run.gathered);
	for (size_t i = 0; i < 4; i++)
		assert_null(fixture->run.sealed[i]);
}

static void test_run_resume__a_complete_one_is_done(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal_all(fixture);
	run_fixture_gather(fixture, true);
	run_fixture_remove_trials(fixture);
	run_fixture_must_resume(fixture);
	assert_true(fixture->outcome.was_complete);
	assert_int_equal(fixture->outcome.end, RUN_ENDED);
}

static void test_run_resume__one_that_is_gathered_measures_nothing(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal_all(fixture);
	run_fixture_gather(fixture, true);
	run_fixture_must_resume(fixture);
	assert_false(fixture->outcome.was_complete);
	assert_true(fixture->run.gathered);
}

static void test_run_resume__keeps_what_is_sealed_and_sets_aside_what_was_cut(void **state)
{
	struct run_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *resumptions = NULL;
	struct run_facts facts;

	run_fixture_seal(fixture, 0, TRIAL_OK);
	run_fixture_seal(fixture, 1, TRIAL_INTERRUPTED);
	run_fixture_must_resume(fixture);
	assert_int_equal(fixture->run.sealed[0]->status, TRIAL_OK);
	assert_int_equal(fixture->run.sealed[1]->status, TRIAL_INTERRUPTED);
	assert_null(fixture->run.sealed[2]);
	assert_true(run_fixture_has(fixture, "trials/000001.h5"));
	assert_false(run_fixture_has(fixture, "trials/000002.h5"));
	assert_true(run_fixture_has(fixture, "trials/000002-interrupted-1.h5"));
	assert_int_equal(run_record_facts(fixture->run.record, &facts, &resumptions, NULL), 0);
	assert_non_null(strstr(resumptions, "\"trials_kept\":1"));
}

/* Killed again, after a trial was set aside and before it ran again. */
static void test_run_resume__what_was_set_aside_before_is_not_lost(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal(fixture, 0, TRIAL_OK);
	run_fixture_seal(fixture, 1, TRIAL_INTERRUPTED);
	run_fixture_gather(fixture, false);
	assert_int_equal(renameat(fixture->store->trials_fd, "000002.h5", fixture->store->trials_fd,
				 "000002-interrupted-1.h5"),
		0);
	run_fixture_must_resume(fixture);
	assert_null(fixture->run.sealed[1]);
}

/* ---- lost trials are not silently measured again */

static void test_run_resume__refuses_damaged_results_that_are_all_there_is(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal_all(fixture);
	run_fixture_gather(fixture, true);
	run_fixture_remove_trials(fixture);
	run_fixture_write(fixture, "results.h5", "no results");
	/* As if it was killed before writing it. */
	assert_int_equal(unlinkat(fixture->store->run_fd, "summary.csv", 0), 0);
	run_fixture_is_refused(fixture, "/results.h5: file signature not found");
	assert_non_null(strstr(fixture->error.text, "restore that file from a copy"));
	assert_false(run_fixture_has(fixture, "trials"));
}

static void test_run_resume__refuses_missing_results_that_were_all_there_was(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_remove_trials(fixture);
	run_fixture_write(fixture, "summary.csv", "trial,task\n");
	run_fixture_is_refused(fixture, "which is missing or incomplete");
}

static void test_run_resume__refuses_what_was_measured_and_is_nowhere(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_write_record(fixture, true);
	run_fixture_remove_trials(fixture);
	run_fixture_is_refused(fixture, "which is missing or incomplete");
}

static void test_run_resume__refuses_results_of_some_trials_without_those(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal(fixture, 0, TRIAL_OK);
	run_fixture_gather(fixture, false);
	run_fixture_remove_trials(fixture);
	run_fixture_is_refused(fixture, "which is missing or incomplete");
}

/* All its trials are sealed. */
static void test_run_resume__damaged_results_beside_their_trials_are_made_again(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal(fixture, 0, TRIAL_OK);
	run_fixture_write(fixture, "results.h5", "no results");
	run_fixture_must_resume(fixture);
	fflush(fixture->options.diagnostics);
	assert_non_null(strstr(fixture->said, "/results.h5: file signature not found"));
	assert_non_null(strstr(fixture->said, "rebuilding it from the sealed trials"));
	assert_int_equal(fixture->run.sealed[0]->status, TRIAL_OK);
}

static void test_run_resume__refuses_a_gap_among_the_sealed(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal(fixture, 0, TRIAL_OK);
	run_fixture_seal(fixture, 2, TRIAL_OK);
	run_fixture_is_refused(
		fixture, "trial 000002 was measured, and its file trials/000002.h5 is missing");
	assert_false(run_fixture_has(fixture, "trials/000002.h5"));
}

static void test_run_resume__refuses_where_the_last_is_lost(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_seal(fixture, 0, TRIAL_OK);
	run_fixture_seal(fixture, 1, TRIAL_OK);
	run_fixture_gather(fixture, false);
	assert_int_equal(unlinkat(fixture->store->trials_fd, "000002.h5", 0), 0);
	run_fixture_is_refused(fixture, "trial 000002 was measured");
}

static void test_run_resume__refuses_where_all_were_measured_and_one_is_lost(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_write_record(fixture, true);
	run_fixture_seal_all(fixture);
	assert_int_equal(unlinkat(fixture->store->trials_fd, "000004.h5", 0), 0);
	run_fixture_is_refused(fixture, "trial 000004 was measured");
}

/* ---- the run's start */

static void test_run_resume__refuses_another_experiment(void **state)
{
	struct run_fixture *fixture = *state;

	run_fixture_write(fixture, "experiment.toml", "[task]\ncommand = [\"/bin/true\"]\n");
	run_fixture_is_refused(fixture, "its experiment.toml changed since the run started");
}

static void test_run_resume__refuses_a_folder_that_is_no_runs(void **state)
{
	struct run_fixture *fixture = *state;

	assert_int_equal(unlinkat(fixture->store->run_fd, "run.json", 0), 0);
	run_fixture_is_refused(fixture, "has no run.json");
}

static void test_run_resume__refuses_what_is_not_a_file(void **state)
{
	static const char *const names[] = {"run.json", "experiment.toml", "run.log", "results.h5",
		"summary.csv", "summary.json"};
	struct run_fixture *fixture = *state;
	const int fd = fixture->store->run_fd;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP(cleanup_free)
		char *sentence = string_format("%s is not a regular file", names[i]);

		(void)renameat(fd, names[i], fd, "aside");
		assert_int_equal(mkfifoat(fd, names[i], 0600), 0);
		run_fixture_is_refused(fixture, sentence);
		run_folder_release(&fixture->run.folder);
		installation_free(TAKE_PTR(fixture->run.installation));
		assert_int_equal(unlinkat(fd, names[i], 0), 0);
		assert_int_equal(symlinkat("aside", fd, names[i]), 0);
		run_fixture_is_refused(fixture, sentence);
		run_folder_release(&fixture->run.folder);
		installation_free(TAKE_PTR(fixture->run.installation));
		assert_int_equal(unlinkat(fd, names[i], 0), 0);
		(void)renameat(fd, "aside", fd, names[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_TEST(test_run_resume__one_that_measured_nothing_runs_all),
		RUN_TEST(test_run_resume__a_complete_one_is_done),
		RUN_TEST(test_run_resume__one_that_is_gathered_measures_nothing),
		RUN_TEST(test_run_resume__keeps_what_is_sealed_and_sets_aside_what_was_cut),
		RUN_TEST(test_run_resume__what_was_set_aside_before_is_not_lost),
		RUN_TEST(test_run_resume__refuses_damaged_results_that_are_all_there_is),
		RUN_TEST(test_run_resume__refuses_missing_results_that_were_all_there_was),
		RUN_TEST(test_run_resume__refuses_what_was_measured_and_is_nowhere),
		RUN_TEST(test_run_resume__refuses_results_of_some_trials_without_those),
		RUN_TEST(test_run_resume__damaged_results_beside_their_trials_are_made_again),
		RUN_TEST(test_run_resume__refuses_a_gap_among_the_sealed),
		RUN_TEST(test_run_resume__refuses_where_the_last_is_lost),
		RUN_TEST(test_run_resume__refuses_where_all_were_measured_and_one_is_lost),
		RUN_TEST(test_run_resume__refuses_another_experiment),
		RUN_TEST(test_run_resume__refuses_a_folder_that_is_no_runs),
		RUN_TEST(test_run_resume__refuses_what_is_not_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
