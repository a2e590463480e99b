/*
 * hostile_sleepers [N]: N sleeping processes, by default 60, none of which exits by itself. If it
 * cannot have that many, it exits with 1 and ends them.
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
