#pragma once

/*
 * The state of a running trial, private to the files below. Each calls only those below it:
 *
 *   trial.c          its steps, its result, and the undoing
 *   trial_make.c     creates what it needs
 *   watch.c          the loop while it runs
 *   receive.c        messages of the task and the launcher
 *   measurement.c    where the interval begins and ends
 *   trial_oracle.c, trial_reporter.c
 *                    page counts and external reporter, while the task is held
 *   samples.c        stores samples in the spool
 *   snapshot.c       what is read at the marks
 */

#include "runner/trial/affinity.h"
#include "runner/trial/disturbance.h"
#include "runner/trial/gate.h"
#include "runner/trial/quota.h"
#include "runner/trial/record.h"
#include "runner/trial/reporter.h"
#include "runner/trial/trial.h"
#include "runner/trial/verdict.h"
#include "util/clock.h"
#include "util/process.h"

#define TRIAL_KILL_LIMIT_NS (10 * NS_PER_S)
/* A container starts in 50 ms here; a loaded or emulated host may need seconds. */
#define TRIAL_START_LIMIT_NS (60 * NS_PER_S)

struct trial {
	const struct trial_context *context;
	const struct planned_trial *planned;
	const struct trial_description *description;
	struct trial_result *result;

	char *container;     /* its name in the runtime, unique on the host */
	char *cpus;	     /* of the task, if not all */
	char *user;	     /* from task_user_text; NULL: the launcher's */
	char *stdin_path;    /* on the host; NULL: /dev/null */
	char *slice_name;    /* trial-000042.slice */
	char *directory;     /* the bundle: <working_directory>/trial */
	char *channel_path;  /* <directory>/channel */
	char *runtime_log;   /* <directory>/runtime.log */
	char *profiler_name; /* profiler/000042-mprof, in the run's folder */
	char *profiler_path; /* the same, absolute; NULL: the backend writes nothing */
	char *profiler_place; /* <directory>/profiler: without a container, where the task finds it */
	char *profiler_identity; /* the device and inode of profiler_fd, for the launcher */
	const char *program;	 /* what the task executes, for messages; borrowed from argv */
	char **argv;
	char **environment; /* the trial's own variables */

	struct slice *slice;
	struct channel *channel;
	struct sampler *sampler;
	struct slow_sampler *slow_sampler;
	struct page_counter *page_counter; /* NULL: the experiment has no oracle */
	struct reporter *reporter;	   /* NULL: the backend is not external */
	struct gate gate;
	struct output_pipe stdout_pipe;
	struct output_pipe stderr_pipe;
	struct process runtime;
	int filter_fd;	    /* the seccomp program; -1: none */
	int profiler_fd;    /* the folder of profiler_path; -1: none */
	bool profiler_made; /* by this trial */
	struct quota quota; /* for that folder */
	struct quota reporter_quota;
	pid_t task_pid; /* on this host, set once the task is at the gate */

	struct series *reference; /* borrowed from result->spool */
	struct series *truth;

	uint64_t deadline_ns;	   /* of the task; after its end, of its container */
	uint64_t oracle_lifted_ns; /* how far the oracle has extended the deadline */
	uint64_t start_limit_ns;   /* for the container to reach the gate; or for task.prepare */
	uint64_t kill_limit_ns;	   /* once told to end; UINT64_MAX before */
	uint64_t tick_ns;	   /* of the next progress update */
	uint64_t flush_ns;	   /* of the next flush of the spool */
	bool runtime_started;	   /* and may have left a container */
	bool runtime_ended;	   /* by itself */
	bool launcher_gone;
	bool preparing; /* task.prepare is under way */
	bool checking;	/* task.check is */
	bool stopped;	/* measurement_stop was called */

	struct disturbance disturbance; /* counters at the gate */
	struct affinity affinity;
	uint64_t peak_at_begin_bytes;
	bool peak_was_reset;
	struct watch_begin watch_begin; /* valid once the gate has opened */
	struct trial_evidence evidence;
};

/* trial_make.c: creates everything up to the start of the runtime. */
int trial_make(struct trial *trial, struct error *error);

/* watch.c: from the start of the runtime to its end. */
int trial_watch(struct trial *trial, struct error *error);

/* True once it was told to end; its container then has TRIAL_KILL_LIMIT_NS. */
static inline bool trial_is_stopping(const struct trial *trial)
{
	return trial->kill_limit_ns != UINT64_MAX;
}

/* receive.c: receives a part of the task's packets, without blocking. */
int trial_receive_channel(struct trial *trial, struct error *error);

/*
 * Receives everything sent so far, for when the task has ended. A process that it left behind may
 * send without end; that is not waited for.
 */
int trial_receive_all(struct trial *trial, struct error *error);

/* Receives the launcher's messages. */
int trial_receive_control(struct trial *trial, struct error *error);

/* snapshot.c: at the gate and at task_begin, with the task held; discards earlier data. */
int snapshot_begin(struct trial *trial, uint64_t *ret_time_ns, struct error *error);

/* At task_end, with the task held; when the task was reaped; before it is killed. */
int snapshot_end(struct trial *trial, struct error *error);

/* trial_oracle.c: opens the page counter if the experiment has an oracle. */
int trial_open_oracle(struct trial *trial, struct error *error);

/*
 * Counts the pages of the leaf if the experiment wants that at this mark, with its sender held.
 * Does nothing once the trial was told to end.
 */
int trial_count_pages(
	struct trial *trial, const char *mark, enum mark_role role, struct error *error);

/* trial_reporter.c: this and the next four do nothing if the backend is not external. */
int trial_start_reporter(struct trial *trial, struct error *error);

/* Returns when it is ready, has answered, or has failed, or when the user ends the trial. */
int trial_await_reporter(struct trial *trial, struct error *error);

/* Asks for its values at a mark of that time, and waits for the answer; not charged to the task. */
int trial_ask_reporter(struct trial *trial, const char *mark, uint64_t at_ns, struct error *error);

/* Receives a part of its packets, without blocking. */
int trial_receive_reporter(struct trial *trial, struct error *error);

/* The measurement has ended: kills the reporter; how it ends is not a failure. */
void trial_end_reporter(struct trial *trial);

/* If the backend is rusage: the value as if the task ended now, and the final value. */
int trial_begin_rusage(struct trial *trial, uint64_t at_ns, struct error *error);
int trial_end_rusage(struct trial *trial, struct error *error);

/* After the sampler was drained: the peak between begin and end, and whether it is exact. */
int snapshot_settle_peak(struct trial *trial, struct error *error);
