/*
 * What a run has and has made before its first trial, and that nothing of it stays on the machine. Each test prepares
 * in a child: under systemd a run moves its process into a scope, which is left with the process alone.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/host/lock.h"
#include "runner/host/run_files.h"
#include "runner/run/run_state.h"
#include "tests/unit/forked.h"
#include "tests/unit/made_facts.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char text[] = "[task]\n"
			   "command = [\"/bin/true\"]\n"
			   "[trials]\n"
			   "repetitions = 3\n"
			   "warmups = 1\n"
			   "[container]\n"
			   "runtime = \"none\"\n";

struct fixture {
	char directory[64];
	char *experiment_path;
	char *output_path;
	FILE *said;
	struct run_options options;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	strcpy(fixture->directory, "/tmp/test-prepare-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	fixture->experiment_path = string_format("%s/ramp.toml", fixture->directory);
	fixture->output_path = string_format("%s/output", fixture->directory);
	fixture->said = fopen("/dev/null", "we");
	assert_int_equal(
		file_write(AT_FDCWD, fixture->experiment_path, text, strlen(text), 0644, NULL), 0);
	fixture->options = (struct run_options){
		.experiment_path = fixture->experiment_path,
		.output_directory = fixture->output_path,
		.verbose_fd = -1,
		.diagnostics = fixture->said,
		.progress = {.stream = fixture->said, .quiet = true},
	};
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	int r = file_remove_tree(AT_FDCWD, fixture->directory, NULL);

	fclose(fixture->said);
	free(fixture->experiment_path);
	free(fixture->output_path);
	free(fixture);
	return r;
}

static void prepare(struct run *run)
{
	struct error error = ERROR_INIT;

	if (run_prepare(run, &error) < 0)
		fail_msg("%s", error.text);
}

static void undo(struct run *run)
{
	struct error error = ERROR_INIT;

	if (run_undo(run, &error) < 0)
		fail_msg("%s", error.text);
}

static bool exists(int folder_fd, const char *name)
{
	return faccessat(folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int take_lock(const char *directory)
{
	int fd = -1;
	int r = lock_take(directory, "another", LOCK_ALONE, &fd, NULL);

	cleanup_close(&fd);
	return r;
}

/* ---- a run that gets to its first trial */

static void assert_has_a_folder(const struct run *run, const struct fixture *fixture)
{
	CLEANUP(cleanup_free) char *kept = NULL;
	struct run_record *record = NULL;

	assert_int_equal(
		strncmp(run->folder.path, fixture->output_path, strlen(fixture->output_path)), 0);
	assert_string_equal(run->outcome->path, run->folder.shown_path);
	assert_int_equal(file_read(run->folder.fd, RUN_EXPERIMENT, 4096, &kept, NULL, NULL), 0);
	assert_string_equal(kept, text);
	assert_true(exists(run->folder.fd, RUN_LOG));
	assert_true(exists(run->folder.fd, RUN_TRIALS));
	assert_false(exists(run->folder.fd, RUN_RESULTS));
	assert_int_equal(made_record_read(run->folder.fd, &record, NULL), 0);
	assert_true(run_record_has_text(record, text));
	assert_string_equal(run_record_experiment_path(record), fixture->experiment_path);
	assert_false(run_record_is_measured(record));
	run_record_free(record);
}

/* A signal to end is not the process's end: it is there to be read. */
static void assert_hears_signals(const struct run *run)
{
	struct pollfd signals = {.fd = run->signal_fd, .events = POLLIN};

	assert_int_equal(poll(&signals, 1, 0), 0);
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_int_equal(poll(&signals, 1, -1), 1);
	run_take_signals(run);
	assert_int_equal(poll(&signals, 1, 0), 0);
}

/* A forked_work. */
static int prepare_and_end(void *context)
{
	const struct fixture *fixture = context;
	struct run_outcome outcome = {.end = RUN_ENDED, .folder_fd = -1};
	struct run run = RUN_INIT(&fixture->options, &outcome);
	CLEANUP(cleanup_free) char *directory = NULL;
	CLEANUP(cleanup_free) char *working_directory = NULL;

	prepare(&run);
	assert_int_equal(plan_size(run.plan), 4);
	assert_non_null(run.progress);
	assert_non_null(run.journal);
	assert_has_a_folder(&run, fixture);
	assert_hears_signals(&run);
	assert_true(exists(AT_FDCWD, run.working_directory));
	assert_int_equal(take_lock(run.directory), -EBUSY);

	directory = strdup(run.directory);
	working_directory = strdup(run.working_directory);
	run.prepared = true;
	undo(&run);
	assert_int_equal(take_lock(directory), 0);
	assert_false(exists(AT_FDCWD, working_directory));
	assert_true(exists(outcome.folder_fd, RUN_RECORD));
	assert_false(exists(outcome.folder_fd, RUN_TRIALS));
	run_outcome_release(&outcome);
	return 0;
}

static void test_run_prepare__makes_what_the_first_trial_needs(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(forked_run(prepare_and_end, fixture), 0);
	assert_true(exists(AT_FDCWD, fixture->output_path));
}

/* ---- one that ends before it */

/* A forked_work. */
static int prepare_and_undo(void *context)
{
	const struct fixture *fixture = context;
	struct run_outcome outcome = {.end = RUN_ENDED, .folder_fd = -1};
	struct run run = RUN_INIT(&fixture->options, &outcome);

	prepare(&run);
	assert_int_equal(plan_size(run.plan), 1);
	assert_true(exists(AT_FDCWD, fixture->output_path));
	undo(&run);
	assert_null(outcome.path);
	return 0;
}

static void test_run_undo__leaves_no_folder_of_a_run_that_did_not_begin(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.quick = true;
	assert_int_equal(forked_run(prepare_and_undo, fixture), 0);
	assert_false(exists(AT_FDCWD, fixture->output_path));
}

/* A forked_work. */
static int prepare_twice(void *context)
{
	const struct fixture *fixture = context;
	struct run_outcome outcome = {.end = RUN_ENDED, .folder_fd = -1};
	struct run_outcome second_outcome = outcome;
	struct run run = RUN_INIT(&fixture->options, &outcome);
	struct run second = RUN_INIT(&fixture->options, &second_outcome);
	struct error error = ERROR_INIT;

	prepare(&run);
	assert_int_equal(run_prepare(&second, &error), -EBUSY);
	assert_null(second.folder.path);
	undo(&second);
	assert_true(exists(run.folder.fd, RUN_RECORD));
	assert_true(exists(AT_FDCWD, run.working_directory));
	undo(&run);
	return 0;
}

static void test_run_prepare__makes_nothing_beside_another_run(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(forked_run(prepare_twice, fixture), 0);
	assert_false(exists(AT_FDCWD, fixture->output_path));
}

#define PREPARE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PREPARE_TEST(test_run_prepare__makes_what_the_first_trial_needs),
		PREPARE_TEST(test_run_undo__leaves_no_folder_of_a_run_that_did_not_begin),
		PREPARE_TEST(test_run_prepare__makes_nothing_beside_another_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
