#include "backends/negative_exit.h"

#include <signal.h>
#include <sys/wait.h>

/*
 * Exit 255 is kept: exit(-1) is common, and SIGHUP does not occur in a container without a
 * terminal. Real-time signals (exit 192 to 224) end no task that we know of either.
 */
int negative_exit_task_status(int wait_status)
{
	int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0;

	if (code >= 256 - SIGSYS && code <= 256 - SIGINT)
		return 256 - code; /* W_EXITCODE(0, signal) */
	return wait_status;
}
