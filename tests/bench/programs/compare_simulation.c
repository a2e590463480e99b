/*
 * compare_simulation N INCREASE MARGIN CHARGED: reads the peaks of trials in bytes, and N times draws five and five of
 * them with replacement, multiplies the second five by 1 + INCREASE, and compares them as `memcg-run compare
 * --max-increase` MARGIN does. CHARGED is what the task's CPUs are charged in advance, in bytes. Prints how many were
 * larger, smaller, within, worse and undecided.
 */

#include "runner/analysis/generator.h"
#include "runner/compare/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PEAKS 10000
#define REPETITIONS 5

struct counts {
	unsigned long changes[COMPARE_SMALLER + 1];
	unsigned long verdicts[COMPARE_UNDECIDED + 1];
};

static size_t read_peaks(double *peaks)
{
	size_t n = 0;

	while (n < MAX_PEAKS && scanf("%lf", &peaks[n]) == 1)
		n++;
	return n;
}

static struct compare_run *draw_run(
	gsl_rng *generator, const double *peaks, size_t n, double factor, double charged)
{
	char text[2048];
	size_t length = (size_t)snprintf(text, sizeof(text),
		"{\"name\":\"\",\"created\":\"\",\"facts\":[],\"cells\":[{\"task\":\"t\","
		"\"parameters\":\"{}\",\"backend\":\"none\",\"charged_bytes\":%.0f,\"trials\":[",
		charged);
	struct compare_run *run = NULL;

	for (int i = 1; i <= REPETITIONS; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
			"%s[%d,true,false,false,%.17g,null,null,null]", i > 1 ? "," : "", i,
			factor * peaks[gsl_rng_uniform_int(generator, n)]);
	length += (size_t)snprintf(text + length, sizeof(text) - length, "]}]}");
	return compare_run_parse(text, length, "", &run, NULL) < 0 ? NULL : run;
}

static int simulate_one(gsl_rng *generator, const double *peaks, size_t n, double increase,
	const struct compare_options *options, double charged, struct counts *counts)
{
	struct compare_run *base = draw_run(generator, peaks, n, 1.0, charged);
	struct compare_run *new = draw_run(generator, peaks, n, 1.0 + increase, charged);
	struct compare *compare = NULL;
	int r = base && new ? compare_make(base, new, options, &compare, NULL) : -1;

	if (r == 0) {
		counts->changes[compare->pairs[0].results[COMPARE_PEAK].change]++;
		counts->verdicts[compare->verdicts[COMPARE_PEAK]]++;
	}
	compare_free(compare);
	compare_run_free(base);
	compare_run_free(new);
	return r;
}

int main(int argc, char **argv)
{
	static double peaks[MAX_PEAKS];
	gsl_rng *generator = generator_new();
	struct counts counts = {{0}, {0}};
	const size_t n = read_peaks(peaks);

	if (argc != 5 || n == 0 || !generator)
		return 2;
	const struct compare_options options = {.max_increase = strtod(argv[3], NULL)};

	for (long i = strtol(argv[1], NULL, 10); i > 0; i--)
		if (simulate_one(generator, peaks, n, strtod(argv[2], NULL), &options,
			    strtod(argv[4], NULL), &counts) < 0)
			return 1;
	gsl_rng_free(generator);
	printf("%lu %lu %lu %lu %lu\n", counts.changes[COMPARE_LARGER],
		counts.changes[COMPARE_SMALLER], counts.verdicts[COMPARE_WITHIN],
		counts.verdicts[COMPARE_WORSE], counts.verdicts[COMPARE_UNDECIDED]);
	return 0;
}
