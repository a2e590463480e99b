#include "runner/trial/description.h"

#include "util/cleanup.h"

#include <string.h>

int trial_describe(const struct plan *plan, const struct planned_trial *planned,
	struct trial_description *ret_description, struct error *error)
{
	const struct experiment *experiment = plan_experiment(plan);
	CLEANUP(trial_description_release)
	struct trial_description description = {
		.number = planned->number,
		.repetition = planned->repetition,
		.warmup = planned->warmup,
		.backend = strdup(planned->backend->name),
		.task = experiment_task_line(experiment),
		.parameters = plan_parameters_json(plan, planned->point),
		.point = plan_point_label(plan, planned->point),
		.sampler = experiment->sampler,
	};

	if (!description.backend || !description.task || !description.parameters ||
		!description.point)
		return error_set_errno(error, ENOMEM, "cannot describe the trial");
	*ret_description = description;
	description = (struct trial_description){0};
	return 0;
}

void trial_description_release(struct trial_description *description)
{
	free(description->backend);
	free(description->task);
	free(description->parameters);
	free(description->point);
	*description = (struct trial_description){0};
}
