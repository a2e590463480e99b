/* Trials whose spools a killed runner left: sealed from them, read back by h5py. */

#include "runner/store/recovery.h"
#include "runner/trial/journal.h"
#include "tests/unit/made_facts.h"
#include "tests/unit/store_fixture.h"

#include <errno.h>

static int setup(void **state)
{
	*state = store_fixture_new(2);
	return 0;
}

static int teardown(void **state)
{
	store_fixture_free(*state);
	return 0;
}

/* ---- a runner that is killed */

static struct spool *create(struct store_fixture *fixture, const char *name, size_t index)
{
	struct trial_description description;
	struct spool *spool = NULL;
	struct error error = ERROR_INIT;

	if (spool_create(fixture->trials_fd, name, &spool, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(
		trial_describe(fixture->plan, plan_trial(fixture->plan, index), &description, NULL),
		0);
	assert_int_equal(journal_describe(spool, &description, NULL), 0);
	trial_description_release(&description);
	return spool;
}

static struct trial_result begun(struct spool *spool)
{
	return (struct trial_result){
		.start_realtime_ns = 1700000000000000000,
		.start_monotonic_ns = 500,
		.begin_ns = 1000,
		.reference = {.initial_bytes = 100},
		.spool = spool,
	};
}

static void append_row(struct spool *spool, uint64_t time_ns, uint64_t value)
{
	store_append(spool, "reference.stat.anon_bytes", time_ns, value);
	store_append(spool, "reference.stat.file_bytes", time_ns, value + 1);
}

/* Trial 1: released at 500, task_begin at 1000, last seen at 1900. */
static struct spool *spool_of_a_trial(struct store_fixture *fixture)
{
	struct spool *spool = create(fixture, "000001.spool", 0);
	struct trial_result result = begun(spool);
	const struct trial_mark mark = {.time_ns = 990, .name = "task_begin"};

	assert_int_equal(journal_gate(&result, NULL), 0);
	assert_int_equal(journal_mark(spool, &mark, NULL), 0);
	assert_int_equal(journal_begin(&result, NULL), 0);
	store_append(spool, "reference", 900, 100);
	store_append(spool, "reference", 1500, 800);
	store_append(spool, "reference", 1900, 200);
	append_row(spool, 995, 10);
	append_row(spool, 1995, 20);
	store_append(spool, "psutil.rss_bytes", 1600, 700);
	assert_int_equal(journal_kind(spool, "psutil.rss_bytes", METRIC_HIGH_WATER, NULL), 0);
	return spool;
}

/* Buffered data are lost with the process unless flushed. */
static void kill_runner(struct spool *spool, bool flushed)
{
	struct error error = ERROR_INIT;

	if (flushed && spool_flush(spool, &error) < 0)
		fail_msg("%s", error.text);
	spool_close(&spool);
}

/* Overwrites the last bytes of a file of trial 1's spool, as a machine crash might. */
static void damage(struct store_fixture *fixture, const char *file, const char *bytes, size_t n)
{
	CLEANUP(cleanup_free) char *path = string_format("000001.spool/%s", file);
	CLEANUP(cleanup_close)
	int fd = openat(fixture->trials_fd, path, O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
}

/* ---- the next one */

struct told {
	char text[2048];
};

static void tell(void *context, const char *what)
{
	struct told *told = context;
	size_t length = strlen(told->text);

	snprintf(told->text + length, sizeof(told->text) - length, "%s\n", what);
}

static int recover(
	struct store_fixture *fixture, struct told *told, uint64_t *n, struct error *error)
{
	*told = (struct told){.text = ""};
	*n = 99;
	return recovery_seal_spools(fixture->trials_fd, "trials", tell, told, n, error);
}

static void assert_recovers_1(struct store_fixture *fixture, const char *told_text)
{
	struct error error = ERROR_INIT;
	struct told told;
	uint64_t n;

	if (recover(fixture, &told, &n, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(n, 1);
	assert_string_equal(told.text, told_text);
	assert_false(store_exists(fixture->trials_fd, "000001.spool"));
}

static void check(struct store_fixture *fixture, const char *program)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/000001.h5", fixture->trials_path);

	store_assert_python(path, program);
}

static void test_recovery__a_cut_trial_keeps_its_samples_and_what_is_known(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *program = NULL;

	kill_runner(spool_of_a_trial(fixture), true);
	assert_recovers_1(fixture, "trial 000001 in trials: recovered with 3 samples: the runner "
				   "was killed during the trial\n");
	program = string_format(
		"a = f.attrs\n"
		"same((a['status'], bool(a['recovered'])), ('interrupted', True))\n"
		"same(a['cause'], 'the runner was killed during the trial')\n"
		"same((a['backend'], a['task']), ('%s', 'ramp.py'))\n"
		"same((a['order'], a['repetition'], bool(a['warmup'])), (1, 1, False))\n"
		"import json\n"
		"same(json.loads(a['parameters']), {'size_mib': 64, 'mode': 'a \"b\", c'})\n"
		"same((a['start_realtime_ns'], a['start_monotonic_ns']), (1700000000000000000, "
		"500))\n"
		"same((a['begin_ns'], a['end_ns'], a['wall_ns']), (1000, 1900, 900))\n"
		"r = f['reference']\n"
		"same(list(r['time_ns']), [900, 1500, 1900])\n"
		"same(list(r['current_bytes']), [100, 800, 200])\n"
		"same([r.attrs[k + '_bytes'] for k in ('initial', 'peak', 'final')], [100, 800, "
		"200])\n"
		"same((bool(r.attrs['peak_exact']), r.attrs['rate_hz']), (False, 2000.0))\n"
		"same(list(r['stat/anon_bytes']), [10, 20])\n"
		"same(list(r['stat/file_bytes']), [11, 21])\n"
		"m = f['metrics/psutil.rss_bytes']\n"
		"same((list(m['value']), m.attrs['kind']), ([700], 'high-water mark'))\n"
		"same(list(f['marks/name']), [b'task_begin'])\n"
		"same(list(f['marks/time_ns']), [990])\n",
		plan_trial(fixture->plan, 0)->backend->name);
	check(fixture, program);
}

static void test_recovery__what_only_the_runner_knew_is_absent_and_not_zero(void **state)
{
	struct store_fixture *fixture = *state;

	kill_runner(spool_of_a_trial(fixture), true);
	assert_recovers_1(fixture, "trial 000001 in trials: recovered with 3 samples: the runner "
				   "was killed during the trial\n");
	check(fixture, "for name in ('exit_code', 'signal', 'user_ns', 'maxrss_bytes', "
		       "'channel_records'):\n"
		       "    assert name not in f.attrs, name\n"
		       "for name in ('mode', 'samples', 'missed', 'dropped', 'leaf_peak_bytes', "
		       "'events_oom'):\n"
		       "    assert name not in f['reference'].attrs, name\n"
		       "for name in ('scheduled', 'missed', 'end_row'):\n"
		       "    assert name not in f['reference/stat'].attrs, name\n"
		       "assert 'stdout' not in f and 'stderr' not in f\n");
}

static void test_recovery__an_end_that_was_seen_is_the_end(void **state)
{
	struct store_fixture *fixture = *state;
	struct spool *spool = spool_of_a_trial(fixture);
	struct trial_result result = begun(spool);

	result.end_ns = 1700;
	result.reference.final_bytes = 900;
	assert_int_equal(journal_end(&result, NULL), 0); /* flushes */
	kill_runner(spool, false);
	assert_recovers_1(fixture, "trial 000001 in trials: recovered with 3 samples: the runner "
				   "was killed during the trial\n");
	check(fixture,
		"same((f.attrs['end_ns'], f.attrs['wall_ns']), (1700, 700))\n"
		"same([f['reference'].attrs[k] for k in ('final_bytes', 'peak_bytes')], [900, "
		"900])\n");
}

static void test_recovery__nothing_flushed_is_a_trial_that_never_began(void **state)
{
	struct store_fixture *fixture = *state;

	kill_runner(spool_of_a_trial(fixture), false);
	assert_recovers_1(fixture, "trial 000001 in trials: recovered with 0 samples: the runner "
				   "was killed during the trial\n");
	check(fixture,
		"same((f.attrs['status'], len(f['reference/time_ns'])), ('interrupted', 0))\n"
		"assert 'begin_ns' not in f.attrs and 'start_realtime_ns' not in f.attrs\n"
		"assert 'initial_bytes' not in f['reference'].attrs\n");
}

static void test_recovery__a_torn_sample_is_left_out_and_counted(void **state)
{
	struct store_fixture *fixture = *state;

	kill_runner(spool_of_a_trial(fixture), true);
	damage(fixture, "000.samples", "12345", 5);
	assert_recovers_1(fixture,
		"trial 000001 in trials: recovered with 3 samples: the runner was killed during "
		"the trial; 5 bytes that it had written were damaged and are left out\n");
	check(fixture, "same(list(f['reference/time_ns']), [900, 1500, 1900])\n"
		       "same(f.attrs['cause'], 'the runner was killed during the trial; 5 bytes "
		       "that it had written were damaged and are left out')\n");
}

/*
 * Blocks that never reached the disk are zeros: 2 samples, 32 bytes; for the metric half a sample
 * more.
 */
static void test_recovery__samples_of_impossible_times_end_a_series(void **state)
{
	static const char zeros[40];
	struct store_fixture *fixture = *state;

	kill_runner(spool_of_a_trial(fixture), true);
	damage(fixture, "000.samples", zeros, 32);
	damage(fixture, "003.samples", zeros, 40);
	assert_recovers_1(fixture,
		"trial 000001 in trials: recovered with 3 samples: the runner was killed during "
		"the trial; 72 bytes that it had written were damaged and are left out\n");
	check(fixture, "same(list(f['reference/time_ns']), [900, 1500, 1900])\n"
		       "same(list(f['metrics/psutil.rss_bytes/value']), [700])\n");
}

static void test_recovery__a_row_that_is_not_in_all_columns_is_left_out(void **state)
{
	struct store_fixture *fixture = *state;
	struct spool *spool = spool_of_a_trial(fixture);

	store_append(spool, "reference.stat.anon_bytes", 2995, 30);
	kill_runner(spool, true);
	assert_recovers_1(fixture, "trial 000001 in trials: recovered with 3 samples: the runner "
				   "was killed during the trial\n");
	check(fixture, "same(list(f['reference/stat/anon_bytes']), [10, 20])\n"
		       "same(list(f['reference/stat/file_bytes']), [11, 21])\n");
}

/* The second of three rows could not be read for one of the columns. */
static void test_recovery__a_column_that_lacks_a_row_in_the_midst_is_left_out(void **state)
{
	struct store_fixture *fixture = *state;
	struct spool *spool = spool_of_a_trial(fixture);

	store_append(spool, "reference.stat.sock_bytes", 995, 1);
	append_row(spool, 2995, 30);
	store_append(spool, "reference.stat.sock_bytes", 2995, 3);
	kill_runner(spool, true);
	assert_recovers_1(fixture, "trial 000001 in trials: recovered with 3 samples: the runner "
				   "was killed during the trial\n");
	check(fixture, "same(list(f['reference/stat/time_ns']), [995, 1995, 2995])\n"
		       "same(list(f['reference/stat/file_bytes']), [11, 21, 31])\n"
		       "assert 'sock_bytes' not in f['reference/stat']\n");
}

static void test_recovery__an_index_is_good_up_to_the_line_that_is_not(void **state)
{
	struct store_fixture *fixture = *state;

	kill_runner(spool_of_a_trial(fixture), true);
	/* The file of its series would be another's. */
	damage(fixture, "index", "000 b.c_bytes\n004 d.e_bytes\n", 28);
	assert_int_equal(file_write(fixture->trials_fd, "000001.spool/004.samples", "0123456789",
				 10, 0600, NULL),
		0);
	assert_recovers_1(fixture,
		"trial 000001 in trials: recovered with 3 samples: the runner was killed during "
		"the trial; 10 bytes that it had written were damaged and are left out\n");
	check(fixture, "same(list(f['metrics']), ['psutil.rss_bytes'])\n");
}

static void test_recovery__a_sealed_trial_is_left_alone(void **state)
{
	struct store_fixture *fixture = *state;
	struct error error = ERROR_INIT;
	struct told told;
	uint64_t n;

	kill_runner(spool_of_a_trial(fixture), true);
	assert_int_equal(file_write(fixture->trials_fd, "000001.h5", "sealed", 6, 0644, NULL), 0);
	if (recover(fixture, &told, &n, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(n, 0);
	assert_string_equal(told.text, "trial 000001 in trials: it was sealed already\n");
	assert_false(store_exists(fixture->trials_fd, "000001.spool"));
	{
		CLEANUP(cleanup_free) char *text = NULL;

		assert_int_equal(
			file_read(fixture->trials_fd, "000001.h5", 100, &text, NULL, NULL), 0);
		assert_string_equal(text, "sealed");
	}
}

static void test_recovery__a_spool_of_nobody_is_told_of_and_left(void **state)
{
	struct store_fixture *fixture = *state;
	struct error error = ERROR_INIT;
	struct told told;
	uint64_t n;

	kill_runner(spool_of_a_trial(fixture), true);
	assert_int_equal(
		file_write(fixture->trials_fd, "000001.spool/notes", "{\"trial\"", 8, 0600, NULL),
		0);
	kill_runner(create(fixture, "000002.spool", 2), true);
	if (recover(fixture, &told, &n, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(n, 0);
	assert_non_null(
		strstr(told.text, "trial 000001 in trials: its spool cannot be recovered and is "
				  "kept as it is: its notes do not name the trial\n"));
	assert_non_null(strstr(told.text, "is kept as it is: it is that of trial 000003\n"));
	assert_true(store_exists(fixture->trials_fd, "000001.spool"));
	assert_true(store_exists(fixture->trials_fd, "000002.spool"));
	assert_false(store_exists(fixture->trials_fd, "000001.h5"));
}

static void test_recovery__one_that_cannot_be_sealed_stays_and_the_others_are_tried(void **state)
{
	struct store_fixture *fixture = *state;
	struct error error = ERROR_INIT;
	struct told told;
	uint64_t n;

	kill_runner(spool_of_a_trial(fixture), true);
	kill_runner(create(fixture, "000002.spool", 1), true);
	assert_int_equal(mkdirat(fixture->trials_fd, "000001.h5.part", 0700), 0);
	assert_int_equal(recover(fixture, &told, &n, &error), -EISDIR);
	assert_non_null(strstr(error.text, "000001.h5"));
	assert_int_equal(n, 1);
	assert_true(store_exists(fixture->trials_fd, "000001.spool"));
	assert_false(store_exists(fixture->trials_fd, "000002.spool"));
	assert_true(store_exists(fixture->trials_fd, "000002.h5"));
}

static void test_recovery__unfinished_files_are_removed_and_others_are_not_looked_at(void **state)
{
	struct store_fixture *fixture = *state;
	struct error error = ERROR_INIT;
	struct told told;
	uint64_t n;

	assert_int_equal(file_write(fixture->trials_fd, "000007.h5.part", "x", 1, 0644, NULL), 0);
	assert_int_equal(mkdirat(fixture->trials_fd, "notes.spool", 0700), 0);
	assert_int_equal(mkdirat(fixture->trials_fd, "0000001.spool", 0700), 0);
	if (recover(fixture, &told, &n, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(n, 0);
	assert_string_equal(told.text, "");
	assert_false(store_exists(fixture->trials_fd, "000007.h5.part"));
	assert_true(store_exists(fixture->trials_fd, "notes.spool"));
	assert_true(store_exists(fixture->trials_fd, "0000001.spool"));
}

static void test_recovery__a_recovered_trial_is_gathered_with_the_others(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/results.h5", fixture->path);
	struct run_facts facts = made_facts;
	struct error error = ERROR_INIT;

	facts.complete = false;
	kill_runner(spool_of_a_trial(fixture), true);
	assert_recovers_1(fixture, "trial 000001 in trials: recovered with 3 samples: the runner "
				   "was killed during the trial\n");
	if (results_gather(fixture->run_fd, fixture->path, fixture->plan, &facts, &error) < 0)
		fail_msg("%s", error.text);
	store_assert_python(path,
		"row = f['summary'][0]\n"
		"same((row['status'], row['peak_bytes']), (b'interrupted', 800))\n"
		"same(bool(f['trials/000001'].attrs['recovered']), True)\n");
}

/* ---- notes */

/* A note counts from its newline on, never in part. */
static void test_journal_read__takes_every_prefix_up_to_its_last_whole_note(void **state)
{
	struct store_fixture *fixture = *state;
	struct spool *spool = spool_of_a_trial(fixture);
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length, first;

	assert_int_equal(spool_flush(spool, NULL), 0);
	assert_int_equal(spool_read_notes(spool, &text, &length, NULL), 0);
	first = (size_t)(strchr(text, '\n') - text) + 1;
	for (size_t n = 0; n <= length; n++) {
		struct trial_description description;
		struct trial_result result = {.spool = spool};
		uint64_t torn_bytes;
		int r = journal_read(text, n, &description, &result, &torn_bytes, NULL);

		assert_int_equal(r, n < first ? -EINVAL : 0);
		if (r < 0)
			continue;
		assert_int_equal(
			torn_bytes, n - ((size_t)((char *)memrchr(text, '\n', n) - text) + 1));
		assert_int_equal(
			result.n_marks == 1, memmem(text, n, "\"task_begin\"}}\n", 15) != NULL);
		trial_description_release(&description);
		trial_result_release(&result);
	}
	assert_int_equal(spool_remove(&spool, NULL), 0);
}

static void test_spool_note__longer_than_its_buffer_is_whole(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *line = calloc(1, 10001);
	CLEANUP(cleanup_free) char *text = NULL;
	struct spool *spool = NULL;
	size_t length;

	memset(line, 'a', 10000);
	assert_int_equal(spool_create(fixture->trials_fd, "spool", &spool, NULL), 0);
	assert_int_equal(spool_note(spool, "first", NULL), 0);
	assert_int_equal(spool_note(spool, line, NULL), 0);
	line[4095] = '\0'; /* including its newline, the whole buffer */
	assert_int_equal(spool_note(spool, line, NULL), 0);
	assert_int_equal(spool_note(spool, "last", NULL), 0);
	assert_int_equal(spool_flush(spool, NULL), 0);
	assert_int_equal(spool_read_notes(spool, &text, &length, NULL), 0);
	assert_int_equal(length, 6 + 10001 + 4096 + 5);
	assert_memory_equal(text, "first\naaa", 9);
	assert_memory_equal(text + 6 + 10000, "\naaa", 4);
	assert_string_equal(text + length - 7, "a\nlast\n");
	assert_int_equal(spool_remove(&spool, NULL), 0);
}

#define RECOVERY_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RECOVERY_TEST(test_recovery__a_cut_trial_keeps_its_samples_and_what_is_known),
		RECOVERY_TEST(test_recovery__what_only_the_runner_knew_is_absent_and_not_zero),
		RECOVERY_TEST(test_recovery__an_end_that_was_seen_is_the_end),
		RECOVERY_TEST(test_recovery__nothing_flushed_is_a_trial_that_never_began),
		RECOVERY_TEST(test_recovery__a_torn_sample_is_left_out_and_counted),
		RECOVERY_TEST(test_recovery__samples_of_impossible_times_end_a_series),
		RECOVERY_TEST(test_recovery__a_row_that_is_not_in_all_columns_is_left_out),
		RECOVERY_TEST(test_recovery__a_column_that_lacks_a_row_in_the_midst_is_left_out),
		RECOVERY_TEST(test_recovery__an_index_is_good_up_to_the_line_that_is_not),
		RECOVERY_TEST(test_recovery__a_sealed_trial_is_left_alone),
		RECOVERY_TEST(test_recovery__a_spool_of_nobody_is_told_of_and_left),
		RECOVERY_TEST(
			test_recovery__one_that_cannot_be_sealed_stays_and_the_others_are_tried),
		RECOVERY_TEST(
			test_recovery__unfinished_files_are_removed_and_others_are_not_looked_at),
		RECOVERY_TEST(test_recovery__a_recovered_trial_is_gathered_with_the_others),
		RECOVERY_TEST(test_journal_read__takes_every_prefix_up_to_its_last_whole_note),
		RECOVERY_TEST(test_spool_note__longer_than_its_buffer_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
