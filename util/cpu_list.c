#include "util/cpu_list.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <string.h>

static bool cpu_is_in(int cpu, const cpu_set_t *cpus)
{
	return cpu < CPU_SETSIZE && CPU_ISSET((size_t)cpu, cpus);
}

char *cpu_list_format(const cpu_set_t *cpus)
{
	char *list = strdup("");

	for (int cpu = 0; list && cpu < CPU_SETSIZE; cpu++) {
		CLEANUP(cleanup_free) char *before = NULL;
		int first = cpu;

		if (!cpu_is_in(cpu, cpus))
			continue;
		before = list;
		while (cpu_is_in(cpu + 1, cpus))
			cpu++;
		list = cpu > first
			       ? string_format("%s%s%d-%d", before, *before ? "," : "", first, cpu)
			       : string_format("%s%s%d", before, *before ? "," : "", first);
	}
	return list;
}
