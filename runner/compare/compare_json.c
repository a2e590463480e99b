/* A comparison for programs: JSON, and JUnit's XML for a CI system. */

#include "runner/compare/compare_words.h"
#include "runner/report/html.h"
#include "util/cleanup.h"
#include "util/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define COMPARE_FORMAT "memcg-run-compare"
#define COMPARE_FORMAT_VERSION 1

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *compare_run_json(const struct compare_run *run)
{
	return json_pack(
		"{s:s, s:s, s:s}", "path", run->path, "name", run->name, "created", run->created);
}

static json_t *differences_json(const struct compare *compare)
{
	json_t *array = json_array();

	for (size_t i = 0; i < compare->n_differences; i++)
		json_append(&array,
			json_pack("{s:s, s:s, s:s}", "name", compare->differences[i].name, "base",
				compare->differences[i].base, "new", compare->differences[i].new));
	return array;
}

static json_t *titles_json(char *const *titles)
{
	json_t *array = json_array();

	for (size_t i = 0; titles && titles[i]; i++)
		json_append(&array, json_string(titles[i]));
	return array;
}

static json_t *compare_cell_json(const struct compare_cell *cell)
{
	return json_pack("{s:s, s:O, s:s, s:I}", "task", cell->task, "parameters", cell->parameters,
		"backend", cell->backend, "trials", (json_int_t)cell->n_trials);
}

static json_t *result_json(
	const struct compare *compare, const struct compare_pair *pair, enum compare_metric metric)
{
	const struct compare_result *result = &pair->results[metric];
	CLEANUP(cleanup_free)
	char *why =
		compare_doubt_text(pair, metric, compare->options.max_increase, compare->n_pairs);

	return json_pack("{s:I, s:I, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, "
			 "s:s, s:s}",
		"n_base", (json_int_t)result->n_base, "n_new", (json_int_t)result->n_new, "paired",
		result->paired, "base_median", number(result->base_median), "new_median",
		number(result->new_median), "resolution", number(result->resolution), "ratio",
		number(result->ratio), "ratio_low", number(result->interval.low), "ratio_high",
		number(result->interval.high), "least_change", number(result->least_change),
		"repetitions_for_max_increase", number(result->n_for), "p_worse",
		number(result->p_worse), "change", compare_change_name(result->change), "verdict",
		compare_verdict_name(result->verdict), "doubt", compare_doubt_name(result->doubt),
		"why", why ? why : "");
}

static json_t *pair_json(const struct compare *compare, const struct compare_pair *pair)
{
	json_t *metrics = json_object();

	for (enum compare_metric metric = 0; metric < COMPARE_N_METRICS; metric++)
		json_object_set_new(
			metrics, compare_metric_name(metric), result_json(compare, pair, metric));
	return json_pack("{s:s, s:o, s:o, s:o}", "title", pair->title, "base",
		compare_cell_json(pair->base), "new", compare_cell_json(pair->new), "metrics",
		metrics);
}

static json_t *pairs_json(const struct compare *compare)
{
	json_t *array = json_array();

	for (size_t i = 0; i < compare->n_pairs; i++)
		json_append(&array, pair_json(compare, &compare->pairs[i]));
	return array;
}

int compare_json(const struct compare *compare, FILE *stream)
{
	const enum compare_metric metric = compare->options.metric;
	CLEANUP(cleanup_json)
	json_t *json =
		json_pack("{s:s, s:i, s:o, s:o, s:s?, s:o, s:{s:s, s:f, s:f, s:s}, s:o, s:o, s:o}",
			"format", COMPARE_FORMAT, "format_version", COMPARE_FORMAT_VERSION, "base",
			compare_run_json(compare->base), "new", compare_run_json(compare->new),
			"by", compare->options.by, "differences", differences_json(compare), "gate",
			"metric", compare_metric_name(metric), "max_increase",
			compare->options.max_increase, "confidence", 1.0 - 2.0 * COMPARE_PART,
			"verdict", compare_verdict_name(compare->verdicts[metric]), "only_base",
			titles_json(compare->only_base), "only_new", titles_json(compare->only_new),
			"comparisons", pairs_json(compare));

	if (!json || json_dumpf(json, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) < 0)
		return -ENOMEM;
	fputc('\n', stream);
	return 0;
}

/* ---- JUnit */

static void junit_attribute(const char *name, const char *value, FILE *stream)
{
	fprintf(stream, " %s=\"", name);
	html_text(stream, value);
	fputc('"', stream);
}

static size_t n_junit(const struct compare *compare, enum compare_verdict verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < compare->n_pairs; i++)
		n += compare->pairs[i].results[compare->options.metric].verdict == verdict;
	return n;
}

/* "ratio 1.0102, 99 % interval 1.0080 to 1.0121, allowed 1.0200" */
static void junit_numbers(const struct compare_result *result, double max_increase, FILE *stream)
{
	fprintf(stream, "ratio %s, 99 %% interval %s, allowed %s",
		compare_ratio(result->ratio).text, compare_interval(result->interval).text,
		compare_ratio(1.0 + max_increase).text);
}

static void junit_case(const struct compare *compare, const struct compare_pair *pair, FILE *stream)
{
	const enum compare_metric metric = compare->options.metric;
	const struct compare_result *result = &pair->results[metric];
	CLEANUP(cleanup_free)
	char *why =
		compare_doubt_text(pair, metric, compare->options.max_increase, compare->n_pairs);
	const char *element = result->verdict == COMPARE_WORSE ? "failure" : "error";

	fputs("  <testcase", stream);
	junit_attribute("classname", compare_metric_name(metric), stream);
	junit_attribute("name", pair->title, stream);
	fputs(">\n", stream);
	if (result->verdict != COMPARE_WITHIN) {
		fprintf(stream, "    <%s", element);
		junit_attribute("message",
			result->verdict == COMPARE_WORSE ? "larger than allowed"
			: why				 ? why
							 : "undecided",
			stream);
		fputc('>', stream);
		junit_numbers(result, compare->options.max_increase, stream);
		fprintf(stream, "</%s>\n", element);
	}
	fputs("    <system-out>", stream);
	junit_numbers(result, compare->options.max_increase, stream);
	fputs("</system-out>\n  </testcase>\n", stream);
}

void compare_junit(const struct compare *compare, FILE *stream)
{
	fprintf(stream,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuite name=\"memcg-run compare\" tests=\"%zu\" failures=\"%zu\" "
		"errors=\"%zu\">\n",
		compare->n_pairs, n_junit(compare, COMPARE_WORSE),
		n_junit(compare, COMPARE_UNDECIDED));
	for (size_t i = 0; i < compare->n_pairs; i++)
		junit_case(compare, &compare->pairs[i], stream);
	fputs("</testsuite>\n", stream);
}
