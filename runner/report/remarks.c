#include "runner/report/remarks.h"

#include "runner/analysis/stability.h"
#include "runner/analysis/units.h"
#include "runner/report/facts.h"
#include "util/cleanup.h"
#include "util/format.h"

#include <math.h>

/*
 * Smaller errors are not ranked: the order would depend on the kernel's charge steps of 256 KiB and
 * the few pages of the interpreter itself.
 */
#define NEGLIGIBLE_ERROR 0.01

/* A truth that the kernel's account is farther from than this is not the whole of what the task used. */
#define INCOMPLETE_ERROR 0.1

struct candidate {
	const char *name;
	double value;
};

static int compare_candidates(const void *left, const void *right)
{
	double a = fabs(((const struct candidate *)left)->value);
	double b = fabs(((const struct candidate *)right)->value);

	return (a > b) - (a < b);
}

static int collect_errors(const struct comparison *comparison, size_t point,
	struct candidate *candidates, size_t *ret_n)
{
	struct statistics statistics;
	size_t n = 0;

	for (size_t i = 0; i < comparison->n_backends; i++) {
		int r = comparison_statistics(
			comparison_cell(comparison, point, i), COMPARISON_ERROR, &statistics);

		if (r < 0)
			return r;
		if (statistics.n > 0)
			candidates[n++] = (struct candidate){
				.name = comparison->backends[i].name, .value = statistics.median};
	}
	qsort(candidates, n, sizeof(*candidates), compare_candidates);
	*ret_n = n;
	return 0;
}

/* Whose errors cannot be told from the smallest, which is the first. */
static size_t count_equal(const struct candidate *candidates, size_t n, double resolution)
{
	size_t n_equal = 1;

	while (n_equal < n &&
		fabs(candidates[n_equal].value) - fabs(candidates[0].value) <= resolution)
		n_equal++;
	return n_equal;
}

static void print_ranking(const struct comparison *comparison, const struct candidate *candidates,
	size_t n, double truth, FILE *stream)
{
	const double resolution = comparison->resolution_bytes / truth;
	const size_t n_equal = count_equal(candidates, n, resolution);
	const size_t n_named = n_equal > 3 ? n_equal : n < 3 ? n : 3;

	fputs("closest to the truth: ", stream);
	for (size_t i = 0; i < n_named; i++)
		fprintf(stream, "%s%s (%s)",
			i == 0	      ? ""
			: i < n_equal ? " = "
				      : ", ",
			candidates[i].name, format_percent(candidates[i].value).text);
	if (n_equal > 1)
		fprintf(stream,
			"\n=: not to be told apart, because the kernel's account resolves %s",
			format_bytes((uint64_t)comparison->resolution_bytes).text);
	if (n > n_named)
		fprintf(stream, "\nfarthest from it: %s (%s)", candidates[n - 1].name,
			format_percent(candidates[n - 1].value).text);
	fputc('\n', stream);
}

static int print_closest(const struct comparison *comparison, size_t point,
	struct candidate *candidates, FILE *stream)
{
	const double truth = comparison_maximum(comparison, point, COMPARISON_TRUTH_PEAK);
	size_t n;
	int r = collect_errors(comparison, point, candidates, &n);

	if (r < 0 || n < 2)
		return r;
	if (fabs(candidates[n - 1].value) < NEGLIGIBLE_ERROR)
		fprintf(stream, "all %zu that report are within 1 %% of the truth\n", n);
	else if (fabs(candidates[n - 1].value) * truth <= comparison->resolution_bytes)
		fprintf(stream,
			"all %zu that report are within %s of the truth, which is what the "
			"kernel's account resolves\n",
			n, format_bytes((uint64_t)comparison->resolution_bytes).text);
	else
		print_ranking(comparison, candidates, n, truth, stream);
	return 0;
}

/* The error of the kernel's account over all trials of a point; n is 0 if no truth was declared. */
static int reference_error(
	const struct comparison *comparison, size_t point, struct statistics *ret_statistics)
{
	CLEANUP(cleanup_free) double *errors = NULL;
	size_t n = 0;

	for (size_t i = 0; i < comparison->n_backends; i++)
		n += comparison_cell(comparison, point, i)->n_trials;
	errors = calloc(n + 1, sizeof(*errors));
	if (!errors)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < comparison->n_backends; i++) {
		const struct comparison_cell *cell = comparison_cell(comparison, point, i);

		for (size_t j = 0; j < cell->n_trials; j++)
			errors[n++] = cell->trials[j].value[COMPARISON_REFERENCE_ERROR];
	}
	return statistics_of(errors, n, ret_statistics);
}

/* By such a truth no reporter is right: one that counts as the kernel does would be the farthest from it. */
static bool is_incomplete(
	const struct comparison *comparison, size_t point, const struct statistics *reference)
{
	const double truth = comparison_maximum(comparison, point, COMPARISON_TRUTH_PEAK);

	return reference->n > 0 && fabs(reference->median) > INCOMPLETE_ERROR &&
	       fabs(reference->median) * truth > comparison->resolution_bytes;
}

static int print_truth(const struct comparison *comparison, size_t point,
	struct candidate *candidates, FILE *stream)
{
	struct statistics reference;
	bool incomplete;
	int r = reference_error(comparison, point, &reference);

	if (r < 0)
		return r;
	incomplete = is_incomplete(comparison, point, &reference);
	if (!incomplete)
		r = print_closest(comparison, point, candidates, stream);
	if (r == 0 && reference.n > 0)
		fprintf(stream,
			"the kernel's account: %s from the truth, in the median of all %zu "
			"trials\n",
			format_percent(reference.median).text, reference.n);
	if (r == 0 && incomplete)
		fprintf(stream, "the declared truth %s: reporters are not ranked by it\n",
			reference.median > 0.0
				? "is incomplete, perhaps for imports after task_begin"
				: "has memory that the task was not charged for");
	return r;
}

static int print_costs(const struct comparison *comparison, size_t point,
	struct candidate *candidates, FILE *stream)
{
	struct statistics ratio;
	size_t n = 0;
	bool all_compared = true;

	for (size_t i = 0; i < comparison->n_backends; i++) {
		int r = comparison_ratio(comparison, point, i, &ratio);

		if (r < 0)
			return r;
		if (i == comparison_none(comparison))
			continue;
		all_compared = all_compared && ratio.n >= COMPARISON_ENOUGH_TRIALS;
		if (ratio.n >= COMPARISON_ENOUGH_TRIALS && ratio.median_ci95.low > 1.0)
			candidates[n++] = (struct candidate){
				.name = comparison->backends[i].name, .value = ratio.median};
	}
	if (n == 0 && (!all_compared || comparison->n_backends < 2))
		return 0;
	qsort(candidates, n, sizeof(*candidates), compare_candidates);
	fputs(n ? "slow the task: " : "no backend slows the task measurably", stream);
	for (size_t i = 0; i < n; i++)
		fprintf(stream, "%s%s (x %.2f)", i ? ", " : "", candidates[n - 1 - i].name,
			candidates[n - 1 - i].value);
	fputc('\n', stream);
	return 0;
}

int remarks_print(const struct comparison *comparison, size_t point, FILE *stream)
{
	CLEANUP(cleanup_free)
	struct candidate *candidates = calloc(comparison->n_backends + 1, sizeof(*candidates));
	int r;

	if (!candidates)
		return -ENOMEM;
	r = print_truth(comparison, point, candidates, stream);
	if (r == 0)
		r = print_costs(comparison, point, candidates, stream);
	return r < 0 ? r : stability_print_repetitions(comparison, point, stream);
}

/* ---- the run */

void remarks_print_warnings(struct results *results, FILE *stream)
{
	if (facts_quick(results))
		fputs(FACTS_QUICK "\n", stream);
	if (facts_incomplete(results))
		fputs("The run was ended before every planned trial had run.\n", stream);
	for (unsigned kind = FACTS_FIRST_WARNING; kind < TALLY_N_KINDS; kind++) {
		CLEANUP(cleanup_free) char *warning = facts_warning(results, kind);

		if (warning)
			fprintf(stream, "%s.\n", warning);
	}
}

/* Takes the text; NULL is -ENOMEM. */
static int print_sentence(char *text, FILE *stream)
{
	CLEANUP(cleanup_free) char *sentence = text;

	if (sentence && sentence[0])
		fprintf(stream, "%s\n", sentence);
	return sentence ? 0 : -ENOMEM;
}

int remarks_print_conditions(
	struct results *results, const struct comparison *comparison, bool watching, FILE *stream)
{
	int r = print_sentence(stability_drift(comparison), stream);

	if (r == 0 && watching)
		r = print_sentence(facts_watching(results), stream);
	return r == 0 ? print_sentence(facts_cpus(results), stream) : r;
}
