#include "runner/trial/placement.h"

#include "util/cleanup.h"
#include "util/cpu_list.h"
#include "util/text.h"

#define NO_CPU (-1)

static int last_of(const cpu_set_t *cpus)
{
	for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
		if (CPU_ISSET((size_t)cpu, cpus))
			return cpu;
	}
	return NO_CPU;
}

static bool is_in(int cpu, const cpu_set_t *cpus)
{
	return cpu >= 0 && cpu < CPU_SETSIZE && CPU_ISSET((size_t)cpu, cpus);
}

/* The CPUs in limits.cpus, or all. The list was checked when it was read. */
static cpu_set_t cpus_asked_for(const struct experiment *experiment, const cpu_set_t *allowed)
{
	cpu_set_t cpus;

	if (!experiment->limits.cpus || cpu_list_parse(experiment->limits.cpus, &cpus) < 0)
		return *allowed;
	return cpus;
}

static int choose_sampler_cpu(
	const struct experiment *experiment, const cpu_set_t *allowed, const cpu_set_t *task)
{
	cpu_set_t free_cpus;

	/* Those of `allowed` that are not the task's. */
	CPU_XOR(&free_cpus, allowed, task);
	CPU_AND(&free_cpus, &free_cpus, allowed);
	if (experiment->sampler.cpu.kind == AMOUNT_NUMBER)
		return (int)experiment->sampler.cpu.number;
	if (experiment->limits_all_cpus)
		return NO_CPU;
	if (experiment->limits.cpus)
		return last_of(&free_cpus);
	return experiment_sampler_needs_cpu(experiment) && CPU_COUNT(allowed) > 1 ? last_of(allowed)
										  : NO_CPU;
}

struct placement placement_choose(const struct experiment *experiment, const cpu_set_t *allowed)
{
	cpu_set_t task = cpus_asked_for(experiment, allowed);
	struct placement placement = {
		.sampler_cpu = choose_sampler_cpu(experiment, allowed, &task)};
	bool may_narrow = !experiment->limits.cpus && !experiment->limits_all_cpus;

	CPU_ZERO(&placement.task_cpus);
	if (may_narrow && is_in(placement.sampler_cpu, allowed) && CPU_COUNT(allowed) > 1) {
		placement.narrowed = true;
		placement.task_cpus = *allowed;
		CPU_CLR((size_t)placement.sampler_cpu, &placement.task_cpus);
		return placement;
	}
	if (CPU_COUNT(allowed) == 1)
		placement.shared = experiment_sampler_needs_cpu(experiment);
	else if (!experiment->limits_all_cpus && experiment_sampler_needs_cpu(experiment))
		placement.shared =
			placement.sampler_cpu == NO_CPU || is_in(placement.sampler_cpu, &task);
	return placement;
}

struct placement placement_here(const struct experiment *experiment)
{
	const bool given = experiment->sampler.cpu.kind == AMOUNT_NUMBER;
	struct placement none = {
		.sampler_cpu = given ? (int)experiment->sampler.cpu.number : NO_CPU};
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return none;
	return placement_choose(experiment, &allowed);
}

char *placement_sentence(const struct placement *placement)
{
	CLEANUP(cleanup_free) char *cpus = cpu_list_format(&placement->task_cpus);

	if (placement->narrowed && cpus)
		return string_format("note: the sampler has CPU %d for itself, the task CPU%s %s; "
				     "limits.cpus = \"all\" gives the task every one",
			placement->sampler_cpu, CPU_COUNT(&placement->task_cpus) > 1 ? "s" : "",
			cpus);
	if (placement->shared)
		return string_format("warning: the task and the sampler share a CPU and disturb "
				     "each other: run on two CPUs or more, with one that "
				     "limits.cpus leaves free");
	return NULL;
}
