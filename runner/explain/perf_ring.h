#pragma once

/*
 * The page faults of one CPU, by perf_event_open(2): a software event with the fault's address, the user registers and a
 * copy of the top of the user stack, in a ring that the kernel fills and this module empties.
 *
 * Faults within the kernel count too: read(2) into new memory faults there, and the user registers are those of the
 * system call. Lost samples are counted by the kernel (PERF_FORMAT_LOST, Linux 6.0).
 */

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PERF_STACK_BYTES 8192u

/* How many user registers a sample has; perf_ring.c has which, in the order of the kernel's numbers. */
#if defined(__x86_64__)
#define PERF_N_REGISTERS 17u
#elif defined(__aarch64__)
#define PERF_N_REGISTERS 33u
#else
#define PERF_N_REGISTERS 0u
#endif

struct perf_ring {
	int fd;
	void *pages;
	uint64_t data_bytes;
};

struct perf_target {
	int cgroup_fd; /* of the hierarchy that has perf_event; -1: `pid` and what it starts from now on */
	pid_t pid;
	uint64_t period; /* one sample every so many faults, at least 1 */
};

/* One sample; pointers are into the buffer that was parsed. */
struct perf_sample {
	pid_t pid, tid;
	uint64_t time_ns, address;
	const uint64_t *registers; /* NULL, or PERF_N_REGISTERS */
	const unsigned char *stack;
	size_t stack_bytes;
};

enum perf_record { PERF_RECORD_OTHER, PERF_RECORD_IS_SAMPLE, PERF_RECORD_IS_EXEC };

/* Opens one CPU's event. -ENODEV if the CPU is offline, -EACCES or -EPERM where perf events are forbidden. */
int perf_ring_open(
	struct perf_ring *ring, const struct perf_target *target, int cpu, struct error *error);
void perf_ring_close(struct perf_ring *ring);

/* No more samples. */
int perf_ring_stop(const struct perf_ring *ring);

/* Appends the ring's whole records to the file, and empties it. Adds their size to *bytes. Returns 0 or -errno. */
int perf_ring_drain(struct perf_ring *ring, int fd, uint64_t *bytes);

/* The faults counted and the samples lost so far. Returns 0 or -errno. */
int perf_ring_count(const struct perf_ring *ring, uint64_t *ret_faults, uint64_t *ret_lost);

/*
 * Parses the record at the start of the buffer. *ret_bytes is its size. An exec has pid, tid and time only.
 * -EBADMSG if it is cut or malformed.
 */
int perf_record_parse(const void *buffer, size_t n_bytes, enum perf_record *ret_kind,
	struct perf_sample *ret_sample, size_t *ret_bytes);
