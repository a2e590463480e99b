/* The answers that single phenomena give, derived from the cells. */

#include "runner/datasheet/sheet.h"
#include "util/parse.h"

#include <math.h>
#include <string.h>

#define SPIKE_PREFIX "spike_"
#define HELD "held"

/* What a limit counts, independent of the sheet's own kind. */
#define ASKED TRUTH_CHARGED

/*
 * Over the peaks, for each kind: how often judged, how often right, and the total error in units of
 * what was at stake.
 */
struct tally {
	size_t n_judged[N_TRUTH_KINDS];
	size_t n_right[N_TRUTH_KINDS];
	double distance[N_TRUTH_KINDS];
};

struct asked {
	const struct sheet *sheet;
	const struct survey *survey;
	size_t reporter;
};

static struct tally tally_of(const struct asked *asked);
static enum truth_kind counted_kind(const struct tally *tally);
static enum answer answer_of(const struct asked *asked, const char *phenomenon);
static double times_shared(const struct asked *asked);
static double shortest_spike_ns(const struct asked *asked);
static double resolution_of(const struct asked *asked, struct subject *subject);

static int take_numbers(const struct numbers *numbers, struct statistics *ret_statistics)
{
	return statistics_of(numbers->values, numbers->n, ret_statistics);
}

static int answer_for(struct sheet *sheet, struct survey *survey, size_t index)
{
	const struct asked asked = {.sheet = sheet, .survey = survey, .reporter = index};
	const struct tally tally = tally_of(&asked);
	struct reporter *reporter = &sheet->reporters[index];
	struct subject *subject = &survey->subjects.subjects[index];
	int r;

	reporter->backend = sheet_text(sheet, subject->name);
	reporter->metric = sheet_text(sheet, subject->metric);
	if (!reporter->backend || !reporter->metric)
		return -ENOMEM;
	reporter->high_water = subject->high_water;
	reporter->headline = subject->headline;
	reporter->counts = counted_kind(&tally);
	reporter->n_counts_right = tally.n_right[reporter->counts];
	reporter->n_counts_judged = tally.n_judged[reporter->counts];
	reporter->resolution_bytes = resolution_of(&asked, subject);
	reporter->shortest_spike_ns = shortest_spike_ns(&asked);
	reporter->children = answer_of(&asked, "fork_tree");
	reporter->native = answer_of(&asked, "native_malloc");
	reporter->page_cache = answer_of(&asked, "page_cache");
	reporter->shared_times = times_shared(&asked);
	r = take_numbers(&subject->rmse_bytes, &reporter->rmse_bytes);
	if (r == 0)
		r = take_numbers(&subject->delay_ns, &reporter->delay_ns);
	return r == 0 ? take_numbers(&subject->reading_ns, &reporter->reading_ns) : r;
}

int sheet_answer(struct sheet *sheet, struct survey *survey)
{
	int r = 0;

	sheet->reporters = calloc(survey->subjects.n, sizeof(*sheet->reporters));
	if (!sheet->reporters)
		return -ENOMEM;
	sheet->datasheet.n_reporters = survey->subjects.n;
	for (size_t i = 0; i < survey->subjects.n && r == 0; i++)
		r = answer_for(sheet, survey, i);
	return r;
}

/* ---- one phenomenon's answer */

/*
 * The last of several points, which is the largest. False if it was not run or has no such moment.
 */
static bool find_situation(const struct asked *asked, const char *phenomenon, const char *moment,
	size_t *ret_situation)
{
	const struct survey *survey = asked->survey;

	for (size_t i = survey->points.n; i > 0; i--) {
		const struct moments *moments = &survey->moments[i - 1];

		if (strcmp(survey->points.points[i - 1].phenomenon, phenomenon) != 0)
			continue;
		for (size_t j = 0; j < moments->n; j++) {
			if (strcmp(moments->names[j], moment) == 0) {
				*ret_situation = sheet_situation(asked->sheet, survey, i - 1, j);
				return true;
			}
		}
	}
	return false;
}

static const struct cell *asked_cell(const struct asked *asked, size_t situation)
{
	return &asked->sheet
			->cells[asked->reporter * asked->sheet->datasheet.n_situations + situation];
}

static enum answer answer_of(const struct asked *asked, const char *phenomenon)
{
	size_t situation;

	if (!find_situation(asked, phenomenon, SITUATION_PEAK, &situation))
		return ANSWER_UNKNOWN;
	switch (asked_cell(asked, situation)->against[ASKED]) {
	case VERDICT_RIGHT:
	case VERDICT_HIGH:
		return ANSWER_YES;
	case VERDICT_LOW:
	case VERDICT_BLIND:
		return ANSWER_NO;
	case VERDICT_NONE:
		break;
	}
	return ANSWER_UNKNOWN;
}

/* While the memory is held; for a high-water mark, which does not show that, at its peak. */
static double times_shared(const struct asked *asked)
{
	static const char *const moments[] = {HELD, SITUATION_PEAK};

	for (size_t i = 0; i < 2; i++) {
		const struct cell *cell;
		size_t situation;

		if (!find_situation(asked, "shared", moments[i], &situation))
			continue;
		cell = asked_cell(asked, situation);
		if (cell->value_bytes.n > 0)
			return cell->value_bytes.median /
			       asked->sheet->situations[situation].truth_bytes[TRUTH_UNIQUE];
	}
	return NAN;
}

/* ---- resolution, in bytes and in time */

/* If a reporter does not see these pages, its steps have another cause. */
static double resolution_of(const struct asked *asked, struct subject *subject)
{
	size_t situation;
	enum datasheet_verdict verdict;

	if (!find_situation(asked, "page_steps", SITUATION_PEAK, &situation))
		return NAN;
	verdict = asked_cell(asked, situation)->against[ASKED];
	if (verdict == VERDICT_NONE || verdict == VERDICT_BLIND)
		return NAN;
	return numbers_median(&subject->smallest_rise_bytes);
}

static bool spike_duration(const char *phenomenon, uint64_t *ret_ns)
{
	size_t length = strlen(SPIKE_PREFIX);

	return strncmp(phenomenon, SPIKE_PREFIX, length) == 0 &&
	       parse_duration(phenomenon + length, ret_ns) == 0;
}

/* Whether it showed the truth within the tolerance in every trial. */
static bool showed_all(const struct asked *asked, size_t situation)
{
	const struct situation *asked_of = &asked->sheet->situations[situation];
	const struct statistics *value = &asked_cell(asked, situation)->value_bytes;

	return value->n > 0 &&
	       value->minimum >= asked_of->truth_bytes[ASKED] - asked_of->tolerance_bytes;
}

/* NaN if it missed the longest of all. */
static double shortest_spike_ns(const struct asked *asked)
{
	const struct points *points = &asked->survey->points;
	uint64_t longest_missed_ns = 0, duration_ns;
	double shortest_ns = NAN;

	for (size_t i = 0; i < points->n; i++)
		if (spike_duration(points->points[i].phenomenon, &duration_ns) &&
			duration_ns > longest_missed_ns &&
			!showed_all(asked, asked->sheet->first_situation[i]))
			longest_missed_ns = duration_ns;
	for (size_t i = 0; i < points->n; i++)
		if (spike_duration(points->points[i].phenomenon, &duration_ns) &&
			duration_ns > longest_missed_ns)
			shortest_ns = fmin(shortest_ns, (double)duration_ns);
	return shortest_ns;
}

/* ---- what it counts */

/* Whether one kind has a value while another is zero. */
static bool kinds_differ(const struct situation *situation)
{
	bool something = false, nothing = false;

	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS; kind++) {
		if (isnan(situation->truth_bytes[kind]))
			continue;
		if (situation->truth_bytes[kind] > situation->tolerance_bytes)
			something = true;
		else
			nothing = true;
	}
	return something && nothing;
}

static void count_peak(
	struct tally *tally, const struct situation *situation, const struct cell *cell)
{
	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS; kind++) {
		double error_bytes = cell->value_bytes.median - situation->truth_bytes[kind];

		if (cell->against[kind] == VERDICT_NONE)
			continue;
		tally->n_judged[kind]++;
		tally->n_right[kind] += cell->against[kind] == VERDICT_RIGHT;
		/* At most 1: one large error must not outweigh the others. */
		if (situation->scale_bytes > 0.0)
			tally->distance[kind] +=
				fmin(1.0, fabs(error_bytes) / situation->scale_bytes);
	}
}

/*
 * The phenomena in which a reporter shows something tell what it counts. If it shows `ramp`, memory
 * that was mapped and touched, its silence elsewhere also tells, if one kind has a value and
 * another is zero. The silence of a reporter that only watches one allocator tells nothing.
 */
static struct tally tally_of(const struct asked *asked)
{
	struct tally tally = {.n_judged = {0}};
	size_t ramp;
	bool sees_mappings = find_situation(asked, "ramp", SITUATION_PEAK, &ramp) &&
			     (asked_cell(asked, ramp)->against[ASKED] == VERDICT_RIGHT ||
				     asked_cell(asked, ramp)->against[ASKED] == VERDICT_HIGH);

	for (size_t i = 0; i < asked->survey->points.n; i++) {
		size_t index = sheet_situation(asked->sheet, asked->survey, i, SURVEY_PEAK);
		const struct situation *situation = &asked->sheet->situations[index];
		const struct cell *cell = asked_cell(asked, index);

		if (cell->value_bytes.median > situation->tolerance_bytes ||
			(sees_mappings && kinds_differ(situation)))
			count_peak(&tally, situation, cell);
	}
	return tally;
}

/* The kind it is right about most often; of equal ones, the one with the smaller error. */
static enum truth_kind counted_kind(const struct tally *tally)
{
	enum truth_kind best = ASKED;

	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS; kind++) {
		if (tally->n_right[kind] < tally->n_right[best])
			continue;
		if (tally->n_right[kind] > tally->n_right[best] ||
			tally->distance[kind] < tally->distance[best])
			best = kind;
	}
	return best;
}
