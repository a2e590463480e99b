#include "runner/limit/search.h"

#include "util/array.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE UINT64_C(4096)
#define MIB(n) ((uint64_t)((n)*1048576.0))

static const struct limit_settings usual = {
	.survival = LIMIT_DEFAULT_SURVIVAL,
	.confidence = LIMIT_DEFAULT_CONFIDENCE,
	.slowdown = LIMIT_DEFAULT_SLOWDOWN,
	.curve = LIMIT_DEFAULT_CURVE,
	.curve_repetitions = LIMIT_DEFAULT_CURVE_REPETITIONS,
};

/* A task that survives from a limit on. */
struct scripted_task {
	uint64_t peak_bytes;
	uint64_t floor_bytes;
	uint64_t from_bytes;
};

/* The four of docs/limit.md, with their measured peaks, floors and limits. */
static const struct scripted_task numpy = {MIB(258.3), MIB(257.5), MIB(256.2)};
static const struct scripted_task cache = {MIB(218.4), MIB(90.2), MIB(92.4)};
static const struct scripted_task sorting = {MIB(279.6), MIB(34.0), MIB(34.7)};
static const struct scripted_task java = {MIB(867.0), MIB(851.0), MIB(128.2)};

static struct limit_search *begun(const struct limit_settings *settings)
{
	struct limit_search *search = NULL;

	assert_int_equal(limit_search_new(settings, 7, 0, PAGE, &search), 0);
	return search;
}

static void add(struct limit_search *search, enum limit_end end, const struct scripted_task *task)
{
	const struct limit_outcome outcome = {
		.end = end,
		.peak_bytes = task->peak_bytes,
		.floor_bytes = task->floor_bytes,
	};

	assert_int_equal(limit_search_add(search, &outcome), 0);
}

static enum limit_end end_at(const struct scripted_task *task, uint64_t limit_bytes)
{
	return limit_bytes == 0 || limit_bytes >= task->from_bytes ? LIMIT_SURVIVED
								   : LIMIT_OOM_KILLED;
}

/* Runs trials until one of `stage` comes next; false if none does. */
static bool run_until(struct limit_search *search, const struct scripted_task *task,
	enum limit_stage stage, struct limit_step *ret_step)
{
	while (limit_search_next(search, ret_step)) {
		if (ret_step->stage == stage)
			return true;
		add(search, end_at(task, ret_step->limit_bytes), task);
	}
	return false;
}

static struct limit_finding found(
	const struct scripted_task *task, const struct limit_settings *settings)
{
	struct limit_search *search = begun(settings);
	struct limit_finding finding;
	struct limit_step step;

	assert_false(run_until(search, task, LIMIT_N_STAGES, &step));
	finding = limit_search_finding(search);
	limit_search_free(search);
	return finding;
}

/* max(1 MiB, 1 %) */
static uint64_t resolution(uint64_t bytes)
{
	return bytes / 100 > MIB(1) ? bytes / 100 : MIB(1);
}

static void assert_sharp(const struct scripted_task *task, uint64_t n_search)
{
	const struct limit_finding finding = found(task, &usual);

	assert_int_equal(finding.result, LIMIT_FOUND);
	assert_in_range(finding.upper_bytes, task->from_bytes,
		task->from_bytes + resolution(task->from_bytes));
	assert_int_equal(finding.upper_bytes % PAGE, 0);
	assert_true(finding.lower_bytes < task->from_bytes);
	assert_true(finding.lower_bytes + resolution(task->from_bytes) >= finding.upper_bytes);
	assert_true(finding.n_search <= n_search);
	assert_int_equal(finding.n_below_survived, 0);
	assert_int_equal(finding.n_candidates, 1);
	assert_true(finding.monotone);
}

static void test_limit_search__finds_sharp_limits_in_12_trials(void **state)
{
	(void)state;
	assert_sharp(&numpy, 5);
	assert_sharp(&cache, 7);
	assert_sharp(&sorting, 4);
	assert_sharp(&java, 12);
}

/* Where the floor says nothing, or is not known. */
static void test_limit_search__needs_no_floor(void **state)
{
	static const struct scripted_task tasks[] = {
		{MIB(867), 0, MIB(128.2)},
		{MIB(258.3), 0, MIB(256.2)},
		{MIB(1000), MIB(100), MIB(999)},
		{MIB(1000), MIB(1000), MIB(1000)},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(tasks); i++)
		assert_sharp(&tasks[i], 13);
}

static void test_limit_search__of_any_size(void **state)
{
	static const struct scripted_task tasks[] = {
		{4096, 4096, 4096},
		{MIB(0.5), MIB(0.4), MIB(0.3)},
		{MIB(3), MIB(2), MIB(1)},
		{MIB(1048576.0), MIB(1000000.0), MIB(700000.0)},
		{MIB(1048576.0), MIB(1000000.0), 1},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(tasks); i++) {
		const struct limit_finding finding = found(&tasks[i], &usual);

		assert_int_equal(finding.result, LIMIT_FOUND);
		assert_in_range(finding.upper_bytes, tasks[i].from_bytes,
			tasks[i].from_bytes + resolution(tasks[i].from_bytes) + PAGE);
	}
}

static void test_limit_search__tells_what_adapts(void **state)
{
	(void)state;
	assert_true(found(&java, &usual).adapts);
	assert_false(found(&numpy, &usual).adapts);
	assert_false(found(&cache, &usual).adapts);
}

static void test_limit_passes__by_hand(void **state)
{
	(void)state;
	/* 0.95^59 = 0.0485, 0.95^58 = 0.0510; 0.9^29 = 0.0471, 0.9^28 = 0.0523 */
	assert_int_equal(limit_passes(0.95, 0.95, 0), 59);
	assert_int_equal(limit_passes(0.90, 0.95, 0), 29);
	assert_int_equal(limit_passes(0.5, 0.5, 0), 1);
	assert_int_equal(limit_passes(0.5, 0.75, 0), 2);
	assert_int_equal(limit_passes(0.99, 0.95, 0), 299);
}

/*
 * 0.5^5 + 5 * 0.5^5 = 0.1875, and of four 0.3125; of eight, two deaths at most: 37 / 256 = 0.145, of seven 29 / 128 = 0.227. For 95 % and
 * 95 %, the plans of Wilks: 59, 93, 124.
 */
static void test_limit_passes__some_may_die(void **state)
{
	(void)state;
	assert_int_equal(limit_passes(0.5, 0.75, 1), 5);
	assert_int_equal(limit_passes(0.5, 0.80, 2), 8);
	assert_int_equal(limit_passes(0.95, 0.95, 1), 93);
	assert_int_equal(limit_passes(0.95, 0.95, 2), 124);
}

static void test_limit_search__baselines_must_survive(void **state)
{
	struct limit_search *search = begun(&usual);
	struct limit_step step;

	(void)state;
	/* One of them may die, but not two. */
	for (uint64_t i = 1; i <= LIMIT_BASELINES; i++) {
		assert_true(limit_search_next(search, &step));
		assert_int_equal(step.stage, LIMIT_STAGE_BASELINE);
		assert_int_equal(step.limit_bytes, 0);
		assert_int_equal(step.repetition, i);
		add(search, i == 2 ? LIMIT_OWN_ERROR : LIMIT_SURVIVED, &java);
	}
	assert_true(limit_search_next(search, &step));
	assert_int_equal(step.stage, LIMIT_STAGE_BASELINE);
	assert_int_equal(step.repetition, LIMIT_BASELINES + 1);
	add(search, LIMIT_TIMED_OUT, &java);
	assert_false(limit_search_next(search, &step));
	assert_int_equal(limit_search_finding(search).result, LIMIT_BASELINE_DIED);
	assert_int_equal(
		limit_search_add(search, &(struct limit_outcome){LIMIT_SURVIVED}), -EINVAL);
	limit_search_free(search);
}

static void test_limit_search__first_baseline_must_survive(void **state)
{
	struct limit_search *search = begun(&usual);
	struct limit_step step;

	(void)state;
	add(search, LIMIT_OWN_ERROR, &java);
	assert_false(limit_search_next(search, &step));
	assert_int_equal(limit_search_finding(search).result, LIMIT_BASELINE_DIED);
	limit_search_free(search);
}

/*
 * The baseline died once, so the first candidate may: 4 + 99 runs, the fewest n with 0.95^n + 0.05 n 0.95^(n-1) of 0.04 at most.
 */
static void test_limit_search__what_died_without_a_limit_may_die_at_it(void **state)
{
	struct limit_search *search = begun(&usual);
	struct limit_finding finding;
	struct limit_step step;
	uint64_t n_confirm = 0;

	(void)state;
	add(search, LIMIT_SURVIVED, &numpy);
	add(search, LIMIT_OWN_ERROR, &numpy);
	while (limit_search_next(search, &step) && step.stage != LIMIT_STAGE_CURVE &&
		step.stage != LIMIT_STAGE_FREE) {
		n_confirm += step.stage == LIMIT_STAGE_CONFIRM;
		add(search,
			step.stage == LIMIT_STAGE_CONFIRM && n_confirm == 50
				? LIMIT_OWN_ERROR
				: end_at(&numpy, step.limit_bytes),
			&numpy);
	}
	finding = limit_search_finding(search);
	assert_int_equal(finding.result, LIMIT_FOUND);
	assert_int_equal(finding.n_candidates, 1);
	assert_int_equal(finding.n_confirm, n_confirm);
	assert_int_equal(finding.n_confirm, 4 + 99);
	assert_int_equal(finding.n_confirmed, finding.n_confirm - 1);
	limit_search_free(search);
}

/* The largest peak and the smallest floor. */
static void test_limit_search__baselines_differ(void **state)
{
	struct limit_search *search = begun(&usual);
	struct limit_finding finding;

	(void)state;
	add(search, LIMIT_SURVIVED, &(struct scripted_task){MIB(100), MIB(90), 0});
	add(search, LIMIT_SURVIVED, &(struct scripted_task){MIB(110), MIB(80), 0});
	add(search, LIMIT_SURVIVED, &(struct scripted_task){MIB(105), MIB(85), 0});
	finding = limit_search_finding(search);
	assert_int_equal(finding.peak_bytes, MIB(110));
	assert_int_equal(finding.floor_bytes, MIB(80));
	limit_search_free(search);
}

static void test_limit_search__repeats_what_is_no_evidence(void **state)
{
	struct limit_search *search = begun(&usual);
	struct limit_step step, again;

	(void)state;
	assert_true(run_until(search, &java, LIMIT_STAGE_SEARCH, &step));
	for (int i = 1; i < LIMIT_MAX_INVALID; i++)
		add(search, LIMIT_INVALID, &java);
	assert_true(limit_search_next(search, &again));
	assert_memory_equal(&again, &step, sizeof(step));
	assert_int_equal(limit_search_finding(search).n_search, 0);
	/* One that is evidence: then as many may follow again. */
	add(search, LIMIT_SURVIVED, &java);
	for (int i = 1; i < LIMIT_MAX_INVALID; i++)
		add(search, LIMIT_INVALID, &java);
	assert_true(limit_search_next(search, &again));
	add(search, LIMIT_INVALID, &java);
	assert_false(limit_search_next(search, &again));
	assert_int_equal(limit_search_finding(search).result, LIMIT_NO_EVIDENCE);
	limit_search_free(search);
}

static void test_limit_search__a_death_in_confirmation_leads_upwards(void **state)
{
	struct limit_search *search = begun(&usual);
	struct limit_step step, next;

	(void)state;
	assert_true(run_until(search, &cache, LIMIT_STAGE_CONFIRM, &step));
	add(search, LIMIT_OOM_KILLED, &cache);
	assert_true(limit_search_next(search, &next));
	assert_true(next.limit_bytes >= step.limit_bytes + MIB(0.5));
	assert_false(run_until(search, &cache, LIMIT_N_STAGES, &next));
	assert_int_equal(limit_search_finding(search).result, LIMIT_FOUND);
	assert_true(limit_search_finding(search).upper_bytes > step.limit_bytes);
	assert_true(limit_search_finding(search).n_candidates > 1);
	limit_search_free(search);
}

static uint64_t passes_after(uint64_t n_survived)
{
	struct limit_search *search = begun(&usual);
	struct limit_finding finding;
	struct limit_step step;

	assert_true(run_until(search, &cache, LIMIT_STAGE_CONFIRM, &step));
	while (limit_search_finding(search).n_confirmed < n_survived)
		add(search, LIMIT_SURVIVED, &cache);
	add(search, LIMIT_OWN_ERROR, &cache);
	assert_false(run_until(search, &cache, LIMIT_N_STAGES, &step));
	finding = limit_search_finding(search);
	assert_int_equal(finding.result, LIMIT_FOUND);
	assert_int_equal(finding.n_candidates, 2);
	assert_int_equal(finding.n_confirm_died, 1);
	limit_search_free(search);
	return finding.n_confirmed;
}

/* The first four do not confirm: 4 + 63, and after a candidate that died later 4 + 146, of which one may die. */
static void test_limit_search__a_death_in_screening_spends_nothing(void **state)
{
	(void)state;
	assert_int_equal(passes_after(0), 67);
	assert_int_equal(passes_after(3), 67);
	assert_int_equal(passes_after(4), 150);
}

static void test_limit_search__tells_what_is_not_monotone(void **state)
{
	struct limit_search *search = begun(&usual);
	struct limit_step step;
	uint64_t n = 0;

	(void)state;
	/* All survive the first candidate but the tenth trial; then all die. */
	assert_true(run_until(search, &cache, LIMIT_STAGE_CONFIRM, &step));
	while (limit_search_next(search, &step)) {
		const bool survives = n < 9 && step.stage == LIMIT_STAGE_CONFIRM;

		if (n < 9)
			assert_true(limit_search_finding(search).monotone);
		n += step.stage == LIMIT_STAGE_CONFIRM;
		add(search, survives ? LIMIT_SURVIVED : LIMIT_OOM_KILLED, &cache);
	}
	assert_int_equal(limit_search_finding(search).result, LIMIT_NOT_CONFIRMED);
	assert_false(limit_search_finding(search).monotone);
	limit_search_free(search);
}

/* Not even at twice the peak. */
static void test_limit_search__what_never_survives_is_not_confirmed(void **state)
{
	static const struct scripted_task task = {MIB(100), MIB(80), UINT64_MAX};
	const struct limit_finding finding = found(&task, &usual);

	(void)state;
	assert_int_equal(finding.result, LIMIT_NOT_CONFIRMED);
	assert_in_range(finding.upper_bytes, MIB(200), MIB(200) + PAGE);
	assert_in_range(finding.lower_bytes, MIB(100), MIB(200));
}

/* It needs more than its peak. Candidates are a resolution above it, then at most twice as far as the one before. */
static void test_limit_search__goes_beyond_the_peak_in_steps(void **state)
{
	static const struct scripted_task budget = {MIB(24.25), MIB(24.1), MIB(26)};
	static const struct scripted_task reserve = {MIB(24.25), MIB(24.1), MIB(40)};
	const struct limit_finding near = found(&budget, &usual), far = found(&reserve, &usual);

	(void)state;
	assert_int_equal(near.result, LIMIT_FOUND);
	assert_in_range(near.upper_bytes, budget.from_bytes, MIB(26.25) + PAGE);
	assert_int_equal(far.result, LIMIT_FOUND);
	assert_in_range(far.upper_bytes, reserve.from_bytes, MIB(44) + PAGE);
}

/* One below after every five at the limit. */
static void test_limit_search__tries_a_step_below_in_between(void **state)
{
	struct limit_search *search = begun(&usual);
	struct limit_finding finding;
	struct limit_step step;
	uint64_t n_confirm = 0;

	(void)state;
	assert_true(run_until(search, &numpy, LIMIT_STAGE_CONFIRM, &step));
	while (limit_search_next(search, &step) && step.stage != LIMIT_STAGE_CURVE &&
		step.stage != LIMIT_STAGE_FREE) {
		n_confirm += step.stage == LIMIT_STAGE_CONFIRM;
		if (step.stage == LIMIT_STAGE_BELOW)
			assert_int_equal(step.repetition, n_confirm / 5);
		add(search, end_at(&numpy, step.limit_bytes), &numpy);
	}
	finding = limit_search_finding(search);
	assert_int_equal(finding.n_confirmed, n_confirm);
	assert_true(n_confirm >= limit_passes(usual.survival, usual.confidence, 0));
	assert_int_equal(finding.n_below, n_confirm / 5);
	limit_search_free(search);
}

static uint64_t count_trials(
	const struct scripted_task *task, const struct limit_settings *settings)
{
	struct limit_search *search = begun(settings);
	struct limit_step step;
	uint64_t n = 0;

	for (; limit_search_next(search, &step); n++)
		add(search, end_at(task, step.limit_bytes), task);
	limit_search_free(search);
	return n;
}

/* 5 + 12 + 67 + 67 / 5 + 5 * 11, and with `quick` 3 + 12 + 35 + 35 / 5 + 3 * 11. */
static void test_limit_search_usual_trials__are_enough_for_sharp_limits(void **state)
{
	struct limit_settings quick = usual;

	(void)state;
	quick.survival = LIMIT_QUICK_SURVIVAL;
	quick.curve_repetitions = 3;
	quick.quick = true;
	assert_int_equal(limit_search_usual_trials(&usual), 152);
	assert_int_equal(limit_search_usual_trials(&quick), 90);
	assert_in_range(count_trials(&java, &usual), 140, 152);
	assert_in_range(count_trials(&cache, &usual), 140, 152);
	assert_in_range(count_trials(&numpy, &usual), 90, 152);
	assert_in_range(count_trials(&java, &quick), 80, 90);
}

/*
 * Each candidate dies in the last of its trials, and before that as often as it may, which is once more than the one before. The baseline
 * died once.
 */
static void test_limit_search_max_trials__are_enough_for_the_worst(void **state)
{
	static const double alphas[] = {0.04, 0.005, 0.0025, 0.00125, 0.000625};
	struct limit_search *search = begun(&usual);
	uint64_t n = 0, n_candidates = 0, n_at = 0, limit_bytes = 0;
	struct limit_step step;

	(void)state;
	for (; limit_search_next(search, &step); n++) {
		const bool confirms = step.stage == LIMIT_STAGE_CONFIRM;
		bool dies = n == 1;

		if (confirms) {
			n_candidates += step.limit_bytes != limit_bytes;
			n_at = step.limit_bytes == limit_bytes ? n_at + 1 : 1;
			limit_bytes = step.limit_bytes;
			dies = n_at + n_candidates >= 4 + limit_passes(usual.survival,
								  1.0 - alphas[n_candidates - 1],
								  n_candidates);
		}
		add(search, dies ? LIMIT_TIMED_OUT : end_at(&cache, step.limit_bytes), &cache);
	}
	assert_int_equal(n_candidates, LENGTH(alphas));
	assert_int_equal(limit_search_finding(search).result, LIMIT_NOT_CONFIRMED);
	assert_int_equal(limit_search_finding(search).n_confirm_died, LENGTH(alphas));
	assert_true(n <= limit_search_max_trials(&usual));
	limit_search_free(search);
}

static int compare_limits(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The limits of the next block, in their order; the smallest is 0: none. */
static void run_block(struct limit_search *search, uint64_t block, uint64_t *limits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct limit_step step;

		assert_true(limit_search_next(search, &step));
		assert_int_equal(step.repetition, block);
		assert_int_equal(
			step.stage, step.limit_bytes > 0 ? LIMIT_STAGE_CURVE : LIMIT_STAGE_FREE);
		limits[i] = step.limit_bytes;
		add(search, LIMIT_SURVIVED, &cache);
	}
}

static void run_to_curve(struct limit_search *search)
{
	struct limit_step step;

	while (limit_search_next(search, &step) && step.stage != LIMIT_STAGE_CURVE &&
		step.stage != LIMIT_STAGE_FREE)
		add(search, end_at(&cache, step.limit_bytes), &cache);
}

static void test_limit_search__curve_is_in_blocks(void **state)
{
	enum { N = LIMIT_DEFAULT_CURVE + 1 };
	struct limit_search *search = begun(&usual), *other = begun(&usual);
	uint64_t limits[LIMIT_DEFAULT_CURVE_REPETITIONS][N], sorted[N], others[N];
	struct limit_step step;
	size_t n_same = 0;

	(void)state;
	run_to_curve(search);
	run_to_curve(other);
	for (size_t block = 0; block < LENGTH(limits); block++)
		run_block(search, block + 1, limits[block], N);
	run_block(other, 1, others, N);
	assert_memory_equal(others, limits[0], sizeof(others));
	memcpy(sorted, limits[0], sizeof(sorted));
	qsort(sorted, N, sizeof(*sorted), compare_limits);
	assert_int_equal(sorted[0], 0);
	assert_int_equal(sorted[1], limit_search_finding(search).upper_bytes);
	assert_in_range(sorted[N - 1], cache.peak_bytes, cache.peak_bytes + PAGE);
	for (size_t i = 2; i < N; i++)
		assert_true(sorted[i] >= sorted[i - 1] + resolution(sorted[i - 1]));
	for (size_t block = 1; block < LENGTH(limits); block++) {
		n_same += memcmp(limits[block], limits[0], sizeof(limits[0])) == 0;
		qsort(limits[block], N, sizeof(uint64_t), compare_limits);
		assert_memory_equal(limits[block], sorted, sizeof(sorted));
	}
	assert_int_equal(n_same, 0);
	assert_false(limit_search_next(search, &step));
	limit_search_free(search);
	limit_search_free(other);
}

/* 256.2 to 258.3 MiB: a resolution of 2.6 leaves no room for two. */
static void test_limit_search__curve_has_no_limits_closer_than_the_resolution(void **state)
{
	struct limit_search *search = begun(&usual);
	struct limit_step step;
	uint64_t n = 0;

	(void)state;
	while (limit_search_next(search, &step)) {
		n += step.stage == LIMIT_STAGE_CURVE;
		add(search, end_at(&numpy, step.limit_bytes), &numpy);
	}
	assert_int_equal(n, LIMIT_DEFAULT_CURVE_REPETITIONS);
	limit_search_free(search);
}

static void test_limit_search__no_curve_if_none_is_asked_for(void **state)
{
	struct limit_settings settings = usual;
	struct limit_search *search;
	struct limit_step step;

	(void)state;
	settings.curve = 0;
	search = begun(&settings);
	while (limit_search_next(search, &step)) {
		assert_true(step.stage != LIMIT_STAGE_CURVE && step.stage != LIMIT_STAGE_FREE);
		add(search, end_at(&cache, step.limit_bytes), &cache);
	}
	assert_int_equal(limit_search_finding(search).result, LIMIT_FOUND);
	limit_search_free(search);
}

static void test_limit_search__refuses_settings_out_of_range(void **state)
{
	struct limit_search *search = NULL;
	struct limit_settings settings = usual;

	(void)state;
	settings.survival = 1.0;
	assert_int_equal(limit_search_new(&settings, 0, 0, PAGE, &search), -EINVAL);
	settings = usual;
	settings.confidence = 0.0;
	assert_int_equal(limit_search_new(&settings, 0, 0, PAGE, &search), -EINVAL);
	settings = usual;
	settings.curve = UINT64_MAX;
	assert_int_equal(limit_search_new(&settings, 0, 0, PAGE, &search), -EINVAL);
	assert_int_equal(limit_search_new(&usual, 0, 0, 0, &search), -EINVAL);
	assert_null(search);
}

static void test_limit_stage_name__of_each(void **state)
{
	(void)state;
	assert_string_equal(limit_stage_name(LIMIT_STAGE_NONE), "");
	assert_string_equal(limit_stage_name(LIMIT_STAGE_BASELINE), "baseline");
	assert_string_equal(limit_stage_name(LIMIT_STAGE_SEARCH), "search");
	assert_string_equal(limit_stage_name(LIMIT_STAGE_CONFIRM), "confirm");
	assert_string_equal(limit_stage_name(LIMIT_STAGE_BELOW), "below");
	assert_string_equal(limit_stage_name(LIMIT_STAGE_CURVE), "curve");
	assert_string_equal(limit_stage_name(LIMIT_STAGE_FREE), "free");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_search__finds_sharp_limits_in_12_trials),
		cmocka_unit_test(test_limit_search__needs_no_floor),
		cmocka_unit_test(test_limit_search__of_any_size),
		cmocka_unit_test(test_limit_search__tells_what_adapts),
		cmocka_unit_test(test_limit_passes__by_hand),
		cmocka_unit_test(test_limit_passes__some_may_die),
		cmocka_unit_test(test_limit_search__baselines_must_survive),
		cmocka_unit_test(test_limit_search__first_baseline_must_survive),
		cmocka_unit_test(test_limit_search__what_died_without_a_limit_may_die_at_it),
		cmocka_unit_test(test_limit_search__baselines_differ),
		cmocka_unit_test(test_limit_search__repeats_what_is_no_evidence),
		cmocka_unit_test(test_limit_search__a_death_in_confirmation_leads_upwards),
		cmocka_unit_test(test_limit_search__what_never_survives_is_not_confirmed),
		cmocka_unit_test(test_limit_search__a_death_in_screening_spends_nothing),
		cmocka_unit_test(test_limit_search__tells_what_is_not_monotone),
		cmocka_unit_test(test_limit_search__goes_beyond_the_peak_in_steps),
		cmocka_unit_test(test_limit_search__tries_a_step_below_in_between),
		cmocka_unit_test(test_limit_search_usual_trials__are_enough_for_sharp_limits),
		cmocka_unit_test(test_limit_search_max_trials__are_enough_for_the_worst),
		cmocka_unit_test(test_limit_search__curve_is_in_blocks),
		cmocka_unit_test(test_limit_search__curve_has_no_limits_closer_than_the_resolution),
		cmocka_unit_test(test_limit_search__no_curve_if_none_is_asked_for),
		cmocka_unit_test(test_limit_search__refuses_settings_out_of_range),
		cmocka_unit_test(test_limit_stage_name__of_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
