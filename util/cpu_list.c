#include "util/cpu_list.h"

#include "util/text.h"

#include <string.h>

static bool cpu_is_in(int cpu, const cpu_set_t *cpus)
{
	return cpu < CPU_SETSIZE && CPU_ISSET((size_t)cpu, cpus);
}

char *cpu_list_of(pid_t pid)
{
	cpu_set_t cpus;

	return sched_getaffinity(pid, sizeof(cpus), &cpus) == 0 ? cpu_list_format(&cpus) : NULL;
}

char *cpu_list_format(const cpu_set_t *cpus)
{
	char *list = strdup("");

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		int first = cpu;

		if (!cpu_is_in(cpu, cpus))
			continue;
		while (cpu_is_in(cpu + 1, cpus))
			cpu++;
		list = cpu > first ? string_append(list, ",", "%d-%d", first, cpu)
				   : string_append(list, ",", "%d", first);
	}
	return list;
}
