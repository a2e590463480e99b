#pragma once

/*
 * run.log: every step of a run with its time, for reading after the fact. Lines are
 * "2026-11-22T17:53:21.123456Z  +12.345s  trial 000042: gate opened". Written as they come, so that a
 * run that dies leaves what it did.
 */

#include "util/error.h"

struct run_log;

/* Creates `name` in the run's folder. With `echo_fd` >= 0 each line that it has room for goes there too (--verbose). */
int run_log_open(
	int run_fd, const char *name, int echo_fd, struct run_log **ret_log, struct error *error);

/* The same to go on with the log of a run that was ended, after its last line. */
int run_log_continue(
	int run_fd, const char *name, int echo_fd, struct run_log **ret_log, struct error *error);

/* A log that cannot be written stops nothing; the first failure is kept for run_log_close. NULL: none. */
void run_log_step(struct run_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

int run_log_close(struct run_log **log, struct error *error);
