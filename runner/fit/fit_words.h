#pragma once

/*
 * Private to what fit writes: its numbers in words.
 */

#include "runner/fit/fit.h"
#include "util/format.h"

/* "31.20 MiB", "-512 B", "-" for NaN: as format_bytes, of any number. */
struct formatted fit_bytes(double bytes);

/* What a unit of n costs: "17.03 bytes", "0.0021 bytes", or from 10 KiB on as fit_bytes. */
struct formatted fit_slope(double bytes);

/* "7077888", "1.6e+09": a size with all its digits where they are few. */
struct formatted fit_number(double n);

/* "within", "outside", "unknown": the words of fit.csv too. */
const char *fit_verdict_name(enum fit_verdict verdict);

/* "envelope.py, mode=fast": which series it is, a long task cut short. NULL on ENOMEM; the caller frees. */
char *fit_series_title(const struct fit_series *series);
