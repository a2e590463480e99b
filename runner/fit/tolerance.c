#include "runner/fit/tolerance.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>

/* U is near 1, with tails that are lighter than those of a normal value of deviation 1 / sqrt(2 * freedom). */
#define N_DEVIATIONS 9.0
/* Of Gauss and Legendre: the integrand is smooth, and steepest where the leverage is small. */
#define N_NODES 512
/* Of the interval of K; the rest is less than the distance of two doubles. */
#define N_HALVINGS 100

struct tolerance {
	double freedom;
	double deviation; /* d */
	double quantile;  /* z */
	double factor;	  /* K */
};

/* The density of U times the probability that the bound holds there. */
static double tolerance_integrand(double u, void *argument)
{
	const struct tolerance *tolerance = argument;
	const double nu = tolerance->freedom;

	return 2.0 * nu * u * gsl_ran_chisq_pdf(nu * u * u, nu) *
	       gsl_cdf_ugaussian_P(
		       (tolerance->factor * u - tolerance->quantile) / tolerance->deviation);
}

static double tolerance_confidence(
	const struct tolerance *tolerance, const gsl_integration_glfixed_table *table)
{
	struct tolerance copy = *tolerance;
	const gsl_function function = {tolerance_integrand, &copy};
	const double reach = N_DEVIATIONS / sqrt(2.0 * tolerance->freedom);

	return gsl_integration_glfixed(&function, fmax(0.0, 1.0 - reach), 1.0 + reach, table);
}

double tolerance_factor(double freedom, double leverage, double content, double confidence)
{
	const bool valid = freedom >= 1.0 && leverage > 0.0 && isfinite(leverage) &&
			   content >= 0.5 && content < 1.0 && confidence > 0.0 && confidence < 1.0;
	gsl_integration_glfixed_table *table =
		valid ? gsl_integration_glfixed_table_alloc(N_NODES) : NULL;
	struct tolerance tolerance = {.freedom = freedom};
	double low = 0.0, high = 1.0;

	if (!table)
		return NAN;
	tolerance.deviation = sqrt(leverage);
	tolerance.quantile = gsl_cdf_ugaussian_Pinv(content);
	for (tolerance.factor = high;
		tolerance_confidence(&tolerance, table) < confidence && isfinite(high);)
		tolerance.factor = high *= 2.0;
	for (int i = 0; i < N_HALVINGS; i++) {
		tolerance.factor = low + 0.5 * (high - low);
		if (tolerance_confidence(&tolerance, table) < confidence)
			low = tolerance.factor;
		else
			high = tolerance.factor;
	}
	gsl_integration_glfixed_table_free(table);
	return high;
}
