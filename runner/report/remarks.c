#include "runner/report/remarks.h"

#include "runner/analysis/stability.h"
#include "runner/analysis/units.h"
#include "runner/analysis/verdicts.h"
#include "runner/report/facts.h"
#include "util/cleanup.h"
#include "util/format.h"

static void print_ranking(
	const struct comparison *comparison, const struct truth_verdict *verdict, FILE *stream)
{
	const struct rated_backend *errors = verdict->errors;
	const size_t n = verdict->n_errors, n_equal = verdict->n_equal;
	const size_t n_named = n_equal > 3 ? n_equal : n < 3 ? n : 3;

	fputs("closest to the truth: ", stream);
	for (size_t i = 0; i < n_named; i++)
		fprintf(stream, "%s%s (%s)",
			i == 0	      ? ""
			: i < n_equal ? " = "
				      : ", ",
			errors[i].name, format_percent(errors[i].value).text);
	if (n_equal > 1)
		fprintf(stream,
			"\n=: not to be told apart, because the kernel's account resolves %s",
			format_bytes((uint64_t)comparison->resolution_bytes).text);
	if (n > n_named)
		fprintf(stream, "\nfarthest from it: %s (%s)", errors[n - 1].name,
			format_percent(errors[n - 1].value).text);
	fputc('\n', stream);
}

static void print_closest(
	const struct comparison *comparison, const struct truth_verdict *verdict, FILE *stream)
{
	switch (verdict->closeness) {
	case CLOSENESS_ONE_PERCENT:
		fprintf(stream, "all %zu that report are within 1 %% of the truth\n",
			verdict->n_errors);
		break;
	case CLOSENESS_RESOLUTION:
		fprintf(stream,
			"all %zu that report are within %s of the truth, which is what the "
			"kernel's account resolves\n",
			verdict->n_errors,
			format_bytes((uint64_t)comparison->resolution_bytes).text);
		break;
	case CLOSENESS_RANKED:
		print_ranking(comparison, verdict, stream);
		break;
	case CLOSENESS_NOT_JUDGED:
		break;
	}
}

static int print_truth(const struct comparison *comparison, size_t point, FILE *stream)
{
	struct truth_verdict verdict;
	int r = truth_verdict_of(comparison, point, &verdict);

	if (r < 0)
		return r;
	print_closest(comparison, &verdict, stream);
	if (verdict.reference_error.n > 0)
		fprintf(stream,
			"the kernel's account: %s from the truth, in the median of all %zu "
			"trials\n",
			format_percent(verdict.reference_error.median).text,
			verdict.reference_error.n);
	if (verdict.incomplete)
		fprintf(stream, "the declared truth %s: reporters are not ranked by it\n",
			verdict.reference_error.median > 0.0
				? "is incomplete, perhaps for imports after task_begin"
				: "has memory that the task was not charged for");
	truth_verdict_release(&verdict);
	return 0;
}

static int print_costs(const struct comparison *comparison, size_t point, FILE *stream)
{
	struct cost_verdict verdict;
	int r = cost_verdict_of(comparison, point, &verdict);

	if (r < 0)
		return r;
	if (verdict.judged) {
		fputs(verdict.n_slow ? "slow the task: " : "no backend slows the task measurably",
			stream);
		for (size_t i = 0; i < verdict.n_slow; i++)
			fprintf(stream, "%s%s (x %.2f)", i ? ", " : "", verdict.slow[i].name,
				verdict.slow[i].value);
		fputc('\n', stream);
	}
	cost_verdict_release(&verdict);
	return 0;
}

static int print_repetitions(const struct comparison *comparison, size_t point, FILE *stream)
{
	struct repetitions_needed needed;
	int r = stability_repetitions(comparison, point, &needed);

	if (r < 0)
		return r;
	if (needed.n > COMPARISON_ENOUGH_TRIALS)
		fprintf(stream, "for medians within 1 %%: about %.0f repetitions (%s of %s)\n",
			needed.n, needed.what, needed.backend);
	else if (needed.n > 0.0)
		fprintf(stream, "for medians within 1 %%: %d repetitions\n",
			COMPARISON_ENOUGH_TRIALS);
	return 0;
}

int remarks_print(const struct comparison *comparison, size_t point, FILE *stream)
{
	int r = print_truth(comparison, point, stream);

	if (r == 0)
		r = print_costs(comparison, point, stream);
	return r < 0 ? r : print_repetitions(comparison, point, stream);
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
	int r = print_sentence(stability_sentence(comparison), stream);

	if (r == 0 && watching)
		r = print_sentence(facts_watching(results), stream);
	return r == 0 ? print_sentence(facts_cpus(results), stream) : r;
}
