#include "runner/report/failures.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <string.h>

static const enum trial_status not_ok[] = {
	TRIAL_FAILED, TRIAL_OOM, TRIAL_TIMEOUT, TRIAL_INTERRUPTED};

#define N_NOT_OK (sizeof(not_ok) / sizeof(not_ok[0]))

/* The last place counts what this version has no name for. */
struct counts {
	size_t n[N_NOT_OK + 1];
};

static void count_failures(const struct comparison_cell *cell, struct counts *counts)
{
	for (size_t i = 0; i < cell->n_trials; i++) {
		size_t place = 0;

		if (cell->trials[i].ok)
			continue;
		while (place < N_NOT_OK &&
			strcmp(cell->trials[i].status, trial_status_name(not_ok[place])) != 0)
			place++;
		counts->n[place]++;
	}
}

static char *counts_text(const struct counts *counts)
{
	char *text = string_format("%s", "");

	for (size_t i = 0; i <= N_NOT_OK; i++) {
		CLEANUP(cleanup_free) char *before = NULL;

		if (!text || counts->n[i] == 0)
			continue;
		before = text;
		text = string_format("%s%s%zu %s", before, before[0] ? ", " : "", counts->n[i],
			i < N_NOT_OK ? trial_status_name(not_ok[i]) : "of unknown status");
	}
	return text;
}

char *failures_of_cell(const struct comparison_cell *cell)
{
	struct counts counts = {.n = {0}};

	count_failures(cell, &counts);
	return counts_text(&counts);
}

char *failures_of_point(const struct comparison *comparison, size_t point)
{
	struct counts counts = {.n = {0}};

	for (size_t i = 0; i < comparison->n_backends; i++)
		count_failures(comparison_cell(comparison, point, i), &counts);
	return counts_text(&counts);
}
