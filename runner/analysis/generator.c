#include "runner/analysis/generator.h"

#include <gsl/gsl_errno.h>

#define SEED 20120715UL

gsl_rng *generator_new(void)
{
	/* GSL's default handler aborts the program on ENOMEM. */
	gsl_error_handler_t *handler = gsl_set_error_handler_off();
	gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);

	gsl_set_error_handler(handler);
	if (generator)
		gsl_rng_set(generator, SEED);
	return generator;
}
