#pragma once

/* Exit codes, as memcg-run(1) documents them. */
enum exit_code {
	EXIT_CODE_OK = 0, /* every trial was ok */
	EXIT_CODE_TRIALS =
		1, /* some trial, setup or teardown was not, or the task changed during the run */
	EXIT_CODE_USAGE = 2,	     /* the command line or the experiment is wrong */
	EXIT_CODE_SYSTEM = 3,	     /* system error */
	EXIT_CODE_WORSE = 4,	     /* compare: more than allowed */
	EXIT_CODE_UNDECIDED = 5,     /* compare: neither shown to be within, nor worse */
	EXIT_CODE_INTERRUPTED = 130, /* SIGINT, SIGTERM or SIGHUP */
	EXIT_CODE_PIPE = 141,	     /* standard output was closed by its reader, such as `head` */
};
