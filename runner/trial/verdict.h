#pragma once

/* Decides the status of a trial from the evidence. Pure: makes no system calls. */

#include "runner/trial/evidence.h"
#include "runner/trial/trial.h"

/*
 * Sets status, cause, out_of_room, exit_code, signal and remainder. The first match in the evidence decides:
 *
 *   a disk is full                  interrupted: runs again when there is room
 *   the user ended the run          interrupted, even if a step failed because of it
 *   the timeout                     timeout, even if the task could not be killed
 *   too much in a backend's folder  failed
 *   the kernel's OOM killer         oom, even if it killed only a child: the task is not what was measured
 *   a step of the trial failed      failed
 *   the task was not started        failed
 *   its end was not reported        failed
 *   its signal, its exit code       failed, unless it exited with 0
 *   no task_begin from Python       failed
 *   the check of its output         failed, unless it exited with 0
 *   its samples were lost           failed
 *   sampling ended early            failed
 *
 * An OOM kill of the check alone is no OOM of the task's, which had ended well: the check has failed.
 *
 * Forks that the kernel refused and processes that the task left behind explain a failure; by
 * themselves they are not failures. `remainder` says of a trial that is ok that memory was used after
 * its interval: by processes that outlived the task, from a tenth of the peak on, or so much that the
 * cgroup's peak rose by more than 1 %. The latter not with a reporter in the task's interpreter: it may
 * be the reporter's own, which memray needs to read its peak and Scalene to write its profile. May be
 * called again with more evidence, and decides anew.
 */
void verdict(const struct trial_evidence *evidence, struct trial_result *result);

/*
 * "the task exited with code 3", "the runtime was ended by SIGKILL": from `who` and a wait(2)
 * status.
 */
void verdict_describe_end(const char *who, int wait_status, char *text, size_t size);

/* Not the task, which had exited with 0, was killed, but the check of what it had left. */
bool verdict_was_check_killed(const struct trial_evidence *evidence);
