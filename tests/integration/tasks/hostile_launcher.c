/*
 * hostile_launcher: the launcher is the container's first process, with the task's own user. Tries
 * to kill it, to stop it, to write to its memory, and to get its descriptors. Exits with the number
 * of successful attempts.
 */

#include "attempt.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/*
 * The kernel accepts any signal to the first process of a namespace, but delivers none from within.
 */
static void send_signals(void)
{
	for (int number = 1; number < NSIG; number++)
		if (number != SIGCHLD)
			kill(1, number);
	kill(1, SIGKILL);
	kill(1, SIGSTOP);
}

/* The links in /proc reopen another process's descriptors: a folder is a way out. */
static int try_descriptors(void)
{
	char path[64];
	int n_holes = 0;

	for (int number = 0; number < 16; number++) {
		snprintf(path, sizeof(path), "/proc/1/fd/%d", number);
		n_holes += attempt(open(path, O_RDONLY | O_NONBLOCK) < 0, path);
	}
	return n_holes;
}

int main(void)
{
	char byte = 0;
	struct iovec here = {.iov_base = &byte, .iov_len = 1};
	struct iovec there = {.iov_base = (void *)0x400000, .iov_len = 1};
	int n_holes = try_descriptors();

	n_holes += attempt_to_open("/proc/1/mem");
	n_holes += attempt(opendir("/proc/1/root/") == NULL, "/proc/1/root");
	n_holes += attempt(opendir("/proc/1/cwd/") == NULL, "/proc/1/cwd");
	n_holes += attempt(process_vm_readv(1, &here, 1, &there, 1, 0) < 0, "process_vm_readv");
	n_holes += attempt(process_vm_writev(1, &here, 1, &there, 1, 0) < 0, "process_vm_writev");
	n_holes += attempt(
		syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, 1, 0), 3, 0) < 0, "pidfd_getfd");
	n_holes += attempt(syscall(SYS_kcmp, getpid(), 1, 0, 0, 0) < 0, "kcmp");
	send_signals();
	return n_holes;
}
