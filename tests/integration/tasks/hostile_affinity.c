/*
 * hostile_affinity: requests all CPUs, for itself and for the launcher. It only gets those in its
 * cpuset.
 */

#include <errno.h>
#include <sched.h>
#include <string.h>

int main(void)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	if (sched_setaffinity(0, sizeof(all), &all) < 0)
		return 1;
	/*
	 * It may move the launcher too, which has the task's user; nothing of the launcher is
	 * measured.
	 */
	if (sched_setaffinity(1, sizeof(all), &all) < 0 && errno != EPERM)
		return 2;
	return 0;
}
