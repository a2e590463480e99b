#pragma once

/*
 * Child processes: started with an exact set of descriptors, identified by pidfd, and never run
 * through a shell.
 */

#include "util/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid;
	int pidfd; /* owned; readable (POLLIN) when it has ended (Linux 5.3) */
};

#define PROCESS_NONE ((struct process){.pid = -1, .pidfd = -1})

#define PROCESS_MAX_TASKS_FDS 5

/*
 * The initial cgroups of a child, which it enters before exec. Unlike moving a process from
 * outside, neither way makes the kernel wait for other processes. The holder owns the descriptors.
 */
struct process_cgroups {
	int v2_fd; /* a cgroup2 group's directory, for clone3's CLONE_INTO_CGROUP (Linux 5.7); -1: none */
	int tasks_fds[PROCESS_MAX_TASKS_FDS]; /* v1: `tasks` files, to which the child writes "0" */
	size_t n_tasks_fds;
};

#define PROCESS_CGROUPS_NONE ((struct process_cgroups){.v2_fd = -1})

void process_cgroups_close(struct process_cgroups *cgroups);

struct process_options {
	const char *const *argv; /* NULL-terminated; argv[0] is searched in the caller's PATH */
	const char *const *envp; /* NULL: inherit */
	int stdin_fd;		 /* -1: /dev/null */
	int stdout_fd;		 /* -1: /dev/null */
	int stderr_fd;		 /* -1: /dev/null */
	const int *preserve_fds; /* become 3, 4, ... in the child; exec closes all others */
	size_t n_preserve_fds;	 /* at most 8 */
	const char *directory;	 /* its working directory; NULL: the caller's */
	bool own_session;	 /* setsid(2): no signals from the caller's terminal */
	uint64_t namespaces;	 /* CLONE_NEW...: its own namespaces */
	const struct process_cgroups *cgroups; /* NULL: the caller's */
};

/*
 * Starts a child with default signal handlers, no blocked signals, and PR_SET_PDEATHSIG SIGKILL, so
 * that it does not outlive the runner. Returns once the child has executed its program. Reports a
 * failed exec with its cause: -ENOENT for a missing program.
 *
 * The kernel sends PDEATHSIG when the *thread* that forked ends (prctl(2)), not when the process
 * does: start children from a thread that lives as long as they may. It is cleared when the child
 * executes a set-user-ID program, and the child's own children do not inherit it.
 *
 * A child in a PID namespace of its own cannot detect that the caller ended before PDEATHSIG was
 * set: give it a descriptor that hangs up.
 *
 * Without own_session the child stays in the caller's process group, and so gets the terminal's
 * Ctrl-C and hang-up.
 *
 * The caller must not ignore SIGCHLD, and nothing else may wait for "any child": the pid must stay
 * valid until process_wait.
 *
 * The caller keeps the options' descriptors. Note that 0 in stdin_fd is the caller's own stdin.
 */
int process_start(
	const struct process_options *options, struct process *ret_process, struct error *error);

/*
 * Waits for the end of the child and releases its descriptor: *process becomes PROCESS_NONE, even
 * on failure. *ret_status is a wait(2) status; ret_status may be NULL.
 */
int process_wait(struct process *process, int *ret_status, struct error *error);

/* Sends SIGKILL through the pidfd; success if the process has ended or for PROCESS_NONE. */
int process_kill(struct process *process, struct error *error);

/*
 * Where process_start finds a program: the first executable in the folders of `path` (a PATH; NULL:
 * the usual ones), or `name` itself if it has a '/'. -ENOENT; -EACCES if only non-executable files
 * were found. Skips empty entries, which a shell takes as the working directory.
 */
int process_find_program(const char *path, const char *name, char ret_path[PATH_MAX]);

struct process_helper {
	const char *const *argv; /* as in process_options */
	const char *directory;	 /* its working directory; NULL: the caller's */
	const int *streams;	 /* its stdin and stdout; NULL: /dev/null, and collected */
	/* For a caller that handles Ctrl-C itself: the terminal must not end the helper. */
	bool own_session;
	uint64_t limit_ns; /* kills it after this time: -ETIMEDOUT. 0: no limit */
};

/*
 * Runs a helper program (gnuplot, mmdebstrap, runc delete) to its end and collects the last 64 KiB
 * of its stdout and stderr together, in the order written; its stdin is /dev/null. *ret_output (may
 * be NULL: discarded) is NUL-terminated; the caller frees. Any end other than exit 0 is an error
 * (-EIO) that quotes the last line printed; if it cannot be executed, the error is process_start's.
 *
 * Returns when the helper itself ends: processes that it left running are neither waited for nor
 * killed, and find their stdout closed.
 */
int process_run(const struct process_helper *helper, char **ret_output, struct error *error);
