#pragma once

/* Private to the writers of fit: numbers in words. */

#include "runner/fit/fit.h"
#include "util/format.h"

/* "31.20 MiB", "-512 B", "-" for NaN: format_bytes for any number. */
struct formatted fit_bytes(double bytes);

/* Cost per unit of n: "17.03 bytes", "0.0021 bytes", or from 10 KiB on like fit_bytes. */
struct formatted fit_slope(double bytes);

/* "7077888", "1.6e+09": a size, with all its digits if there are few. */
struct formatted fit_number(double n);

/* "within", "outside", "unknown": also the words in fit.csv. */
const char *fit_verdict_name(enum fit_verdict verdict);

/*
 * "envelope.py, mode=fast": the title of a series; a long task is truncated. NULL on ENOMEM; the
 * caller frees.
 */
char *fit_series_title(const struct fit_series *series);
