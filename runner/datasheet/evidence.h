#pragma once

/*
 * The truth of one trial: the interval, its stages, and the declared truth in each. Times are ns of
 * CLOCK_MONOTONIC.
 */

#include "runner/datasheet/datasheet.h"
#include "runner/datasheet/traces.h"

struct stage {
	char name[MEMCG_RUN_NAME_MAX]; /* the mark that begins it */
	uint64_t from_ns;
	uint64_t to_ns; /* its stage_end */
};

struct evidence {
	uint64_t begin_ns;
	uint64_t end_ns;
	struct stage *stages;
	size_t n_stages;
	struct trace truth[N_TRUTH_KINDS];
	double scale_bytes; /* the largest truth of any kind; 0 if none was declared */
};

/* Call evidence_release in any case. */
int evidence_init(
	struct evidence *evidence, struct results *results, uint64_t trial, struct error *error);
void evidence_release(struct evidence *evidence);

/* Truth of a kind: the maximum in the interval, and the value at a time. NaN if undeclared. */
double evidence_peak(const struct evidence *evidence, enum truth_kind kind);
double evidence_at(const struct evidence *evidence, enum truth_kind kind, uint64_t time_ns);
