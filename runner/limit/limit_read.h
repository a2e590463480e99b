#pragma once

/* The trials of a search, from an open results file, as the answer needs them (answer.h). */

#include "runner/limit/answer.h"
#include "runner/store/results.h"

/* Whether the run is a search. */
bool limit_read_is_search(struct results *results);

/* Borrows the strings of the results. -EINVAL if the run is no search. */
int limit_read(struct results *results, struct limit_run **ret_run, struct error *error);
void limit_read_free(struct limit_run *run);

/* The answer of a run, and the run that it is about. */
int limit_read_answer(struct results *results, struct limit_run **ret_run,
	struct limit_answer **ret_answer, struct error *error);

/*
 * Writes the answer's files to the run's open folder, and draws its picture too, if wanted (answer.h). Does nothing if the run is no
 * search.
 */
int limit_read_write(struct results *results, int run_fd, bool drawn, struct error *error);

/* Whether a limit was found for every point. */
bool limit_answer_is_found(const struct limit_answer *answer);
