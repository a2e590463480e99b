#pragma once

/*
 * One limit of a group: written through libcgroup and read back. A value that the kernel took
 * otherwise than asked is an error, since a trial under another limit than the one on record would be
 * believed.
 */

#include "cgroup/slice.h"
#include "util/error.h"

#include <stdbool.h>

enum limit_unit {
	LIMIT_COUNT,
	LIMIT_BYTES, /* the kernel rounds down to whole pages */
};

/* Where a limit stands and what "no limit" is called there: "max", or "-1" for v1's bytes. */
struct limit_file {
	const char *controller;
	const char *name;
	const char *max;
	enum limit_unit unit;
};

/* AMOUNT_UNSET writes nothing. */
int limit_set(
	const char *path, const struct limit_file *file, struct amount amount, struct error *error);

/* The slice's backstop to a limit of its task leaf: SLICE_RUNTIME_BYTES more. */
struct amount limit_with_runtime(struct amount task_bytes);

/*
 * Sets the CPUs of a group. `effective` is the file that says which of them the kernel gives: on v2 it
 * accepts CPUs that do not exist, and gives others.
 */
int limit_set_cpus(const char *path, const char *cpus, const char *effective, struct error *error);

/*
 * A swap limit where the kernel accounts no swap (swapaccount=0, or no CONFIG_SWAP): it holds on a
 * host without swap, whatever it is, and as "max" anywhere.
 */
int limit_check_unaccounted_swap(struct amount swap_max_bytes, struct error *error);

/* Whether /proc/swaps lists a swap area. */
int limit_host_has_swap(bool *ret_has_swap, struct error *error);
