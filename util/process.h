#pragma once

/*
 * Child processes: started with an exact set of descriptors, named by pidfd, never by name, and
 * never through a shell.
 */

#include "util/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid;
	int pidfd; /* owned; poll for POLLIN to learn of its end (Linux 5.3) */
};

#define PROCESS_NONE ((struct process){.pid = -1, .pidfd = -1})

#define PROCESS_MAX_TASKS_FDS 5

/*
 * The cgroups in which a child begins, before it becomes its program. Neither way makes the kernel wait
 * for other processes, as moving a process from outside does. Descriptors are owned by who has this.
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
	const int *preserve_fds; /* become 3, 4, ... in the child; all others are closed by exec */
	size_t n_preserve_fds;	 /* at most 8 */
	const char *directory;	 /* where it works; NULL: where the caller does */
	bool own_session;	 /* setsid(2): it does not hear the caller's terminal */
	uint64_t namespaces;	 /* CLONE_NEW...: those that it gets of its own */
	const struct process_cgroups *cgroups; /* NULL: the caller's */
};

/*
 * Starts a child with signals at their defaults, none blocked, and PR_SET_PDEATHSIG SIGKILL, so
 * that it does not outlive the runner. An exec that fails is reported here, with its cause: -ENOENT for
 * a program that is not there. Returns once the child has become its program.
 *
 * The kernel sends PDEATHSIG when the *thread* that forked ends (prctl(2)), not when the process does:
 * start children from a thread that lives as long as they may. It is cleared when the child executes a
 * set-user-ID program, and is not inherited by the child's own children.
 *
 * A child in a PID namespace of its own cannot see whether the caller ended before that was asked for:
 * give it something that hangs up.
 *
 * Without own_session the child stays in the caller's process group, and so hears the terminal's Ctrl-C
 * and its hang-up.
 *
 * SIGCHLD must not be ignored in the caller, and nothing else may wait for "any child": the pid is this
 * child's until process_wait.
 *
 * The options' descriptors stay the caller's. Note that 0 in stdin_fd is the caller's own stdin.
 */
int process_start(
	const struct process_options *options, struct process *ret_process, struct error *error);

/*
 * Waits for the end of the child and releases its descriptor: *process is PROCESS_NONE afterwards,
 * whatever is returned. *ret_status is a wait(2) status; ret_status may be NULL.
 */
int process_wait(struct process *process, int *ret_status, struct error *error);

/* SIGKILL through the pidfd; a process that has ended already, or PROCESS_NONE, is success. */
int process_kill(struct process *process, struct error *error);

/*
 * Where process_start finds a program: the first that may be executed in the folders of `path` (as PATH;
 * NULL: the usual ones), or `name` itself where it has a '/'. -ENOENT; -EACCES when only files that may not
 * be executed were found. An empty folder, which to a shell is the working directory, is passed over.
 */
int process_find_program(const char *path, const char *name, char ret_path[PATH_MAX]);

struct process_helper {
	const char *const *argv; /* as in process_options */
	const char *directory;	 /* where it works; NULL: where the caller does */
	const int *streams;	 /* its stdin and its stdout; NULL: /dev/null, and collected */
	/* For a caller that heeds the terminal in its own time: Ctrl-C must not end the helper behind its back. */
	bool own_session;
	uint64_t limit_ns; /* one that has not ended by then is killed: -ETIMEDOUT. 0: none */
};

/*
 * Runs a helper program (gnuplot, mmdebstrap, runc delete) to its end and collects the last 64 KiB of
 * what it prints on stdout and stderr together, in the order written; its stdin is /dev/null.
 * *ret_output (may be NULL: not kept) is NUL-terminated and the caller's. An end other than exit 0 is an
 * error (-EIO) that quotes the last line printed; one that cannot be executed is process_start's.
 *
 * It ends with the helper itself: what the helper left running is neither waited for nor killed, and
 * finds its stdout closed.
 */
int process_run(const struct process_helper *helper, char **ret_output, struct error *error);
