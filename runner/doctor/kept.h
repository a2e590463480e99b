#pragma once

/*
 * Private to runner/doctor/: what an earlier run of this machine found by trying, in a file of the
 * run directory, which is private to the user and gone when the machine restarts. Trying takes
 * 0.2 s of each run and finds the same every time: the steps in which the kernel charges, the cost
 * of a reading, the timer, the versions of programs.
 *
 * What was found by another program, under another kernel start, hierarchy or delegation, on other
 * CPUs, or with another right to real time is not used; nor is the version of a program that was
 * replaced. A try in which the timer missed a deadline is not kept: the machine was busy. A file that
 * is missing or malformed is empty, and one that cannot be written is not kept: the next run tries again.
 */

#include "runner/doctor/attempt.h"
#include "runner/doctor/doctor.h"

struct kept;

/* NULL where nothing is to be kept (options->kept_directory), and on ENOMEM; the others take it. */
struct kept *kept_open(const struct doctor_options *options, const struct hierarchy *hierarchy);

/* Writes what was added, and frees. */
void kept_close(struct kept *kept);

bool kept_attempt(const struct kept *kept, struct attempt *ret_attempt);
void kept_add_attempt(struct kept *kept, const struct attempt *attempt);

/* NULL: not known. The caller frees. */
char *kept_version(const struct kept *kept, const char *program);
void kept_add_version(struct kept *kept, const char *program, const char *version);
