#pragma once

/*
 * Tools in Python that start the task and exit with what subprocess calls its return code. That is -N where a signal
 * N ended it, and sys.exit(-N) is exit code 256 - N. So do mprof and Scalene.
 */

/* The task's own wait status from the tool's, as struct backend's task_status. */
int negative_exit_task_status(int wait_status);
