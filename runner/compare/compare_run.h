#pragma once

/*
 * What a comparison needs of a run: its facts, and the values of its trials by task, parameters
 * and backend. It is read from results.h5 with the rights of the folder's owner and handed, as text, to the
 * process that compares: the two folders may belong to two users, neither of whom may read what
 * the other owns.
 */

#include "runner/store/results.h"
#include "util/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum compare_metric {
	COMPARE_PEAK,
	COMPARE_UNRECLAIMABLE,
	COMPARE_WALL,
	COMPARE_N_METRICS,
};

/* "peak", "unreclaimable", "wall": on the command line and in JSON. */
const char *compare_metric_name(enum compare_metric metric);
bool compare_metric_find(const char *name, enum compare_metric *ret_metric);

struct compare_trial {
	uint64_t repetition;
	bool ok;
	bool limited;			 /* it met a memory limit */
	bool sampled;			 /* its peak is the largest sample */
	double value[COMPARE_N_METRICS]; /* bytes and ns; NaN: missing, or not ok */
	double unread_bytes; /* charged between the composition and the peak; NaN: unknown */
};

struct compare_cell {
	char *task;
	json_t *parameters; /* an object */
	char *label;	    /* "size=64 mode=fast"; "" if there are none */
	char *backend;
	double charged_bytes; /* what may be charged in advance: 64 pages for each of the task's CPUs */
	struct compare_trial *trials; /* by repetition */
	size_t n_trials;
};

/* "kernel", "image", ...: what must be the same for two runs to be comparable. */
struct compare_fact {
	char *name;
	char *value;
};

struct compare_run {
	char *path;
	char *name; /* the experiment's */
	char *created;
	struct compare_fact *facts;
	size_t n_facts;
	struct compare_cell
		*cells; /* in the order of the sweep and of the backends' documentation */
	size_t n_cells;
};

/* Reads an open run and puts it into text, at most `size` bytes. -EFBIG if it does not fit. */
int compare_run_write(struct results *results, const char *run_path, char *text, size_t size,
	size_t *ret_length, struct error *error);

/*
 * The other way. The text may be another user's: -EBADMSG if it is anything else. Text in it is one
 * line, safe for terminals.
 */
int compare_run_parse(const char *text, size_t length, const char *run_path,
	struct compare_run **ret_run, struct error *error);
void compare_run_free(struct compare_run *run);
