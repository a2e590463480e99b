#pragma once

/*
 * One trial, from creating its slice to its result: see "A trial's life" in docs/design.md. What
 * happens to the task is data in the result; an error is a failure of the trial itself, which is
 * then recorded as failed with that cause.
 */

#include "cgroup/delegation.h"
#include "cgroup/hierarchy.h"
#include "cgroup/slice.h"
#include "runner/container/bundle.h"
#include "runner/container/runtime.h"
#include "runner/container/task_user.h"
#include "runner/container/writable.h"
#include "runner/experiment/plan.h"
#include "runner/host/installation.h"
#include "runner/host/run_journal.h"
#include "runner/host/run_log.h"
#include "runner/trial/channel.h"
#include "runner/trial/description.h"
#include "runner/trial/evidence.h"
#include "runner/trial/gaps.h"
#include "runner/trial/oracle.h"
#include "runner/trial/output.h"
#include "runner/trial/placement.h"
#include "runner/trial/sampler.h"
#include "runner/trial/slow_sampler.h"
#include "runner/trial/spool.h"
#include "runner/trial/watch_cost.h"

enum trial_status {
	TRIAL_OK,
	TRIAL_FAILED, /* the task's exit code or signal, its check, or a failed step of the trial */
	TRIAL_OOM,    /* the kernel killed it at its limit */
	TRIAL_TIMEOUT,
	TRIAL_INTERRUPTED, /* the run ended during it: by the user, a full disk or a kill */
};

/* "ok", "failed", "oom", "timeout", "interrupted" */
const char *trial_status_name(enum trial_status status);

struct trial_mark {
	uint64_t time_ns;
	char name[MEMCG_RUN_NAME_MAX];
};

#define TRIAL_MAX_MARKS 65536

/* The reference: the kernel's account of the leaf. */
struct trial_reference {
	bool begun; /* the gate opened and both ends were read: the values below are valid */
	uint64_t initial_bytes; /* memory.current at task_begin, with the task held there */
	uint64_t peak_bytes;	/* the largest between task_begin and task_end */
	bool peak_exact;      /* the kernel's own peak for that interval; else the largest sample */
	uint64_t final_bytes; /* memory.current at task_end */
	bool leaf_peak_kept;  /* by the kernel: not on v2 before Linux 5.19; else the next is 0 */
	uint64_t leaf_peak_bytes;	    /* the kernel's peak of the leaf, read at the end */
	uint64_t later_peak_bytes;	    /* likewise, if it rose after task_end; else 0 */
	struct slow_row_numbers begin_rows; /* rows of the slow sampler at task_begin */
	struct slow_row_numbers end_rows;   /* and at task_end */
	bool held_at_end; /* task_end's sender waited while the end was read; not recovered */
	struct memory_events events;
};

#define TRIAL_SUSPECT_SIZE 256

struct trial_result {
	enum trial_status status;
	char cause[ERROR_TEXT_SIZE]; /* "" when ok */
	bool out_of_room;	     /* the disk is full: interrupted, as later trials would be */
	int exit_code;		     /* -1: it did not exit */
	int signal;		     /* 0: not ended by a signal */
	uint64_t begin_ns; /* task_begin; for a task without marks, when the gate opened */
	uint64_t end_ns;   /* task_end; else when the task was reaped, or was about to be killed */
	uint64_t wall_ns;  /* end_ns - begin_ns - oracle.held_ns */
	char suspect[TRIAL_SUSPECT_SIZE];      /* disturbance_describe, for the task's life */
	char widened[TRIAL_SUSPECT_SIZE];      /* affinity_describe */
	char undersampled[TRIAL_SUSPECT_SIZE]; /* sampler_describe_shortfall */
	char gapped[TRIAL_SUSPECT_SIZE];       /* gaps_describe */
	char remainder[TRIAL_SUSPECT_SIZE];    /* verdict(), for an ok trial: what came after it */
	char other_inputs[TRIAL_SUSPECT_SIZE]; /* from run_inputs_check at its end */
	/*
	 * For an external or a preloaded backend: "the reporter exited with code 1: ..."; "" if it
	 * did not fail.
	 */
	char reporter_failure[ERROR_TEXT_SIZE];
	char *task_cpus;  /* "0-1,3": its allowed CPUs, read at the gate; NULL: unknown */
	bool usage_known; /* the launcher reported the task's end: the next three are valid */
	uint64_t user_ns; /* of the whole task process, from its rusage */
	uint64_t system_ns;
	uint64_t maxrss_bytes;
	uint64_t start_realtime_ns; /* the same instant on both clocks: when the gate opened */
	uint64_t start_monotonic_ns;
	struct trial_reference reference;
	struct sampler_stats sampler;
	struct gaps gaps; /* in the reference */
	struct slow_sampler_stats slow_sampler;
	struct oracle_result oracle;
	struct watch_cost watch_cost;
	struct channel_stats channel;
	uint64_t
		n_rejected_records; /* well-formed, but with an impossible time or a reserved name */
	struct trial_mark *marks;   /* in order of arrival */
	size_t n_marks;
	struct trial_output stdout_text;
	struct trial_output stderr_text;
	struct trial_evidence evidence; /* the basis of verdict(); owns its strings */
	/*
	 * Recovered from what a killed runner left: values that only the runner knew are missing,
	 * not zero.
	 */
	bool recovered;
	struct spool *spool; /* the runner's own series and one per metric; owned */
};

/* Shared by all trials of a run. Everything is borrowed. */
struct trial_context {
	const struct experiment *experiment;
	const struct plan *plan;
	const struct placement *placement;
	const struct installation *installation;
	const struct hierarchy *hierarchy;
	enum delegation delegation; /* what the process has entered */
	const struct runtime *runtime;
	const struct image *image;
	const struct rootfs *rootfs;
	const struct task_user *user;	 /* NULL: as the launcher */
	const struct writable *writable; /* NULL: the working directory is as it is */
	struct run_log *log;
	/* records what is created outside the two folders; NULL: none */
	struct run_journal *journal;
	int run_fd;		       /* the run's folder */
	int trials_fd;		       /* the folder trials/ in it; the spool is made there */
	const char *run_path;	       /* the same, absolute */
	const char *working_directory; /* /run/memcg-run/<run>: the runner's own, mode 0700 */
	int signal_fd;		       /* readable: end the trial; never read here */

	/* Called about ten times a second while the task runs, for the progress line; may be NULL. */
	void (*tick)(void *tick_context, uint64_t elapsed_ns, uint64_t current_bytes,
		uint64_t peak_bytes);
	void *tick_context;
};

/*
 * Runs a trial; `description` is from trial_describe. Returns 0 with a result, regardless of the
 * task's outcome; a failed step of the trial also gives a result, TRIAL_FAILED with its cause. A
 * negative errno means that something of the trial could not be undone, and the run should end; the
 * result is set even then.
 */
int trial_run(const struct trial_context *context, const struct planned_trial *planned,
	const struct trial_description *description, struct trial_result *ret_result,
	struct error *error);

void trial_result_release(struct trial_result *result);
