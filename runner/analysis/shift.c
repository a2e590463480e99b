#include "runner/analysis/shift.h"

#include "util/cleanup.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

#define MAX_EXACT_CONTRASTS 10000
#define MAX_EXACT_PAIRS 200

/*
 * The distribution of the number of contrasts below the true factor: its lower tail, P(count <= i),
 * or if there are many, the mean and the deviation of a normal one.
 */
struct shift {
	size_t n;     /* contrasts */
	double *tail; /* of n + 1 counts; NULL: normal */
	double mean;
	double deviation;
	double contrasts[]; /* logarithms, sorted */
};

CLEANUP_POINTER(cleanup_shift, struct shift, shift_free)

static double *tail_of_pairs(size_t n_pairs);
static double *tail_of_groups(size_t n, size_t m);

static bool shift_is_positive(const double *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(values[i] > 0.0) || !isfinite(values[i]))
			return false;
	return n > 0;
}

static size_t shift_at_most(size_t n)
{
	return n < SHIFT_MAX_VALUES ? n : SHIFT_MAX_VALUES;
}

static struct shift *shift_allocate(size_t n_contrasts)
{
	struct shift *shift = calloc(1, sizeof(*shift) + n_contrasts * sizeof(*shift->contrasts));

	if (shift)
		shift->n = n_contrasts;
	return shift;
}

int shift_new_unpaired(const double *base, size_t n_base, const double *values, size_t n_values,
	struct shift **ret_shift)
{
	const size_t n = shift_at_most(n_base), m = shift_at_most(n_values);
	CLEANUP(cleanup_shift) struct shift *shift = NULL;

	if (!shift_is_positive(base, n) || !shift_is_positive(values, m))
		return -EDOM;
	shift = shift_allocate(n * m);
	if (!shift)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			shift->contrasts[i * m + j] = log(values[j] / base[i]);
	gsl_sort(shift->contrasts, 1, shift->n);
	shift->mean = (double)shift->n / 2.0;
	shift->deviation = sqrt((double)shift->n * (double)(n + m + 1) / 12.0);
	if (shift->n <= MAX_EXACT_CONTRASTS && !(shift->tail = tail_of_groups(n, m)))
		return -ENOMEM;
	*ret_shift = TAKE_PTR(shift);
	return 0;
}

int shift_new_paired(
	const double *base, const double *values, size_t n_pairs, struct shift **ret_shift)
{
	const size_t n = shift_at_most(n_pairs);
	CLEANUP(cleanup_shift) struct shift *shift = NULL;
	size_t place = 0;

	if (!shift_is_positive(base, n) || !shift_is_positive(values, n))
		return -EDOM;
	shift = shift_allocate(n * (n + 1) / 2);
	if (!shift)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			shift->contrasts[place++] =
				0.5 * (log(values[i] / base[i]) + log(values[j] / base[j]));
	gsl_sort(shift->contrasts, 1, shift->n);
	shift->mean = (double)shift->n / 2.0;
	shift->deviation = sqrt((double)shift->n * (double)(2 * n + 1) / 12.0);
	if (n <= MAX_EXACT_PAIRS && !(shift->tail = tail_of_pairs(n)))
		return -ENOMEM;
	*ret_shift = TAKE_PTR(shift);
	return 0;
}

void shift_free(struct shift *shift)
{
	if (shift)
		free(shift->tail);
	free(shift);
}

double shift_ratio(const struct shift *shift)
{
	return exp(gsl_stats_median_from_sorted_data(shift->contrasts, 1, shift->n));
}

/* P(count <= i) */
static double shift_tail(const struct shift *shift, size_t i)
{
	if (shift->tail)
		return fmin(1.0, shift->tail[i]);
	return gsl_cdf_ugaussian_P(((double)i + 0.5 - shift->mean) / shift->deviation);
}

struct interval shift_interval(const struct shift *shift, double part)
{
	size_t low = 0, high = shift->n + 1;

	/* Bisection: the first count whose tail is larger than the part. */
	while (high - low > 1) {
		const size_t middle = low + (high - low) / 2;

		if (shift_tail(shift, middle - 1) <= part)
			low = middle;
		else
			high = middle;
	}
	if (low == 0 || 2 * low > shift->n)
		return (struct interval){NAN, NAN};
	return (struct interval){
		exp(shift->contrasts[low - 1]), exp(shift->contrasts[shift->n - low])};
}

double shift_p_above(const struct shift *shift, double ratio)
{
	const double threshold = log(ratio);
	size_t low = 0, high = shift->n;

	/* Bisection: how many contrasts are at most the ratio. */
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (shift->contrasts[middle] <= threshold)
			low = middle + 1;
		else
			high = middle;
	}
	return shift_tail(shift, low);
}

static void shift_accumulate(double *probabilities, size_t n)
{
	for (size_t i = 1; i < n; i++)
		probabilities[i] += probabilities[i - 1];
}

/*
 * W: each rank from 1 to n is in the sum or not, with the same probability. Adding a rank to the distribution
 * in place goes from the top.
 */
static double *tail_of_pairs(size_t n_pairs)
{
	const size_t n_counts = n_pairs * (n_pairs + 1) / 2 + 1;
	double *tail = calloc(n_counts, sizeof(*tail));

	if (!tail)
		return NULL;
	tail[0] = 1.0;
	for (size_t rank = 1; rank <= n_pairs; rank++)
		for (size_t i = n_counts; i-- > 0;)
			tail[i] = 0.5 * (tail[i] + (i >= rank ? tail[i - rank] : 0.0));
	shift_accumulate(tail, n_counts);
	return tail;
}

/*
 * U of i and j values, by the largest of them all: it is one of the i with probability i / (i + j), and
 * is then above all j. Row j of the table goes from U(i - 1, j) to U(i, j), from the first row on.
 */
static double *tail_of_groups(size_t n, size_t m)
{
	const size_t n_counts = n * m + 1;
	const size_t few = n < m ? n : m, many = n < m ? m : n;
	CLEANUP(cleanup_free) double *table = calloc((few + 1) * n_counts, sizeof(*table));
	double *tail = calloc(n_counts, sizeof(*tail));

	if (!table || !tail) {
		free(tail);
		return NULL;
	}
	for (size_t j = 0; j <= few; j++)
		table[j * n_counts] = 1.0;
	for (size_t i = 1; i <= many; i++)
		for (size_t j = 1; j <= few; j++) {
			const double part = (double)i / (double)(i + j);
			double *row = table + j * n_counts;
			const double *before = row - n_counts;

			for (size_t u = n_counts; u-- > 0;)
				row[u] = part * (u >= j ? row[u - j] : 0.0) +
					 (1.0 - part) * before[u];
		}
	for (size_t u = 0; u < n_counts; u++)
		tail[u] = table[few * n_counts + u];
	shift_accumulate(tail, n_counts);
	return tail;
}
