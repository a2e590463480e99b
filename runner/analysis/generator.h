#pragma once

/*
 * The random numbers of the bootstraps: the same in every program, so that the same data give the same interval.
 */

#include <gsl/gsl_rng.h>

/* The caller's, to be freed by gsl_rng_free. NULL on ENOMEM. */
gsl_rng *generator_new(void);
