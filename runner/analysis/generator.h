#pragma once

/*
 * Random numbers for the bootstraps. The seed is fixed: the same data give the same interval in
 * every program.
 */

#include <gsl/gsl_rng.h>

/* The caller frees it with gsl_rng_free. NULL on ENOMEM. */
gsl_rng *generator_new(void);
