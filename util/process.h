#pragma once

/*
 * Child processes: started with an exact set of descriptors, named by pidfd, never by name, and
 * never through a shell.
 */

#include "util/error.h"

#include <stddef.h>
#include <sys/types.h>

struct process {
	pid_t pid;
	int pidfd; /* owned; poll for POLLIN to learn of its end (Linux 5.3) */
};

#define PROCESS_NONE ((struct process){.pid = -1, .pidfd = -1})

struct process_options {
	const char *const *argv; /* NULL-terminated; argv[0] is searched in PATH */
	const char *const *envp; /* NULL: inherit */
	int stdin_fd;		 /* -1: /dev/null */
	int stdout_fd;		 /* -1: /dev/null */
	int stderr_fd;		 /* -1: /dev/null */
	const int *preserve_fds; /* become 3, 4, ... in the child; all others are closed by exec */
	size_t n_preserve_fds;	 /* at most 8 */
};

/*
 * Starts a child with signals at their defaults, none blocked, and PR_SET_PDEATHSIG SIGKILL, so
 * that it does not outlive the runner. An exec that fails is reported here, with its cause.
 */
int process_start(
	const struct process_options *options, struct process *ret_process, struct error *error);

/*
 * Waits for the end of the child and releases its descriptor. *ret_status is a wait(2) status.
 */
int process_wait(struct process *process, int *ret_status, struct error *error);

/* SIGKILL through the pidfd; a process that has ended already is success. */
int process_kill(struct process *process, struct error *error);

/*
 * Runs a helper program (gnuplot, mmdebstrap, runc delete) to its end and collects at most 64 KiB of
 * what it prints on stdout and stderr together. *ret_output (may be NULL: not kept) is
 * NUL-terminated and the caller's. An end other than exit 0 is an error that quotes the last line
 * printed.
 */
int process_run(const char *const *argv, char **ret_output, struct error *error);
