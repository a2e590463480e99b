#pragma once

/*
 * Shared by the tests of the run layer: the folder of a run of four trials that was begun, and a
 * `struct run` that resumes it. Nothing is measured, so no cgroups are needed.
 */

#include "tests/unit/made_facts.h"
#include "tests/unit/store_fixture.h"

#include "runner/run/run_state.h"
#include "runner/store/trial_file.h"

#include <stdio.h>

struct run_fixture {
	struct store_fixture *store;
	struct run_options options;
	struct run_outcome outcome;
	struct run run;
	struct error error;
	char *said; /* diagnostics */
	size_t said_length;
};

/* run.json as written at the run's beginning. */
static inline void run_fixture_write_record(struct run_fixture *fixture, bool measured)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/ramp.toml", fixture->store->path);
	json_t *identity = json_object();
	const struct run_beginning beginning = {
		.experiment_path = path,
		.experiment_text = fixture->store->experiment->text,
		.identity = identity,
		.facts = &made_facts,
	};
	struct run_record *record = NULL;

	assert_int_equal(run_record_new(&beginning, &record, NULL), 0);
	if (measured)
		run_record_set_measured(record);
	assert_int_equal(run_record_write(fixture->store->run_fd, record, NULL), 0);
	run_record_free(record);
	json_decref(identity);
}

static inline int run_set_up(void **state)
{
	struct run_fixture *fixture = calloc(1, sizeof(*fixture));
	const char *text;

	*state = fixture;
	fixture->store = store_fixture_new(2);
	text = fixture->store->experiment->text;
	assert_int_equal(file_write(fixture->store->run_fd, "experiment.toml", text, strlen(text),
				 0644, NULL),
		0);
	run_fixture_write_record(fixture, false);
	fixture->options = (struct run_options){
		.resumed_path = fixture->store->path,
		.verbose_fd = -1,
		.diagnostics = open_memstream(&fixture->said, &fixture->said_length),
	};
	fixture->run = RUN_INIT(&fixture->options, &fixture->outcome);
	fixture->run.changes = json_array();
	return 0;
}

/* As run.c does at a run's end. */
static inline int run_tear_down(void **state)
{
	struct run_fixture *fixture = *state;
	struct run *run = &fixture->run;

	run_sealed_free(run);
	plan_free(run->plan);
	experiment_free(run->experiment);
	installation_free(run->installation);
	run_record_free(run->record);
	json_decref(run->changes);
	progress_free(run->progress);
	run_folder_release(&run->folder);
	cleanup_close(&run->signal_fd);
	run_outcome_release(&fixture->outcome);
	fclose(fixture->options.diagnostics);
	free(fixture->said);
	store_fixture_free(fixture->store);
	free(fixture);
	return 0;
}

#define RUN_TEST(test) cmocka_unit_test_setup_teardown(test, run_set_up, run_tear_down)

static inline void run_fixture_seal(
	struct run_fixture *fixture, size_t index, enum trial_status status)
{
	struct trial_result result;

	store_result_init(fixture->store, &result);
	result.status = status;
	if (status != TRIAL_OK)
		snprintf(result.cause, sizeof(result.cause), "a cause");
	/* Each has one mark more than its predecessor. */
	if (index > 0)
		snprintf(result.reporter_failure, sizeof(result.reporter_failure), "it hung");
	store_seal(fixture->store, index, &result);
	store_result_release(&result);
}

static inline void run_fixture_seal_all(struct run_fixture *fixture)
{
	for (size_t i = 0; i < plan_size(fixture->store->plan); i++)
		run_fixture_seal(fixture, i, i == 2 ? TRIAL_FAILED : TRIAL_OK);
}

/* results.h5, summary.csv and a summary.json of the sealed trials. */
static inline void run_fixture_gather(struct run_fixture *fixture, bool complete)
{
	struct run_facts facts = made_facts;

	facts.complete = complete;
	if (results_gather(fixture->store->run_fd, fixture->store->path, fixture->store->plan,
		    &facts, &fixture->error) < 0)
		fail_msg("%s", fixture->error.text);
	assert_int_equal(
		file_write(fixture->store->run_fd, "summary.json", "{}\n", 3, 0644, NULL), 0);
}

static inline void run_fixture_remove_trials(struct run_fixture *fixture)
{
	assert_int_equal(file_remove_tree(fixture->store->run_fd, "trials", NULL), 0);
}

static inline void run_fixture_write(
	struct run_fixture *fixture, const char *name, const char *text)
{
	assert_int_equal(
		file_write(fixture->store->run_fd, name, text, strlen(text), 0644, NULL), 0);
}

static inline bool run_fixture_has(struct run_fixture *fixture, const char *name)
{
	return faccessat(fixture->store->run_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Resumes up to the first trial; returns the first failure. */
static inline int run_fixture_resume(struct run_fixture *fixture)
{
	struct run *run = &fixture->run;
	int r = run_resume_read(run, &fixture->error);

	if (r < 0 || fixture->outcome.was_complete)
		return r;
	r = run_folder_open_trials(&run->folder, &fixture->error);
	return r == 0 ? run_resume_settle(run, &fixture->error) : r;
}

static inline void run_fixture_must_resume(struct run_fixture *fixture)
{
	if (run_fixture_resume(fixture) < 0)
		fail_msg("%s", fixture->error.text);
}

static inline void run_fixture_is_refused(struct run_fixture *fixture, const char *sentence)
{
	assert_true(run_fixture_resume(fixture) < 0);
	if (!strstr(fixture->error.text, sentence))
		fail_msg("\"%s\" has no \"%s\"", fixture->error.text, sentence);
	assert_int_equal(fixture->outcome.end, RUN_REFUSED);
}
