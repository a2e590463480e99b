#pragma once

/*
 * A set of CPUs as text, "0-1,3": the List format of cpuset(7), used by the kernel, the experiment
 * file and the launcher's command line. CPUs are below CPU_SETSIZE.
 *
 * The parser is inline and needs no library: the launcher does not link to the project's.
 */

#include <errno.h>
#include <sched.h>
#include <stdbool.h>

/* Parses a CPU's number and advances the cursor. */
static inline bool cpu_list_number(const char **cursor, int *ret_cpu)
{
	const char *text = *cursor;
	int cpu = 0;

	for (; *text >= '0' && *text <= '9' && cpu < CPU_SETSIZE; text++)
		cpu = cpu * 10 + (*text - '0');
	if (text == *cursor || cpu >= CPU_SETSIZE)
		return false;
	*cursor = text;
	*ret_cpu = cpu;
	return true;
}

/* The set; "" is the empty one. -EINVAL if malformed or for a CPU >= CPU_SETSIZE. */
static inline int cpu_list_parse(const char *text, cpu_set_t *ret_cpus)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	for (bool more = *text != '\0'; more; more = *text++ == ',') {
		int first, last;

		if (!cpu_list_number(&text, &first))
			return -EINVAL;
		last = first;
		if (*text == '-' && (text++, !cpu_list_number(&text, &last)))
			return -EINVAL;
		if (first > last || (*text != ',' && *text != '\0'))
			return -EINVAL;
		for (; first <= last; first++)
			CPU_SET((size_t)first, &cpus);
	}
	*ret_cpus = cpus;
	return 0;
}

/* The shortest list of the set; "" for the empty one. NULL on ENOMEM; the caller frees. */
char *cpu_list_format(const cpu_set_t *cpus);

/* That of the CPUs on which a process may run; 0: this one. NULL if they cannot be determined. The caller frees. */
char *cpu_list_of(pid_t pid);
