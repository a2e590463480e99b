#pragma once

/*
 * What every trial of a run says: an *observation* is what a reporter said at a moment of a trial, and what was
 * true then. Nothing is judged here.
 */

#include "runner/datasheet/points.h"
#include "runner/datasheet/subjects.h"

/* Of a point: the first two are in each, stages follow in the order in which trials went through them. */
enum survey_moment { SURVEY_PEAK, SURVEY_FINAL, SURVEY_FIRST_STAGE };

struct moments {
	char **names;
	size_t n;
};

struct observation {
	size_t subject; /* their number: the truth alone, for which no reporter is asked */
	size_t point;
	size_t moment;
	size_t situation; /* of the sheet, which sets it */
	uint64_t trial;
	/* Less what it said at task_begin; NaN where it said nothing. */
	double value;
	bool whole_life; /* it said nothing before task_begin, and the value is as it came */
	double scale_bytes;
	double truth[N_TRUTH_KINDS];
};

struct survey {
	const struct comparison *comparison;
	struct points points;
	struct moments *moments; /* of each point */
	struct subjects subjects;
	struct observation *observations;
	size_t n_observations;
	size_t capacity;
	size_t n_trials_ok;
	size_t n_trials_left_out;
};

/* Borrows the comparison. Released by survey_release in any case. */
int survey_init(struct survey *survey, struct results *results, const struct comparison *comparison,
	const struct datasheet_options *options, struct error *error);
void survey_release(struct survey *survey);
