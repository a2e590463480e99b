/* A run for programs. */

#include "tests/unit/report_fixture.h"

#include "runner/report/summary_json.h"
#include "util/json.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_PATH "/x/20261122T175321Z-ramp"

static json_t *summary_of(struct results *results)
{
	struct error error = ERROR_INIT;
	json_t *summary = NULL;

	if (summary_json(results, RUN_PATH, &summary, &error) < 0)
		fail_msg("%s", error.text);
	return summary;
}

/* "points.0.backends.1.peak_bytes" */
static json_t *at(json_t *value, const char *path)
{
	char name[64];

	while (*path) {
		const size_t length = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(name))
					     : json_object_get(value, name);
		path += length + (path[length] == '.');
	}
	return value;
}

static void assert_json(json_t *summary, const char *path, const char *expected)
{
	CLEANUP(cleanup_free) char *text = NULL;
	json_t *value = at(summary, path);

	if (!value)
		fail_msg("%s is missing", path);
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
	assert_string_equal(text, expected);
}

/* Of one trial; what is not set is not known. */
static void set_values(struct results *results, uint64_t trial, double peak_mib, uint64_t wall_ms)
{
	struct summary_row *row = row_of(results, trial, "reference.current_bytes");

	row->initial_bytes = 1.0 * (double)FAKE_MIB;
	row->peak_bytes = peak_mib * (double)FAKE_MIB;
	row->final_bytes = 2.0 * (double)FAKE_MIB;
	row->wall_ns = wall_ms * NS_PER_MS;
	for (size_t i = 0; i < SUMMARY_N_ACCOUNT; i++)
		row->account[i] = NAN;
	row->account[ACCOUNT_EXIT_CODE] = 0;
	row->account[ACCOUNT_CPU_NS] = (double)wall_ms * 2e6;
	row->account[ACCOUNT_COMPOSED] = row->peak_bytes;
	row->account[ACCOUNT_PEAK_ANON] = row->peak_bytes - 3.0 * (double)FAKE_MIB;
	row->account[ACCOUNT_PEAK_FILE] = 3.0 * (double)FAKE_MIB;
	row->account[ACCOUNT_TASK_N_CPUS] = 2;
	row->account[ACCOUNT_MAXRSS] = 5.0 * (double)FAKE_MIB;
}

/* A warm-up of 14 MiB, then 10, 12 and 11. */
static struct results *three_trials(struct fake_run *run)
{
	struct results *results;

	run->parameter = NULL;
	run->truth = false;
	results = fake_results_new(run);
	set_values(results, 1, 14.0, 200);
	set_values(results, 2, 10.0, 100);
	set_values(results, 3, 12.0, 300);
	set_values(results, 4, 11.0, 200);
	return results;
}

static void test_summary_json__has_the_run_and_its_host(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results = three_trials(&run);
	CLEANUP(cleanup_json) json_t *summary = summary_of(results);

	(void)state;
	assert_json(summary, "schema", "\"memcg-run summary\"");
	assert_json(summary, "schema_version", "1");
	assert_json(summary, "run",
		"{\"name\":\"ramp\",\"id\":null,\"started\":\"2026-11-22T17:53:21Z\","
		"\"status\":\"ok\",\"exit_status\":0,\"quick\":false,\"trials_planned\":null,"
		"\"trials_recorded\":9,\"trials_not_ok\":0,\"memcg_run_version\":\"0.1.0\"}");
	assert_json(summary, "host",
		"{\"kernel\":\"Linux 6.12.48 #1 SMP PREEMPT_DYNAMIC Debian x86_64\","
		"\"cgroup_version\":2,\"cpu_model\":\"AMD EPYC 7B13\",\"cpus\":4,"
		"\"memory_bytes\":16777216000,\"page_bytes\":null,\"runtime\":\"runc\","
		"\"runtime_version\":\"1.1.15\",\"image\":\"host\",\"image_digest\":null}");
	/* 64 pages of 4 KiB on each of 4 CPUs. */
	assert_json(summary, "resolution_bytes", "1048576");
	assert_json(summary, "backends", "[{\"name\":\"none\",\"metric\":null}]");
	assert_json(summary, "warnings", "[]");
	assert_json(summary, "failures", "{\"kinds\":[],\"other_trials\":0}");
	assert_json(summary, "drift", "{\"wall\":null,\"peak\":null}");
	results_close(results);
}

static void test_summary_json__has_medians_and_the_typical_trial(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results = three_trials(&run);
	CLEANUP(cleanup_json) json_t *summary = NULL;

	(void)state;
	results->task_cpus = "0-1";
	summary = summary_of(results);
	assert_json(summary, "points.0.task_name", "null");
	assert_json(summary, "points.0.task", "\"ramp.py\"");
	assert_json(summary, "points.0.parameters", "{}");
	assert_json(summary, "points.0.backends.0.trials",
		"{\"all\":3,\"ok\":3,\"failed\":0,\"oom\":0,\"timeout\":0,\"interrupted\":0}");
	/* 11, 10 to 12 MiB; the quartiles are half-way. Three are too few for an interval. */
	assert_json(summary, "points.0.backends.0.peak_bytes",
		"{\"n\":3,\"median\":11534336,\"minimum\":10485760,\"maximum\":12582912,"
		"\"spread\":2097152,\"quartile_low\":11010048,\"quartile_high\":12058624,"
		"\"interval_95\":null}");
	assert_json(summary, "points.0.backends.0.wall_ns.median", "200000000");
	assert_json(summary, "points.0.backends.0.cpu_ns.spread", "400000000");
	assert_json(summary, "points.0.backends.0.maxrss_bytes.median", "5242880");
	assert_json(summary, "points.0.backends.0.warmup_peak_bytes", "14680064");
	assert_json(summary, "points.0.backends.0.reported", "null");
	assert_json(summary, "points.0.backends.0.counted", "null");
	/* Trial 4 has the median peak. Its limits are not known, which is not 0. */
	assert_json(summary, "points.0.backends.0.typical_trial",
		"{\"trial\":4,\"status\":\"ok\",\"exit_code\":0,\"signal\":null,\"peak_bytes\":"
		"11534336,\"composition\":{\"of_bytes\":11534336,\"anon_bytes\":8388608,"
		"\"file_bytes\":3145728,\"shmem_bytes\":null,\"kernel_bytes\":null,"
		"\"after_begin_ns\":null},\"limits\":{\"memory_max_bytes\":null,"
		"\"memory_high_bytes\":null,\"swap_max_bytes\":null,\"pids_max\":null,"
		"\"cpu_quota_us\":null},\"limit_met\":null,\"oom_kills\":null,\"cpus\":\"0-1\","
		"\"n_cpus\":2}");
	assert_json(summary, "points.0.verdicts",
		"{\"truth\":null,\"slow_the_task\":null,\"repetitions_for_1_percent\":null}");
	results_close(results);
}

static void test_summary_json__has_an_interval_where_there_are_enough_trials(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results;
	CLEANUP(cleanup_json) json_t *summary = NULL;

	(void)state;
	run.parameter = NULL;
	run.repetitions = 6;
	results = fake_results_new(&run);
	for (uint64_t i = 0; i < 6; i++)
		set_values(results, 2 + i, 10.0, 100);
	summary = summary_of(results);
	assert_json(summary, "points.0.backends.0.peak_bytes.interval_95",
		"{\"low\":10485760,\"high\":10485760}");
	/* Six equal values need no more of them. */
	assert_json(summary, "points.0.verdicts.repetitions_for_1_percent",
		"{\"repetitions\":6,\"for\":\"peak\",\"backend\":\"none\"}");
	results_close(results);
}

static void test_summary_json__counts_what_was_not_ok(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_json) json_t *summary = NULL;

	(void)state;
	run.status = fails;
	run.memory_max_bytes = 64.0 * (double)FAKE_MIB;
	results = fake_results_new(&run);
	row_of(results, 7, "reference.current_bytes")->account[ACCOUNT_LIMIT_MET] = 137;
	row_of(results, 7, "reference.current_bytes")->account[ACCOUNT_OOM_KILLS] = 1;
	summary = summary_of(results);
	assert_json(summary, "points.0.backends.0.backend", "\"none\"");
	assert_json(summary, "points.0.backends.2.backend", "\"tracemalloc\"");
	assert_json(summary, "points.0.backends.2.trials",
		"{\"all\":3,\"ok\":0,\"failed\":0,\"oom\":2,\"timeout\":1,\"interrupted\":0}");
	assert_json(summary, "points.0.backends.2.peak_bytes", "null");
	assert_json(summary, "points.0.backends.2.limit_met_trials", "1");
	assert_json(summary, "points.0.backends.2.oom_kill_trials", "1");
	assert_json(summary, "points.0.backends.2.typical_trial.status", "\"oom\"");
	assert_json(
		summary, "points.0.backends.2.typical_trial.limits.memory_max_bytes", "67108864");
	assert_json(summary, "points.0.backends.1.trials",
		"{\"all\":3,\"ok\":2,\"failed\":1,\"oom\":0,\"timeout\":0,\"interrupted\":0}");
	results_close(results);
}

static void test_summary_json__an_unfinished_run_has_no_exit_status(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results;
	CLEANUP(cleanup_json) json_t *summary = NULL;

	(void)state;
	run.incomplete = "FALSE";
	run.suspect = "1";
	results = three_trials(&run);
	row_of(results, 3, "reference.current_bytes")->suspect = true;
	summary = summary_of(results);
	assert_json(summary, "run.status", "\"incomplete\"");
	assert_json(summary, "run.exit_status", "null");
	assert_json(summary, "warnings",
		"[{\"kind\":\"suspect\",\"trials\":1,\"first\":"
		"\"trial 000003 (psutil): the machine swapped\"}]");
	assert_json(summary, "points.0.backends.0.suspect_trials", "1");
	results_close(results);
}

/* The truth is 64 MiB: the kernel is 0.2 % from it, psutil nowhere, tracemalloc at 97 % of it. */
static void test_summary_json__has_the_verdicts_of_the_table(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_json) json_t *summary = summary_of(results);

	(void)state;
	assert_json(summary, "points.0.parameters", "{\"size_mib\":64}");
	assert_json(summary, "points.0.label", "\"size_mib=64\"");
	assert_json(summary, "points.0.verdicts.truth.peak_bytes", "67108864");
	assert_json(summary, "points.0.verdicts.truth.kernel_account_error.n", "9");
	assert_json(summary, "points.0.verdicts.truth.kernel_account_error.median", "0.002");
	assert_json(summary, "points.0.verdicts.truth.incomplete", "false");
	assert_json(summary, "points.0.verdicts.truth.reporters", "\"ranked\"");
	/* Their difference is 3 % of 64 MiB, and the kernel's account resolves 1 MiB on 4 CPUs. */
	assert_json(summary, "points.0.verdicts.truth.errors",
		"[{\"backend\":\"psutil\",\"error\":0,\"tied_for_first\":true},"
		"{\"backend\":\"tracemalloc\",\"error\":-0.03,\"tied_for_first\":false}]");
	assert_json(summary, "points.0.backends.1.reported.metric", "\"psutil.rss_bytes\"");
	results_close(results);
}

static void test_summary_json_write__makes_a_file(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results = three_trials(&run);
	char folder[] = "/tmp/test-summary-json-XXXXXX";
	CLEANUP(cleanup_json) json_t *expected = summary_of(results);
	CLEANUP(cleanup_json) json_t *found = NULL;
	CLEANUP(cleanup_close) int fd = -1;
	CLEANUP(cleanup_close) int file_fd = -1;

	(void)state;
	assert_non_null(mkdtemp(folder));
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* A link in its place is replaced, and not followed. */
	assert_int_equal(symlinkat("/nonexistent/file", fd, "summary.json"), 0);
	assert_int_equal(summary_json_write(results, fd, RUN_PATH, NULL), 0);
	file_fd = openat(fd, "summary.json", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	assert_true(file_fd >= 0);
	found = json_loadfd(file_fd, 0, NULL);
	assert_true(json_equal(found, expected));
	assert_int_equal(unlinkat(fd, "summary.json", 0), 0);
	assert_int_equal(rmdir(folder), 0);
	results_close(results);
}

/* ---- util/json.h */

static void test_json_document__is_of_lines_with_short_numbers(void **state)
{
	CLEANUP(cleanup_json)
	json_t *value =
		json_pack("{s:o, s:o, s:o, s:[i, o], s:{}, s:[]}", "tenth", json_from_double(0.1),
			"whole", json_from_double(3e9), "missing", json_from_double(NAN), "list", 1,
			json_from_text("\xc3\xa9\033\"\xff"), "object", "array");
	CLEANUP(cleanup_free) char *text = json_document(value);

	(void)state;
	assert_string_equal(text, "{\n"
				  "  \"tenth\": 0.1,\n"
				  "  \"whole\": 3000000000,\n"
				  "  \"missing\": null,\n"
				  "  \"list\": [\n"
				  "    1,\n"
				  "    \"\\u00E9 \\\"?\"\n"
				  "  ],\n"
				  "  \"object\": {},\n"
				  "  \"array\": []\n"
				  "}\n");
	assert_null(json_document(NULL));
}

static void test_json_from_lines__has_each_line(void **state)
{
	CLEANUP(cleanup_json) json_t *lines = json_from_lines("a\n\nb\tc\n");
	CLEANUP(cleanup_json) json_t *none = json_from_lines("");

	(void)state;
	assert_json(lines, "", "[\"a\",\"\",\"b c\"]");
	assert_json(none, "", "[]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_summary_json__has_the_run_and_its_host),
		cmocka_unit_test(test_summary_json__has_medians_and_the_typical_trial),
		cmocka_unit_test(test_summary_json__has_an_interval_where_there_are_enough_trials),
		cmocka_unit_test(test_summary_json__counts_what_was_not_ok),
		cmocka_unit_test(test_summary_json__an_unfinished_run_has_no_exit_status),
		cmocka_unit_test(test_summary_json__has_the_verdicts_of_the_table),
		cmocka_unit_test(test_summary_json_write__makes_a_file),
		cmocka_unit_test(test_json_document__is_of_lines_with_short_numbers),
		cmocka_unit_test(test_json_from_lines__has_each_line),
	};

	return cmocka_run_group_tests_name("summary_json", tests, NULL, NULL);
}
