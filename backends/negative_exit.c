#include "backends/negative_exit.h"

#include <signal.h>
#include <sys/wait.h>

/*
 * Exit 255 stays what it is: exit(-1) is common, and SIGHUP does not happen in a container that has no
 * terminal. Real-time signals (exit 192 to 224) likewise end no task that we know of.
 */
int negative_exit_task_status(int wait_status)
{
	int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0;

	if (code >= 256 - SIGSYS && code <= 256 - SIGINT)
		return 256 - code; /* W_EXITCODE(0, signal) */
	return wait_status;
}
