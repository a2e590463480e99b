#include "runner/limit/search_state.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

double limit_chance_of_passes(double survival, uint64_t n, uint64_t n_deaths)
{
	return n <= n_deaths
		       ? 1.0
		       : gsl_cdf_beta_P(survival, (double)(n - n_deaths), (double)n_deaths + 1.0);
}

uint64_t limit_passes(double survival, double confidence, uint64_t n_deaths)
{
	const double alpha = (1.0 - confidence) * (1.0 + 1e-9);
	const uint64_t n_clean = (uint64_t)ceil(log(alpha) / log(survival));
	uint64_t low, high = n_clean + n_deaths;

	if (n_deaths == 0)
		return n_clean;
	do {
		low = high;
		high *= 2;
	} while (limit_chance_of_passes(survival, high, n_deaths) > alpha);
	while (high - low > 1) {
		const uint64_t middle = low + (high - low) / 2;

		if (limit_chance_of_passes(survival, middle, n_deaths) > alpha)
			low = middle;
		else
			high = middle;
	}
	return high;
}
