/*
 * spawn N PROGRAM ARGUMENT...: runs a program N times, one after the other, and prints the
 * nanoseconds of each from its start until it was reaped. Stops if the program fails.
 */

#include "tests/bench/programs/loop.h"

#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

extern char **environ;

static void run(char **argv)
{
	int status, number;
	pid_t pid;

	number = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (number)
		errx(2, "cannot start %s: %d", argv[0], number);
	if (waitpid(pid, &status, 0) < 0)
		err(2, "cannot wait for %s", argv[0]);
	if (status != 0)
		errx(2, "%s ended with status %d", argv[0], status);
}

int main(int argc, char **argv)
{
	int n;

	if (argc < 3)
		errx(2, "usage: spawn N PROGRAM ARGUMENT...");
	n = (int)loop_number(argv[1]);
	for (int i = 0; i < n; i++) {
		uint64_t begin_ns = loop_clock_ns(CLOCK_MONOTONIC);

		run(argv + 2);
		printf("%" PRIu64 "\n", loop_clock_ns(CLOCK_MONOTONIC) - begin_ns);
	}
	return 0;
}
