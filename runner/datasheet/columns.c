#include "runner/datasheet/columns.h"

#include "runner/analysis/units.h"
#include "util/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BYTES_SUFFIX "_bytes"

static const struct {
	const char *heading;
	const char *long_heading;
} headings[SHEET_N_COLUMNS] = {
	[SHEET_REPORTER] = {"reporter", "reporter"},
	[SHEET_COUNTS] = {"counts", "counts"},
	[SHEET_COUNTS_RIGHT] = {"right", "right about that"},
	[SHEET_PEAK_RIGHT] = {"right", "peak: right"},
	[SHEET_PEAK_HIGH] = {"high", "peak: high"},
	[SHEET_PEAK_LOW] = {"low", "peak: low"},
	[SHEET_PEAK_BLIND] = {"blind", "peak: blind"},
	[SHEET_STAGES_RIGHT] = {"stages", "stages: right"},
	[SHEET_FINAL_RIGHT] = {"end", "end: right"},
	[SHEET_CHILDREN] = {"children", "children"},
	[SHEET_NATIVE] = {"native", "native memory"},
	[SHEET_PAGE_CACHE] = {"cache", "page cache"},
	[SHEET_SHARED] = {"shared", "shared memory"},
	[SHEET_RESOLUTION] = {"step", "resolution"},
	[SHEET_SPIKE] = {"spike", "shortest spike never missed"},
	[SHEET_READING] = {"reading", "one reading"},
	[SHEET_RMSE] = {"rmse", "RMSE of its trace"},
	[SHEET_DELAY] = {"delay", "delay of its trace"},
	[SHEET_SLOWDOWN] = {"ratio", "slowdown"},
	[SHEET_SLOWDOWN_INTERVAL] = {"95 %", "its 95 % interval"},
	[SHEET_SLOWDOWN_MOST] = {"worst", "slowdown at worst"},
	[SHEET_SLOWDOWN_IN] = {"in", "that is in"},
	[SHEET_ADDED] = {"adds", "adds"},
	[SHEET_DISTURBS] = {"changes peak", "changes the peak"},
	[SHEET_DISTURBS_IN] = {"in", "most in"},
};

const char *sheet_heading(enum sheet_column column)
{
	return headings[column].heading;
}

const char *sheet_long_heading(enum sheet_column column)
{
	return headings[column].long_heading;
}

/* ---- verdicts, counted */

enum sheet_moment sheet_moment(const struct situation *situation)
{
	if (strcmp(situation->moment, SITUATION_PEAK) == 0)
		return MOMENT_PEAK;
	return strcmp(situation->moment, SITUATION_FINAL) == 0 ? MOMENT_FINAL : MOMENT_STAGE;
}

bool sheet_begins_phenomenon(const struct datasheet *datasheet, size_t situation)
{
	const struct situation *situations = datasheet->situations;

	return situation == 0 ||
	       strcmp(situations[situation].phenomenon, situations[situation - 1].phenomenon) != 0;
}

bool sheet_is_telling(const struct datasheet *datasheet, size_t situation)
{
	size_t first = situation;

	while (!sheet_begins_phenomenon(datasheet, first))
		first--;
	if (first == situation)
		return true;
	for (size_t i = 0; i < datasheet->n_reporters; i++) {
		enum datasheet_verdict verdict = datasheet_cell(datasheet, i, situation)->verdict;

		if (verdict != VERDICT_NONE && verdict != VERDICT_RIGHT &&
			verdict != datasheet_cell(datasheet, i, first)->verdict)
			return true;
	}
	return false;
}

bool sheet_is_open(const struct datasheet *datasheet, const struct cell *cell)
{
	return !cell->sure && cell->verdict != VERDICT_NONE && datasheet->repetitions > 1;
}

struct sheet_tally sheet_tally(
	const struct datasheet *datasheet, size_t reporter, enum sheet_moment moment)
{
	struct sheet_tally tally = {.n_judged = 0};

	for (size_t i = 0; i < datasheet->n_situations; i++) {
		const enum datasheet_verdict verdict =
			datasheet_cell(datasheet, reporter, i)->verdict;

		if (sheet_moment(&datasheet->situations[i]) != moment)
			continue;
		tally.n[verdict]++;
		tally.n_judged += verdict != VERDICT_NONE;
	}
	return tally;
}

double sheet_error_part(const struct situation *situation, const struct cell *cell)
{
	if (cell->error_bytes.n == 0 || !(situation->scale_bytes > 0))
		return NAN;
	return cell->error_bytes.median / situation->scale_bytes;
}

/* ---- texts */

__attribute__((format(printf, 1, 2))) static struct sheet_text sheet_text_of(
	const char *format, ...)
{
	struct sheet_text text;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text.text, sizeof(text.text), format, arguments);
	va_end(arguments);
	return text;
}

struct sheet_text sheet_percent(double part)
{
	double percent = 100.0 * part;

	if (isnan(percent))
		return sheet_text_of("-");
	/* avoids "-0 %" */
	if (fabs(percent) < 0.05)
		return sheet_text_of("0 %%");
	return sheet_text_of("%+.*f %%", fabs(percent) < 9.95 ? 1 : 0, percent);
}

double sheet_median(const struct statistics *statistics)
{
	return statistics->n == 0 ? NAN : statistics->median;
}

struct sheet_text sheet_name(const char *name)
{
	struct sheet_text text = sheet_text_of("%s", name);

	text_blank_controls(text.text);
	return text;
}

struct sheet_text sheet_reporter_name(const struct reporter *reporter)
{
	struct sheet_text name = sheet_name(reporter->metric);
	size_t length = strlen(name.text);
	size_t suffix = strlen(BYTES_SUFFIX);

	if (length > suffix && strcmp(name.text + length - suffix, BYTES_SUFFIX) == 0)
		name.text[length - suffix] = '\0';
	return name;
}

static struct sheet_text part_of(size_t n, size_t n_all)
{
	return n_all == 0 ? sheet_text_of("-") : sheet_text_of("%zu/%zu", n, n_all);
}

static struct sheet_text right_at(
	const struct datasheet *datasheet, size_t reporter, enum sheet_moment moment)
{
	struct sheet_tally tally = sheet_tally(datasheet, reporter, moment);

	return part_of(tally.n[VERDICT_RIGHT], tally.n_judged);
}

static struct sheet_text peaks(
	const struct datasheet *datasheet, size_t reporter, enum datasheet_verdict verdict)
{
	struct sheet_tally tally = sheet_tally(datasheet, reporter, MOMENT_PEAK);

	return tally.n_judged == 0 ? sheet_text_of("-") : sheet_text_of("%zu", tally.n[verdict]);
}

static struct sheet_text answer(enum answer answer)
{
	static const char *const words[] = {
		[ANSWER_UNKNOWN] = "-", [ANSWER_NO] = "no", [ANSWER_YES] = "yes"};

	return sheet_text_of("%s", words[answer]);
}

static struct sheet_text bytes(double size_bytes)
{
	if (isnan(size_bytes))
		return sheet_text_of("-");
	return sheet_text_of("%s", format_bytes((uint64_t)fmax(size_bytes, 0.0)).text);
}

static struct sheet_text difference_text(const struct statistics *statistics)
{
	if (statistics->n == 0)
		return sheet_text_of("-");
	return sheet_text_of("%s", format_bytes_difference((int64_t)statistics->median).text);
}

static struct sheet_text duration(double time_ns)
{
	if (isnan(time_ns))
		return sheet_text_of("-");
	return sheet_text_of("%s", format_duration((uint64_t)fmax(time_ns, 0.0)).text);
}

/* Share of the truth: none, once, in every process. */
static struct sheet_text share_text(double times)
{
	if (isnan(times))
		return sheet_text_of("-");
	if (times < 0.1)
		return sheet_text_of("no");
	if (fabs(times - 1.0) < 0.1)
		return sheet_text_of("once");
	return sheet_text_of("%.1f x", times);
}

static struct sheet_text ratio(const struct statistics *slowdown)
{
	return sheet_text_of("%s", format_number(sheet_median(slowdown)).text);
}

static struct sheet_text interval(const struct statistics *slowdown)
{
	if (slowdown->n < 2)
		return sheet_text_of("-");
	return sheet_text_of("%.2f-%.2f", slowdown->median_ci95.low, slowdown->median_ci95.high);
}

static struct sheet_text disturbs(const struct reporter *reporter)
{
	if (reporter->disturbs != ANSWER_YES)
		return answer(reporter->disturbs);
	return difference_text(&reporter->disturbs_bytes);
}

static struct sheet_text verdicts(
	const struct datasheet *datasheet, size_t reporter, enum sheet_column column)
{
	switch (column) {
	case SHEET_PEAK_RIGHT:
		return peaks(datasheet, reporter, VERDICT_RIGHT);
	case SHEET_PEAK_HIGH:
		return peaks(datasheet, reporter, VERDICT_HIGH);
	case SHEET_PEAK_LOW:
		return peaks(datasheet, reporter, VERDICT_LOW);
	case SHEET_PEAK_BLIND:
		return peaks(datasheet, reporter, VERDICT_BLIND);
	case SHEET_STAGES_RIGHT:
		return right_at(datasheet, reporter, MOMENT_STAGE);
	case SHEET_FINAL_RIGHT:
		return right_at(datasheet, reporter, MOMENT_FINAL);
	default:
		return sheet_text_of("-");
	}
}

static struct sheet_text price(const struct reporter *reporter, enum sheet_column column)
{
	switch (column) {
	case SHEET_READING:
		return duration(sheet_median(&reporter->reading_ns));
	case SHEET_SLOWDOWN:
		return ratio(&reporter->slowdown);
	case SHEET_SLOWDOWN_INTERVAL:
		return interval(&reporter->slowdown);
	case SHEET_SLOWDOWN_MOST:
		return ratio(&reporter->slowdown_most);
	case SHEET_SLOWDOWN_IN:
		return sheet_name(reporter->slowdown_in ? reporter->slowdown_in : "-");
	case SHEET_ADDED:
		return difference_text(&reporter->added_bytes);
	case SHEET_DISTURBS:
		return disturbs(reporter);
	case SHEET_DISTURBS_IN:
		return sheet_name(reporter->disturbs == ANSWER_YES && reporter->disturbs_in
					  ? reporter->disturbs_in
					  : "-");
	default:
		return sheet_text_of("-");
	}
}

struct sheet_text sheet_cell(
	const struct datasheet *datasheet, size_t index, enum sheet_column column)
{
	const struct reporter *reporter = &datasheet->reporters[index];

	switch (column) {
	case SHEET_REPORTER:
		return sheet_reporter_name(reporter);
	case SHEET_COUNTS:
		return reporter->n_counts_right == 0
			       ? sheet_text_of("-")
			       : sheet_text_of("%s", truth_kind_name(reporter->counts));
	case SHEET_COUNTS_RIGHT:
		return part_of(reporter->n_counts_right, reporter->n_counts_judged);
	case SHEET_CHILDREN:
		return answer(reporter->children);
	case SHEET_NATIVE:
		return answer(reporter->native);
	case SHEET_PAGE_CACHE:
		return answer(reporter->page_cache);
	case SHEET_SHARED:
		return share_text(reporter->shared_times);
	case SHEET_RESOLUTION:
		return bytes(reporter->resolution_bytes);
	case SHEET_SPIKE:
		return duration(reporter->shortest_spike_ns);
	case SHEET_RMSE:
		return bytes(sheet_median(&reporter->rmse_bytes));
	case SHEET_DELAY:
		return duration(sheet_median(&reporter->delay_ns));
	default:
		return column < SHEET_CHILDREN ? verdicts(datasheet, index, column)
					       : price(reporter, column);
	}
}
