/*
 * hostile_sleepers [N]: N processes that sleep, 60 unless given, none of which ends by itself. Where it may not have
 * so many it ends with 1, and they with it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 60;

	for (long i = 1; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("fork");
			return 1;
		}
		if (pid == 0)
			break;
	}
	for (;;)
		pause();
}
