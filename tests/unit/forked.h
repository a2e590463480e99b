#pragma once

/*
 * A child of a test, which never comes back into cmocka: it ends with its work, with the first assertion that fails
 * in it (SIGABRT), or by a signal. A bare fork leaves it cmocka's handlers of SIGSEGV, SIGSYS and others, which take
 * them for the end of a test and run the rest of the suite, twice from there on. scripts/lint-banned checks
 * that no other file in this folder forks.
 *
 * Include after cmocka.h.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child does; its exit code is what this returns. */
typedef int (*forked_work)(void *context);

/* What is ignored stays so, as over an exec. */
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

	/* Or what is written already is written once more by a child that calls exit. */
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		forked_forget_handlers();
		/* cmocka then ends the process where an assertion fails, instead of going back to its loop. */
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		_exit(work(context));
	}
	return pid;
}

/* fork(2), for a child that breeds: what it has is left to the test. */
static inline pid_t forked_more(void)
{
	return fork();
}

/* The child's wait status, once it has ended. */
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
