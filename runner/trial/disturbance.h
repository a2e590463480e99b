#pragma once

/*
 * What disturbs a trial from outside and shows in its times: the machine swaps, its groups are throttled, a
 * CPU is slowed down for its heat, a hypervisor gives the CPUs to others. Each is a counter of the kernel that
 * only rises; what it rose by between two reads is told of. What a machine does not count is passed over.
 *
 * Sources: /proc/vmstat (pswpin, pswpout: pages), /proc/stat (proc(5)), cpu.stat of the group and of those
 * above it (nr_throttled; Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst), and
 * thermal_throttle/ of each CPU below /sys/devices/system/cpu.
 */

#include <stddef.h>
#include <stdint.h>

struct disturbance_sources {
	const char *root;  /* before every path: "" for this host */
	const char *mount; /* of the hierarchy with the cpu controller; NULL: there is none */
	const char *group; /* in it: "/memcg-run.slice/trial-000042.slice" */
};

struct disturbance {
	uint64_t pages_swapped_in;
	uint64_t pages_swapped_out;
	uint64_t steal_ticks;
	uint64_t all_ticks; /* of all CPUs, idle too */
	uint64_t n_throttled;
	uint64_t n_heat;
};

/* From this share of the time of all CPUs on, and this many ticks, stolen time is told of. */
#define DISTURBANCE_STEAL_PERCENT 5
#define DISTURBANCE_STEAL_TICKS 5

struct disturbance disturbance_read(const struct disturbance_sources *sources);

/* What rose in between, as "the machine swapped (3 pages in, 0 out); ..."; "" where nothing did. */
void disturbance_describe(const struct disturbance *before, const struct disturbance *after,
	char *ret_text, size_t size);
