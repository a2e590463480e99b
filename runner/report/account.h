#pragma once

/*
 * What limits and reclaim did to a number: the limit that a peak stood under, how often it was met, what the kernel
 * killed, and what the peak was made of; and what a cold start is charged. Sentences of a point, for the terminal and
 * for report.html.
 */

#include "runner/analysis/comparison.h"

#include <stdio.h>

/*
 * A line for a backend whose limit was met, or whose task was killed at it; and for the first backend of the run
 * (`none`, where it was run) also where a tenth of its peak was page cache, or where its warm-up differed by more
 * than 1 %. `all`: for each backend that has a composition. -ENOMEM.
 */
int account_print(const struct comparison *comparison, size_t point, bool all, FILE *stream);

/* Of these, the line of a warm-up that differed. */
void account_print_warmup(const struct comparison *comparison, size_t point, FILE *stream);

/*
 * "peak 15.75 MiB: 13.20 MiB page cache, 1.10 MiB anonymous, 0.62 MiB kernel, 0.83 MiB in none of these", largest
 * first; "" where it is not known. NULL on ENOMEM; the caller frees.
 */
char *account_parts(const struct comparison_trial *trial);

/* Of a trial that the kernel killed for want of memory: at its limit, or without one. */
const char *account_end(const struct comparison_trial *trial);

/*
 * "+261.30 MiB; truth +256.00 MiB: +2.1 %": from task_begin to the peak, of the backend's own number where it has one.
 * Of a trial that was killed, how it ended, and the peak until then. NULL on ENOMEM; the caller frees.
 */
char *account_growth(const struct comparison_trial *trial);

/* The backend that stands for a point where one has to: `none`, else the first that has a trial to be shown. */
size_t account_backend(const struct comparison *comparison, size_t point);
