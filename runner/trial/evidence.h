#pragma once

/*
 * Everything observed about a trial that affects its status. It is gathered while the trial runs,
 * is cleaned up and is sealed; only verdict() draws conclusions from it (runner/trial/verdict.h).
 */

#include "runner/launcher/control.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Why the runner stopped a trial. */
enum trial_stop { STOP_NONE = 0, STOP_TIMEOUT, STOP_INTERRUPTED, STOP_FILES };

struct trial_evidence {
	enum trial_stop stop;
	uint64_t timeout_ns;
	bool gate_opened; /* the task was released */
	bool exit_seen;	  /* the launcher reported the task's end: wait_status is valid */
	int wait_status;  /* from wait(2), of the task itself */
	enum control_stage failed_stage; /* CONTROL_STAGE_NONE: the task was started */
	int failed_errno;
	bool helper_late;    /* task.prepare, task.check or task.cleanup did not end in time */
	const char *program; /* what was to be executed, for the cause */
	uint64_t oom_kills;  /* processes of the slice that the kernel killed at a limit */
	uint64_t oom_kills_before_check; /* of them, when task.check began */
	uint64_t ooms;			 /* times that a limit was hit and reclaim failed */
	bool oom_group;		   /* set to kill the whole task: counts the chosen process twice */
	const char *runtime_error; /* the container runtime's message, or NULL */
	bool runtime_end_known;	   /* it ended by itself: runtime_status is valid */
	int runtime_status;	   /* from wait(2) */
	bool awaited_begin;	   /* task_begin was expected (a Python task) */
	bool begin_seen;
	uint64_t n_outlived;	   /* processes of the task that outlived it */
	uint64_t outlived_bytes;   /* their memory then: PSS. 0 also if it is unknown */
	uint64_t n_refused_forks;  /* forks that the kernel refused at limits.pids_max */
	uint64_t memory_max_bytes; /* limits.memory_max; 0: it is not set */
	uint64_t tmp_max_bytes; /* container.tmp_max; 0: it is not set, or there is no container */
	const char *full_tmpfs; /* "/tmp": it had no room left when the task had ended. Static */
	bool printed_no_space;	/* "No space left on device" (clues.h) */
	bool printed_read_only; /* "Read-only file system" */
	bool in_container;
	bool writable;	      /* its working directory */
	bool reporter_inside; /* in the task's interpreter, where it may go on after the interval */
	const char *seccomp_refused; /* a call that it needed and its profile refuses. Static */
	bool peaks_known;	     /* the kernel provided both of the next two */
	uint64_t peak_bytes;	     /* of the measured interval */
	uint64_t leaf_peak_bytes;    /* of the leaf's whole life */
	uint64_t later_peak_bytes;   /* likewise, if it rose after the interval; else 0 */
	int read_error;		     /* a positive errno that ended sampling; 0: none */
	struct error failed_step;    /* of the trial itself; its number is 0 if none failed */
	struct error lost_samples;   /* why it was sealed without samples; likewise */
};
