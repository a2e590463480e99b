#include "runner/limit/search_state.h"
#include "util/array.h"

#include <math.h>

/*
 * What the outcomes so far say about the boundary. Its survival is taken to be a logistic curve of the logarithm of the limit, with a
 * middle and a width that are not known, times what survives however large the limit is: the probability of each on a grid, given all outcomes (Bayes). It
 * decides which limit is worth confirming, and nothing else: a model that does not fit costs trials, but what
 * is confirmed rests on the trials of confirmation alone.
 */

/* Widths, within which the survival goes from 10 to 90 %, in parts of the limit; and how likely each is before any trial. */
static const struct {
	double width;
	double prior;
} widths[] = {{1e-4, 8}, {0.002, 2}, {0.005, 2}, {0.01, 2}, {0.02, 2}, {0.05, 1}, {0.1, 0.5},
	{0.25, 0.25}};

/* Runs that die by themselves. */
static const struct {
	double share;
	double prior;
} failures[] = {{0.0, 8}, {0.01, 1}, {0.03, 1}};

#define N_WIDTHS LENGTH(widths)
#define N_FAILURES LENGTH(failures)
/* From 10 to 90 %, in scales of the logistic curve: 2 ln 9. */
#define WIDTH_SCALES 4.394449154672439
/* Middles: this many below and above the bracket, at distances that grow. */
#define N_MIDDLES 61
#define NEXT_MIDDLE 0.0025
#define MIDDLES_GROW 1.12
/* One whose probability is smaller has no say. */
#define NEGLIGIBLE 1e-6
/* Of the best chance that there is: a larger limit is not worth more. */
#define NEARLY 0.97

struct posterior {
	double middles[N_MIDDLES]; /* logarithms */
	double weights[N_MIDDLES][N_WIDTHS][N_FAILURES];
};

/* The logarithm of the probability of survival `distance` scales above the middle. */
static double limit_log_survival(double distance)
{
	return distance > 0.0 ? -log1p(exp(-distance)) : distance - log1p(exp(distance));
}

/* That `n_died` of the runs die by themselves, and the others do not. */
static double limit_log_failures(double share, uint64_t n_survived, uint64_t n_died)
{
	return (double)n_survived * log1p(-share) +
	       (n_died > 0 ? (double)n_died * log(share) : 0.0);
}

static double limit_log_likelihood(
	const struct limit_search *search, double middle, double width, double failing)
{
	const struct limit_tallies *tallies = &search->tallies;
	const double scale = width / WIDTH_SCALES;
	double sum = limit_log_failures(failing, search->n_baselines, search->n_baselines_died);

	for (size_t i = 0; i < tallies->n; i++) {
		const struct limit_tally *tally = &tallies->tallies[i];
		const double distance = (log((double)tally->limit_bytes) - middle) / scale;
		const double log_died = limit_log_survival(-distance);
		const uint64_t n_died = tally->n - tally->n_survived;

		sum += (double)tally->n_survived * (log1p(-failing) + limit_log_survival(distance));
		if (n_died > 0)
			sum += (double)n_died *
			       (failing > 0.0 ? log(failing + (1.0 - failing) * exp(log_died))
					      : log_died);
	}
	return sum;
}

/* Around the middle of the bracket: half of them on each side, and each stands for the space to the next. */
static void limit_posterior_middles(const struct limit_search *search, struct posterior *posterior)
{
	const struct limit_bracket *bracket = &search->bracket;
	const uint64_t low = bracket->low_bytes > 0 ? bracket->low_bytes : bracket->high_bytes;
	const double center = 0.5 * (log((double)low) + log((double)bracket->high_bytes));
	double distance = 0.0, step = NEXT_MIDDLE;

	posterior->middles[N_MIDDLES / 2] = center;
	for (size_t i = 1; i <= N_MIDDLES / 2; i++, step *= MIDDLES_GROW) {
		distance += step;
		posterior->middles[N_MIDDLES / 2 - i] = center - distance;
		posterior->middles[N_MIDDLES / 2 + i] = center + distance;
	}
}

static void limit_posterior_make(const struct limit_search *search, struct posterior *posterior)
{
	double largest = -INFINITY, sum = 0.0, *weights;

	limit_posterior_middles(search, posterior);
	for (size_t i = 0; i < N_MIDDLES; i++) {
		const double space = posterior->middles[i + (i + 1 < N_MIDDLES)] -
				     posterior->middles[i - (i > 0)];

		for (size_t j = 0; j < N_WIDTHS; j++)
			for (size_t k = 0; k < N_FAILURES; k++) {
				double *weight = &posterior->weights[i][j][k];

				*weight = log(space * widths[j].prior * failures[k].prior) +
					  limit_log_likelihood(search, posterior->middles[i],
						  widths[j].width, failures[k].share);
				largest = fmax(largest, *weight);
			}
	}
	weights = &posterior->weights[0][0][0];
	for (size_t i = 0; i < N_MIDDLES * N_WIDTHS * N_FAILURES; i++)
		sum += weights[i] = exp(weights[i] - largest);
	for (size_t i = 0; i < N_MIDDLES * N_WIDTHS * N_FAILURES; i++)
		weights[i] /= sum;
}

/* The probability that no more than so many trials at the limit die. */
static double limit_posterior_passes(const struct posterior *posterior, uint64_t limit_bytes,
	uint64_t n_trials, uint64_t n_deaths)
{
	const double log_limit = log((double)limit_bytes);
	double sum = 0.0;

	for (size_t i = 0; i < N_MIDDLES; i++)
		for (size_t j = 0; j < N_WIDTHS; j++)
			for (size_t k = 0; k < N_FAILURES; k++) {
				const double weight = posterior->weights[i][j][k];
				const double scales = (log_limit - posterior->middles[i]) *
						      WIDTH_SCALES / widths[j].width;

				if (weight > NEGLIGIBLE)
					sum += weight *
					       limit_chance_of_passes(
						       (1.0 - failures[k].share) *
							       exp(limit_log_survival(scales)),
						       n_trials, n_deaths);
			}
	return sum;
}

uint64_t limit_posterior_choose(const struct limit_search *search, uint64_t low_bytes,
	uint64_t high_bytes, uint64_t n_trials, uint64_t n_deaths, double chance)
{
	struct posterior posterior;

	limit_posterior_make(search, &posterior);
	chance = fmin(chance,
		NEARLY * limit_posterior_passes(&posterior, high_bytes, n_trials, n_deaths));
	if (limit_posterior_passes(&posterior, low_bytes, n_trials, n_deaths) >= chance)
		return low_bytes;
	while (high_bytes - low_bytes >
		limit_resolution(search, low_bytes) / 4 + search->page_bytes) {
		const uint64_t middle = limit_between(search, low_bytes, high_bytes);

		if (limit_posterior_passes(&posterior, middle, n_trials, n_deaths) >= chance)
			high_bytes = middle;
		else
			low_bytes = middle;
	}
	return high_bytes;
}
