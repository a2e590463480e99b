/* Sealed trials: written by the store, read back by h5py and h5dump. */

#include "tests/unit/store_fixture.h"

#include "tests/unit/forked.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

static int setup(void **state)
{
	*state = store_fixture_new(1);
	return 0;
}

static int teardown(void **state)
{
	store_fixture_free(*state);
	return 0;
}

static void check(struct store_fixture *fixture, const char *program)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/000001.h5", fixture->trials_path);

	assert_true(store_exists(fixture->trials_fd, "000001.h5"));
	assert_false(store_exists(fixture->trials_fd, "000001.h5.part"));
	store_assert_python(path, program);
}

/* ---- content */

static void test_trial_file_seal__attributes_of_a_trial(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;
	CLEANUP(cleanup_free) char *program = NULL;

	store_result_init(fixture, &result);
	store_seal(fixture, 0, &result);
	program = string_format(
		"a = dict(f.attrs)\n"
		"same(a['backend'], '%s')\n"
		"same(a['format'], 'memcg-run-trial')\n"
		"same(a['format_version'], 1)\n"
		"same(a['task'], 'ramp.py')\n"
		"import json\n"
		"same(json.loads(a['parameters']), {'size_mib': 64, 'mode': 'a \"b\", c'})\n"
		"same(a['status'], 'ok')\n"
		"same(a['cause'], '')\n"
		"same(a['repetition'], 1)\n"
		"same(bool(a['warmup']), False)\n"
		"same(a['warmup'].dtype, np.dtype(bool))\n"
		"same(a['order'], 1)\n"
		"same(a['exit_code'], 0)\n"
		"assert 'signal' not in a\n"
		"same((a['begin_ns'], a['end_ns'], a['wall_ns']), (1000, 2000, 1000))\n"
		"same((a['user_ns'], a['system_ns']), (600, 300))\n"
		"same(a['maxrss_bytes'], 9000000)\n"
		"same(a['start_realtime_ns'], 1700000000000000000)\n"
		"same(a['start_monotonic_ns'], 500)\n"
		"same((a['channel_records'], a['channel_invalid_packets']), (7, 1))\n"
		"same(a['wall_ns'].dtype, np.dtype('<u8'))\n"
		"same((a['watched_ns'], a['runner_peak_rss_bytes']), (1600, 8192))\n"
		"same((a['runner_user_ns'], a['runner_system_ns']), (40, 30))\n"
		"same((a['runner_voluntary_switches'], a['runner_involuntary_switches']), (20, "
		"10))\n"
		"same((a['sampler_user_ns'], a['sampler_system_ns']), (8, 7))\n"
		"same((a['sampler_voluntary_switches'], a['sampler_involuntary_switches']), (6, "
		"5))\n",
		plan_trial(fixture->plan, 0)->backend->name);
	check(fixture, program);
	store_result_release(&result);
}

static void test_trial_file_seal__where_it_ran_and_what_disturbed_it(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	store_seal(fixture, 0, &result);
	check(fixture, "assert 'suspect' not in f.attrs and 'task_cpus' not in f.attrs\n");
	snprintf(result.suspect, sizeof(result.suspect), "the machine swapped");
	result.task_cpus = strdup("0-2");
	store_seal(fixture, 0, &result);
	check(fixture, "same((f.attrs['suspect'], f.attrs['task_cpus']), ('the machine swapped', "
		       "'0-2'))\n");
	free(result.task_cpus);
	store_result_release(&result);
}

static void test_trial_file_seal__the_reference_and_its_sampler(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	store_seal(fixture, 0, &result);
	check(fixture,
		"r = f['reference']; a = r.attrs\n"
		"same(list(r['time_ns']), [900, 1500, 1900])\n"
		"same(list(r['current_bytes']), [100, 800, 200])\n"
		"same(r['time_ns'].dtype, np.dtype('<u8'))\n"
		"same((r['time_ns'].compression, r['time_ns'].compression_opts), ('gzip', 1))\n"
		"same((r['time_ns'].shuffle, r['time_ns'].chunks), (True, (3,)))\n"
		"same((a['rate_hz'], bool(a['rate_max'])), (2000.0, False))\n"
		"same((a['mode'], bool(a['realtime']), a['cpu']), ('sleep', True, 1))\n"
		"same((a['scheduled'], a['samples'], a['missed'], a['dropped']), (5, 3, 2, 0))\n"
		"same((a['late_p50_ns'], a['late_p99_ns'], a['late_max_ns']), (30, 90, 99))\n"
		"same((a['initial_bytes'], a['peak_bytes'], a['final_bytes']), (100, 900, 200))\n"
		"same((bool(a['peak_exact']), a['leaf_peak_bytes']), (True, 950))\n"
		"same([a['events_' + k] for k in ('high', 'max', 'oom', 'oom_kill')], [1, 2, 3, "
		"4])\n"
		"assert 'read_error' not in a\n"
		"same(sorted(r), ['current_bytes', 'time_ns'])\n");
	store_result_release(&result);
}

static void test_trial_file_seal__gaps_have_a_begin_and_an_end(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	store_append(result.spool, "reference.gap", 900, 1500);
	store_append(result.spool, "reference.gap", 1500, 1900);
	store_seal(fixture, 0, &result);
	check(fixture, "g = f['reference/gaps']\n"
		       "same(sorted(g), ['end_ns', 'time_ns'])\n"
		       "same(list(g['time_ns']), [900, 1500])\n"
		       "same(list(g['end_ns']), [1500, 1900])\n"
		       "same(len(f['metrics']), 0)\n");
	store_result_release(&result);
}

static void append_row(
	struct spool *spool, const char *const *names, uint64_t time_ns, const uint64_t *values)
{
	for (size_t i = 0; names[i]; i++)
		store_append(spool, names[i], time_ns, values[i]);
}

static void test_trial_file_seal__what_the_slow_sampler_read_has_a_column_a_key(void **state)
{
	static const char *const stat[] = {
		"reference.stat.anon_bytes", "reference.stat.workingset_refault_file", NULL};
	static const char *const pressure[] = {"reference.pressure.some_avg10",
		"reference.pressure.some_total_us", "reference.pressure.full_avg10",
		"reference.pressure.full_total_us", NULL};
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	/* A key with a missing row: it would be unknown which. */
	store_append(result.spool, "reference.stat.kernel_bytes", 990, 7);
	store_series(result.spool, "reference.stat.sock_bytes");
	append_row(result.spool, stat, 990, (const uint64_t[]){10, 0});
	append_row(result.spool, stat, 1500, (const uint64_t[]){UINT64_MAX, 1});
	append_row(result.spool, stat, 2001, (const uint64_t[]){20, 3});
	append_row(result.spool, pressure, 991, (const uint64_t[]){12, 345, 0, 100});
	append_row(result.spool, pressure, 2002, (const uint64_t[]){10000, 346, 1, 101});
	store_append(result.spool, "reference.peak.peak_bytes", 993, 4096);
	result.reference.end_rows.row[SLOW_STAT] = 2;
	result.reference.end_rows.row[SLOW_PRESSURE] = 1;
	result.slow_sampler.channels[SLOW_STAT] = (struct slow_channel_stats){
		.n_scheduled = 4, .n_missed = 3, .read_ns = 30, .read_max_ns = 20};
	result.slow_sampler.channels[SLOW_PEAK] =
		(struct slow_channel_stats){.n_scheduled = 2, .n_missed = 1};
	store_seal(fixture, 0, &result);
	check(fixture,
		"r = f['reference']; s = r['stat']; p = r['pressure']\n"
		"same(sorted(s), ['anon_bytes', 'time_ns', 'workingset_refault_file'])\n"
		"same(list(s['time_ns']), [990, 1500, 2001])\n"
		"same(list(map(int, s['anon_bytes'])), [10, 2**64 - 1, 20])\n"
		"same(list(s['workingset_refault_file']), [0, 1, 3])\n"
		"same(s['anon_bytes'].dtype, np.dtype('<u8'))\n"
		"same((s.attrs['begin_row'], s.attrs['end_row']), (0, 2))\n"
		"same((s.attrs['rate_hz'], s.attrs['scheduled'], s.attrs['missed']), (10.0, 4, "
		"3))\n"
		"same((s.attrs['read_ns'], s.attrs['read_max_ns']), (30, 20))\n"
		"same((p.attrs['begin_row'], p.attrs['end_row']), (0, 1))\n"
		"k = r['peak']\n"
		"same((list(k['time_ns']), list(k['peak_bytes'])), ([993], [4096]))\n"
		"same((k.attrs['rate_hz'], k.attrs['scheduled'], k.attrs['missed']), (10.0, 2, "
		"1))\n"
		"same(sorted(r), ['current_bytes', 'peak', 'pressure', 'stat', 'time_ns'])\n"
		"same(sorted(p), ['full_avg10', 'full_total_us', 'some_avg10', 'some_total_us', "
		"'time_ns'])\n"
		"same(list(p['time_ns']), [991, 2002])\n"
		"same(list(p['some_avg10']), [0.12, 100.0])\n"
		"same(list(p['full_avg10']), [0.0, 0.01])\n"
		"same(p['full_avg10'].dtype, np.dtype('<f8'))\n"
		"same(list(p['full_total_us']), [100, 101])\n"
		"same(p['some_total_us'].dtype, np.dtype('<u8'))\n"
		"same(len(f['metrics']), 0)\n");
	store_result_release(&result);
}

static const char *const composition_columns[] = {"reference.composition.current_bytes",
	"reference.composition.anon_bytes", "reference.composition.file_bytes",
	"reference.composition.shmem_bytes", NULL};

/*
 * The peak of the interval is 900: the first row, from the interpreter's start, is above it, and
 * the last came after it.
 */
static void fill_composition(struct trial_result *result)
{
	append_row(result->spool, composition_columns, 600, (const uint64_t[]){950, 1, 1, 1});
	append_row(result->spool, composition_columns, 990, (const uint64_t[]){100, 60, 30, 0});
	append_row(result->spool, composition_columns, 1500, (const uint64_t[]){895, 200, 600, 7});
	append_row(result->spool, composition_columns, 1501, (const uint64_t[]){880, 880, 0, 0});
	append_row(result->spool, composition_columns, 2001, (const uint64_t[]){200, 150, 30, 0});
	append_row(result->spool, composition_columns, 2002, (const uint64_t[]){899, 9, 9, 9});
	result->reference.begin_rows.row[SLOW_COMPOSITION] = 1;
	result->reference.end_rows.row[SLOW_COMPOSITION] = 4;
}

static void test_trial_file_seal__the_peaks_composition_is_the_row_of_the_largest_use(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	fill_composition(&result);
	store_seal(fixture, 0, &result);
	check(fixture, "c = f['reference/composition']; a = dict(c.attrs)\n"
		       "same(list(c['current_bytes']), [950, 100, 895, 880, 200, 899])\n"
		       "same(list(c['file_bytes']), [1, 30, 600, 0, 30, 9])\n"
		       "same((a['peak_row'], a['at_ns'], a['current_bytes']), (2, 1500, 895))\n"
		       "same((a['anon_bytes'], a['file_bytes'], a['shmem_bytes']), (200, 600, 7))\n"
		       "same((a['begin_row'], a['end_row']), (1, 4))\n"
		       "assert 'kernel_bytes' not in a and 'kernel_bytes' not in c\n"
		       "assert 'rate_hz' not in a and 'scheduled' not in a\n");
	store_result_release(&result);
}

/*
 * At 2000 the task ended. What was read after it is of the interval only if it was held at task_end: a task without that
 * mark was dead by then, and its page cache may be the largest use of all.
 */
static void seal_what_was_read_after_the_end(struct store_fixture *fixture, bool held)
{
	struct trial_result result;

	store_result_init(fixture, &result);
	append_row(result.spool, composition_columns, 990, (const uint64_t[]){9, 9, 0, 0});
	append_row(result.spool, composition_columns, 1500, (const uint64_t[]){800, 200, 600, 0});
	append_row(result.spool, composition_columns, 2003, (const uint64_t[]){898, 8, 890, 0});
	append_row(result.spool, composition_columns, 2004, (const uint64_t[]){899, 0, 899, 0});
	result.reference.end_rows.row[SLOW_COMPOSITION] = 2;
	result.reference.held_at_end = held;
	store_seal(fixture, 0, &result);
	store_result_release(&result);
}

static void test_trial_file_seal__what_was_read_after_the_end_is_not_of_the_peak(void **state)
{
	seal_what_was_read_after_the_end(*state, false);
	check(*state, "a = dict(f['reference/composition'].attrs)\n"
		      "same((a['peak_row'], a['at_ns'], a['file_bytes']), (1, 1500, 600))\n");
}

static void test_trial_file_seal__what_was_read_while_held_at_task_end_is_of_the_peak(void **state)
{
	seal_what_was_read_after_the_end(*state, true);
	check(*state, "a = dict(f['reference/composition'].attrs)\n"
		      "same((a['peak_row'], a['at_ns'], a['file_bytes']), (2, 2000, 890))\n");
}

/*
 * Its rows are known only by their times: the last before the beginning counts, and none after the
 * end.
 */
static void test_trial_file_seal__a_recovered_trial_has_its_peaks_composition(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	result.recovered = true;
	fill_composition(&result);
	store_seal(fixture, 0, &result);
	check(fixture, "a = dict(f['reference/composition'].attrs)\n"
		       "same((a['peak_row'], a['at_ns'], a['anon_bytes']), (2, 1500, 200))\n"
		       "assert 'begin_row' not in a\n");
	store_result_release(&result);
}

static void test_trial_file_seal__the_limits_that_are_set(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	fixture->experiment->limits = (struct limits){
		.memory_max_bytes = {.kind = AMOUNT_NUMBER, .number = 1 << 24},
		.swap_max_bytes = {.kind = AMOUNT_NUMBER, .number = 0},
		.pids_max = {.kind = AMOUNT_MAX},
		.oom_group = true,
	};
	store_seal(fixture, 0, &result);
	check(fixture, "a = {k: v for k, v in f.attrs.items() if k.startswith('limit_')}\n"
		       "same(a, {'limit_memory_max_bytes': 1 << 24, 'limit_swap_max_bytes': 0, "
		       "'limit_oom_group': True})\n");
	store_result_release(&result);
}

static void test_trial_file_seal__metrics_with_unit_kind_and_window(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	store_append(result.spool, "psutil.rss_bytes", 990, 40);
	store_append(result.spool, "psutil.rss_bytes", 1100, 70);
	store_append(result.spool, "psutil.rss_bytes", 1999, 60);
	store_append(result.spool, "psutil.rss_bytes", 2001, 99);
	store_append(result.spool, "tool.pause_ns", 500, UINT64_MAX);
	store_append(result.spool, "tool.calls", 1001, 3);
	series_set_kind(store_series(result.spool, "tool.calls"), METRIC_HIGH_WATER);
	store_seal(fixture, 0, &result);
	check(fixture, "m = f['metrics']\n"
		       "same(sorted(m), ['psutil.rss_bytes', 'tool.calls', 'tool.pause_ns'])\n"
		       "a = m['psutil.rss_bytes'].attrs\n"
		       "same((a['unit'], a['kind']), ('bytes', 'gauge'))\n"
		       "same((a['initial'], a['peak'], a['final']), (40, 70, 60))\n"
		       "same(a['initial_time_ns'], 990)\n"
		       "same((a['peak_time_ns'], a['final_time_ns']), (1100, 1999))\n"
		       "same(list(m['psutil.rss_bytes/time_ns']), [990, 1100, 1999, 2001])\n"
		       "same(list(m['psutil.rss_bytes/value']), [40, 70, 60, 99])\n"
		       "a = m['tool.pause_ns'].attrs\n"
		       "same((a['unit'], int(a['initial'])), ('ns', 2**64 - 1))\n"
		       "assert 'peak' not in a and 'final' not in a\n"
		       "a = m['tool.calls'].attrs\n"
		       "same((a['unit'], a['kind'], a['peak']), ('1', 'high-water mark', 3))\n");
	store_result_release(&result);
}

static void test_trial_file_seal__a_peak_is_never_below_the_initial_value(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	store_append(result.spool, "psutil.pss_bytes", 990, 80);
	store_append(result.spool, "psutil.pss_bytes", 1100, 70);
	store_seal(fixture, 0, &result);
	check(fixture, "a = f['metrics/psutil.pss_bytes'].attrs\n"
		       "same((a['initial'], a['peak'], a['final']), (80, 80, 70))\n"
		       "same(a['peak_time_ns'], 990)\n");
	store_result_release(&result);
}

static void test_trial_file_seal__what_is_read_at_the_marks_has_no_peak(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	store_append(result.spool, "psutil.pss_bytes", 990, 80);
	store_append(result.spool, "psutil.pss_bytes", 1999, 70);
	series_set_kind(store_series(result.spool, "psutil.pss_bytes"), METRIC_AT_MARKS);
	store_seal(fixture, 0, &result);
	check(fixture,
		"a = f['metrics/psutil.pss_bytes'].attrs\n"
		"same((a['kind'], a['initial'], a['final']), ('gauge at the marks', 80, 70))\n"
		"assert 'peak' not in a and 'peak_time_ns' not in a\n");
	store_result_release(&result);
}

static void test_trial_file_seal__truth_holds_from_before_begin(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	store_append(result.spool, "truth", 600, 5000); /* released before begin */
	store_append(result.spool, "truth", 700, 300);
	store_append(result.spool, "truth", 1200, 200);
	store_append(result.spool, "truth", 2500, 9000); /* after the end */
	store_seal(fixture, 0, &result);
	check(fixture, "t = f['truth']\n"
		       "same(list(t['bytes']), [5000, 300, 200, 9000])\n"
		       "same(list(t['time_ns']), [600, 700, 1200, 2500])\n"
		       "same(t.attrs['peak_bytes'], 300)\n"
		       "same(len(f['metrics']), 0)\n");
	store_result_release(&result);
}

static void test_trial_file_seal__truth_of_each_kind(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	store_append(result.spool, "truth.charged", 700, 300);
	store_append(result.spool, "truth.charged", 1200, 400);
	store_append(result.spool, "truth.unique", 1300, 350);
	store_seal(fixture, 0, &result);
	/* Nothing was declared for touched and requested. */
	check(fixture, "t = f['truth']\n"
		       "same(sorted(t), ['bytes', 'charged', 'time_ns', 'unique'])\n"
		       "same((len(t['bytes']), 'peak_bytes' in t.attrs), (0, False))\n"
		       "same(list(t['charged/bytes']), [300, 400])\n"
		       "same(list(t['charged/time_ns']), [700, 1200])\n"
		       "same(t['charged'].attrs['peak_bytes'], 400)\n"
		       "same(t['unique'].attrs['peak_bytes'], 350)\n"
		       "same(len(f['metrics']), 0)\n");
	store_result_release(&result);
}

static void test_trial_file_seal__marks_and_output(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	result.marks = calloc(2, sizeof(*result.marks));
	result.n_marks = 2;
	result.marks[0] = (struct trial_mark){.time_ns = 1000, .name = "task_begin"};
	result.marks[1] = (struct trial_mark){
		.time_ns = 1300,
		.name = "a23456789012345678901234567890123456789012345678901234567890123",
	};
	free(result.stdout_text.text);
	result.stdout_text = (struct trial_output){
		.text = strdup("h\xc3\xa9llo\n"), .length = 7, .cut_bytes = 12};
	store_seal(fixture, 0, &result);
	check(fixture,
		"k = f['marks']\n"
		"same(list(k['time_ns']), [1000, 1300])\n"
		"names = [n.decode() for n in k['name'][:]]\n"
		"same((names[0], len(names[1])), ('task_begin', 63))\n"
		"same(f['stdout'][()].decode(), 'h\\u00e9llo\\n')\n"
		"same((f['stdout'].attrs['bytes'], f['stdout'].attrs['cut_bytes']), (7, 12))\n"
		"same(f['stderr'][()], b'')\n"
		"same((f['stderr'].attrs['bytes'], f['stderr'].attrs['cut_bytes']), (0, 0))\n");
	store_result_release(&result);
}

static void test_trial_file_seal__a_trial_that_never_began_has_no_numbers(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result = {
		.status = TRIAL_FAILED, .cause = "cannot start runc", .exit_code = -1};

	store_seal(fixture, 0, &result);
	check(fixture,
		"a = f.attrs\n"
		"same((a['status'], a['cause']), ('failed', 'cannot start runc'))\n"
		"for name in ('exit_code', 'signal', 'wall_ns', 'begin_ns', 'end_ns', 'user_ns',\n"
		"             'maxrss_bytes', 'start_realtime_ns', 'watched_ns', "
		"'runner_user_ns',\n"
		"             'sampler_user_ns', 'runner_peak_rss_bytes'):\n"
		"    assert name not in a, name\n"
		"r = f['reference']\n"
		"same((r['time_ns'].shape, r['current_bytes'].shape), ((0,), (0,)))\n"
		"same(sorted(r.attrs), ['rate_hz', 'rate_max'])\n"
		"assert 'stat' not in r and 'truth' not in f\n"
		"same((len(f['metrics']), f['marks/name'].shape), (0, (0,)))\n");
}

static void test_trial_file_seal__usage_that_nobody_told_is_not_zero(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	result.usage_known = false;
	store_seal(fixture, 0, &result);
	check(fixture, "same(f.attrs['wall_ns'], 1000)\n"
		       "for name in ('user_ns', 'system_ns', 'maxrss_bytes'):\n"
		       "    assert name not in f.attrs, name\n");
	store_result_release(&result);
}

static void test_trial_file_seal__a_signal_and_a_reading_error(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	result.status = TRIAL_OOM;
	result.exit_code = -1;
	result.signal = 9;
	result.sampler.read_error = ENODEV;
	store_seal(fixture, 0, &result);
	check(fixture, "same((f.attrs['status'], f.attrs['signal']), ('oom', 9))\n"
		       "assert 'exit_code' not in f.attrs\n"
		       "same(f['reference'].attrs['read_error'], 'No such device')\n");
	store_result_release(&result);
}

static void test_trial_file_seal__a_series_of_many_chunks(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	store_result_init(fixture, &result);
	/* Three chunks of 65536, and a partial one. */
	for (uint64_t i = 0; i < 200000; i++)
		store_append(result.spool, "x.y_bytes", i, i * 3);
	store_seal(fixture, 0, &result);
	check(fixture, "g = f['metrics/x.y_bytes']\n"
		       "same(g['value'].chunks, (65536,))\n"
		       "assert np.array_equal(g['time_ns'][:], np.arange(200000))\n"
		       "assert np.array_equal(g['value'][:], 3 * np.arange(200000))\n"
		       "same((g.attrs['initial'], g.attrs['final']), (3000, 6000))\n");
	store_result_release(&result);
}

static void test_trial_file_seal__h5dump_shows_what_was_printed(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/000001.h5", fixture->trials_path);
	const char *const argv[] = {"h5dump", "-d", "/stdout", path, NULL};
	CLEANUP(cleanup_free) char *output = NULL;
	struct trial_result result;
	struct error error = ERROR_INIT;
	int r;

	store_result_init(fixture, &result);
	free(result.stdout_text.text);
	result.stdout_text = (struct trial_output){.text = strdup("forty-two"), .length = 9};
	store_seal(fixture, 0, &result);
	store_result_release(&result);
	r = process_run(&(struct process_helper){.argv = argv}, &output, &error);
	if (r == -ENOENT)
		skip(); /* hdf5-tools is not installed */
	assert_int_equal(r, 0);
	assert_non_null(strstr(output, "\"forty-two\""));
}

/* ---- write failures */

static void test_trial_file_seal__replaces_the_part_of_a_crash(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	assert_int_equal(
		file_write(fixture->trials_fd, "000001.h5.part", "torn", 4, 0600, NULL), 0);
	store_result_init(fixture, &result);
	store_seal(fixture, 0, &result);
	check(fixture, "same(f.attrs['status'], 'ok')\n");
	store_result_release(&result);
}

static void test_trial_file_seal__names_the_file_that_cannot_be_made(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result = {.status = TRIAL_OK};
	struct error error = ERROR_INIT;

	assert_int_equal(mkdirat(fixture->trials_fd, "000001.h5.part", 0700), 0);
	assert_int_equal(trial_file_seal(fixture->trials_fd, "/run/trials", fixture->plan,
				 plan_trial(fixture->plan, 0), &result, &error),
		-EISDIR);
	assert_string_equal(error.text,
		"cannot seal /run/trials/000001.h5: cannot create 000001.h5.part: Is a directory");
}

struct sealing {
	struct store_fixture *fixture;
	const struct trial_result *result;
};

/*
 * Seals on file systems of growing size in its own mount namespace, so that the disk is full at
 * each step in turn: creating, writing, flushing. Returns 0 if each failed cleanly or succeeded.
 */
static int seal_on_small_disks(struct store_fixture *fixture, const struct trial_result *result)
{
	bool failed = false;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 2;
	for (unsigned pages = 1; pages < 400; pages += pages < 40 ? 1 : 20) {
		struct error error = ERROR_INIT;
		char size[32];
		int fd, r;

		snprintf(size, sizeof(size), "size=%u", pages * 4096);
		if (mount("tmpfs", fixture->trials_path, "tmpfs", 0, size) < 0)
			return 3;
		fd = open(fixture->trials_path, O_DIRECTORY | O_CLOEXEC);
		r = trial_file_seal(fd, fixture->trials_path, fixture->plan,
			plan_trial(fixture->plan, 0), result, &error);
		if (store_exists(fd, "000001.h5") != (r == 0) || store_exists(fd, "000001.h5.part"))
			return 4;
		if (r < 0 && (r != -ENOSPC || !strstr(error.text, "No space left on device")))
			return 5;
		failed = failed || r < 0;
		close(fd);
		/* busy if the library still held a file */
		if (umount2(fixture->trials_path, 0) < 0)
			return 6;
		if (r == 0)
			return failed ? 0 : 7;
	}
	return 8;
}

/* A forked_work. Also tests the library's exit handlers. */
static int seal_and_exit(void *context)
{
	const struct sealing *sealing = context;

	exit(seal_on_small_disks(sealing->fixture, sealing->result));
}

static void test_trial_file_seal__a_full_disk_leaves_nothing(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;
	struct sealing sealing = {fixture, &result};
	int status;

	store_result_init(fixture, &result);
	/* Random values, so that they cannot be compressed. */
	for (uint64_t i = 0, value = 1; i < 50000; i++) {
		value = value * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		store_append(result.spool, "x.y_bytes", i, value);
	}
	status = forked_run(seal_and_exit, &sealing);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	store_result_release(&result);
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_trial_file_seal__attributes_of_a_trial),
		STORE_TEST(test_trial_file_seal__where_it_ran_and_what_disturbed_it),
		STORE_TEST(test_trial_file_seal__the_reference_and_its_sampler),
		STORE_TEST(test_trial_file_seal__gaps_have_a_begin_and_an_end),
		STORE_TEST(test_trial_file_seal__what_the_slow_sampler_read_has_a_column_a_key),
		STORE_TEST(
			test_trial_file_seal__the_peaks_composition_is_the_row_of_the_largest_use),
		STORE_TEST(test_trial_file_seal__a_recovered_trial_has_its_peaks_composition),
		STORE_TEST(test_trial_file_seal__what_was_read_after_the_end_is_not_of_the_peak),
		STORE_TEST(
			test_trial_file_seal__what_was_read_while_held_at_task_end_is_of_the_peak),
		STORE_TEST(test_trial_file_seal__the_limits_that_are_set),
		STORE_TEST(test_trial_file_seal__metrics_with_unit_kind_and_window),
		STORE_TEST(test_trial_file_seal__what_is_read_at_the_marks_has_no_peak),
		STORE_TEST(test_trial_file_seal__a_peak_is_never_below_the_initial_value),
		STORE_TEST(test_trial_file_seal__truth_holds_from_before_begin),
		STORE_TEST(test_trial_file_seal__truth_of_each_kind),
		STORE_TEST(test_trial_file_seal__marks_and_output),
		STORE_TEST(test_trial_file_seal__a_trial_that_never_began_has_no_numbers),
		STORE_TEST(test_trial_file_seal__usage_that_nobody_told_is_not_zero),
		STORE_TEST(test_trial_file_seal__a_signal_and_a_reading_error),
		STORE_TEST(test_trial_file_seal__a_series_of_many_chunks),
		STORE_TEST(test_trial_file_seal__h5dump_shows_what_was_printed),
		STORE_TEST(test_trial_file_seal__replaces_the_part_of_a_crash),
		STORE_TEST(test_trial_file_seal__names_the_file_that_cannot_be_made),
		STORE_TEST(test_trial_file_seal__a_full_disk_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
