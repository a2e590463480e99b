#pragma once

/*
 * The plan: every trial of an experiment, in running order. It depends only on the experiment and
 * its seed and is the same on every machine: the generator is the project's own
 * (runner/experiment/random.h).
 *
 * A point is a task with one combination of its parameter values; the points of a task are
 * neighbours, in the order of the file. Warm-ups come first. Order "random" then uses randomised
 * complete blocks: each repetition is a block of every (point, backend) pair in a random order, so
 * that slow drift of the machine affects all tasks and backends alike. Order "sequential" goes point
 * by point, backend by backend, repetition by repetition.
 *
 * The plan of a search (runner/limit/search.h) begins empty, and grows by the steps that the search asks for.
 */

#include "runner/experiment/experiment.h"

struct planned_trial {
	uint64_t number; /* from 1, in running order; names the slice and the file */
	const struct task *task;
	const struct backend *backend;
	size_t point;	     /* index of the task and the combination of its parameter values */
	uint64_t repetition; /* from 1; warm-ups are counted separately */
	bool warmup;
	/* Of a trial of a search, which has a limit of its own, or none (0). */
	enum limit_stage stage;
	uint64_t limit_bytes;
};

struct plan;

/* File names have 6 digits for a trial's number; larger plans are refused (-E2BIG). */
#define PLAN_MAX_TRIALS UINT64_C(999999)

/* The plan borrows the experiment, which must outlive it. */
int plan_new(const struct experiment *experiment, struct plan **ret_plan, struct error *error);
void plan_free(struct plan *plan);

/* The experiment of the plan; its text and seed are stored with the results. Borrowed. */
const struct experiment *plan_experiment(const struct plan *plan);

size_t plan_size(const struct plan *plan);

/*
 * Of the empty plan of a search, once: room for `n_trials`, at most PLAN_MAX_TRIALS (-E2BIG). plan_append_trial appends
 * one, whose number follows the last one's; what plan_trial has returned stays where it is. -E2BIG beyond the room.
 */
int plan_reserve(struct plan *plan, uint64_t n_trials, struct error *error);
size_t plan_room(const struct plan *plan);
int plan_append_trial(struct plan *plan, const struct planned_trial *trial, struct error *error);
const struct planned_trial *plan_trial(const struct plan *plan, size_t index);

/* Number of combinations of parameter values, over all tasks; 1 if there are no parameters. */
size_t plan_n_points(const struct plan *plan);

/* The task of a point: one of the experiment's. */
const struct task *plan_task(const struct plan *plan, size_t point);

/* The value of a parameter of the point's task. The file's last parameter varies fastest. */
const struct parameter_value *plan_parameter(
	const struct plan *plan, size_t point, size_t parameter);

/* {"size_mib": 64, "mode": "fast"} as compact JSON in file order. The caller frees. */
char *plan_parameters_json(const struct plan *plan, size_t point);

/*
 * Expands a template such as "--size={size_mib}" with the point's values; "{{" and "}}" are braces.
 * The caller frees.
 */
int plan_expand(const struct plan *plan, size_t point, const char *template, char **ret_text,
	struct error *error);

/* For people: "size_mib=64 mode=fast", "before size_mib=64"; "" if there is neither a name nor a parameter. The caller frees. */
char *plan_point_label(const struct plan *plan, size_t point);
