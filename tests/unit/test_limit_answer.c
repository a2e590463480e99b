/* The answer of a search whose trials are given: each number, and the words for the terminal. */

#include "tests/unit/limit_fixture.h"

#include "util/text.h"

#include <errno.h>

static struct limit_answer *answer_of_cached(uint64_t n_blocks)
{
	limit_given_new(1);
	limit_add_cached(0, n_blocks);
	return limit_given_answer();
}

static const struct limit_row *row_of(const struct limit_answer_point *point, uint64_t limit_mib)
{
	for (size_t i = 0; i < point->n_rows; i++)
		if (point->rows[i].limit_bytes == limit_mib * LIMIT_MIB)
			return &point->rows[i];
	fail_msg("no row of %u MiB", (unsigned)limit_mib);
	return NULL;
}

static void assert_near(double value, double expected)
{
	if (!(fabs(value - expected) <= 1e-6 * fmax(1.0, fabs(expected))))
		fail_msg("%.9g is not %.9g", value, expected);
}

static void test_limit_answer__baseline_has_medians_with_their_intervals(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached(6);
	const struct limit_answer_point *point = &answer->points[0];

	(void)state;
	assert_near(point->peak_bytes, 202.0 * (double)LIMIT_MIB);
	assert_near(point->peak_interval.low, 200.0 * (double)LIMIT_MIB);
	assert_near(point->peak_interval.high, 204.0 * (double)LIMIT_MIB);
	assert_near(point->floor_bytes, 90.0 * (double)LIMIT_MIB);
	assert_near(point->file_share, 0.5);
	assert_near(point->wall_ns, 1e9);
}

static void test_limit_answer__what_is_unknown_is_not_0(void **state)
{
	limit_given_new(1);
	/* Read too early to tell the floor, its cache says nothing about the peak. */
	limit_add(0, LIMIT_STAGE_BASELINE, 0, 1, LIMIT_SURVIVED)->file_bytes = LIMIT_MIB;
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();

	(void)state;
	assert_true(isnan(answer->points[0].floor_bytes));
	assert_true(isnan(answer->points[0].file_share));
	assert_int_equal(limit_setting_bytes(&answer->points[0]), 0);
}

static void test_limit_answer__a_row_for_each_limit_from_the_smallest(void **state)
{
	static const uint64_t limits_mib[] = {104, 110, 114, 120, 140, 160, 180, 200, 0};
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached(6);
	const struct limit_answer_point *point = &answer->points[0];

	(void)state;
	assert_int_equal(point->n_rows, LENGTH(limits_mib));
	for (size_t i = 0; i < point->n_rows; i++)
		assert_int_equal(point->rows[i].limit_bytes, limits_mib[i] * LIMIT_MIB);
	assert_int_equal(row_of(point, 110)->n, 2);
	assert_int_equal(row_of(point, 110)->n_survived, 0);
	assert_int_equal(row_of(point, 110)->n_ended[LIMIT_OOM_KILLED], 1);
	assert_int_equal(row_of(point, 110)->n_ended[LIMIT_OWN_ERROR], 1);
	assert_int_equal(row_of(point, 120)->n, 65);
	assert_int_equal(row_of(point, 120)->n_survived, 65);
	assert_int_equal(row_of(point, 0)->n, 11);
	assert_true(row_of(point, 120)->on_curve);
	assert_false(row_of(point, 114)->on_curve);
}

static void test_limit_answer__what_is_no_evidence_is_not_counted(void **state)
{
	limit_given_new(1);
	limit_add_baseline(0);
	limit_add(0, LIMIT_STAGE_SEARCH, 100, 1, LIMIT_INVALID);
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();
	const struct limit_row *row = row_of(&answer->points[0], 100);

	(void)state;
	assert_int_equal(row->n, 0);
	assert_int_equal(row->n_survived, 0);
	assert_int_equal(row->n_ended[LIMIT_INVALID], 1);
	/* Nor does it say that the task dies there. */
	assert_int_equal(answer->points[0].dies_bytes, 0);
	assert_int_equal(answer->points[0].dies_by, LIMIT_SURVIVED);
}

static void test_limit_answer__slowdown_is_paired_within_blocks(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached(6);
	const struct limit_answer_point *point = &answer->points[0];

	(void)state;
	/* The blocks' own times, from 1 s to 6 s, would hide all of these. */
	assert_near(row_of(point, 120)->slowdown, 2.0);
	assert_near(row_of(point, 120)->slowdown_interval.low, 2.0);
	assert_near(row_of(point, 140)->slowdown, 1.3);
	/* Six pairs: W = 0 has 1/64, less than 2.5 %; W = 1 has 2/64. So the extremes. */
	assert_near(row_of(point, 140)->slowdown_interval.low, 1.2);
	assert_near(row_of(point, 140)->slowdown_interval.high, 1.4);
	assert_true(isnan(row_of(point, 114)->slowdown));
	assert_true(isnan(row_of(point, 0)->slowdown));
}

static void test_limit_answer__few_blocks_have_the_extremes_as_interval(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached(3);
	const struct limit_row *row = row_of(&answer->points[0], 140);

	(void)state;
	assert_near(row->slowdown_interval.low, 1.2);
	assert_near(row->slowdown_interval.high, 1.4);
}

static void test_limit_answer__a_pair_without_one_of_its_two_is_left_out(void **state)
{
	limit_given_new(1);
	limit_add_cached(0, 6);
	/* The first block's trial without a limit is the first after the 69 before the curve. */
	assert_int_equal(given.trials[69].step.stage, LIMIT_STAGE_FREE);
	given.trials[69].outcome.end = LIMIT_INVALID;
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();

	(void)state;
	/* Without the block of 1.2. */
	assert_near(row_of(&answer->points[0], 140)->slowdown_interval.low, 1.3);
}

static void test_limit_answer__rows_have_medians_of_survivors(void **state)
{
	limit_given_new(1);
	limit_add_cached(0, 6);
	for (size_t i = 0; i < given.n_trials; i++)
		if (given.trials[i].outcome.end == LIMIT_OOM_KILLED)
			given.trials[i].outcome.refaults = 7000000;
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();
	const struct limit_answer_point *point = &answer->points[0];

	(void)state;
	assert_near(row_of(point, 160)->refaults, 1000.0);
	assert_near(row_of(point, 160)->major_faults, 100.0);
	assert_near(row_of(point, 160)->limit_met, 3.0);
	assert_near(row_of(point, 114)->refaults, 0.0);
	assert_true(isnan(row_of(point, 110)->refaults));
}

static void test_limit_answer__unharmed_is_bounded_by_time_and_refaults(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached(6);
	const struct limit_answer_point *point = &answer->points[0];

	(void)state;
	/* At 160 MiB the time is within 1.10, but 1000 pages were read again. */
	assert_int_equal(point->unharmed_bytes, 180 * LIMIT_MIB);
	assert_near(point->unharmed_interval.low, 160.0 * (double)LIMIT_MIB);
	assert_near(point->unharmed_interval.high, 180.0 * (double)LIMIT_MIB);
	assert_int_equal(limit_setting_bytes(point), 180 * LIMIT_MIB);
}

static void test_limit_answer__refaults_that_come_without_a_limit_too_do_not_harm(void **state)
{
	limit_given_new(1);
	limit_add_cached(0, 6);
	for (size_t i = 0; i < given.n_trials; i++)
		if (given.trials[i].step.limit_bytes == 0)
			given.trials[i].outcome.refaults = 600;
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();

	(void)state;
	/* 1000 - 600 is less than 517. */
	assert_int_equal(answer->points[0].unharmed_bytes, 160 * LIMIT_MIB);
}

static void test_limit_answer__a_limit_below_a_harmful_one_is_not_unharmed(void **state)
{
	limit_given_new(1);
	limit_add_cached(0, 6);
	for (size_t i = 0; i < given.n_trials; i++)
		if (given.trials[i].step.limit_bytes == 200 * LIMIT_MIB)
			given.trials[i].outcome.refaults = 2000;
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();

	(void)state;
	assert_int_equal(answer->points[0].unharmed_bytes, 0);
	assert_true(isnan(answer->points[0].unharmed_interval.low));
	/* Then the minimal limit is what there is to set. */
	assert_int_equal(limit_setting_bytes(&answer->points[0]), 120 * LIMIT_MIB);
}

static void test_limit_answer__a_limit_at_which_too_many_die_is_not_unharmed(void **state)
{
	limit_given_new(1);
	limit_add_cached(0, 6);
	/* One of six: fewer than 95 % survive. */
	for (size_t i = 0; i < given.n_trials; i++)
		if (given.trials[i].step.limit_bytes == 180 * LIMIT_MIB &&
			given.trials[i].step.repetition == 2)
			given.trials[i].outcome.end = LIMIT_OOM_KILLED;
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();

	(void)state;
	assert_int_equal(answer->points[0].unharmed_bytes, 200 * LIMIT_MIB);
}

static void test_limit_answer__if_the_whole_curve_is_unharmed_the_search_bounds_it(void **state)
{
	limit_given_new(1);
	limit_add_cached(0, 6);
	for (size_t i = 0; i < given.n_trials; i++) {
		given.trials[i].outcome.refaults = 0;
		given.trials[i].outcome.wall_ns = NS_PER_S;
	}
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();

	(void)state;
	assert_int_equal(answer->points[0].unharmed_bytes, 120 * LIMIT_MIB);
	assert_near(answer->points[0].unharmed_interval.low, 114.0 * (double)LIMIT_MIB);
	assert_int_equal(answer->points[0].knee_bytes, 0);
}

/*
 * The chord falls from ln 2 at 120 MiB to 0 at 200. Below it are 140 MiB by 0.5199 - 0.2624 = 0.2575, 160 MiB by
 * 0.3466 - 0.0770 = 0.2696, and 180 MiB by 0.1733.
 */
static void test_limit_answer__knee_is_farthest_below_the_chord(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached(6);

	(void)state;
	assert_int_equal(answer->points[0].knee_bytes, 160 * LIMIT_MIB);
}

static void test_limit_answer__a_cliff_has_its_knee_above_it(void **state)
{
	limit_given_new(1);
	limit_add_cached(0, 6);
	for (size_t i = 0; i < given.n_trials; i++) {
		const struct limit_step *step = &given.trials[i].step;
		const bool slow =
			step->stage == LIMIT_STAGE_CURVE && step->limit_bytes <= 160 * LIMIT_MIB;

		given.trials[i].outcome.wall_ns = slow ? 3 * NS_PER_S : NS_PER_S;
	}
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();

	(void)state;
	assert_int_equal(answer->points[0].knee_bytes, 180 * LIMIT_MIB);
}

static void test_limit_answer__dies_at_the_largest_limit_without_a_survivor_below(void **state)
{
	limit_given_new(1);
	limit_add_cached(0, 6);
	/* Above one that was survived, so not where it surely dies. */
	limit_add(0, LIMIT_STAGE_SEARCH, 117, 1, LIMIT_OOM_KILLED);
	/* Below, and no evidence. */
	limit_add(0, LIMIT_STAGE_SEARCH, 112, 1, LIMIT_INVALID);
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();
	const struct limit_answer_point *point = &answer->points[0];

	(void)state;
	assert_int_equal(point->dies_bytes, 110 * LIMIT_MIB);
	assert_int_equal(point->dies_by, LIMIT_OOM_KILLED);
	assert_string_equal(point->dies_cause, "killed by the kernel: out of memory");
}

static void assert_refused_at_trial_8(void)
{
	struct error error = ERROR_INIT;
	struct limit_answer *answer = NULL;

	given.run.n_trials = given.n_trials;
	assert_int_equal(limit_answer_make(&given.run, &answer, &error), -EINVAL);
	assert_null(answer);
	assert_string_equal(error.text,
		"cannot follow the search: trial 8 is not the one that it has next; another "
		"version of memcg-run made this run");
}

static void test_limit_answer__a_trial_that_the_search_does_not_have_is_refused(void **state)
{
	(void)state;
	limit_given_new(1);
	limit_add_cached(0, 6);
	given.n_other = 7;
	given.other = given.trials[7].step;
	given.other.repetition++;
	assert_refused_at_trial_8();
	given.other = given.trials[7].step;
	given.other.limit_bytes += 4096;
	assert_refused_at_trial_8();
	given.other = given.trials[7].step;
	given.other.stage = LIMIT_STAGE_CONFIRM;
	assert_refused_at_trial_8();
}

static void test_limit_answer__a_trial_after_the_end_of_the_search_is_refused(void **state)
{
	(void)state;
	limit_given_new(1);
	limit_add_cached(0, 6);
	given.n_known = 7;
	assert_refused_at_trial_8();
}

static void test_limit_answer__points_have_their_own_trials(void **state)
{
	limit_given_new(2);
	limit_add_cached(1, 6);
	limit_add_baseline(0);
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();

	(void)state;
	assert_int_equal(answer->n_points, 2);
	assert_int_equal(answer->points[0].n_rows, 1);
	assert_int_equal(answer->points[1].n_rows, 9);
	assert_int_equal(answer->points[1].unharmed_bytes, 180 * LIMIT_MIB);
}

static void test_limit_answer__a_limit_may_be_known_before_the_curve_is(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		limit_given_new(1);
		limit_add_cached(0, 6);
		given.more = more;
		CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();

		assert_int_equal(answer->points[0].finished, !more);
		assert_int_equal(limit_setting_bytes(&answer->points[0]), 180 * LIMIT_MIB);
	}
}

/* ---- words */

static char *text_of(const struct limit_answer *answer)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	assert_int_equal(limit_answer_print(answer, false, stream), 0);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("not in the text: %s\n%s", part, text);
}

/* A named task's name is its task, and its label begins with it (plan_point_label). */
static void test_limit_print__the_name_of_a_task_stands_once(void **state)
{
	static const struct {
		const char *task, *label, *title;
	} named[] = {
		{"ramp", "ramp", "ramp: survives from 120.00 MiB"},
		{"ramp", "ramp size=1", "ramp, size=1: survives from 120.00 MiB"},
		{"ramp", "ramps=1", "ramp, ramps=1: survives from 120.00 MiB"},
	};
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached(6);
	const struct limit_point before = given.points[0];

	(void)state;
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++) {
		CLEANUP(cleanup_free) char *text = NULL;

		given.points[0].task = named[i].task;
		given.points[0].label = named[i].label;
		text = text_of(answer);
		assert_memory_equal(text, named[i].title, strlen(named[i].title));
	}
	given.points[0] = before;
}

static void test_limit_print__one_point(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached(6);
	CLEANUP(cleanup_free) char *text = text_of(answer);

	(void)state;
	assert_string_equal(text,
		"cached.py --read 100MiB: survives from 120.00 MiB, 59.4 % of its peak of 202.00 "
		"MiB\n"
		"\n"
		"  survives from    120.00 MiB  59 of 59 runs: at least 95 % survive, with 95 % "
		"confidence\n"
		"  unharmed from    180.00 MiB  at most 1.1 times the time without a limit, and no "
		"more pages read again\n"
		"  knee             160.00 MiB  below it, the time rises steeply\n"
		"  dies at          110.00 MiB  and below: none of 3 runs survived\n"
		"  between                      1 of 2 runs survived\n"
		"  dies by                      OOM kill: killed by the kernel: out of memory\n"
		"  peak             202.00 MiB  50 % of it page cache  (95 %: 200.00 MiB to 204.00 "
		"MiB)\n"
		"  floor             90.00 MiB  of the peak, what the kernel cannot reclaim\n"
		"\n"
		"     limit  of the peak  survived  slowdown  interval      refaults  major faults "
		" limit met\n"
		"104.00 MiB       51.5 %       0/1         -                       -             - "
		"         -\n"
		"110.00 MiB       54.5 %       0/2         -                       -             - "
		"         -\n"
		"114.00 MiB       56.4 %       1/2         -                       0             0 "
		"         3\n"
		"120.00 MiB       59.4 %     65/65      2.00  2.00 to 2.00    100000             0 "
		"         3  survives from\n"
		"140.00 MiB       69.3 %       6/6      1.30  1.20 to 1.40     60000          6000 "
		"         3\n"
		"160.00 MiB       79.2 %       6/6      1.08  1.08 to 1.08      1000           100 "
		"         3  knee\n"
		"180.00 MiB       89.1 %       6/6      1.00  1.00 to 1.00       500            50 "
		"         3  unharmed from\n"
		"200.00 MiB         99 %       6/6      1.00  1.00 to 1.00         0             0 "
		"         3\n"
		"      none                  11/11         -                       0             0 "
		"         3\n"
		"\n"
		"slowdown: wall time by that of the same block without a limit, with 95 % or, of "
		"fewer than 6\n"
		"blocks, the smallest and largest. refaults: pages read again after they were "
		"reclaimed. Medians of\n"
		"the runs that survived.\n");
}

static void test_limit_print__several_points_have_a_line_each_first(void **state)
{
	limit_given_new(2);
	limit_add_cached(0, 6);
	limit_add_baseline(1);
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();
	CLEANUP(cleanup_free) char *text = text_of(answer);

	(void)state;
	assert_has(text, "point                            survives from  of the peak  unharmed "
			 "from        peak      floor  dies by\n"
			 "cached.py --read 100MiB, size=1     120.00 MiB       59.4 %     180.00 "
			 "MiB  202.00 MiB  90.00 MiB  OOM kill\n"
			 "cached.py --read 100MiB, size=2   not finished            -              "
			 "-  202.00 MiB  90.00 MiB  -\n"
			 "\n"
			 "cached.py --read 100MiB, size=1: survives from 120.00 MiB, 59.4 % of its "
			 "peak of 202.00 MiB\n");
	assert_has(text, "\n\ncached.py --read 100MiB, size=2: not finished: the trials without a "
			 "limit are not complete\n");
}

static void test_limit_print__why_nothing_was_found(void **state)
{
	static const struct {
		enum limit_result result;
		const char *sentence;
	} cases[] = {
		{LIMIT_BASELINE_DIED,
			"cached.py --read 100MiB: does not survive without a limit: own error\n"},
		{LIMIT_NOT_CONFIRMED,
			"cached.py --read 100MiB: at no limit was it shown that 95 % of its runs "
			"survive; it fails 1 of 1 times without a limit, too\n"},
		{LIMIT_NO_EVIDENCE, "cached.py --read 100MiB: nothing found: 3 trials in a row "
				    "failed, not by the task\n"},
		{LIMIT_RUNNING, "cached.py --read 100MiB: not finished: the limit is above 90.00 "
				"MiB, and at most 120.00 MiB where the search was interrupted\n"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		limit_given_new(1);
		limit_add(0, LIMIT_STAGE_BASELINE, 0, 1, LIMIT_OWN_ERROR);
		given.findings[0] = (struct limit_finding){.result = cases[i].result,
			.lower_bytes = 90 * LIMIT_MIB,
			.upper_bytes = 120 * LIMIT_MIB};
		CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();
		CLEANUP(cleanup_free) char *text = text_of(answer);

		assert_has(text, cases[i].sentence);
		assert_null(strstr(text, "survives from"));
	}
}

static void test_limit_print__warns_of_what_is_not_monotone_and_what_adapts(void **state)
{
	(void)state;
	for (int warned = 0; warned < 2; warned++) {
		limit_given_new(1);
		limit_add_cached(0, 6);
		given.findings[0].monotone = !warned;
		given.findings[0].adapts = warned;
		CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();
		CLEANUP(cleanup_free) char *text = text_of(answer);

		assert_int_equal(strstr(text, "Not monotone") != NULL, warned);
		assert_int_equal(strstr(text, "adapts to its limit") != NULL, warned);
	}
}

static void test_limit_print__says_that_the_curve_is_not_finished(void **state)
{
	limit_given_new(1);
	limit_add_cached(0, 2);
	given.more = true;
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();
	CLEANUP(cleanup_free) char *text = text_of(answer);

	(void)state;
	assert_has(text, "\n  Not finished: trials of the curve are missing. Resume the run.\n");
}

static void test_limit_print__a_task_cannot_forge_lines(void **state)
{
	limit_given_new(1);
	limit_add_cached(0, 6);
	given.points[0].task = "evil\nsurvives from 1 MiB\x1b[31m";
	given.trials[6].cause = NULL;
	given.trials[5].cause = "a\nb";
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();
	CLEANUP(cleanup_free) char *text = text_of(answer);

	(void)state;
	assert_has(text, "evil survives from 1 MiB [31m: survives from 120.00 MiB");
	assert_has(text, "OOM kill: a b\n");
	assert_null(strchr(text, '\x1b'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_answer__baseline_has_medians_with_their_intervals),
		cmocka_unit_test(test_limit_answer__what_is_unknown_is_not_0),
		cmocka_unit_test(test_limit_answer__a_row_for_each_limit_from_the_smallest),
		cmocka_unit_test(test_limit_answer__what_is_no_evidence_is_not_counted),
		cmocka_unit_test(test_limit_answer__slowdown_is_paired_within_blocks),
		cmocka_unit_test(test_limit_answer__few_blocks_have_the_extremes_as_interval),
		cmocka_unit_test(test_limit_answer__a_pair_without_one_of_its_two_is_left_out),
		cmocka_unit_test(test_limit_answer__rows_have_medians_of_survivors),
		cmocka_unit_test(test_limit_answer__unharmed_is_bounded_by_time_and_refaults),
		cmocka_unit_test(
			test_limit_answer__refaults_that_come_without_a_limit_too_do_not_harm),
		cmocka_unit_test(test_limit_answer__a_limit_below_a_harmful_one_is_not_unharmed),
		cmocka_unit_test(test_limit_answer__a_limit_at_which_too_many_die_is_not_unharmed),
		cmocka_unit_test(
			test_limit_answer__if_the_whole_curve_is_unharmed_the_search_bounds_it),
		cmocka_unit_test(test_limit_answer__knee_is_farthest_below_the_chord),
		cmocka_unit_test(test_limit_answer__a_cliff_has_its_knee_above_it),
		cmocka_unit_test(
			test_limit_answer__dies_at_the_largest_limit_without_a_survivor_below),
		cmocka_unit_test(
			test_limit_answer__a_trial_that_the_search_does_not_have_is_refused),
		cmocka_unit_test(test_limit_answer__a_trial_after_the_end_of_the_search_is_refused),
		cmocka_unit_test(test_limit_answer__points_have_their_own_trials),
		cmocka_unit_test(test_limit_answer__a_limit_may_be_known_before_the_curve_is),
		cmocka_unit_test(test_limit_print__the_name_of_a_task_stands_once),
		cmocka_unit_test(test_limit_print__one_point),
		cmocka_unit_test(test_limit_print__several_points_have_a_line_each_first),
		cmocka_unit_test(test_limit_print__why_nothing_was_found),
		cmocka_unit_test(test_limit_print__warns_of_what_is_not_monotone_and_what_adapts),
		cmocka_unit_test(test_limit_print__says_that_the_curve_is_not_finished),
		cmocka_unit_test(test_limit_print__a_task_cannot_forge_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
