/*
 * brood N MIB: starts N children that wait, and one that touches MIB of memory. Exits with 0 when
 * that one has ended in any way.
 */

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_for_ever(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void touch(size_t size_bytes)
{
	char *memory =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		_exit(1);
	for (size_t i = 0; i < size_bytes; i += 4096)
		memory[i] = 1;
	_exit(0);
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	size_t size_bytes = (argc > 2 ? strtoul(argv[2], NULL, 10) : 0) << 20;
	pid_t pid;

	while (n-- > 0)
		if (fork() == 0)
			wait_for_ever();
	pid = fork();
	if (pid == 0)
		touch(size_bytes);
	return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}
