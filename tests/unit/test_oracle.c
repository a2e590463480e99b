#include "runner/trial/oracle.h"

#include "tests/unit/made_facts.h"
#include "tests/unit/store_fixture.h"

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

/* ---- which marks */

static void test_oracle_wants__every_mark_where_none_is_named(void **state)
{
	const struct oracle_settings settings = {.counts = true};

	(void)state;
	assert_true(oracle_wants(&settings, "task_begin"));
	assert_true(oracle_wants(&settings, "filled"));
}

static void test_oracle_wants__no_mark_but_those_named(void **state)
{
	char *marks[] = {"filled", "task_end", NULL};
	const struct oracle_settings settings = {.counts = true, .marks = marks};

	(void)state;
	assert_true(oracle_wants(&settings, "filled"));
	assert_true(oracle_wants(&settings, "task_end"));
	assert_false(oracle_wants(&settings, "task_begin"));
	assert_false(oracle_wants(&settings, "fill"));
}

static void test_oracle_wants__nothing_where_there_is_no_oracle(void **state)
{
	const struct oracle_settings settings = {.counts = false};

	(void)state;
	assert_false(oracle_wants(&settings, "task_begin"));
}

/* ---- the interval */

static void add(struct oracle_result *result, const char *mark, enum oracle_place place,
	uint64_t time_ns, uint64_t anon_bytes)
{
	struct oracle_count count = {
		.place = place,
		.time_ns = time_ns,
		.held_ns = 100,
		.current_before_bytes = anon_bytes + 11,
		.current_after_bytes = anon_bytes + 12,
		.stat_row = result->n + 1,
		.pages = {.anon_bytes = anon_bytes,
			.file_bytes = 20,
			.shmem_bytes = 3,
			.page_table_bytes = 4,
			.other_bytes = 5,
			.large_bytes = 6,
			.n_groups = 1,
			.n_frames = 1000,
			.duration_ns = 90},
	};

	snprintf(count.mark, sizeof(count.mark), "%s", mark);
	assert_int_equal(oracle_add(result, &count), 0);
}

/* The interval is [1000, 2000]: the ends are counted outside it. */
static struct oracle_result six_counts(void)
{
	struct oracle_result result = {.counts = NULL};

	add(&result, "early", ORACLE_AT_MARK, 100, 9000);
	add(&result, "task_begin", ORACLE_AT_BEGIN, 890, 200);
	add(&result, "filled", ORACLE_AT_MARK, 1200, 800);
	add(&result, "half", ORACLE_AT_MARK, 1400, 500);
	add(&result, "task_end", ORACLE_AT_END, 2010, 300);
	add(&result, "late", ORACLE_AT_MARK, 3000, 9000);
	oracle_settle(&result, 1000, 2000);
	return result;
}

static void test_oracle_settle__what_was_held_within_the_interval(void **state)
{
	struct oracle_result result = six_counts();
	static const bool within[] = {false, true, true, true, true, false};

	(void)state;
	assert_int_equal(result.held_ns, 200);
	for (size_t i = 0; i < result.n; i++)
		assert_int_equal(result.counts[i].in_interval, within[i]);
	/* A task that sends neither task_begin nor task_end. */
	oracle_settle(&result, 50, 3100);
	assert_int_equal(result.held_ns, 600);
	oracle_settle(&result, 50, 3099);
	assert_int_equal(result.held_ns, 500);
	oracle_result_release(&result);
	assert_int_equal(result.n, 0);
}

static void test_oracle_window__is_of_the_interval(void **state)
{
	struct oracle_result result = six_counts();
	struct oracle_window window = oracle_window(&result, page_count_user_bytes);

	(void)state;
	assert_true(window.has_initial && window.has_largest && window.has_final);
	assert_int_equal(window.initial, 223);
	assert_int_equal(window.largest, 823);
	assert_int_equal(window.final, 323);
	oracle_result_release(&result);
	window = oracle_window(&result, page_count_user_bytes);
	assert_false(window.has_initial || window.has_largest || window.has_final);
}

static void test_oracle_window__of_a_task_without_ends_has_a_largest_alone(void **state)
{
	struct oracle_result result = {.counts = NULL};
	struct oracle_window window;

	(void)state;
	add(&result, "filled", ORACLE_AT_MARK, 1200, 0);
	oracle_settle(&result, 1000, 2000);
	window = oracle_window(&result, page_count_user_bytes);
	assert_false(window.has_initial || window.has_final);
	assert_true(window.has_largest);
	assert_int_equal(window.largest, 23);
	oracle_result_release(&result);
}

/* ---- in the file */

static void seal_counted(struct store_fixture *fixture, size_t index)
{
	struct trial_result result;

	store_result_init(fixture, &result);
	result.oracle = six_counts();
	store_seal(fixture, index, &result);
	oracle_result_release(&result.oracle);
	store_result_release(&result);
}

static void seal_uncounted(struct store_fixture *fixture, size_t index)
{
	struct trial_result result;

	store_result_init(fixture, &result);
	store_seal(fixture, index, &result);
	store_result_release(&result);
}

static void check(const struct store_fixture *fixture, const char *name, const char *program)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", fixture->path, name);

	store_assert_python(path, program);
}

static void test_trial_file_seal__has_a_row_a_count(void **state)
{
	struct store_fixture *fixture = *state;

	seal_counted(fixture, 0);
	check(fixture, "trials/000001.h5",
		"o = f['oracle']\n"
		"same(list(o['mark'][()]), [b'early', b'task_begin', b'filled', b'half', "
		"b'task_end', b'late'])\n"
		"same(list(o['time_ns']), [100, 890, 1200, 1400, 2010, 3000])\n"
		"same(list(o['anon_bytes']), [9000, 200, 800, 500, 300, 9000])\n"
		"same(list(o['current_before_bytes']), [9011, 211, 811, 511, 311, 9011])\n"
		"same(list(o['current_after_bytes']), [9012, 212, 812, 512, 312, 9012])\n"
		"same(list(o['stat_row']), [1, 2, 3, 4, 5, 6])\n"
		"for name, value in dict(file_bytes=20, shmem_bytes=3, page_table_bytes=4,\n"
		"        other_bytes=5, large_bytes=6, groups=1, frames=1000, duration_ns=90,\n"
		"        held_ns=100).items():\n"
		"    same(list(o[name]), [value] * 6)\n"
		"same(len(o), 15)\n"
		"a = o.attrs\n"
		"same(a['held_ns'], 200)\n"
		"same([a[f'user_{x}_bytes'] for x in ('initial', 'largest', 'final')],\n"
		"    [223, 823, 323])\n"
		"same([a[f'anon_{x}_bytes'] for x in ('initial', 'largest', 'final')],\n"
		"    [200, 800, 300])\n"
		"same([a[f'file_{x}_bytes'] for x in ('initial', 'largest', 'final')],\n"
		"    [20] * 3)\n"
		"same([a[f'shmem_{x}_bytes'] for x in ('initial', 'largest', 'final')],\n"
		"    [3] * 3)\n"
		"same(len(a), 13)\n");
}

static void test_trial_file_seal__has_no_group_where_nothing_was_counted(void **state)
{
	struct store_fixture *fixture = *state;

	seal_uncounted(fixture, 0);
	check(fixture, "trials/000001.h5", "assert 'oracle' not in f\n");
}

static void test_results_gather__has_rows_of_what_was_counted(void **state)
{
	struct store_fixture *fixture = *state;
	struct error error = ERROR_INIT;

	seal_counted(fixture, 0);
	for (size_t i = 1; i < plan_size(fixture->plan); i++)
		seal_uncounted(fixture, i);
	if (results_gather(fixture->run_fd, fixture->path, fixture->plan, &made_facts, &error) < 0)
		fail_msg("%s", error.text);
	check(fixture, "results.h5",
		"t = f['summary'][()]\n"
		"o = t[np.char.startswith(t['metric'], b'oracle.')]\n"
		"same(list(o['metric']), [b'oracle.user_bytes', b'oracle.anon_bytes',\n"
		"    b'oracle.file_bytes', b'oracle.shmem_bytes'])\n"
		"same(set(o['trial']), {1})\n"
		"same([tuple(x) for x in o[['initial_bytes', 'peak_bytes', 'final_bytes']]],\n"
		"    [(223, 823, 323), (200, 800, 300), (20, 20, 20), (3, 3, 3)])\n"
		"import csv, os\n"
		"rows = list(csv.DictReader(open(os.path.join(os.path.dirname(sys.argv[1]), "
		"'summary.csv'))))\n"
		"same([r['peak_bytes'] for r in rows if r['metric'] == 'oracle.user_bytes'], "
		"['823'])\n");
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oracle_wants__every_mark_where_none_is_named),
		cmocka_unit_test(test_oracle_wants__no_mark_but_those_named),
		cmocka_unit_test(test_oracle_wants__nothing_where_there_is_no_oracle),
		cmocka_unit_test(test_oracle_settle__what_was_held_within_the_interval),
		cmocka_unit_test(test_oracle_window__is_of_the_interval),
		cmocka_unit_test(test_oracle_window__of_a_task_without_ends_has_a_largest_alone),
		STORE_TEST(test_trial_file_seal__has_a_row_a_count),
		STORE_TEST(test_trial_file_seal__has_no_group_where_nothing_was_counted),
		STORE_TEST(test_results_gather__has_rows_of_what_was_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
