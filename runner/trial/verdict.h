#pragma once

/*
 * What became of a trial, decided from what was seen of it. Pure: no system is asked.
 */

#include "runner/launcher/control.h"
#include "runner/trial/trial.h"

/* Why the runner ended a trial itself. */
enum trial_stop { STOP_NONE = 0, STOP_TIMEOUT, STOP_INTERRUPTED, STOP_FILES };

struct trial_evidence {
	enum trial_stop stop;
	uint64_t timeout_ns;
	bool gate_opened; /* the task was let go */
	bool exit_seen;	  /* the launcher reported the task's end: wait_status means something */
	int wait_status;  /* as wait(2) gives it, the task's own */
	enum control_stage failed_stage; /* CONTROL_STAGE_NONE: the task was started */
	int failed_errno;
	const char *program;	   /* what was to be executed, for the cause */
	uint64_t oom_kills;	   /* processes of the slice killed by the kernel at a limit */
	uint64_t ooms;		   /* times that a limit was met with no way on */
	bool oom_group;		   /* it was to kill all of the task: counts the chosen one twice */
	const char *runtime_error; /* what the container runtime said, or NULL */
	bool runtime_end_known;	   /* it ended by itself: runtime_status means something */
	int runtime_status;	   /* as wait(2) gives it */
	bool awaited_begin;	   /* the task should have sent task_begin (a Python task) */
	bool begin_seen;
};

/*
 * Sets status, cause, exit_code and signal. In this order: a user's interrupt, a timeout, more files than a
 * backend's tool may leave, the kernel's OOM killer (also where only a child was killed: the number measured is
 * not the task's), a task that could not be started, its signal, its exit code.
 */
void verdict(const struct trial_evidence *evidence, struct trial_result *result);

/* "the task exited with code 3", "the runtime was ended by SIGKILL": `who`, and a wait(2) status. */
void verdict_describe_end(const char *who, int wait_status, char *text, size_t size);
