/*
 * end HOW: "exit N", "signal N", "hang", "listen" (hang, and print input from the terminal), "sleep
 * SECONDS", "print BYTES", "daemon NAME": a task for each way to end.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Leaves a process in its own session that only SIGKILL ends. */
static void leave_daemon(void)
{
	if (fork() != 0)
		return;
	setsid();
	if (fork() != 0)
		_exit(0);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	for (;;)
		pause();
}

static void tell(int number)
{
	(void)number;
	(void)!write(STDOUT_FILENO, "heard it\n", strlen("heard it\n"));
}

int main(int argc, char **argv)
{
	long number = argc > 2 ? strtol(argv[2], NULL, 10) : 0;

	if (argc < 2)
		return 99;
	if (strcmp(argv[1], "exit") == 0)
		return (int)number;
	if (strcmp(argv[1], "signal") == 0)
		return raise((int)number);
	if (strcmp(argv[1], "listen") == 0) {
		signal(SIGINT, tell);
		signal(SIGHUP, tell);
	}
	if (strcmp(argv[1], "hang") == 0 || strcmp(argv[1], "listen") == 0) {
		for (;;)
			pause();
	}
	if (strcmp(argv[1], "sleep") == 0)
		return (int)sleep((unsigned)number);
	if (strcmp(argv[1], "daemon") == 0) {
		leave_daemon();
		return 0;
	}
	if (strcmp(argv[1], "print") == 0) {
		while (number-- > 0)
			putchar('x');
		return 0;
	}
	return 98;
}
