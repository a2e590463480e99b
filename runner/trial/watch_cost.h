#pragma once

/*
 * What watching a trial costs the machine: the runner's own CPU time, switches and memory, measured from the
 * opening of the gate until sampling has ended. The container's runtime and the launcher are not the runner.
 *
 * Times are those of getrusage(2). User and system together are exact (the scheduler's own sum); how they
 * divide is estimated from clock ticks where the kernel is built so, as Debian's is.
 */

#include <stdbool.h>
#include <stdint.h>

/* Of a thread or a process, since it began or within a span. */
struct cpu_usage {
	uint64_t user_ns;
	uint64_t system_ns;
	uint64_t voluntary_switches;   /* it had to wait */
	uint64_t involuntary_switches; /* another was let run in its place */
};

/* Of the calling thread so far. */
struct cpu_usage cpu_usage_of_thread(void);

/* What was used between the two. */
struct cpu_usage cpu_usage_since(const struct cpu_usage *begin, const struct cpu_usage *end);

/*
 * A process without one of its threads. The kernel divides each one's time into user and system by itself,
 * so that the thread may seem to have used more of one kind than all together: the sum is kept then.
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
	struct cpu_usage runner;  /* all its threads but the sampler's */
	struct cpu_usage sampler; /* the sampler's thread */
	bool peak_known;
	uint64_t peak_rss_bytes; /* the largest resident set of the whole runner in this span */
};

/* The task is still held at the gate. Starts the runner's own high-water mark anew. */
void watch_cost_begin(struct watch_begin *ret_begin);

/* `sampler`: what its thread, which has ended, used in all. */
struct watch_cost watch_cost_since(
	const struct watch_begin *begin, const struct cpu_usage *sampler);
