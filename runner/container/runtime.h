#pragma once

/*
 * How a trial's launcher is started: by an OCI runtime, runc or crun, one `run` a trial, with its state in
 * /run/memcg-run/runc or /run/memcg-run/crun (runner/host/run_directory.h); or by this program itself, "none".
 *
 * With "none" there is no container. The launcher is this program's child, started in the slice's
 * `runtime` leaf, in a session, a PID namespace and a mount namespace of its own:
 *
 *   its own           processes: the launcher is the first of its PID namespace, so that all that the
 *                     task starts, daemons too, ends with it, and it with this program. /proc, which
 *                     shows those processes alone; the task leaf, read-only, where a container shows it
 *   the runner's      user and capabilities, files (those in /tmp too), network, IPC, host name
 *   as in a container environment, working directory, no new privileges, the seccomp filter, the limits
 *
 * So it isolates memory accounting and the end of processes, and nothing else: for tasks that are
 * trusted as the runner is.
 */

#include "cgroup/hierarchy.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"
#include "util/process.h"

struct runtime;

/*
 * Finds the program and its version. -ENOENT names the package that has it; -ENOTSUP says why it cannot
 * be used on this host: crun refuses a host where cgroup v2 stands beside v1.
 */
int runtime_open(enum runtime_kind kind, enum hierarchy_version hierarchy,
	struct runtime **ret_runtime, struct error *error);
void runtime_free(struct runtime *runtime);

/* "runc", and its version as it prints it: "1.1.5+ds1"; "none" has "". Borrowed. */
const char *runtime_name(const struct runtime *runtime);
const char *runtime_version(const struct runtime *runtime);

struct runtime_start {
	int stdout_fd;
	int stderr_fd;
	const int *preserve_fds; /* the launcher has them as 3, 4, ... */
	size_t n_preserve_fds;

	/* For an OCI runtime. */
	const char *bundle;    /* the bundle's directory */
	const char *container; /* the container's name, unique on the host */
	const char *log_path;  /* where the runtime writes its own errors, as JSON lines */

	/* For "none", which has no bundle to read them from. */
	const char *const *argv;	/* of the launcher */
	const char *const *environment; /* whole: runner/container/environment.h */
	const char *directory;
	const struct process_cgroups *cgroups;
};

/*
 * Starts `runc run`, or the launcher; *ret_process ends with the container. It hears nothing of the
 * caller's terminal: who presses Ctrl-C speaks to the runner alone.
 */
int runtime_start(const struct runtime *runtime, const struct runtime_start *start,
	struct process *ret_process, struct error *error);

/* What the runtime says went wrong, from its log: one sentence, or NULL. The caller frees. */
char *runtime_log_error(const char *log_path);

/* Deletes what the runtime still has of the container; nothing left is success. */
int runtime_delete(const struct runtime *runtime, const char *container, struct error *error);

/*
 * Deletes what a run that was killed left of a container in `directory` (runner/host/run_directory.h), whose
 * processes have ended. `runtime` is "runc" or "crun"; where it is no longer installed the container is only
 * its state, and goes too. Returns 1 where there is nothing of it.
 */
int runtime_remove_leftover(
	const char *directory, const char *runtime, const char *container, struct error *error);
