/*
 * hostile_forks: a fork bomb. Each process starts others for as long as it may, and none ends by itself. A fork
 * that is refused has taken kernel memory by then, which is given back a little later: without a pause the bomb
 * comes to the limit of memory now and then, and not to that of time.
 */

#include <unistd.h>

#define PAUSE_US 20000

int main(void)
{
	for (;;)
		if (fork() < 0)
			usleep(PAUSE_US);
}
