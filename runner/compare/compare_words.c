#include "runner/compare/compare_words.h"

#include "runner/analysis/parameters.h"
#include "runner/analysis/shift.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/text.h"

#include <math.h>
#include <string.h>

#define LONGEST_TASK 48

/* ---- titles */

static bool has_several(const struct compare_run *run, const struct compare_cell *cell, bool tasks)
{
	for (size_t i = 0; i < run->n_cells; i++)
		if (strcmp(tasks ? run->cells[i].task : run->cells[i].backend,
			    tasks ? cell->task : cell->backend) != 0)
			return true;
	return false;
}

/* "mode=fast": the value of what a comparison is by. NULL on ENOMEM; the caller frees. */
static char *level_title(const struct compare_cell *cell, const char *by)
{
	CLEANUP(cleanup_json) json_t *one = NULL;
	CLEANUP(cleanup_free) char *text = NULL;

	if (strcmp(by, COMPARE_BY_BACKEND) == 0)
		return string_format("%s", cell->backend);
	if (strcmp(by, COMPARE_BY_TASK) == 0)
		return text_title(cell->task, LONGEST_TASK);
	one = json_pack("{s:O}", by, json_object_get(cell->parameters, by));
	text = one ? parameters_json(one) : NULL;
	return text ? parameters_label(text) : NULL;
}

/* The parameters but for what a comparison is by. NULL on ENOMEM; the caller frees. */
static char *rest_title(const struct compare_cell *cell, const char *by)
{
	CLEANUP(cleanup_json) json_t *rest = json_copy(cell->parameters);
	CLEANUP(cleanup_free) char *text = NULL;

	if (by && rest)
		json_object_del(rest, by);
	text = rest ? parameters_json(rest) : NULL;
	return text ? parameters_label(text) : NULL;
}

static bool is_by(const char *by, const char *name)
{
	return by && strcmp(by, name) == 0;
}

char *compare_cell_title(
	const struct compare_run *run, const struct compare_cell *cell, const char *by)
{
	CLEANUP(cleanup_free) char *task = text_title(cell->task, LONGEST_TASK);
	CLEANUP(cleanup_free) char *rest = rest_title(cell, by);
	CLEANUP(cleanup_free) char *level = by ? level_title(cell, by) : NULL;
	char *title = task && rest && (level || !by) ? string_format("%s", "") : NULL;

	if (!title)
		return NULL;
	if (!is_by(by, COMPARE_BY_TASK) && (has_several(run, cell, true) || (!*rest && !by)))
		title = string_append(title, ", ", "%s", task);
	if (*rest)
		title = string_append(title, ", ", "%s", rest);
	if (!is_by(by, COMPARE_BY_BACKEND) && has_several(run, cell, false))
		title = string_append(title, ", ", "%s", cell->backend);
	return by ? string_append(title, ", ", "%s", level) : title;
}

char *compare_base_title(const struct compare *compare, const struct compare_pair *pair)
{
	char *title;

	if (compare->options.by)
		return level_title(pair->base, compare->options.by);
	title = compare_cell_title(compare->base, pair->base, NULL);
	if (title && strcmp(title, pair->title) == 0)
		*title = '\0';
	return title;
}

/* ---- words and numbers */

const char *compare_metric_title(enum compare_metric metric)
{
	static const char *const titles[] = {"the peak", "the unreclaimable peak", "the wall time"};

	return titles[metric];
}

const char *compare_verdict_name(enum compare_verdict verdict)
{
	static const char *const names[] = {"within", "worse", "undecided"};

	return names[verdict];
}

const char *compare_change_name(enum compare_change change)
{
	static const char *const names[] = {"not tested", "none found", "larger", "smaller"};

	return names[change];
}

const char *compare_doubt_name(enum compare_doubt doubt)
{
	static const char *const names[] = {"", "no_values", "too_few", "apart", "not_ok",
		"limited", "sampled", "resolution", "spread", "chance"};

	return names[doubt];
}

struct formatted compare_value(enum compare_metric metric, double value)
{
	struct formatted none = {.text = "-"};

	if (!(value >= 0.0 && value < 1e18))
		return none;
	return metric == COMPARE_WALL ? format_duration((uint64_t)llround(value))
				      : format_bytes((uint64_t)llround(value));
}

struct formatted compare_ratio(double ratio)
{
	struct formatted formatted = {.text = "-"};

	if (!isnan(ratio))
		snprintf(formatted.text, FORMAT_SIZE, ratio < 100.0 ? "%.4f" : "%.3g", ratio);
	return formatted;
}

struct compare_interval compare_interval(struct interval interval)
{
	struct compare_interval formatted = {.text = "-"};

	if (!isnan(interval.low))
		snprintf(formatted.text, sizeof(formatted.text), "%s to %s",
			compare_ratio(interval.low).text, compare_ratio(interval.high).text);
	return formatted;
}

struct formatted compare_percent(double part)
{
	struct formatted formatted = {.text = "-"};

	if (!isnan(part))
		snprintf(formatted.text, FORMAT_SIZE,
			100.0 * part < 9.995 || 100.0 * part >= 1e4 ? "%.3g %%" : "%.0f %%",
			100.0 * part);
	return formatted;
}

static size_t n_failed(const struct compare_cell *cell)
{
	size_t n = 0;

	for (size_t i = 0; i < cell->n_trials; i++)
		n += !cell->trials[i].ok;
	return n;
}

static char *spread_text(const struct compare_result *result, double max_increase)
{
	return string_format("the interval contains %s, and about %.3g repetitions of each would "
			     "see an increase of %s",
		compare_ratio(1.0 + max_increase).text, result->n_for,
		compare_percent(max_increase).text);
}

char *compare_doubt_text(const struct compare_pair *pair, enum compare_metric metric,
	double max_increase, size_t n_pairs)
{
	const struct compare_result *result = &pair->results[metric];

	switch (result->doubt) {
	case COMPARE_NO_VALUES:
		return string_format("no value of it, or 0, in one of the two");
	case COMPARE_TOO_FEW:
		return string_format("%zu and %zu trials are too few for 99 %%: repeat at least %d "
				     "times each",
			result->n_base, result->n_new, SHIFT_LEAST_VALUES);
	case COMPARE_APART:
		return string_format("the runs were measured at different times, and a machine's "
				     "speed changes: measure both in one run, and compare --by");
	case COMPARE_NOT_OK:
		return string_format("%zu of %zu and %zu of %zu trials did not end ok, and are "
				     "left out",
			n_failed(pair->base), pair->base->n_trials, n_failed(pair->new),
			pair->new->n_trials);
	case COMPARE_LIMITED:
		return string_format("a memory limit was met, so that the peak is the limit's");
	case COMPARE_SAMPLED:
		return string_format("a peak is only the largest sample, below that of the task's "
				     "start");
	case COMPARE_RESOLUTION:
		return string_format("the kernel's account resolves %s here, more than %s: measure "
				     "on fewer CPUs (--cpus), or allow more",
			compare_value(COMPARE_PEAK, result->resolution).text,
			compare_percent(max_increase).text);
	case COMPARE_SPREAD:
		return spread_text(result, max_increase);
	case COMPARE_CHANCE:
		return string_format("worse by itself, but of %zu points one may be by chance: "
				     "repeat more often",
			n_pairs);
	case COMPARE_NO_DOUBT:
		break;
	}
	return string_format("%s", "");
}

static size_t n_with(const struct compare *compare, enum compare_verdict verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < compare->n_pairs; i++)
		n += compare->pairs[i].results[compare->options.metric].verdict == verdict;
	return n;
}

char *compare_sentence(const struct compare *compare)
{
	const enum compare_verdict verdict = compare->verdicts[compare->options.metric];

	return string_format("%s: %s%s is %s %s larger at %zu of %zu point%s",
		compare_verdict_name(verdict), verdict == COMPARE_UNDECIDED ? "whether " : "",
		compare_metric_title(compare->options.metric),
		verdict == COMPARE_WORSE ? "more than" : "at most",
		compare_percent(compare->options.max_increase).text, n_with(compare, verdict),
		compare->n_pairs, compare->n_pairs == 1 ? "" : "s");
}
