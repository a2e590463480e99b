#include "runner/report/answer.h"

#include "runner/analysis/comparison.h"
#include "runner/analysis/units.h"
#include "runner/report/account.h"
#include "runner/report/facts.h"
#include "runner/report/failures.h"
#include "runner/report/remarks.h"
#include "util/cleanup.h"

#include <math.h>
#include <string.h>

static void print_answer_heading(const char *what, FILE *stream)
{
	fprintf(stream, "  %-8s ", what);
}

static struct formatted answer_bytes(double bytes)
{
	return format_bytes((uint64_t)fmax(bytes, 0.0));
}

static struct formatted answer_time(double ns)
{
	return format_duration((uint64_t)fmax(ns, 0.0));
}

/* "139.80 MiB   139.20 MiB to 140.10 MiB in 10 trials, the median 139.50 MiB to 139.90 MiB (95 %)" */
static void print_answer_statistics(
	const struct statistics *statistics, struct formatted (*format)(double value), FILE *stream)
{
	fputs(format(statistics->median).text, stream);
	if (statistics->n < 2)
		return;
	fprintf(stream, "   %s to %s in %zu trials", format(statistics->minimum).text,
		format(statistics->maximum).text, statistics->n);
	if (statistics->n >= COMPARISON_ENOUGH_TRIALS)
		fprintf(stream, ", the median %s to %s (95 %%)",
			format(statistics->median_ci95.low).text,
			format(statistics->median_ci95.high).text);
}

static int print_answer_peak(
	const struct comparison *comparison, size_t point, size_t backend, FILE *stream)
{
	struct statistics peak = {.n = 0}, first = {.n = 0};
	int r = comparison_statistics(
		comparison_cell(comparison, point, backend), COMPARISON_REFERENCE_PEAK, &peak);

	if (r == 0)
		r = comparison_statistics(
			comparison_cell(comparison, 0, backend), COMPARISON_REFERENCE_PEAK, &first);
	if (r < 0 || peak.n == 0)
		return r;
	print_answer_heading("peak", stream);
	print_answer_statistics(&peak, answer_bytes, stream);
	/* Tasks are compared below all of them. */
	if (point > 0 && !comparison->points[point].named && first.n > 0 && first.median > 0.0)
		fprintf(stream, "; %s times that of %s",
			format_number(peak.median / first.median).text,
			comparison->points[0].label);
	fputc('\n', stream);
	return 0;
}

/* Of the trial with the median peak. */
static int print_answer_parts(const struct comparison_trial *trial, FILE *stream)
{
	CLEANUP(cleanup_free) char *parts = account_parts(trial);
	const char *first;

	if (!parts)
		return -ENOMEM;
	if (!*parts)
		return 0;
	/* Without the peak, which stands above, unless they are those of less than it. */
	first = strstr(parts, "its parts read") ? NULL : strstr(parts, ": ");
	print_answer_heading("made of", stream);
	fprintf(stream, "%s\n", first ? first + 2 : parts);
	return 0;
}

/* What a limit did to it is a sentence, which has the parts too. */
static bool is_answer_limited(const struct comparison_trial *trial)
{
	return trial && (!trial->ok || trial->account[ACCOUNT_LIMIT_MET] > 0.0);
}

static int print_answer_around(const struct comparison_cell *cell, FILE *stream)
{
	struct statistics initial = {.n = 0}, final = {.n = 0};
	int r = comparison_statistics(cell, COMPARISON_REFERENCE_INITIAL, &initial);

	if (r == 0)
		r = comparison_statistics(cell, COMPARISON_REFERENCE_FINAL, &final);
	if (r < 0 || initial.n == 0 || final.n == 0)
		return r;
	print_answer_heading("around", stream);
	fprintf(stream, "%s at its start, %s at its end\n", answer_bytes(initial.median).text,
		answer_bytes(final.median).text);
	return 0;
}

static int print_answer_time(const struct comparison_cell *cell, FILE *stream)
{
	struct statistics wall = {.n = 0}, cpu = {.n = 0};
	int r = comparison_statistics(cell, COMPARISON_WALL_NS, &wall);

	if (r == 0)
		r = comparison_statistics(cell, COMPARISON_CPU_NS, &cpu);
	if (r < 0 || wall.n == 0)
		return r;
	print_answer_heading("wall", stream);
	print_answer_statistics(&wall, answer_time, stream);
	fputc('\n', stream);
	if (cpu.n == 0)
		return 0;
	print_answer_heading("CPU", stream);
	print_answer_statistics(&cpu, answer_time, stream);
	fputc('\n', stream);
	return 0;
}

static int print_answer_end(const struct comparison_cell *cell, FILE *stream)
{
	CLEANUP(cleanup_free) char *failures = failures_sentence(cell);

	if (!failures)
		return -ENOMEM;
	print_answer_heading("exit", stream);
	if (!failures[0])
		fprintf(stream, "0 in %s%zu trial%s\n", cell->n_trials > 1 ? "all " : "",
			cell->n_trials, cell->n_trials == 1 ? "" : "s");
	else
		fprintf(stream, "%s\n", failures);
	return 0;
}

static int print_answer_point(const struct comparison *comparison, size_t point,
	const struct report_options *options, const char *name, FILE *stream)
{
	const size_t backend = account_backend(comparison, point);
	const struct comparison_cell *cell = comparison_cell(comparison, point, backend);
	const struct comparison_trial *trial = comparison_shown_trial(cell);
	const char *label = comparison->points[point].label;
	int r;

	fprintf(stream, "%s%s%s%s%s\n", options->color ? "\033[1m" : "",
		comparison->points[point].named ? "" : name,
		*label && !comparison->points[point].named ? " " : "", label,
		options->color ? "\033[0m" : "");
	r = print_answer_peak(comparison, point, backend, stream);
	if (r == 0 && trial && !is_answer_limited(trial))
		r = print_answer_parts(trial, stream);
	if (r == 0)
		r = print_answer_around(cell, stream);
	if (r == 0)
		r = print_answer_time(cell, stream);
	if (r == 0)
		r = print_answer_end(cell, stream);
	if (r == 0 && is_answer_limited(trial))
		r = account_print(comparison, point, false, stream);
	else if (r == 0 && comparison->n_backends == 1)
		account_print_warmup(comparison, point, stream);
	return r;
}

/* The first point with these parameters: that of the first task that has them. */
static size_t first_like(const struct comparison *comparison, size_t point)
{
	size_t i = 0;

	while (strcmp(comparison->points[i].parameters, comparison->points[point].parameters) != 0)
		i++;
	return i;
}

/* "large peaks at 2.87 times small: 2.85 to 2.88 in 10 pairs, the median 2.86 to 2.88 (95 %)" */
static int print_answer_ratio(
	const struct comparison *comparison, size_t point, size_t first, FILE *stream)
{
	const size_t backend = account_backend(comparison, first);
	const struct comparison_cell *cell = comparison_cell(comparison, point, backend);
	const struct comparison_cell *other = comparison_cell(comparison, first, backend);
	const char *label = comparison->points[point].label;
	const char *other_label = comparison->points[first].label;
	struct statistics ratio = {.n = 0};
	int r = comparison_ratio_of(cell, other, COMPARISON_REFERENCE_PEAK, &ratio);

	/* The larger one comes first. */
	if (r == 0 && ratio.n > 0 && ratio.median < 1.0) {
		r = comparison_ratio_of(other, cell, COMPARISON_REFERENCE_PEAK, &ratio);
		label = comparison->points[first].label;
		other_label = comparison->points[point].label;
	}
	if (r < 0)
		return r;
	if (ratio.n == 0) {
		fprintf(stream, "  %s and %s cannot be compared: one has no trial that ended ok\n",
			label, other_label);
		return 0;
	}
	fprintf(stream, "  %s peaks at %s times %s", label, format_number(ratio.median).text,
		other_label);
	if (ratio.n > 1)
		fprintf(stream, ": %s to %s in %zu pairs", format_number(ratio.minimum).text,
			format_number(ratio.maximum).text, ratio.n);
	if (ratio.n >= COMPARISON_ENOUGH_TRIALS)
		fprintf(stream, ", the median %s to %s (95 %%)%s",
			format_number(ratio.median_ci95.low).text,
			format_number(ratio.median_ci95.high).text,
			ratio.median_ci95.low <= 1.0 ? "; no difference seen" : "");
	fputc('\n', stream);
	return 0;
}

/* Each task with the first, at the same parameters. */
static int print_answer_comparison(const struct comparison *comparison, FILE *stream)
{
	bool begun = false;
	int r = 0;

	for (size_t i = 0; i < comparison->n_points && r == 0; i++) {
		const size_t first = first_like(comparison, i);

		if (!comparison->points[i].named || first == i)
			continue;
		fputs(begun ? "" : "\ncompared, in pairs of the same repetition\n", stream);
		begun = true;
		r = print_answer_ratio(comparison, i, first, stream);
	}
	return r;
}

int answer_print(struct results *results, const struct report_options *options, FILE *stream,
	struct error *error)
{
	CLEANUP(cleanup_free) char *name = facts_name(results, options->run_path);
	struct comparison *comparison = NULL;
	bool compares;
	int r = comparison_new(results, &comparison, error);

	if (r < 0)
		return r;
	compares = comparison->n_backends > 1 || comparison->n_points == 0;
	for (size_t i = 0; i < comparison->n_points && r == 0; i++) {
		fputs(i > 0 ? "\n" : "", stream);
		r = print_answer_point(comparison, i, options, name ? name : "run", stream);
	}
	if (r == 0)
		r = print_answer_comparison(comparison, stream);
	/* The table has them too. */
	if (r == 0 && !compares) {
		remarks_print_warnings(results, stream);
		r = remarks_print_conditions(results, comparison, false, stream);
	}
	comparison_free(comparison);
	if (r < 0)
		return error_set_errno(error, -r, "cannot print the answer");
	if (!compares)
		return 0;
	fputc('\n', stream);
	return report_table(results, options, stream, error);
}
