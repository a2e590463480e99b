#pragma once

/*
 * What became of a trial, decided from what was seen of it. Pure: no system is asked.
 */

#include "runner/trial/evidence.h"
#include "runner/trial/trial.h"

/*
 * Sets status, cause, out_of_room, exit_code and signal. The first of these that the evidence shows decides:
 *
 *   a disk is full                  interrupted: it runs again when there is room
 *   the user ended the run          interrupted, also where a step failed for it
 *   the timeout                     timeout, also where the task could not be killed
 *   too much in a backend's folder  failed
 *   the kernel's OOM killer         oom, also where only a child was killed: what was measured is not the task
 *   a step of the trial failed      failed
 *   the task was not started        failed
 *   its end was not reported        failed
 *   its signal, its exit code       failed, unless it exited with 0
 *   no task_begin from Python       failed
 *   its samples were lost           failed
 *   sampling ended early            failed
 *
 * Forks that the kernel refused and processes that the task left behind explain a failure; alone they are none.
 * Called again when there is more evidence, it decides anew.
 */
void verdict(const struct trial_evidence *evidence, struct trial_result *result);

/* "the task exited with code 3", "the runtime was ended by SIGKILL": `who`, and a wait(2) status. */
void verdict_describe_end(const char *who, int wait_status, char *text, size_t size);
