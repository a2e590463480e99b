#pragma once

/*
 * The cost of watching a trial: the runner's own CPU time, context switches and memory, measured
 * from the opening of the gate to the end of sampling. Excludes the container's runtime and the
 * launcher.
 *
 * Times are from getrusage(2). The sum of user and system is exact (the scheduler's own); their
 * division is estimated from clock ticks if the kernel is configured so, as Debian's is.
 */

#include <stdbool.h>
#include <stdint.h>

/* Of a thread or a process, since its start or within a span. */
struct cpu_usage {
	uint64_t user_ns;
	uint64_t system_ns;
	uint64_t voluntary_switches;   /* it had to wait */
	uint64_t involuntary_switches; /* preempted by another */
};

/* The calling thread's usage so far. */
struct cpu_usage cpu_usage_of_thread(void);

/* The usage between the two. */
struct cpu_usage cpu_usage_since(const struct cpu_usage *begin, const struct cpu_usage *end);

/*
 * A process's usage without one of its threads. The kernel divides each one's time into user and
 * system separately, so the thread may seem to have used more of one kind than the whole process:
 * the sum is kept then.
 */
struct cpu_usage cpu_usage_without(const struct cpu_usage *process, const struct cpu_usage *thread);

struct watch_begin {
	uint64_t time_ns;
	struct cpu_usage process;
	bool peak_was_reset;
};

struct watch_cost {
	bool known; /* false: the gate never opened */
	uint64_t watched_ns;
	struct cpu_usage runner;  /* all its threads except the sampler's */
	struct cpu_usage sampler; /* the sampler's thread */
	bool peak_known;
	uint64_t peak_rss_bytes; /* the largest resident set of the whole runner in this span */
};

/* Call it while the task is held at the gate. Resets the runner's own peak RSS. */
void watch_cost_begin(struct watch_begin *ret_begin);

/* `sampler`: the total usage of its thread, which has ended. */
struct watch_cost watch_cost_since(
	const struct watch_begin *begin, const struct cpu_usage *sampler);
