#pragma once

/*
 * External disturbances of a trial that affect its times: the machine swaps, its groups are
 * throttled, a CPU is throttled by heat, a hypervisor gives the CPUs to others. Each is a kernel
 * counter that only rises; its rise between two readings is reported. Counters that a machine lacks
 * are skipped.
 *
 * Sources: /proc/vmstat (pswpin, pswpout: pages), /proc/stat (proc(5)), cpu.stat of the group and
 * of its ancestors (nr_throttled; Documentation/admin-guide/cgroup-v2.rst and
 * scheduler/sched-bwc.rst), and thermal_throttle/ of each CPU below /sys/devices/system/cpu.
 */

#include <stddef.h>
#include <stdint.h>

struct disturbance_sources {
	const char *root;  /* prefix of every path: "" for this host */
	const char *mount; /* of the hierarchy with the cpu controller; NULL: none */
	const char *group; /* relative to it: "/memcg-run.slice/trial-000042.slice" */
};

struct disturbance {
	uint64_t pages_swapped_in;
	uint64_t pages_swapped_out;
	uint64_t steal_ticks;
	uint64_t all_ticks; /* of all CPUs, including idle time */
	uint64_t n_throttled;
	uint64_t n_heat;
};

/* Stolen time is reported from this share of the time of all CPUs and this many ticks. */
#define DISTURBANCE_STEAL_PERCENT 5
#define DISTURBANCE_STEAL_TICKS 5

struct disturbance disturbance_read(const struct disturbance_sources *sources);

/* The rises, such as "the machine swapped (3 pages in, 0 out); ..."; "" if there are none. */
void disturbance_describe(const struct disturbance *before, const struct disturbance *after,
	char *ret_text, size_t size);
