#include "runner/limit/limit_words.h"

#include "runner/limit/limit_rows.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define LONGEST_TASK 60

const char *limit_end_words(enum limit_end end)
{
	static const char *const words[LIMIT_N_ENDS] = {
		[LIMIT_SURVIVED] = "survived",
		[LIMIT_OOM_KILLED] = "OOM kill",
		[LIMIT_OWN_ERROR] = "own error",
		[LIMIT_TIMED_OUT] = "timeout",
		[LIMIT_INVALID] = "no evidence",
	};

	return words[end];
}

const char *limit_result_words(enum limit_result result)
{
	static const char *const words[] = {
		[LIMIT_RUNNING] = "not finished",
		[LIMIT_FOUND] = "found",
		[LIMIT_BASELINE_DIED] = "dies without one",
		[LIMIT_NOT_CONFIRMED] = "not confirmed",
		[LIMIT_NO_EVIDENCE] = "no evidence",
	};

	return words[result];
}

const char *limit_result_name(enum limit_result result)
{
	static const char *const names[] = {
		[LIMIT_RUNNING] = "running",
		[LIMIT_FOUND] = "found",
		[LIMIT_BASELINE_DIED] = "baseline_died",
		[LIMIT_NOT_CONFIRMED] = "not_confirmed",
		[LIMIT_NO_EVIDENCE] = "no_evidence",
	};

	return names[result];
}

struct formatted limit_bytes_text(double bytes)
{
	if (isnan(bytes))
		return (struct formatted){.text = "-"};
	return format_bytes((uint64_t)llround(fmax(0.0, bytes)));
}

struct formatted limit_share_text(double share)
{
	struct formatted formatted = {.text = "-"};

	if (!isnan(share))
		snprintf(formatted.text, FORMAT_SIZE, "%.3g %%", 100.0 * share);
	return formatted;
}

struct formatted limit_ratio_text(double ratio)
{
	struct formatted formatted = {.text = "-"};

	if (!isnan(ratio))
		snprintf(formatted.text, FORMAT_SIZE, "%.2f", ratio);
	return formatted;
}

const char *limit_label_after_task(const struct limit_point *point)
{
	const size_t length = strlen(point->task);

	if (length == 0 || strncmp(point->label, point->task, length) != 0)
		return point->label;
	if (point->label[length] == ' ')
		return point->label + length + 1;
	return point->label[length] ? point->label : "";
}

char *limit_point_title(const struct limit_answer *answer, size_t point)
{
	const struct limit_point *shown = answer->points[point].point;
	CLEANUP(cleanup_free) char *task = text_title(shown->task, LONGEST_TASK);
	CLEANUP(cleanup_free) char *label = text_title(limit_label_after_task(shown), LONGEST_TASK);

	if (!task || !label)
		return NULL;
	return string_format("%s%s%s", task, *label ? ", " : "", label);
}

static char *limit_found_sentence(
	const struct limit_answer *answer, const struct limit_answer_point *point)
{
	const double bytes = (double)point->finding.upper_bytes;

	return string_format("%s from %s, %s of its peak of %s",
		answer->run->settings.by == LIMIT_BY_HIGH ? "survives a memory.high" : "survives",
		limit_bytes_text(bytes).text, limit_share_text(bytes / point->peak_bytes).text,
		limit_bytes_text(point->peak_bytes).text);
}

static char *limit_running_sentence(const struct limit_finding *finding)
{
	if (finding->upper_bytes == 0)
		return string_format("not finished: the trials without a limit are not complete");
	return string_format("not finished: the limit is above %s, and at most %s where the "
			     "search was interrupted",
		limit_bytes_text((double)finding->lower_bytes).text,
		limit_bytes_text((double)finding->upper_bytes).text);
}

/* Where they die without a limit too, the limit need not be the cause. */
static char *limit_not_confirmed_sentence(
	const struct limit_answer *answer, const struct limit_answer_point *point)
{
	const struct limit_row *free = limit_rows_free(point->rows, point->n_rows);
	const struct formatted survival = limit_share_text(answer->run->settings.survival);

	if (!free || free->n_survived == free->n)
		return string_format(
			"at no limit was it shown that %s of its runs survive", survival.text);
	return string_format(
		"at no limit was it shown that %s of its runs survive; it fails %" PRIu64
		" of %" PRIu64 " times without a limit, too",
		survival.text, free->n - free->n_survived, free->n);
}

char *limit_result_sentence(
	const struct limit_answer *answer, const struct limit_answer_point *point)
{
	switch (point->finding.result) {
	case LIMIT_FOUND:
		return limit_found_sentence(answer, point);
	case LIMIT_BASELINE_DIED:
		return string_format(
			"does not survive without a limit: %s", limit_end_words(point->dies_by));
	case LIMIT_NOT_CONFIRMED:
		return limit_not_confirmed_sentence(answer, point);
	case LIMIT_NO_EVIDENCE:
		return string_format("nothing found: %d trials in a row failed, not by the task",
			LIMIT_MAX_INVALID);
	case LIMIT_RUNNING:
	default:
		return limit_running_sentence(&point->finding);
	}
}
