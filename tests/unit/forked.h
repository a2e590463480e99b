#pragma once

/*
 * A child of a test that never returns into cmocka: it exits after its work, or is ended by the
 * first failed assertion (SIGABRT) or another signal. A bare fork keeps cmocka's handlers of
 * SIGSEGV, SIGSYS and others, which treat them as the end of a test and run the rest of the suite
 * in the child too. scripts/lint-banned checks that no other file in this folder forks.
 *
 * Include after cmocka.h.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's work; returns its exit code. */
typedef int (*forked_work)(void *context);

/* Ignored signals stay ignored, as across an exec. */
static inline void forked_forget_handlers(void)
{
	for (int number = 1; number < NSIG; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN &&
			action.sa_handler != SIG_DFL)
			signal(number, SIG_DFL);
	}
}

/* The child's pid. */
static inline pid_t forked_start(forked_work work, void *context)
{
	pid_t pid;

	/* Otherwise a child that calls exit writes buffered output again. */
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		forked_forget_handlers();
		/* cmocka then aborts on a failed assertion instead of returning to its loop. */
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		_exit(work(context));
	}
	return pid;
}

/* fork(2), for a child that forks further: the test must clean up after it. */
static inline pid_t forked_more(void)
{
	return fork();
}

/* Waits for the child's end; returns its wait status. */
static inline int forked_wait(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static inline int forked_run(forked_work work, void *context)
{
	return forked_wait(forked_start(work, context));
}
