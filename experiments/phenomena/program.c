/*
 * phenomena NAME: one phenomenon as a separate program. Its parameters are MEMCG_RUN_PARAM_size_mib
 * (default 16) and MEMCG_RUN_PARAM_hold_s (default 0.05), set by memcg-run from the experiment's.
 *
 *     phenomena            lists the names
 *     phenomena --wait     prints "!" on descriptor 1 and exits with what it reads on 0: the program that
 *                          `exec` becomes
 */

#include "experiments/phenomena/phenomenon.h"

#include <stdio.h>

static double parameter(const char *variable, double fallback)
{
	const char *text = getenv(variable);
	char *end;
	double value = text ? strtod(text, &end) : fallback;

	return text && (*end || end == text || !(value >= 0.0)) ? -1.0 : value;
}

static int list(void)
{
	const char *name;

	for (size_t i = 0; (name = phenomenon_name(i)); i++)
		puts(name);
	return 0;
}

static int wait_for_end(void)
{
	char byte;

	if (write(STDOUT_FILENO, "!", 1) != 1)
		return 1;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	struct memcg_run channel;
	double size_mib = parameter("MEMCG_RUN_PARAM_size_mib", 16.0);
	double hold_s = parameter("MEMCG_RUN_PARAM_hold_s", 0.05);
	int r;

	if (argc == 1)
		return list();
	if (argc == 2 && strcmp(argv[1], "--wait") == 0)
		return wait_for_end();
	if (argc != 2 || size_mib < 1.0 || hold_s < 0.0) {
		fputs("usage: phenomena [NAME], with MEMCG_RUN_PARAM_size_mib (at least 1) and "
		      "MEMCG_RUN_PARAM_hold_s in the environment\n",
			stderr);
		return 2;
	}
	channel = memcg_run_open();
	memcg_run_mark_and_wait(&channel, MEMCG_RUN_TASK_BEGIN);
	r = phenomenon_run(argv[1], (uint64_t)size_mib * MIB, (uint64_t)(hold_s * 1e9));
	memcg_run_mark_and_wait(&channel, MEMCG_RUN_TASK_END);
	memcg_run_close(&channel);
	return r < 0 ? 1 : 0;
}
