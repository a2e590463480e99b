/* hostile_affinity: asks for every CPU there is, for itself and for the launcher. What it gets is within its cpuset. */

#include <errno.h>
#include <sched.h>
#include <string.h>

int main(void)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	if (sched_setaffinity(0, sizeof(all), &all) < 0)
		return 1;
	/* The launcher may be moved as well: it has the task's number, and nothing is measured of it. */
	if (sched_setaffinity(1, sizeof(all), &all) < 0 && errno != EPERM)
		return 2;
	return 0;
}
