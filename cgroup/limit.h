#pragma once

/*
 * One limit of a group: written through libcgroup and read back. If the kernel set another value
 * than requested, that is an error: otherwise the recorded limit would differ from the effective
 * one.
 */

#include "cgroup/slice.h"
#include "util/error.h"

#include <stdbool.h>

enum limit_unit {
	LIMIT_COUNT,
	LIMIT_BYTES, /* the kernel rounds down to whole pages */
};

/* The file of a limit, and its value for "no limit": "max", or "-1" for v1's bytes. */
struct limit_file {
	const char *controller;
	const char *name;
	const char *max;
	enum limit_unit unit;
};

/* AMOUNT_UNSET writes nothing. */
int limit_set(
	const char *path, const struct limit_file *file, struct amount amount, struct error *error);

/* The slice's backstop for a limit of its task leaf: SLICE_RUNTIME_BYTES more. */
struct amount limit_with_runtime(struct amount task_bytes);

/*
 * Sets the CPUs of a group. `effective` is the file with the CPUs that the kernel grants: v2
 * accepts CPUs that do not exist, and grants others.
 */
int limit_set_cpus(const char *path, const char *cpus, const char *effective, struct error *error);

/*
 * Accepts a swap limit if the kernel does not account swap (swapaccount=0, or no CONFIG_SWAP): any
 * limit on a host without swap, and "max" on any host.
 */
int limit_check_unaccounted_swap(struct amount swap_max_bytes, struct error *error);

/* Whether /proc/swaps lists a swap area. */
int limit_host_has_swap(bool *ret_has_swap, struct error *error);
