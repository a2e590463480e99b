#pragma once

/*
 * run.log: every step of a run with its time, for analysis afterwards. A line is
 * "2026-11-22T17:53:21.123456Z  +12.345s  trial 000042: gate opened". Lines are written at once, so
 * that the log of a run that dies is complete.
 */

#include "util/error.h"

struct run_log;

/*
 * Creates `name` in the run's folder. With `echo_fd` >= 0, lines are also written there if that
 * does not block (--verbose).
 */
int run_log_open(
	int run_fd, const char *name, int echo_fd, struct run_log **ret_log, struct error *error);

/* Reopens the log of a run that is resumed; appends after its last line. */
int run_log_continue(
	int run_fd, const char *name, int echo_fd, struct run_log **ret_log, struct error *error);

/* A write error does not stop the run; run_log_close reports the first. A NULL log is ignored. */
void run_log_step(struct run_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

int run_log_close(struct run_log **log, struct error *error);
