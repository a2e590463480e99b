/*
 * hostile_daemon: becomes a daemon by the book (fork, setsid, fork, all descriptors closed): the
 * started process exits with 0, and another continues, holding MEMORY_BYTES and ignoring signals.
 */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_BYTES (4 << 20)

int main(void)
{
	char *memory;

	if (fork() != 0)
		return 0;
	setsid();
	if (fork() != 0)
		_exit(0);
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	memory = malloc(MEMORY_BYTES);
	if (memory)
		memset(memory, 1, MEMORY_BYTES);
	for (;;)
		pause();
}
