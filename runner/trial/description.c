#include "runner/trial/description.h"

#include "util/array.h"
#include "util/cleanup.h"

#include <string.h>

static const struct {
	const char *name;
	size_t offset;
} amounts[] = {
	{"memory_max_bytes", offsetof(struct limits, memory_max_bytes)},
	{"memory_high_bytes", offsetof(struct limits, memory_high_bytes)},
	{"swap_max_bytes", offsetof(struct limits, swap_max_bytes)},
	{"pids_max", offsetof(struct limits, pids_max)},
	{"cpu_quota_us", offsetof(struct limits, cpu_quota_us)},
};

_Static_assert(LENGTH(amounts) == DESCRIPTION_N_AMOUNTS, "all of them");

const char *description_amount_name(unsigned index)
{
	return amounts[index].name;
}

struct amount *description_amount(struct limits *limits, unsigned index)
{
	return (struct amount *)((char *)limits + amounts[index].offset);
}

/* Swap would let a task survive a limit that is too small, unless the experiment wants that. */
static struct limits limits_of(
	const struct experiment *experiment, const struct planned_trial *planned)
{
	const struct amount limit = {.kind = AMOUNT_NUMBER, .number = planned->limit_bytes};
	struct limits limits = experiment->limits;

	if (planned->limit_bytes == 0)
		return limits;
	if (experiment->limit.by == LIMIT_BY_HIGH)
		limits.memory_high_bytes = limit;
	else
		limits.memory_max_bytes = limit;
	if (limits.swap_max_bytes.kind == AMOUNT_UNSET)
		limits.swap_max_bytes = (struct amount){.kind = AMOUNT_NUMBER, .number = 0};
	return limits;
}

int trial_describe(const struct plan *plan, const struct planned_trial *planned,
	struct trial_description *ret_description, struct error *error)
{
	const struct experiment *experiment = plan_experiment(plan);
	CLEANUP(trial_description_release)
	struct trial_description description = {
		.number = planned->number,
		.repetition = planned->repetition,
		.warmup = planned->warmup,
		.stage = planned->stage,
		.limit_bytes = planned->limit_bytes,
		.backend = strdup(planned->backend->name),
		.task = experiment_task_line(planned->task),
		.parameters = plan_parameters_json(plan, planned->point),
		.point = plan_point_label(plan, planned->point),
		.sampler = experiment->sampler,
		.limits = limits_of(experiment, planned),
	};
	const char *cpus = experiment->limits.cpus;

	description.limits.cpus = cpus ? strdup(cpus) : NULL;
	if ((cpus && !description.limits.cpus) || !description.backend || !description.task ||
		!description.parameters || !description.point)
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
	free((char *)description->limits.cpus);
	*description = (struct trial_description){0};
}
