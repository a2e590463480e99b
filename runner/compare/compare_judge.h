#pragma once

/* Private to compare.c: the numbers and the verdicts of the pairs (compare.h has the rules). */

#include "runner/compare/compare.h"

/* Fills the results of all pairs, and the verdicts. -ENOMEM. */
int compare_judge(struct compare *compare);
