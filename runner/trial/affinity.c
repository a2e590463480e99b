#include "runner/trial/affinity.h"

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/cpu_list.h"

#include <stdio.h>

#define LOOK_PERIOD_NS (100 * NS_PER_MS)
#define LOOK_SHARE 50

void affinity_begin(struct affinity *affinity, pid_t task, int sampler_cpu)
{
	*affinity = (struct affinity){.can_reach = false};
	if (sampler_cpu < 0 || sampler_cpu >= CPU_SETSIZE ||
		sched_getaffinity(task, sizeof(affinity->given), &affinity->given) < 0)
		return;
	affinity->seen = affinity->given;
	affinity->sampler_cpu = (size_t)sampler_cpu;
	affinity->can_reach = !CPU_ISSET(affinity->sampler_cpu, &affinity->given);
}

void affinity_add(struct affinity *affinity, const cpu_set_t *cpus)
{
	CPU_OR(&affinity->seen, &affinity->seen, cpus);
}

/* A slice_visit_process. */
static void look_at_process(void *context, pid_t pid)
{
	cpu_set_t cpus;

	if (sched_getaffinity(pid, sizeof(cpus), &cpus) == 0)
		affinity_add(context, &cpus);
}

void affinity_look_now(struct affinity *affinity, const struct slice *slice)
{
	const uint64_t began_ns = clock_monotonic_ns();
	uint64_t pause_ns;

	if (!affinity->can_reach)
		return;
	(void)slice_each_process(slice, look_at_process, affinity);
	pause_ns = (clock_monotonic_ns() - began_ns) * LOOK_SHARE;
	affinity->due_ns = began_ns + (pause_ns > LOOK_PERIOD_NS ? pause_ns : LOOK_PERIOD_NS);
}

void affinity_look(struct affinity *affinity, const struct slice *slice)
{
	if (affinity->can_reach && clock_monotonic_ns() >= affinity->due_ns)
		affinity_look_now(affinity, slice);
}

void affinity_describe(const struct affinity *affinity, char *ret_text, size_t size)
{
	CLEANUP(cleanup_free) char *given = NULL;
	CLEANUP(cleanup_free) char *seen = NULL;

	ret_text[0] = '\0';
	if (!affinity->can_reach || !CPU_ISSET(affinity->sampler_cpu, &affinity->seen))
		return;
	given = cpu_list_format(&affinity->given);
	seen = cpu_list_format(&affinity->seen);
	snprintf(ret_text, size, "from %s to %s", given ? given : "some", seen ? seen : "more");
}
