#pragma once

/*
 * Identifies a trial in self-contained values, for its sealed file: a trial that has just run, or
 * one recovered from a run whose experiment may be gone.
 */

#include "cgroup/slice.h"
#include "runner/experiment/plan.h"
#include "util/error.h"

struct trial_description {
	uint64_t number; /* as in struct planned_trial, like the next two */
	uint64_t repetition;
	bool warmup;
	enum limit_stage stage; /* of a search */
	uint64_t limit_bytes;	/* of the search; it is in `limits` too. 0: none */
	char *backend;		/* its name */
	char *task;		/* experiment_task_line */
	char *parameters;	/* JSON, from plan_parameters_json */
	char *point;		/* plan_point_label */
	struct sampler_settings sampler;
	struct limits limits; /* owns `cpus`, unlike elsewhere; NULL: not limited */
};

/*
 * The limits that are amounts, by the names under which they are stored: "memory_max_bytes",
 * "pids_max".
 */
#define DESCRIPTION_N_AMOUNTS 5
const char *description_amount_name(unsigned index);
struct amount *description_amount(struct limits *limits, unsigned index);

int trial_describe(const struct plan *plan, const struct planned_trial *planned,
	struct trial_description *ret_description, struct error *error);

void trial_description_release(struct trial_description *description);
