/* Models: their fit, their selection, and their uncertainty. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/fit/model.h"
#include "runner/fit/model_choice.h"
#include "runner/fit/regression.h"
#include "util/array.h"

#include <errno.h>
#include <math.h>

#define MIB 1048576.0

/* In steps of the counter, with a tolerance of 1/50. */
static void assert_steps(double bytes, double expected)
{
	if (!(fabs(bytes / MODEL_STEP_BYTES - expected) <= 0.02))
		fail_msg("%.4f steps are not %.4f", bytes / MODEL_STEP_BYTES, expected);
}

static void assert_close(double value, double expected, double part)
{
	if (!(fabs(value - expected) <= part * fabs(expected)))
		fail_msg("%.9g is not within %g of %.9g", value, part, expected);
}

/* A realistic model of each kind. */
static const struct fitted_model known_models[N_MODELS] = {
	{MODEL_CONSTANT, {48.0 * MIB}},
	{MODEL_LINEAR, {32.0 * MIB, 17.0}},
	{MODEL_LINEARITHMIC, {5.0 * MIB, 2.5}},
	{MODEL_QUADRATIC, {20.0 * MIB, 4e-6}},
	{MODEL_POWER, {10.0 * MIB, 0.02, 1.5}},
};

static const double eight_sizes[] = {5e5, 1e6, 2e6, 3e6, 4e6, 6e6, 8e6, 12e6};

/* ---- the fit */

static void test_model_fit__gets_each_model_back(void **state)
{
	(void)state;
	for (enum model model = 0; model < N_MODELS; model++) {
		double bytes[LENGTH(eight_sizes)];
		struct fitted_model fitted;
		const struct model_points points = {eight_sizes, bytes, LENGTH(eight_sizes)};

		for (size_t i = 0; i < points.n_points; i++)
			bytes[i] = model_at(&known_models[model], eight_sizes[i]);
		assert_int_equal(model_fit(model, &points, &fitted), 0);
		assert_int_equal(fitted.model, model);
		for (size_t i = 0; i < MODEL_MAX_COEFFICIENTS; i++)
			assert_close(
				fitted.coefficient[i], known_models[model].coefficient[i], 1e-4);
	}
}

static void test_model_at__values_by_hand(void **state)
{
	(void)state;
	assert_close(model_at(&(struct fitted_model){MODEL_CONSTANT, {7.0}}, 1024.0), 7.0, 1e-12);
	assert_close(
		model_at(&(struct fitted_model){MODEL_LINEAR, {7.0, 2.0}}, 1024.0), 2055.0, 1e-12);
	/* 1024 * 10 */
	assert_close(model_at(&(struct fitted_model){MODEL_LINEARITHMIC, {7.0, 2.0}}, 1024.0),
		20487.0, 1e-12);
	assert_close(model_at(&(struct fitted_model){MODEL_QUADRATIC, {7.0, 2.0}}, 1024.0),
		2097159.0, 1e-12);
	/* 1024^1.5 is 32^3 */
	assert_close(model_at(&(struct fitted_model){MODEL_POWER, {7.0, 2.0, 1.5}}, 1024.0),
		65543.0, 1e-12);
}

/*
 * The squares of the scales: 1/16 MiB^2 at 0, 1/16 + 1 at 100 MiB: the first weighs 17 times as
 * much.
 */
static void test_model_fit__a_small_peak_counts_by_the_counters_step(void **state)
{
	const double n[] = {1.0, 2.0};
	const double bytes[] = {0.0, 100.0 * MIB};
	const struct model_points points = {n, bytes, 2};
	struct fitted_model fitted;

	(void)state;
	assert_int_equal(model_fit(MODEL_CONSTANT, &points, &fitted), 0);
	assert_close(fitted.coefficient[0], 100.0 / 18.0 * MIB, 1e-9);
}

static void test_model_fit__refuses_fewer_points_than_coefficients(void **state)
{
	const double n[] = {1.0, 2.0};
	const double bytes[] = {MIB, 2.0 * MIB};
	struct fitted_model fitted = {.model = N_MODELS};

	(void)state;
	assert_int_equal(
		model_fit(MODEL_CONSTANT, &(struct model_points){n, bytes, 0}, &fitted), -EDOM);
	assert_int_equal(
		model_fit(MODEL_LINEAR, &(struct model_points){n, bytes, 1}, &fitted), -EDOM);
	assert_int_equal(
		model_fit(MODEL_POWER, &(struct model_points){n, bytes, 2}, &fitted), -EDOM);
	assert_int_equal(fitted.model, N_MODELS);
}

/* ---- the choice */

/*
 * Two sizes: only a constant. Left out, the first has a residual of 100 MiB, 400 steps of 1/4 MiB;
 * the second of 100 in sqrt(17/16), 97.0. Root of their mean square: sqrt((160000 + 9411.8) / 2).
 */
static void test_model_choose__error_by_hand(void **state)
{
	const double n[] = {1.0, 2.0};
	const double bytes[] = {0.0, 100.0 * MIB};
	struct model_choice choice;

	(void)state;
	assert_int_equal(model_choose(&(struct model_points){n, bytes, 2}, &choice), 0);
	assert_int_equal(choice.model, MODEL_CONSTANT);
	assert_close(choice.scores[MODEL_CONSTANT].error, 291.0427, 1e-6);
	assert_false(choice.scores[MODEL_LINEAR].tried);
	assert_int_equal(model_choose(&(struct model_points){n, bytes, 1}, &choice), -EDOM);
}

static void test_model_choose__tries_what_the_sizes_can_tell(void **state)
{
	static const bool tried[][N_MODELS] = {
		[2] = {true, false, false, false, false},
		[3] = {true, true, true, true, false},
		[4] = {true, true, true, true, false},
		[5] = {true, true, true, true, true},
	};

	(void)state;
	for (size_t n = 2; n <= 5; n++) {
		double bytes[5];
		struct model_choice choice;

		for (size_t i = 0; i < n; i++)
			bytes[i] = model_at(&known_models[MODEL_LINEAR], eight_sizes[i]);
		assert_int_equal(
			model_choose(&(struct model_points){eight_sizes, bytes, n}, &choice), 0);
		for (enum model model = 0; model < N_MODELS; model++)
			assert_int_equal(choice.scores[model].tried, tried[n][model]);
		assert_int_equal(choice.model, n == 2 ? MODEL_CONSTANT : MODEL_LINEAR);
	}
}

/* ---- noise */

/* -1 to 1, the same in every run. */
static double noise(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return 2.0 * (double)(*state >> 40) / (double)(1 << 24) - 1.0;
}

/* A trial as counted by the kernel: half a per cent of noise, in whole steps. */
static double noisy(const struct fitted_model *model, double n, uint64_t *state)
{
	double bytes = model_at(model, n) * (1.0 + 0.005 * noise(state));

	return MODEL_STEP_BYTES * floor(bytes / MODEL_STEP_BYTES + 0.5);
}

/*
 * n*log2(n) and n^1.05 are hard to distinguish: a few may choose the other, which is then as good.
 */
static void test_model_choose__gets_each_model_from_noise(void **state)
{
	enum { N = 20, LEAST = 17 };
	uint64_t random = 7;

	(void)state;
	for (enum model model = 0; model < N_MODELS; model++) {
		int n_right = 0;

		for (int repetition = 0; repetition < N; repetition++) {
			double bytes[LENGTH(eight_sizes)];
			const struct model_points points = {
				eight_sizes, bytes, LENGTH(eight_sizes)};
			struct model_choice choice;

			for (size_t i = 0; i < points.n_points; i++)
				bytes[i] = noisy(&known_models[model], eight_sizes[i], &random);
			assert_int_equal(model_choose(&points, &choice), 0);
			n_right += choice.model == model;
			/* Noise is within the precision of a peak. */
			assert_true(choice.scores[choice.model].error < 1.0);
		}
		if (n_right < LEAST)
			fail_msg("%s: %d of %d", model_formula(model), n_right, N);
	}
}

/* ---- uncertainty */

#define MAX_TRIALS 5

struct trials {
	struct model_size sizes[LENGTH(eight_sizes)];
	double bytes[LENGTH(eight_sizes)][MAX_TRIALS];
};

static void make_trials(struct trials *trials, const struct fitted_model *model, uint64_t *random)
{
	for (size_t i = 0; i < LENGTH(eight_sizes); i++) {
		double sorted[MAX_TRIALS] = {0.0};

		for (size_t j = 0; j < MAX_TRIALS; j++) {
			double bytes = noisy(model, eight_sizes[i], random);
			size_t place = j;

			for (; place > 0 && sorted[place - 1] > bytes; place--)
				sorted[place] = sorted[place - 1];
			sorted[place] = bytes;
		}
		for (size_t j = 0; j < MAX_TRIALS; j++)
			trials->bytes[i][j] = sorted[j];
		trials->sizes[i] = (struct model_size){.n = eight_sizes[i],
			.bytes = trials->bytes[i],
			.n_trials = MAX_TRIALS,
			.median_bytes = sorted[MAX_TRIALS / 2]};
	}
}

static bool has(struct interval interval, double value)
{
	return interval.low <= value && value <= interval.high;
}

/*
 * Three sizes of one trial, 4, 5 and 6 steps: their mean is 5, their standard deviation 1. Student's t for two
 * is 4.303, so the mean is within 4.303 / sqrt(3) = 2.484 steps, and one more within 4.303 * sqrt(4/3) = 4.968, to
 * which two steps of the counter are added: sqrt(4.968^2 + 2^2) = 5.356. The mean of three that are each moved by
 * half a step at most is beyond 0.323 in 2.5 % (the sum s of three uniform numbers is above 1.5 - s in s^3 / 6):
 * sqrt(2.484^2 + 0.323^2) = 2.505 and sqrt(5.356^2 + 0.323^2) = 5.366. The scales of the three differ from a step,
 * and from each other, by a thousandth.
 */
static void test_regression__students_t_by_hand(void **state)
{
	double bytes[] = {4.0 * MODEL_STEP_BYTES, 5.0 * MODEL_STEP_BYTES, 6.0 * MODEL_STEP_BYTES};
	const struct model_size sizes[] = {
		{1.0, &bytes[0], 1, bytes[0]},
		{2.0, &bytes[1], 1, bytes[1]},
		{3.0, &bytes[2], 1, bytes[2]},
	};
	struct regression *regression;
	struct interval interval;

	(void)state;
	assert_int_equal(regression_new(MODEL_CONSTANT, sizes, 3, &regression), 0);
	assert_int_equal(regression_freedom(regression), 2);
	interval = regression_coefficient(regression, 0);
	assert_steps(interval.low, 5.0 - 2.505);
	assert_steps(interval.high, 5.0 + 2.505);
	interval = regression_prediction(regression, 99.0);
	assert_steps(interval.low, 5.0 - 5.366);
	assert_steps(interval.high, 5.0 + 5.366);
	regression_free(regression);
}

/* If a model goes exactly through the medians of two sizes, there is no estimate of its error. */
static void test_regression__no_interval_without_freedom(void **state)
{
	double bytes[] = {MIB, 2.0 * MIB};
	const struct model_size sizes[] = {
		{1.0, &bytes[0], 1, MIB}, {2.0, &bytes[1], 1, 2.0 * MIB}};
	struct regression *regression;

	(void)state;
	assert_int_equal(regression_new(MODEL_LINEAR, sizes, 2, &regression), 0);
	assert_int_equal(regression_freedom(regression), 0);
	assert_close(model_at(regression_fitted(regression), 3.0), 3.0 * MIB, 1e-9);
	assert_true(isnan(regression_prediction(regression, 3.0).low));
	assert_true(isnan(regression_prediction(regression, 3.0).high));
	regression_free(regression);
	assert_int_equal(regression_new(MODEL_LINEAR, sizes, 1, &regression), -EDOM);
}

/*
 * Medians exactly on a line, so that least squares adds nothing; 3 trials per size, one of them 8
 * MiB above. In resamples the median is that one with P(Bin(3, 1/3) >= 2) = 7/27: the interval of
 * `a` must include it. One in three trials is that far off: the prediction must include it too,
 * widened by sqrt(3/2).
 */
static void test_regression__the_trials_own_spread_is_in_it(void **state)
{
	double bytes[4][3];
	struct model_size sizes[4];
	struct regression *regression;
	struct interval a, prediction;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		double median = (40.0 + 10.0 * (double)i) * MIB;

		bytes[i][0] = bytes[i][1] = median;
		bytes[i][2] = median + 8.0 * MIB;
		sizes[i] = (struct model_size){(double)i + 1.0, bytes[i], 3, median};
	}
	assert_int_equal(regression_new(MODEL_LINEAR, sizes, 4, &regression), 0);
	a = regression_coefficient(regression, 0);
	assert_close(a.low, 30.0 * MIB, 0.4);
	assert_true(a.high > 38.0 * MIB);
	prediction = regression_prediction(regression, 3.0);
	assert_true(prediction.high > 68.0 * MIB);
	assert_true(prediction.high < 90.0 * MIB);
	/* None was below its median by more than the steps. */
	assert_true(prediction.low > 53.0 * MIB);
	regression_free(regression);
}

/* 95 % are promised: of 40, at least 34 hold with a probability of 99.7 % (binomial). */
static void test_regression__intervals_cover(void **state)
{
	enum { N = 40, LEAST = 34 };
	uint64_t random = 11;

	(void)state;
	for (enum model model = MODEL_CONSTANT; model < N_MODELS; model++) {
		const struct fitted_model *known = &known_models[model];
		int n_a = 0, n_slope = 0, n_next = 0, n_far = 0;

		for (int i = 0; i < N; i++) {
			struct trials trials;
			struct regression *regression;

			make_trials(&trials, known, &random);
			assert_int_equal(regression_new(model, trials.sizes, LENGTH(trials.sizes),
						 &regression),
				0);
			n_a += has(regression_coefficient(regression, 0), known->coefficient[0]);
			n_slope +=
				model == MODEL_CONSTANT ||
				has(regression_coefficient(regression, 1), known->coefficient[1]);
			n_next += has(
				regression_prediction(regression, 5e6), noisy(known, 5e6, &random));
			n_far += has(regression_prediction(regression, 24e6),
				noisy(known, 24e6, &random));
			regression_free(regression);
		}
		if (n_a < LEAST || n_slope < LEAST || n_next < LEAST || n_far < LEAST)
			fail_msg("%s: of %d, %d %d %d %d", model_formula(model), N, n_a, n_slope,
				n_next, n_far);
	}
}

/* Not wider than the noise requires: half a per cent, and steps of 256 KiB in some 100 MiB. */
static void test_regression__intervals_are_narrow(void **state)
{
	uint64_t random = 13;
	struct trials trials;
	struct regression *regression;
	struct interval interval;

	(void)state;
	make_trials(&trials, &known_models[MODEL_LINEAR], &random);
	assert_int_equal(
		regression_new(MODEL_LINEAR, trials.sizes, LENGTH(trials.sizes), &regression), 0);
	interval = regression_coefficient(regression, 1);
	assert_true(interval.high - interval.low < 0.04 * 17.0);
	interval = regression_prediction(regression, 12e6);
	assert_true(
		interval.high - interval.low < 0.04 * model_at(&known_models[MODEL_LINEAR], 12e6));
	regression_free(regression);
}

static void test_regression__same_data_same_interval(void **state)
{
	uint64_t random = 17;
	struct trials trials;
	struct regression *one, *other;

	(void)state;
	make_trials(&trials, &known_models[MODEL_LINEAR], &random);
	assert_int_equal(regression_new(MODEL_LINEAR, trials.sizes, LENGTH(trials.sizes), &one), 0);
	assert_int_equal(
		regression_new(MODEL_LINEAR, trials.sizes, LENGTH(trials.sizes), &other), 0);
	assert_true(regression_prediction(one, 9e6).low == regression_prediction(other, 9e6).low);
	assert_true(regression_coefficient(one, 1).high == regression_coefficient(other, 1).high);
	regression_free(one);
	regression_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model_fit__gets_each_model_back),
		cmocka_unit_test(test_model_at__values_by_hand),
		cmocka_unit_test(test_model_fit__a_small_peak_counts_by_the_counters_step),
		cmocka_unit_test(test_model_fit__refuses_fewer_points_than_coefficients),
		cmocka_unit_test(test_model_choose__error_by_hand),
		cmocka_unit_test(test_model_choose__tries_what_the_sizes_can_tell),
		cmocka_unit_test(test_model_choose__gets_each_model_from_noise),
		cmocka_unit_test(test_regression__students_t_by_hand),
		cmocka_unit_test(test_regression__no_interval_without_freedom),
		cmocka_unit_test(test_regression__the_trials_own_spread_is_in_it),
		cmocka_unit_test(test_regression__intervals_cover),
		cmocka_unit_test(test_regression__intervals_are_narrow),
		cmocka_unit_test(test_regression__same_data_same_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
