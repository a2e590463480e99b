/* results.h5 as read for the report. */

#include "tests/unit/results_fixture.h"

#include <errno.h>
#include <math.h>

static void test_results_row__gives_the_summary(void **state)
{
	struct store_fixture *fixture = *state;
	struct results *results;
	unsigned n_metric_rows = 0;

	seal_all(fixture);
	gather(fixture, &made_facts);
	results = open_results(fixture);
	assert_int_equal(results_n_rows(results), 6);
	for (size_t i = 0; i < 6; i++) {
		const struct summary_row *row = results_row(results, i);
		bool psutil = strcmp(row->backend, "psutil") == 0;

		assert_string_equal(row->task, "ramp.py");
		assert_string_equal(
			row->parameters, "{\"size_mib\": 64, \"mode\": \"a \\\"b\\\", c\"}");
		assert_string_equal(row->status, "ok");
		assert_int_equal(row->wall_ns, 1000);
		assert_true(row->watched_ns == 1600.0 && row->runner_cpu_ns == 85.0);
		assert_true(row->sampler_cpu_ns == 15.0 && row->runner_peak_rss_bytes == 8192.0);
		assert_false(row->warmup);
		assert_int_equal(isnan(row->truth_peak_bytes) != 0, !psutil);
		if (strcmp(row->metric, "reference.current_bytes") == 0) {
			assert_true(row->peak_bytes == 900.0);
			continue;
		}
		n_metric_rows++;
		assert_string_equal(row->metric, "psutil.rss_bytes");
		assert_true(psutil);
		assert_true(row->initial_bytes == 40.0 + (double)(row->trial - 1));
		assert_true(row->final_bytes == 70.0 + (double)(row->trial - 1));
		assert_int_equal(row->repetition, n_metric_rows);
	}
	assert_int_equal(n_metric_rows, 2);
	results_close(results);
}

/* As written by an older program, which did not measure them. */
static void test_results_row__later_columns_may_be_missing(void **state)
{
	struct store_fixture *fixture = *state;
	struct results *results;

	seal_all(fixture);
	gather(fixture, &made_facts);
	check(fixture, "f.close()\n"
		       "f = h5py.File(sys.argv[1], 'r+')\n"
		       "del f.attrs['sealed']\n"
		       "t = f['summary'][()]\n"
		       "del f['summary']\n"
		       "names = [n for n in t.dtype.names if 'runner' not in n and n not in "
		       "('watched_ns', 'sampler_cpu_ns', 'suspect')][:13]\n"
		       "import numpy.lib.recfunctions as rf\n"
		       "f['summary'] = rf.repack_fields(t[names])\n"
		       "same(len(f['summary'].dtype.names), 13)\n");
	results = open_results(fixture);
	assert_int_equal(results_n_rows(results), 6);
	for (size_t i = 0; i < 6; i++) {
		const struct summary_row *row = results_row(results, i);

		assert_int_equal(row->wall_ns, 1000);
		assert_true(isnan(row->watched_ns) && isnan(row->runner_cpu_ns));
		assert_true(isnan(row->sampler_cpu_ns) && isnan(row->runner_peak_rss_bytes));
		assert_false(row->suspect);
		for (size_t j = 0; j < SUMMARY_N_ACCOUNT; j++)
			assert_true(isnan(row->account[j]));
	}
	assert_true(results_row(results, 0)->peak_bytes == 900.0);
	results_close(results);
}

static void test_results_attribute__texts_numbers_and_booleans(void **state)
{
	struct store_fixture *fixture = *state;
	struct results *results;
	const char *kernel;

	seal_all(fixture);
	gather(fixture, &made_facts);
	results = open_results(fixture);
	kernel = results_attribute(results, "kernel");
	assert_string_equal(kernel, "Linux 6.18");
	assert_string_equal(results_attribute(results, "memory_bytes"), "24000000000");
	assert_string_equal(results_attribute(results, "complete"), "TRUE");
	assert_string_equal(results_attribute(results, "seccomp_sha256"), "");
	assert_string_equal(results_attribute(results, "doctor"), "{\"can_run\": true} ");
	/* The order of tasks and points is read from it. */
	assert_non_null(strstr(results_attribute(results, "experiment"), "\n"));
	assert_null(results_attribute(results, "nothing"));
	assert_ptr_equal(results_attribute(results, "kernel"), kernel);
	results_close(results);
}

/* Every command may print one: whoever can write the file can write a name that a terminal acts on. */
static void test_results_attribute__is_safe_for_terminals(void **state)
{
	struct store_fixture *fixture = *state;
	struct results *results;

	seal_all(fixture);
	gather(fixture, &made_facts);
	check(fixture, "f.close()\n"
		       "with h5py.File(sys.argv[1], 'r+') as g:\n"
		       "    del g.attrs['sealed']\n"
		       "    g.attrs['name'] = 'a\\x1b[2J\\u009b1m\\u202eb\\nmemcg-run: ok'\n");
	results = open_results(fixture);
	assert_string_equal(results_attribute(results, "name"), "a [2J 1m b memcg-run: ok");
	results_close(results);
}

static void test_results_trial_window__of_a_trial(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result never = {.status = TRIAL_FAILED, .exit_code = -1};
	uint64_t begin_ns = 7, end_ns = 7;
	struct results *results;
	struct error error = ERROR_INIT;

	seal_all(fixture);
	store_seal(fixture, 3, &never);
	gather(fixture, &made_facts);
	results = open_results(fixture);
	assert_int_equal(results_trial_window(results, 4, &begin_ns, &end_ns, &error), -ENODATA);
	assert_string_equal(error.text, "trial 000004 did not start");
	assert_int_equal(results_trial_window(results, 5, &begin_ns, &end_ns, &error), -ENOENT);
	assert_string_equal(error.text, "there is no trial 000005");
	assert_int_equal(begin_ns, 7);
	assert_int_equal(results_trial_window(results, 1, &begin_ns, &end_ns, NULL), 0);
	assert_int_equal(begin_ns, 1000);
	assert_int_equal(end_ns, 2000);
	results_close(results);
}

static uint64_t trial_of(struct store_fixture *fixture, const char *backend)
{
	for (size_t i = 0; i < plan_size(fixture->plan); i++) {
		if (strcmp(plan_trial(fixture->plan, i)->backend->name, backend) == 0)
			return i + 1;
	}
	return 0;
}

static size_t trace_of(struct results *results, uint64_t trial, const char *name,
	size_t max_samples, struct sample **ret_samples)
{
	struct error error = ERROR_INIT;
	size_t n = 99;

	if (results_trace(results, trial, name, max_samples, ret_samples, &n, &error) < 0)
		fail_msg("%s", error.text);
	return n;
}

static void test_results_trace__reference_truth_and_metric(void **state)
{
	static const char *const absent[] = {"psutil.uss_bytes", "", "..",
		"metrics/psutil.rss_bytes", "reference/stat", "truth/unique", "truth/bytes"};
	struct store_fixture *fixture = *state;
	uint64_t trial = trial_of(fixture, "psutil");
	struct results *results;
	struct sample *samples = NULL;

	seal_all(fixture);
	gather(fixture, &made_facts);
	results = open_results(fixture);
	assert_int_equal(trace_of(results, trial, "reference", 100, &samples), 3);
	assert_int_equal(samples[1].time_ns, 1500);
	assert_int_equal(samples[1].value, 800);
	free(samples);
	assert_int_equal(trace_of(results, trial, "truth", 100, &samples), 1);
	assert_int_equal(samples[0].value, 60);
	free(samples);
	assert_int_equal(trace_of(results, trial, "truth/charged", 100, &samples), 1);
	assert_int_equal(samples[0].value, 64);
	free(samples);
	assert_int_equal(trace_of(results, trial, "psutil.rss_bytes", 100, &samples), 2);
	assert_int_equal(samples[1].value, 70 + trial - 1);
	free(samples);
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		assert_int_equal(trace_of(results, trial, absent[i], 100, &samples), 0);
		free(samples);
	}
	assert_int_equal(trace_of(results, trial_of(fixture, "none"), "truth", 100, &samples), 0);
	free(samples);
	assert_int_equal(
		trace_of(results, trial_of(fixture, "none"), "truth/charged", 100, &samples), 0);
	free(samples);
	results_close(results);
}

/* 200,000 samples of 1000, one of 5000 and one of 3: 100 samples of it include both. */
static void test_results_trace__keeps_a_spike_of_one_sample(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;
	struct results *results;
	struct sample *samples = NULL;
	bool spike = false, dip = false;
	size_t n;

	seal_all(fixture);
	store_result_init(fixture, &result);
	for (uint64_t i = 0; i < 200000; i++)
		store_append(result.spool, "x.y_bytes", i,
			i == 123456 ? 5000 : (i == 123457 ? 3 : 1000));
	store_seal(fixture, 0, &result);
	store_result_release(&result);
	gather(fixture, &made_facts);
	results = open_results(fixture);
	n = trace_of(results, 1, "x.y_bytes", 100, &samples);
	assert_in_range(n, 50, 100);
	assert_int_equal(samples[0].time_ns, 0);
	assert_int_equal(samples[n - 1].time_ns, 199999);
	for (size_t i = 0; i < n; i++) {
		assert_true(i == 0 || samples[i].time_ns > samples[i - 1].time_ns);
		spike = spike || (samples[i].time_ns == 123456 && samples[i].value == 5000);
		dip = dip || (samples[i].time_ns == 123457 && samples[i].value == 3);
	}
	assert_true(spike && dip);
	free(samples);
	results_close(results);
}

/* Each sample around a time, also at the ends of the trace and of a chunk of its file. */
static void test_results_trace_around__leaves_nothing_out(void **state)
{
	static const struct {
		uint64_t time_ns, first;
	} around[] = {
		{0, 0}, {123456, 123451}, {65536, 65531}, {199999, 199990}, {UINT64_MAX, 199990}};
	struct store_fixture *fixture = *state;
	struct trial_result result;
	struct results *results;
	uint64_t n_all = 0;

	seal_all(fixture);
	store_result_init(fixture, &result);
	for (uint64_t i = 0; i < 200000; i++)
		store_append(result.spool, "x.y_bytes", i, 7 * i);
	store_seal(fixture, 0, &result);
	store_result_release(&result);
	gather(fixture, &made_facts);
	results = open_results(fixture);
	assert_int_equal(results_trace_count(results, 1, "x.y_bytes", &n_all, NULL), 0);
	assert_int_equal(n_all, 200000);
	assert_int_equal(results_trace_count(results, 1, "x.z_bytes", &n_all, NULL), 0);
	assert_int_equal(n_all, 0);
	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		CLEANUP(cleanup_free) struct sample *samples = NULL;
		size_t n = 0;

		assert_int_equal(results_trace_around(results, 1, "x.y_bytes", around[i].time_ns,
					 10, &samples, &n, NULL),
			0);
		assert_int_equal(n, 10);
		for (uint64_t j = 0; j < n; j++) {
			assert_int_equal(samples[j].time_ns, around[i].first + j);
			assert_int_equal(samples[j].value, 7 * (around[i].first + j));
		}
	}
	results_close(results);
}

/* Between these a sample of theirs may be missing, that stands elsewhere in the file. */
static void test_results_trace_around__has_none_that_are_not_in_order(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;
	struct results *results;
	CLEANUP(cleanup_free) struct sample *samples = NULL;
	size_t n = 99;

	seal_all(fixture);
	store_result_init(fixture, &result);
	store_append(result.spool, "x.y_bytes", 1300, 3);
	store_append(result.spool, "x.y_bytes", 1100, 1);
	store_append(result.spool, "x.y_bytes", 1200, 2);
	store_seal(fixture, 0, &result);
	store_result_release(&result);
	gather(fixture, &made_facts);
	results = open_results(fixture);
	assert_int_equal(
		results_trace_around(results, 1, "x.y_bytes", 1200, 3, &samples, &n, NULL), 0);
	assert_int_equal(n, 0);
	results_close(results);
}

static void test_results_trace__is_in_order_of_time(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;
	struct results *results;
	struct sample *samples = NULL;

	seal_all(fixture);
	store_result_init(fixture, &result);
	store_append(result.spool, "x.y_bytes", 1300, 3);
	store_append(result.spool, "x.y_bytes", 1100, 1);
	store_append(result.spool, "x.y_bytes", 1200, 2);
	store_seal(fixture, 0, &result);
	store_result_release(&result);
	gather(fixture, &made_facts);
	results = open_results(fixture);
	assert_int_equal(trace_of(results, 1, "x.y_bytes", 4, &samples), 3);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(samples[i].value, i + 1);
	free(samples);
	results_close(results);
}

/* HDF5 itself would open them by name, with the rights of the reader. */
static void test_results_trace__reads_no_other_file(void **state)
{
	static const char *const programs[] = {
		"    at.create_dataset('value', (n,), 'u8', external=[('/etc/passwd', 0, 8 * "
		"n)])\n",
		"    layout = h5py.VirtualLayout(shape=(n,), dtype='u8')\n"
		"    layout[:] = h5py.VirtualSource('/etc/other.h5', 'x', shape=(n,))\n"
		"    at.create_virtual_dataset('value', layout)\n",
	};
	struct store_fixture *fixture = *state;

	seal_all(fixture);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		CLEANUP(cleanup_free)
		char *program = string_format("f.close()\n"
					      "with h5py.File(sys.argv[1], 'r+') as g:\n"
					      "    del g.attrs['sealed']\n"
					      "    at = g['trials/000001/reference']\n"
					      "    n = len(at['time_ns'])\n"
					      "    del at['current_bytes']\n"
					      "%s"
					      "    at.move('value', 'current_bytes')\n",
			programs[i]);
		struct results *results;
		struct error error = ERROR_INIT;
		struct sample *samples = NULL;
		size_t n = 0;

		gather(fixture, &made_facts);
		check(fixture, program);
		results = open_results(fixture);
		assert_int_equal(
			results_trace(results, 1, "reference", 64, &samples, &n, &error), -EPERM);
		assert_non_null(strstr(error.text, "has its data in other files"));
		assert_null(samples);
		results_close(results);
	}
}

static void add_mark(struct trial_result *result, uint64_t time_ns, const char *name)
{
	struct trial_mark *marks = reallocarray(result->marks, result->n_marks + 1, sizeof(*marks));

	assert_non_null(marks);
	result->marks = marks;
	marks[result->n_marks] = (struct trial_mark){.time_ns = time_ns};
	snprintf(marks[result->n_marks].name, sizeof(marks->name), "%s", name);
	result->n_marks++;
}

static void test_results_marks__as_they_came(void **state)
{
	/* The longest possible name. */
	static const char longest[] =
		"a23456789b123456789c123456789d123456789e123456789f123456789g123";
	struct store_fixture *fixture = *state;
	struct trial_mark *marks = NULL;
	struct trial_result result;
	struct results *results;
	struct error error = ERROR_INIT;
	size_t n = 99;

	seal_all(fixture);
	store_result_init(fixture, &result);
	add_mark(&result, 1000, "task_begin");
	add_mark(&result, 1300, longest);
	add_mark(&result, 1200, "held");
	store_seal(fixture, 1, &result);
	store_result_release(&result);
	gather(fixture, &made_facts);
	results = open_results(fixture);
	assert_int_equal(results_marks(results, 2, &marks, &n, &error), 0);
	assert_int_equal(n, 3);
	assert_int_equal(marks[0].time_ns, 1000);
	assert_string_equal(marks[0].name, "task_begin");
	assert_int_equal(marks[1].time_ns, 1300);
	assert_string_equal(marks[1].name, longest);
	assert_int_equal(marks[2].time_ns, 1200);
	assert_string_equal(marks[2].name, "held");
	free(marks);
	assert_int_equal(results_marks(results, 1, &marks, &n, &error), 0);
	assert_int_equal(n, 0);
	free(marks);
	assert_int_equal(results_marks(results, 5, &marks, &n, &error), -ENOENT);
	assert_string_equal(error.text, "there is no trial 000005");
	results_close(results);
}

static void test_results_marks__refuses_columns_that_differ(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_mark *marks = NULL;
	struct results *results;
	struct error error = ERROR_INIT;
	size_t n = 99;

	seal_all(fixture);
	gather(fixture, &made_facts);
	check(fixture, "f.close()\n"
		       "f = h5py.File(sys.argv[1], 'r+')\n"
		       "del f.attrs['sealed']\n"
		       "del f['trials/000001/marks/time_ns']\n"
		       "f['trials/000001/marks/time_ns'] = np.array([1, 2], 'u8')\n");
	results = open_results(fixture);
	assert_int_equal(results_marks(results, 1, &marks, &n, &error), -EINVAL);
	assert_string_equal(error.text, "trial 000001: its marks are not those of a trial");
	assert_null(marks);
	results_close(results);
}

static void test_results_metric_kind__of_each(void **state)
{
	struct store_fixture *fixture = *state;
	enum metric_kind kind = METRIC_GAUGE;
	struct trial_result result;
	struct results *results;

	seal_all(fixture);
	store_result_init(fixture, &result);
	store_append(result.spool, "psutil.rss_bytes", 1100, 40);
	store_append(result.spool, "psutil.peak_bytes", 1100, 40);
	series_set_kind(store_series(result.spool, "psutil.peak_bytes"), METRIC_HIGH_WATER);
	store_seal(fixture, 0, &result);
	store_result_release(&result);
	gather(fixture, &made_facts);
	results = open_results(fixture);
	assert_int_equal(results_metric_kind(results, 1, "psutil.peak_bytes", &kind, NULL), 0);
	assert_int_equal(kind, METRIC_HIGH_WATER);
	assert_int_equal(results_metric_kind(results, 1, "psutil.nothing", &kind, NULL), 1);
	assert_int_equal(results_metric_kind(results, 1, "../reference", &kind, NULL), 1);
	assert_int_equal(kind, METRIC_HIGH_WATER);
	assert_int_equal(results_metric_kind(results, 1, "psutil.rss_bytes", &kind, NULL), 0);
	assert_int_equal(kind, METRIC_GAUGE);
	results_close(results);
}

static void test_results_open__says_why_a_file_is_none(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free)
	char *sentence = string_format(
		"cannot read %s/results.h5: it is not a results file of memcg-run", fixture->path);
	struct results *results = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(results_open(fixture->run_fd, "/nowhere", &results, &error), -ENOENT);
	assert_string_equal(
		error.text, "cannot open /nowhere/results.h5: No such file or directory");
	assert_int_equal(file_write(fixture->run_fd, "results.h5", "no", 2, 0600, NULL), 0);
	assert_int_equal(results_open(fixture->run_fd, fixture->path, &results, &error), -EIO);
	assert_non_null(strstr(error.text, "file signature not found"));
	seal_trial(fixture, 0);
	assert_int_equal(
		renameat(fixture->trials_fd, "000001.h5", fixture->run_fd, "results.h5"), 0);
	assert_int_equal(results_open(fixture->run_fd, fixture->path, &results, &error), -EINVAL);
	assert_string_equal(error.text, sentence);
	assert_null(results);
}

static void test_results_open__refuses_a_version_it_does_not_know(void **state)
{
	struct store_fixture *fixture = *state;
	struct results *results = NULL;
	struct error error = ERROR_INIT;

	seal_all(fixture);
	gather(fixture, &made_facts);
	check(fixture, "f.close()\n"
		       "with h5py.File(sys.argv[1], 'r+') as g:\n"
		       "    del g.attrs['sealed']\n"
		       "    g.attrs['format_version'] = 2\n");
	assert_int_equal(results_open(fixture->run_fd, fixture->path, &results, &error), -EINVAL);
	assert_non_null(strstr(error.text, "its format version is 2, and this memcg-run reads 1"));
	assert_null(results);
}

/* A byte appended, the last block lost, rewritten by another program: unverified content. */
static void test_results_open__refuses_a_file_that_has_lost_its_seal(void **state)
{
	struct store_fixture *fixture = *state;
	static const char *const programs[] = {
		"open(sys.argv[1], 'ab').write(b'x')\n",
		"data = open(sys.argv[1], 'rb').read()\n"
		"open(sys.argv[1], 'wb').write(data[:-82] + bytes(82))\n",
		"f.close()\n"
		"with h5py.File(sys.argv[1], 'r+') as g: g.attrs['kernel'] = 'mine'\n",
	};

	seal_all(fixture);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		struct results *results = NULL;
		struct error error = ERROR_INIT;

		gather(fixture, &made_facts);
		results_close(open_results(fixture));
		check(fixture, programs[i]);
		assert_int_equal(
			results_open(fixture->run_fd, fixture->path, &results, &error), -EBADMSG);
		assert_non_null(strstr(error.text, "results.h5 has lost its seal"));
		assert_null(results);
	}
}

static void test_results_open__waits_for_no_fifo_and_opens_no_folder(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/results.h5", fixture->path);
	struct results *results = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(results_open(fixture->run_fd, fixture->path, &results, &error), -EBADMSG);
	assert_non_null(strstr(error.text, "results.h5 is not a regular file"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(results_open(fixture->run_fd, fixture->path, &results, &error), -EBADMSG);
	assert_null(results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_results_row__gives_the_summary),
		STORE_TEST(test_results_row__later_columns_may_be_missing),
		STORE_TEST(test_results_attribute__texts_numbers_and_booleans),
		STORE_TEST(test_results_attribute__is_safe_for_terminals),
		STORE_TEST(test_results_trial_window__of_a_trial),
		STORE_TEST(test_results_trace__reference_truth_and_metric),
		STORE_TEST(test_results_trace__keeps_a_spike_of_one_sample),
		STORE_TEST(test_results_trace_around__leaves_nothing_out),
		STORE_TEST(test_results_trace_around__has_none_that_are_not_in_order),
		STORE_TEST(test_results_trace__is_in_order_of_time),
		STORE_TEST(test_results_trace__reads_no_other_file),
		STORE_TEST(test_results_marks__as_they_came),
		STORE_TEST(test_results_marks__refuses_columns_that_differ),
		STORE_TEST(test_results_metric_kind__of_each),
		STORE_TEST(test_results_open__says_why_a_file_is_none),
		STORE_TEST(test_results_open__refuses_a_version_it_does_not_know),
		STORE_TEST(test_results_open__refuses_a_file_that_has_lost_its_seal),
		STORE_TEST(test_results_open__waits_for_no_fifo_and_opens_no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
