#pragma once

/*
 * Collects the values of every trial of a run. An *observation* is a reporter's value at a moment
 * of a trial, and the truth at that moment. Nothing is judged here.
 */

#include "runner/datasheet/points.h"
#include "runner/datasheet/subjects.h"

/* Every point has the first two; stages follow in the order in which trials went through them. */
enum survey_moment { SURVEY_PEAK, SURVEY_FINAL, SURVEY_FIRST_STAGE };

struct moments {
	char **names;
	size_t n;
};

struct observation {
	size_t subject; /* n_subjects: truth only, no reporter */
	size_t point;
	size_t moment;
	size_t situation; /* of the sheet, which sets it */
	uint64_t trial;
	/* Less its value at task_begin; NaN if there is no value. */
	double value;
	bool whole_life; /* no value before task_begin: the value is not reduced */
	double scale_bytes;
	double truth[N_TRUTH_KINDS];
};

struct survey {
	const struct comparison *comparison;
	struct points points;
	struct moments *moments; /* per point */
	struct subjects subjects;
	struct observation *observations;
	size_t n_observations;
	size_t n_trials_ok;
	size_t n_trials_left_out;
};

/* Borrows the comparison. Call survey_release in any case. */
int survey_init(struct survey *survey, struct results *results, const struct comparison *comparison,
	const struct datasheet_options *options, struct error *error);
void survey_release(struct survey *survey);
