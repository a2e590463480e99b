#pragma once

/*
 * An external reporter: the process of an external backend, which looks at the task from outside its
 * container for the length of a trial. docs/adding-a-backend.md is the manual for who writes one.
 *
 * It gets, beside the environment of environment_new:
 *
 *   descriptor 3            one end of a SOCK_SEQPACKET pair; whole records of docs/channel.md, as a task
 *                           sends them. Nobody else has a way to it: it has no name in any file system
 *   MEMCG_RUN_REPORTER      3, the number of that descriptor
 *   MEMCG_RUN_BACKEND       its name; its metrics are "<name>.<what>_<unit>"
 *   MEMCG_RUN_LEAF          the folder of the task's cgroup, in the memory hierarchy
 *   MEMCG_RUN_HIERARCHY     "v1" or "v2"
 *   MEMCG_RUN_INTERVAL_S    how often it is to look: "0.010000"
 *   PYTHONPATH              the folder with memcg_run.py and memcg_run_external.py
 *
 * The conversation, in which the channel's roles are exchanged: the runner sends marks, and they wait.
 *
 *   reporter -> runner      mark "ready"
 *   runner -> reporter      mark "task_begin" or "task_end", its value the task's process, by its number on
 *                           this host. The task is held (or has ended) until the answer
 *   reporter -> runner      samples, then an acknowledgement with the mark's name and time_ns
 *   reporter -> runner      meanwhile and in between: samples, and what kind its metrics are
 *
 * task_begin may come twice: at the gate, and again where the task sets the mark itself.
 *
 * A reporter never harms its trial. One that cannot be started, is not ready or does not answer in time,
 * ends, or sends what it may not is killed, and why is kept (reporter_failure): nothing of that is an error
 * here. Its samples so far stay. It runs in the runner's cgroup, in a session of its own, and is killed by
 * its pidfd, its process group with it.
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
	int cpu; /* where it is to run; -1: anywhere */
	/* From its start until it is ready, and from a question until its answer. */
	uint64_t ready_limit_ns;
	uint64_t answer_limit_ns;
};

/* A sample or a metric's kind, its name the backend's own. A negative return ends reporter_receive. */
typedef int (*reporter_handler)(
	void *context, const struct memcg_run_record *record, struct error *error);

/* Starts it, and does not wait until it is ready. -ENOMEM, or what else keeps the runner from it. */
int reporter_start(const struct reporter_options *options, struct reporter **ret_reporter,
	struct error *error);

/* Readable when reporter_receive has something to do. -1 once it has failed or ended. */
int reporter_fd(const struct reporter *reporter);
int reporter_output_fd(const struct reporter *reporter);

/*
 * Takes what is there, without blocking, at most 64 packets, and sees whether it is late. Within an answer,
 * a time after the mark's is made the mark's: nothing has moved since.
 */
int reporter_receive(
	struct reporter *reporter, reporter_handler handler, void *context, struct error *error);

/* Asks for what it sees at `mark`; `at_ns` is the mark's time. Nothing where it has failed or ended. */
void reporter_ask(struct reporter *reporter, const char *mark, uint64_t at_ns, pid_t task);

/* Whether there is something to wait for: that it gets ready, or its answer. */
bool reporter_is_awaited(const struct reporter *reporter);

/* When waiting is to end at the latest, whatever has come. */
uint64_t reporter_limit_ns(const struct reporter *reporter);

/* Nobody waits for it any more: what it is late with is no failure of its own. */
void reporter_forget(struct reporter *reporter);

/* It is not to send more than this: the caller says what. It is killed. */
void reporter_refuse(struct reporter *reporter, const char *cause);

/* Nothing of it is wanted any more: killed, and not waited for. */
void reporter_end(struct reporter *reporter);

/* "the reporter exited with code 1: ImportError: ..."; NULL where it did not fail. Borrowed. */
const char *reporter_failure(const struct reporter *reporter);

/* Kills it where that is still to do, waits for its end and frees. NULL is fine. */
void reporter_free(struct reporter *reporter);
