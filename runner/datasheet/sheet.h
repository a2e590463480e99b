#pragma once

/* A data sheet under construction, with everything it owns. Private to this folder. */

#include "runner/datasheet/survey.h"

struct sheet {
	struct datasheet datasheet; /* first: the caller gets a pointer to it */
	struct reporter *reporters;
	struct situation *situations;
	size_t *first_situation; /* of each point; the last entry is their total number */
	struct cell *cells;
	uint64_t *trials; /* of all cells, concatenated */
	char **texts;
	size_t n_texts;
	double batches_bytes; /* the kernel's charge batches, over all CPUs */
};

/* A copy that lives as long as the sheet. NULL on ENOMEM. */
const char *sheet_text(struct sheet *sheet, const char *text);

/* The situation of a point's moment: the peak first, then the stages, the final value last. */
size_t sheet_situation(
	const struct sheet *sheet, const struct survey *survey, size_t point, size_t moment);

/* Fills situations and cells. Reorders the survey's observations. -ENOMEM. */
int sheet_judge(struct sheet *sheet, struct survey *survey);

/* Fills the reporters from the cells and the survey's collected values. -ENOMEM. */
int sheet_answer(struct sheet *sheet, struct survey *survey);

/* Fills the reporters' costs: their comparison with `none`. -ENOMEM. */
int sheet_weigh(struct sheet *sheet, const struct survey *survey);
