#pragma once

/*
 * Which trial a trial is, in values of its own: what its sealed file says of it, whether it was run just
 * now or recovered from what a run left whose experiment may be gone.
 */

#include "runner/experiment/plan.h"
#include "util/error.h"

struct trial_description {
	uint64_t number; /* as in struct planned_trial, and so are the next two */
	uint64_t repetition;
	bool warmup;
	char *backend;	  /* its name */
	char *task;	  /* experiment_task_line */
	char *parameters; /* JSON, as of plan_parameters_json */
	char *point;	  /* plan_point_label */
	struct sampler_settings sampler;
};

int trial_describe(const struct plan *plan, const struct planned_trial *planned,
	struct trial_description *ret_description, struct error *error);

void trial_description_release(struct trial_description *description);
