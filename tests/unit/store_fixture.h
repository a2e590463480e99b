#pragma once

/*
 * Shared by the tests of the store: a run's folder, an experiment, its plan, worked-out trial
 * results, and h5py as an independent reader.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/experiment/experiment.h"
#include "runner/experiment/plan.h"
#include "runner/store/results.h"
#include "runner/store/trial_file.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/process.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct store_fixture {
	char path[64]; /* the run's folder */
	char trials_path[80];
	int run_fd;
	int trials_fd;
	struct experiment *experiment;
	struct plan *plan;
};

/* One point, two backends, the given repetitions: trials 1, 2, 3, ... alternate none and psutil. */
static inline struct experiment *store_experiment(const char *directory, uint64_t repetitions)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/ramp.toml", directory);
	CLEANUP(cleanup_free)
	char *text = string_format("name = \"ramp\"\n"
				   "[task]\n"
				   "python = \"ramp.py\"\n"
				   "[task.parameters]\n"
				   "size_mib = 64\n"
				   "mode = \"a \\\"b\\\", c\"\n"
				   "[trials]\n"
				   "repetitions = %d\n"
				   "warmups = 0\n"
				   "order = \"random\"\n"
				   "seed = 42\n"
				   "[backends]\n"
				   "names = [\"none\", \"psutil\"]\n"
				   "[sampler]\n"
				   "rate_hz = 2000\n"
				   "[container]\n"
				   "seccomp = \"none\"\n",
		(int)repetitions);
	const struct experiment_options options = {.seccomp_directory = directory};
	struct experiment *experiment = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(file_write(AT_FDCWD, path, text, strlen(text), 0644, NULL), 0);
	if (experiment_parse(path, text, strlen(text), &options, stderr, &experiment, &error) < 0)
		fail_msg("%s", error.text);
	return experiment;
}

static inline struct store_fixture *store_fixture_new(uint64_t repetitions)
{
	struct store_fixture *fixture = calloc(1, sizeof(*fixture));
	CLEANUP(cleanup_free) char *script = NULL;

	assert_non_null(fixture);
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/test-store-XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	snprintf(fixture->trials_path, sizeof(fixture->trials_path), "%s/trials", fixture->path);
	assert_int_equal(mkdir(fixture->trials_path, 0700), 0);
	fixture->run_fd = open(fixture->path, O_DIRECTORY | O_CLOEXEC);
	fixture->trials_fd = open(fixture->trials_path, O_DIRECTORY | O_CLOEXEC);
	assert_true(fixture->run_fd >= 0 && fixture->trials_fd >= 0);
	script = string_format("%s/ramp.py", fixture->path);
	assert_int_equal(file_write(AT_FDCWD, script, "pass\n", 5, 0644, NULL), 0);
	fixture->experiment = store_experiment(fixture->path, repetitions);
	assert_int_equal(plan_new(fixture->experiment, &fixture->plan, NULL), 0);
	return fixture;
}

static inline void store_fixture_free(struct store_fixture *fixture)
{
	plan_free(fixture->plan);
	experiment_free(fixture->experiment);
	close(fixture->trials_fd);
	close(fixture->run_fd);
	assert_int_equal(file_remove_tree(AT_FDCWD, fixture->path, NULL), 0);
	free(fixture);
}

static inline struct series *store_series(struct spool *spool, const char *name)
{
	struct series *series = NULL;

	assert_int_equal(spool_series(spool, name, &series, NULL), 0);
	return series;
}

static inline void store_append(
	struct spool *spool, const char *name, uint64_t time_ns, uint64_t value)
{
	const struct sample sample = {.time_ns = time_ns, .value = value};

	assert_int_equal(series_append(store_series(spool, name), &sample, 1, NULL), 0);
}

/*
 * An ok trial: begin at 1000 ns, end at 2000 ns. The caller adds to result->spool and releases it
 * with store_result_release.
 */
static inline void store_result_init(struct store_fixture *fixture, struct trial_result *result)
{
	*result = (struct trial_result){
		.status = TRIAL_OK,
		.exit_code = 0,
		.begin_ns = 1000,
		.end_ns = 2000,
		.wall_ns = 1000,
		.usage_known = true,
		.user_ns = 600,
		.system_ns = 300,
		.maxrss_bytes = 9000000,
		.start_realtime_ns = 1700000000000000000,
		.start_monotonic_ns = 500,
		.reference =
			{
				.begun = true,
				.initial_bytes = 100,
				.peak_bytes = 900,
				.peak_exact = true,
				.final_bytes = 200,
				.leaf_peak_kept = true,
				.leaf_peak_bytes = 950,
				.events = {.high = 1, .max = 2, .oom = 3, .oom_kill = 4},
			},
		.sampler =
			{
				.mode = SAMPLER_SLEEP,
				.realtime = true,
				.cpu = 1,
				.n_samples = 3,
				.n_scheduled = 5,
				.n_missed = 2,
				.n_dropped = 0,
				.late_p50_ns = 30,
				.late_p99_ns = 90,
				.late_max_ns = 99,
			},
		.watch_cost =
			{
				.known = true,
				.watched_ns = 1600,
				.runner = {40, 30, 20, 10},
				.sampler = {8, 7, 6, 5},
				.peak_known = true,
				.peak_rss_bytes = 8192,
			},
		.channel = {.n_records = 7, .n_invalid_packets = 1},
	};
	result->stdout_text.text = strdup("");
	result->stderr_text.text = strdup("");
	assert_int_equal(spool_create(fixture->run_fd, "spool", &result->spool, NULL), 0);
	store_append(result->spool, "reference", 900, 100);
	store_append(result->spool, "reference", 1500, 800);
	store_append(result->spool, "reference", 1900, 200);
}

static inline void store_result_release(struct trial_result *result)
{
	assert_int_equal(spool_remove(&result->spool, NULL), 0);
	free(result->stdout_text.text);
	free(result->stderr_text.text);
	free(result->marks);
}

static inline void store_seal(
	struct store_fixture *fixture, size_t index, const struct trial_result *result)
{
	struct error error = ERROR_INIT;

	if (trial_file_seal(fixture->trials_fd, fixture->trials_path, fixture->plan,
		    plan_trial(fixture->plan, index), result, &error) < 0)
		fail_msg("%s", error.text);
}

static inline bool store_exists(int directory_fd, const char *name)
{
	return faccessat(directory_fd, name, F_OK, 0) == 0;
}

/* Runs a Python program with the file open as `f` in h5py; its assertions count as the test's. */
static inline void store_assert_python(const char *path, const char *program)
{
	CLEANUP(cleanup_free)
	char *text = string_format("import sys, h5py, numpy as np\n"
				   "f = h5py.File(sys.argv[1], 'r')\n"
				   "def same(got, expected):\n"
				   "    assert got == expected, (got, expected)\n"
				   "%s",
		program);
	const char *const argv[] = {"/usr/bin/python3", "-c", text, path, NULL};
	CLEANUP(cleanup_free) char *output = NULL;
	struct error error = ERROR_INIT;

	if (process_run(&(struct process_helper){.argv = argv}, &output, &error) < 0)
		fail_msg("%s", error.text);
}
