#pragma once

/*
 * How a trial's launcher is started: by an OCI runtime, runc or crun, with one `run` per trial and
 * its state in /run/memcg-run/runc or /run/memcg-run/crun (runner/host/run_directory.h); or by this
 * program itself, "none".
 *
 * With "none" there is no container. The launcher is this program's child, started in the slice's
 * `runtime` leaf, in its own session, PID namespace and mount namespace:
 *
 *   its own           processes: the launcher is PID 1 of its namespace, so that everything that the
 *                     task starts, including daemons, ends with it, and it ends with this program.
 *                     /proc, limited to those processes; the task leaf, read-only, at the place where
 *                     a container shows it
 *   the runner's      user and capabilities, files (including /tmp), network, IPC, host name
 *   as in a container environment, working directory, no new privileges, seccomp filter, limits
 *
 * So it isolates memory accounting and the end of processes, and nothing else: use it for trusted
 * tasks only.
 */

#include "cgroup/hierarchy.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"
#include "util/process.h"

struct runtime;

/*
 * Finds the program and its version. -ENOENT names the package to install; -ENOTSUP says why it
 * does not work on this host: crun rejects hosts with cgroup v2 mounted alongside v1.
 */
int runtime_open(enum runtime_kind kind, enum hierarchy_version hierarchy,
	struct runtime **ret_runtime, struct error *error);
void runtime_free(struct runtime *runtime);

/* "runc" and the version that it prints, "1.1.5+ds1"; the version of "none" is "". Borrowed. */
const char *runtime_name(const struct runtime *runtime);
const char *runtime_version(const struct runtime *runtime);

struct runtime_start {
	int stdout_fd;
	int stderr_fd;
	const int *preserve_fds; /* inherited by the launcher as 3, 4, ... */
	size_t n_preserve_fds;

	/* For an OCI runtime. */
	const char *bundle;    /* the bundle's directory */
	const char *container; /* the container's name, unique on the host */
	const char *log_path;  /* where the runtime writes its own errors, as JSON lines */

	/* For "none", which has no bundle that could contain them. */
	const char *const *argv;	/* of the launcher */
	const char *const *environment; /* complete: runner/container/environment.h */
	const char *directory;
	const struct process_cgroups *cgroups;
};

/*
 * Starts `runc run` or the launcher; *ret_process ends with the container. It is detached from the
 * caller's terminal: Ctrl-C reaches only the runner.
 */
int runtime_start(const struct runtime *runtime, const struct runtime_start *start,
	struct process *ret_process, struct error *error);

/* The error in the runtime's log: one sentence, or NULL. The caller frees. */
char *runtime_log_error(const char *log_path);

/* Deletes any remains of the container in the runtime; success if there are none. */
int runtime_delete(const struct runtime *runtime, const char *container, struct error *error);

/*
 * Deletes what a killed run left of a container in `directory` (runner/host/run_directory.h), whose
 * processes have ended. `runtime` is "runc" or "crun"; if it is no longer installed, only the
 * container's state is left, and is removed. Returns 1 if nothing is left.
 */
int runtime_remove_leftover(
	const char *directory, const char *runtime, const char *container, struct error *error);
