/*
 * hostile_forks: a fork bomb. Each process starts as many others as it may, and none exits. A
 * refused fork has already taken kernel memory, which is returned a little later: without a pause
 * the bomb would sometimes hit the memory limit instead of the timeout.
 */

#include <unistd.h>

#define PAUSE_US 20000

int main(void)
{
	for (;;)
		if (fork() < 0)
			usleep(PAUSE_US);
}
