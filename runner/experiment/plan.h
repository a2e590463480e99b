#pragma once

/*
 * The plan: every trial of an experiment, in the order in which they run. It follows from the
 * experiment and its seed alone, on every machine: the generator is the project's own
 * (runner/experiment/random.h).
 *
 * A point is one combination of parameter values. Warm-ups come first. Then, with order "random",
 * randomised complete blocks: each repetition is a block that has every (point, backend) once, in a
 * random order of its own, so that slow drift of the machine falls on all backends alike. With
 * "sequential", point by point, backend by backend, repetition by repetition.
 */

#include "runner/experiment/experiment.h"

struct planned_trial {
	uint64_t number; /* from 1, in running order; names the slice and the file */
	const struct backend *backend;
	size_t point;	     /* index of the combination of parameter values */
	uint64_t repetition; /* from 1; for a warm-up, counts the warm-ups */
	bool warmup;
};

struct plan;

/* Trials of a plan are numbered with 6 digits in file names; more than this is refused (-E2BIG). */
#define PLAN_MAX_TRIALS UINT64_C(999999)

/* Borrows the experiment for the life of the plan. */
int plan_new(const struct experiment *experiment, struct plan **ret_plan, struct error *error);
void plan_free(struct plan *plan);

/* What it was made from: its text and seed are recorded beside the results. Borrowed. */
const struct experiment *plan_experiment(const struct plan *plan);

size_t plan_size(const struct plan *plan);
const struct planned_trial *plan_trial(const struct plan *plan, size_t index);

/* Combinations of parameter values: 1 where there are no parameters. */
size_t plan_n_points(const struct plan *plan);

/* The value of a parameter at a point. The last parameter of the file moves fastest. */
const struct parameter_value *plan_parameter(
	const struct plan *plan, size_t point, size_t parameter);

/* {"size_mib": 64, "mode": "fast"} as compact JSON in the order of the file. The caller frees. */
char *plan_parameters_json(const struct plan *plan, size_t point);

/* A template as "--size={size_mib}" with the point's values; "{{" and "}}" are braces. Caller frees. */
int plan_expand(const struct plan *plan, size_t point, const char *template, char **ret_text,
	struct error *error);

/* For a person: "size_mib=64 mode=fast"; "" where there are no parameters. The caller frees. */
char *plan_point_label(const struct plan *plan, size_t point);
