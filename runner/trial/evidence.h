#pragma once

/*
 * All that was seen of a trial's end and bears on what became of it. It is gathered while the trial runs, is
 * undone and is sealed; verdict() alone concludes from it (runner/trial/verdict.h).
 */

#include "runner/launcher/control.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

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
	uint64_t n_outlived;	   /* processes of the task that lived on when it had ended */
	uint64_t n_refused_forks;  /* processes that the kernel refused at limits.pids_max */
	bool peaks_known;	   /* the kernel kept both of the next two */
	uint64_t peak_bytes;	   /* of the interval that is measured */
	uint64_t leaf_peak_bytes;  /* of the leaf's whole life */
	int read_error;		   /* a positive errno that ended the sampling; 0: none */
	struct error failed_step;  /* of the trial itself; its number is 0 where none failed */
	struct error lost_samples; /* why it was sealed without its samples; likewise */
};
