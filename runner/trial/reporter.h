#pragma once

/*
 * An external reporter: the process of an external backend, which observes the task from outside
 * its container during a trial. docs/adding-a-backend.md is the manual for authors.
 *
 * In addition to the environment of environment_new it gets:
 *
 *   descriptor 3            one end of a SOCK_SEQPACKET pair, for whole records of docs/channel.md, like
 *                           those of a task. It has no name in any file system: nobody else can use it
 *   MEMCG_RUN_REPORTER      3, the number of that descriptor
 *   MEMCG_RUN_BACKEND       its name; its metrics are "<name>.<what>_<unit>"
 *   MEMCG_RUN_LEAF          the folder of the task's cgroup, in the memory hierarchy
 *   MEMCG_RUN_HIERARCHY     "v1" or "v2"
 *   MEMCG_RUN_INTERVAL_S    the sampling interval: "0.010000"
 *   PYTHONPATH              the folder with memcg_run.py and memcg_run_external.py
 *
 * The protocol reverses the channel's roles: the runner sends marks, and they wait.
 *
 *   reporter -> runner      mark "ready"
 *   runner -> reporter      mark "task_begin" or "task_end"; its value is the pid of the task on this
 *                           host. The task is held (or has ended) until the answer
 *   reporter -> runner      samples, then an acknowledgement with the mark's name and time_ns
 *   reporter -> runner      at any time: samples, and the kinds of its metrics
 *
 * task_begin may come twice: at the gate, and again if the task itself sends the mark.
 *
 * A reporter never harms its trial. If it cannot be started, is not ready or does not answer in
 * time, ends, or violates the protocol, it is killed and the cause is kept (reporter_failure): none
 * of this is an error here. Its samples so far are kept. It runs in the runner's cgroup, in its own
 * session, and is killed by its pidfd together with its process group.
 */

#include "backends/backend.h"
#include "backends/native/memcg_run.h"
#include "cgroup/hierarchy.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct reporter;

#define REPORTER_READY "ready"

struct reporter_options {
	const char *const *argv;       /* of the program */
	const struct backend *backend; /* borrowed for the life of the reporter */
	const char *python;	       /* the folder of memcg_run.py */
	const char *leaf;	       /* the task leaf's folder */
	enum hierarchy_version hierarchy;
	uint64_t interval_ns;
	int cpu; /* to run on; -1: any */
	/* From its start until it is ready, and from a question until its answer. */
	uint64_t ready_limit_ns;
	uint64_t answer_limit_ns;
};

/*
 * Handles a sample or a metric's kind; the name is the backend's own. reporter_receive returns the
 * handler's negative values.
 */
typedef int (*reporter_handler)(
	void *context, const struct memcg_run_record *record, struct error *error);

/* Starts it without waiting until it is ready. -ENOMEM, or another error of the runner's own. */
int reporter_start(const struct reporter_options *options, struct reporter **ret_reporter,
	struct error *error);

/* Readable when reporter_receive has work. -1 once it has failed or ended. */
int reporter_fd(const struct reporter *reporter);
int reporter_output_fd(const struct reporter *reporter);

/*
 * Receives without blocking, at most 64 packets, and checks its time limit. Within an answer, a
 * time after the mark's is set to the mark's: nothing has changed since.
 */
int reporter_receive(
	struct reporter *reporter, reporter_handler handler, void *context, struct error *error);

/*
 * Asks for its values at `mark`; `at_ns` is the mark's time. Does nothing if it has failed or
 * ended.
 */
void reporter_ask(struct reporter *reporter, const char *mark, uint64_t at_ns, pid_t task);

/* True while waiting for it to become ready or to answer. */
bool reporter_is_awaited(const struct reporter *reporter);

/* The time limit of that wait. */
uint64_t reporter_limit_ns(const struct reporter *reporter);

/* Stops waiting: its lateness is no longer a failure. */
void reporter_forget(struct reporter *reporter);

/* Kills it because it must not send more; the caller gives the cause. */
void reporter_refuse(struct reporter *reporter, const char *cause);

/* Kills it, without waiting, when it is no longer needed. */
void reporter_end(struct reporter *reporter);

/* "the reporter exited with code 1: ImportError: ..."; NULL if it did not fail. Borrowed. */
const char *reporter_failure(const struct reporter *reporter);

/* Kills it if necessary, waits for its end and frees. NULL is allowed. */
void reporter_free(struct reporter *reporter);
