/* The plan of a search: how it grows over points and warm-ups, and that a replay of outcomes gives the same. */

#include "runner/run/run_search.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MIB (UINT64_C(1) << 20)
#define PAGE 4096
#define MAX_TRIALS 1000

static const struct backend backend_kernel = {.name = "none"};
static const struct backend *backends[] = {&backend_kernel};
static struct parameter_value sizes[] = {{PARAMETER_INTEGER, "64"}, {PARAMETER_INTEGER, "256"}};
static struct parameter parameters[] = {{"size_mib", sizes, 2}};
static struct task tasks[1];

/* Two points, one warm-up. */
static struct experiment search_experiment(void)
{
	struct experiment experiment = {.n_backends = 1, .n_tasks = 1, .is_search = true};

	tasks[0] = (struct task){.parameters = parameters, .n_parameters = 1};
	experiment.backends = backends;
	experiment.tasks = tasks;
	experiment.trials.warmups = 1;
	experiment.trials.seed = 7;
	experiment.limit = limit_settings_default();
	experiment.limit.survival = 0.9;
	experiment.limit.curve = 2;
	experiment.limit.curve_repetitions = 2;
	return experiment;
}

/* The first point needs 40 MiB, the second 160; both use twice as much where they may. */
static struct limit_outcome known_outcome(const struct planned_trial *planned)
{
	const uint64_t need = planned->point == 0 ? 40 * MIB : 160 * MIB;
	const uint64_t limit = planned->limit_bytes ? planned->limit_bytes : UINT64_MAX;

	return (struct limit_outcome){
		.end = limit >= need ? LIMIT_SURVIVED : LIMIT_OOM_KILLED,
		.peak_bytes = limit < 2 * need ? limit : 2 * need,
		.floor_bytes = need - 4 * MIB,
		.wall_ns = 1000,
	};
}

struct grown {
	struct experiment experiment;
	struct plan *plan;
	struct run_search *search;
};

static void begin_growth(struct grown *grown)
{
	struct error error = ERROR_INIT;

	grown->experiment = search_experiment();
	if (plan_new(&grown->experiment, &grown->plan, &error) < 0 ||
		run_search_new(grown->plan, PAGE, &grown->search, &error) < 0)
		fail_msg("%s", error.text);
}

static void end_growth(struct grown *grown)
{
	run_search_free(grown->search);
	plan_free(grown->plan);
}

/* False if there is no other trial. */
static bool grow(struct grown *grown, const struct limit_outcome *outcome)
{
	const struct planned_trial *planned;
	struct error error = ERROR_INIT;
	struct limit_outcome known;
	int r = run_search_next(grown->search, &planned, &error);

	if (r == 1)
		return false;
	assert_int_equal(r, 0);
	known = outcome ? *outcome : known_outcome(planned);
	assert_int_equal(run_search_add(grown->search, &known, &error), 0);
	return true;
}

static void grow_all(struct grown *grown)
{
	while (grow(grown, NULL))
		assert_true(plan_size(grown->plan) < MAX_TRIALS);
}

static void assert_same_trial(const struct planned_trial *a, const struct planned_trial *b)
{
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->point, b->point);
	assert_int_equal(a->warmup, b->warmup);
	assert_int_equal(a->repetition, b->repetition);
	assert_int_equal(a->stage, b->stage);
	assert_int_equal(a->limit_bytes, b->limit_bytes);
}

static void test_run_search__begins_with_nothing_planned(void **state)
{
	struct grown grown = {0};
	const struct planned_trial *first, *again;
	struct error error = ERROR_INIT;

	(void)state;
	begin_growth(&grown);
	assert_int_equal(plan_size(grown.plan), 0);
	assert_int_equal(run_search_next(grown.search, &first, &error), 0);
	assert_int_equal(plan_size(grown.plan), 1);
	/* Asked again, it appends nothing. */
	assert_int_equal(run_search_next(grown.search, &again, &error), 0);
	assert_ptr_equal(first, again);
	assert_int_equal(plan_size(grown.plan), 1);
	end_growth(&grown);
}

static void test_run_search__points_follow_each_other_each_with_its_warmups(void **state)
{
	struct grown grown = {0};
	size_t n_warmups = 0;

	(void)state;
	begin_growth(&grown);
	grow_all(&grown);
	for (size_t i = 0; i < plan_size(grown.plan); i++) {
		const struct planned_trial *trial = plan_trial(grown.plan, i);
		const bool first = i == 0 || trial->point != plan_trial(grown.plan, i - 1)->point;

		assert_int_equal(trial->number, i + 1);
		assert_true(i == 0 || trial->point >= plan_trial(grown.plan, i - 1)->point);
		assert_int_equal(trial->warmup, first);
		assert_int_equal(trial->stage == LIMIT_STAGE_NONE, trial->warmup);
		n_warmups += trial->warmup;
	}
	assert_int_equal(n_warmups, 2);
	assert_true(plan_size(grown.plan) <= run_search_max_trials(grown.plan));
	end_growth(&grown);
}

static void test_run_search__finds_the_limit_of_each_point(void **state)
{
	struct grown grown = {0};
	struct limit_finding finding;

	(void)state;
	begin_growth(&grown);
	while (plan_size(grown.plan) == 0 ||
		plan_trial(grown.plan, plan_size(grown.plan) - 1)->point == 0) {
		finding = run_search_finding(grown.search);
		assert_true(grow(&grown, NULL));
	}
	assert_int_equal(finding.result, LIMIT_FOUND);
	assert_in_range(finding.upper_bytes, 40 * MIB, 41 * MIB);
	/* Deaths are counted for the point that is searched. */
	assert_int_equal(run_search_n_died(grown.search), 0);
	grow_all(&grown);
	finding = run_search_finding(grown.search);
	assert_int_equal(finding.result, LIMIT_FOUND);
	assert_in_range(finding.upper_bytes, 160 * MIB, 162 * MIB);
	assert_true(run_search_n_died(grown.search) > 0);
	end_growth(&grown);
}

/* A warm-up that dies decides nothing. */
static void test_run_search__warmup_is_no_evidence(void **state)
{
	static const struct limit_outcome died = {.end = LIMIT_OOM_KILLED};
	struct grown grown = {0};

	(void)state;
	begin_growth(&grown);
	assert_true(grow(&grown, &died));
	assert_int_equal(run_search_n_died(grown.search), 0);
	assert_int_equal(run_search_finding(grown.search).result, LIMIT_RUNNING);
	end_growth(&grown);
}

/* The next point is searched all the same. */
static void test_run_search__point_that_dies_by_itself_ends_there(void **state)
{
	static const struct limit_outcome died = {.end = LIMIT_OWN_ERROR};
	struct grown grown = {0};

	(void)state;
	begin_growth(&grown);
	assert_true(grow(&grown, &died));
	assert_true(grow(&grown, &died));
	assert_int_equal(run_search_finding(grown.search).result, LIMIT_BASELINE_DIED);
	assert_true(grow(&grown, NULL));
	assert_int_equal(plan_trial(grown.plan, 2)->point, 1);
	grow_all(&grown);
	assert_int_equal(run_search_finding(grown.search).result, LIMIT_FOUND);
	end_growth(&grown);
}

/* Once for each point, after its last baseline. */
static void test_run_search__tells_the_rest_after_the_baseline(void **state)
{
	struct grown grown = {0};
	struct run_search_rest rest;
	size_t n_told = 0;

	(void)state;
	begin_growth(&grown);
	assert_false(run_search_tells_rest(grown.search, &rest));
	while (grow(&grown, NULL)) {
		const uint64_t n = plan_size(grown.plan);

		if (!run_search_tells_rest(grown.search, &rest))
			continue;
		n_told++;
		assert_int_equal(plan_trial(grown.plan, n - 1)->stage, LIMIT_STAGE_BASELINE);
		assert_int_equal(plan_trial(grown.plan, n - 1)->repetition, LIMIT_BASELINES);
		assert_int_equal(rest.wall_ns, 1000);
		/* With the baseline and the warm-up of both points, what was announced. */
		assert_int_equal(2 * (rest.n_usual + LIMIT_BASELINES + 1),
			run_search_usual_trials(grown.plan));
		assert_int_equal(
			2 * (rest.n_most + LIMIT_BASELINES + 1), run_search_max_trials(grown.plan));
	}
	assert_int_equal(n_told, 2);
	end_growth(&grown);
}

/* From any place on, what was sealed decides what comes: a resumed run goes on as the other would have. */
static void test_run_search__replay_goes_on_where_it_was(void **state)
{
	struct grown whole = {0};

	(void)state;
	begin_growth(&whole);
	grow_all(&whole);
	for (size_t cut = 0; cut <= plan_size(whole.plan); cut += 7) {
		struct grown resumed = {0};

		begin_growth(&resumed);
		for (size_t i = 0; i < cut; i++) {
			const struct limit_outcome sealed =
				known_outcome(plan_trial(whole.plan, i));

			assert_true(grow(&resumed, &sealed));
		}
		grow_all(&resumed);
		assert_int_equal(plan_size(resumed.plan), plan_size(whole.plan));
		for (size_t i = 0; i < plan_size(whole.plan); i++)
			assert_same_trial(plan_trial(resumed.plan, i), plan_trial(whole.plan, i));
		end_growth(&resumed);
	}
	end_growth(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_search__begins_with_nothing_planned),
		cmocka_unit_test(test_run_search__points_follow_each_other_each_with_its_warmups),
		cmocka_unit_test(test_run_search__finds_the_limit_of_each_point),
		cmocka_unit_test(test_run_search__warmup_is_no_evidence),
		cmocka_unit_test(test_run_search__point_that_dies_by_itself_ends_there),
		cmocka_unit_test(test_run_search__tells_the_rest_after_the_baseline),
		cmocka_unit_test(test_run_search__replay_goes_on_where_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
