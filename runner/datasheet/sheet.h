#pragma once

/*
 * A data sheet while it is made, with what it owns. Private to this folder.
 */

#include "runner/datasheet/survey.h"

struct sheet {
	struct datasheet datasheet; /* first: it is what the caller has */
	struct reporter *reporters;
	struct situation *situations;
	size_t *first_situation; /* of each point; then the number of all */
	struct cell *cells;
	uint64_t *trials; /* of all cells, one after the other */
	char **texts;
	size_t n_texts;
	double batches_bytes; /* in which the kernel charges, over all CPUs */
};

/* A copy that lives as long as the sheet. NULL on ENOMEM. */
const char *sheet_text(struct sheet *sheet, const char *text);

/* The situation of a moment of a point: the peak first, then the stages, and the final value last. */
size_t sheet_situation(
	const struct sheet *sheet, const struct survey *survey, size_t point, size_t moment);

/* Fills situations and cells. Orders the survey's observations anew. -ENOMEM. */
int sheet_judge(struct sheet *sheet, struct survey *survey);

/* Fills the reporters, from the cells and from what the survey collected of each. -ENOMEM. */
int sheet_answer(struct sheet *sheet, struct survey *survey);

/* What the reporters cost: their part that is paired with `none`. -ENOMEM. */
int sheet_weigh(struct sheet *sheet, const struct survey *survey);
