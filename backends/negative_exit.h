#pragma once

/*
 * Python tools that start the task and exit with subprocess's return code: -N if a signal N ended
 * it; sys.exit(-N) is exit code 256 - N. mprof and Scalene do this.
 */

/* Converts the tool's wait status to the task's; see task_status of struct backend. */
int negative_exit_task_status(int wait_status);
