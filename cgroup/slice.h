#pragma once

/*
 * A trial's slice: the cgroup `memcg-run.slice/trial-000042.slice` with two leaves below it.
 *
 *   runtime   the OCI runtime's own init and the launcher
 *   task      the measured leaf: the task and its children, never anything else
 *
 * Memory limits apply to the task leaf, as to a container's own group: the task can read them
 * there. The slice has the same limits plus SLICE_RUNTIME_BYTES, for the processes in `runtime`: a
 * backstop that the task alone never hits. pids and cpuset limits apply to the slice.
 *
 * The task leaf is new for each trial, so that its peak starts at zero on every kernel. On v1 it
 * exists only in the memory hierarchy (each further one would cost a migration); in the others the
 * task is in `runtime`.
 *
 * libcgroup creates the groups and sets limits; what it leaves in any hierarchy is removed here.
 * Reads use descriptors held by the slice and pread, without allocation.
 *
 * One interface for v2 and v1 (cgroup/v2.c and cgroup/v1.c). Values are converted where they are
 * read: bytes are bytes on both.
 */

#include "cgroup/hierarchy.h"
#include "util/error.h"
#include "util/process.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * How much the slice's memory limit exceeds the task's. runc 1.1.5 and the launcher peak at 2.6 MiB
 * in `runtime` (measured on v1, Linux 6.18) with runc's program in the page cache, at 10 MB more
 * without.
 */
#define SLICE_RUNTIME_BYTES (UINT64_C(64) << 20)

/* The period of a CPU quota, the kernel's default, which Docker and runc also use. */
#define SLICE_CPU_PERIOD_US 100000

/* An unset limit, a number, and "max" are three different things. */
enum amount_kind { AMOUNT_UNSET = 0, AMOUNT_NUMBER, AMOUNT_MAX };

struct amount {
	enum amount_kind kind;
	uint64_t number; /* if AMOUNT_NUMBER */
};

struct limits {
	struct amount memory_max_bytes;
	/* Throttles and reclaims instead of killing: v2's memory.high; not on v1. */
	struct amount memory_high_bytes;
	/*
	 * Swap in addition to memory, like v2's memory.swap.max; on v1 memsw is set to memory +
	 * swap.
	 */
	struct amount swap_max_bytes;
	struct amount pids_max;
	/* At a limit the kernel kills the whole task: v2's memory.oom.group; not on v1. */
	bool oom_group;
	struct amount cpu_quota_us; /* CPU time of the task in each SLICE_CPU_PERIOD_US */
	/* a cpuset list such as "0" or "0-1,3"; NULL: not set. Borrowed. */
	const char *cpus;
};

/*
 * The recorded keys of memory.stat, by their v2 names. A key that the kernel lacks is not
 * `present`.
 */
enum memory_stat_key {
	MEMORY_STAT_ANON,
	MEMORY_STAT_FILE,
	MEMORY_STAT_KERNEL,
	MEMORY_STAT_SHMEM,
	MEMORY_STAT_SWAPCACHED, /* in `file` too; older kernels do not have it */
	MEMORY_STAT_SOCK,
	MEMORY_STAT_SLAB,
	MEMORY_STAT_PGFAULT,
	MEMORY_STAT_PGMAJFAULT,
	MEMORY_STAT_WORKINGSET_REFAULT_ANON,
	MEMORY_STAT_WORKINGSET_REFAULT_FILE,
	MEMORY_STAT_WORKINGSET_ACTIVATE_ANON,
	MEMORY_STAT_WORKINGSET_ACTIVATE_FILE,
	MEMORY_STAT_WORKINGSET_RESTORE_ANON,
	MEMORY_STAT_WORKINGSET_RESTORE_FILE,
	MEMORY_STAT_WORKINGSET_NODERECLAIM,
	MEMORY_STAT_N_KEYS,
};

struct memory_stat {
	uint64_t value[MEMORY_STAT_N_KEYS]; /* bytes; from pgfault on, events */
	bool present[MEMORY_STAT_N_KEYS];
};

/* "anon_bytes", ..., "pgfault": the column's name in results.h5. */
const char *memory_stat_name(enum memory_stat_key key);

/*
 * memory.pressure: time lost waiting for memory, by some of the task's threads (`some`) and by all
 * runnable ones at once (`full`). Linux Documentation/accounting/psi.rst.
 */
enum memory_pressure_key {
	MEMORY_PRESSURE_SOME_AVG10, /* of the last ten seconds, in hundredths of a percent */
	MEMORY_PRESSURE_SOME_TOTAL, /* since the leaf was created, in microseconds */
	MEMORY_PRESSURE_FULL_AVG10,
	MEMORY_PRESSURE_FULL_TOTAL,
	MEMORY_PRESSURE_N_KEYS,
};

struct memory_pressure {
	uint64_t value[MEMORY_PRESSURE_N_KEYS];
};

/* "some_avg10", "some_total_us", ...: the column's name in results.h5. */
const char *memory_pressure_name(enum memory_pressure_key key);

/*
 * How often, over the slice's life, at the limits of the task leaf and of the slice. On v1 `max` is memory.failcnt
 * and memory.memsw.failcnt together, `oom` is the same as `oom_kill`, or 1 where a limit was met with no way on and
 * the kill is not counted any more, as its leaf was removed; and `high` is always 0. Linux 6.18 does not count
 * memsw.failcnt (measured), and where no swap is allowed that limit is met first: then `max` stays 0.
 */
struct memory_events {
	uint64_t high;
	uint64_t max;
	uint64_t oom;
	uint64_t oom_kill;
};

struct slice;

/* The group above all slices; may contain those of several runs. */
#define SLICE_PARENT "/memcg-run.slice"

/*
 * Creates memcg-run.slice/<name> with its leaves, sets the limits and reads them back: a limit that
 * the kernel set differently (except for rounding down to whole pages) is an error. `name` ends in
 * ".slice" and has no '/'. -EEXIST if the slice exists: it belongs to another process. On failure
 * removes what was created. Borrows `hierarchy` for the life of the slice.
 */
int slice_create(const struct hierarchy *hierarchy, const char *name, const struct limits *limits,
	struct slice **ret_slice, struct error *error);

/* For the OCI config: "/memcg-run.slice/trial-000042.slice/runtime". Borrowed. */
const char *slice_runtime_path(const struct slice *slice);

/*
 * The `runtime` leaf in every hierarchy of the slice, as the initial cgroups of a child: for a
 * launcher that is not started by an OCI runtime. The caller closes it.
 */
int slice_open_runtime(
	const struct slice *slice, struct process_cgroups *ret_cgroups, struct error *error);

/*
 * The directory of the measured leaf on the host, for mounting where the task expects it. Borrowed.
 */
const char *slice_task_directory(const struct slice *slice);

/*
 * v2: a descriptor of the task leaf for clone3's CLONE_INTO_CGROUP, owned by the slice. v1: -1;
 * processes enter by slice_tasks_fd.
 */
int slice_task_fd(const struct slice *slice);

/*
 * v1: the leaf's `tasks` file, owned by the slice: a single-threaded process that writes "0" to it
 * moves itself there immediately. Since Linux 5.5 the kernel then does not wait for other processes
 * (0.03 ms measured on 6.18, where slice_attach takes 7). v2: -1.
 */
int slice_tasks_fd(const struct slice *slice);

/*
 * Moves a process into the task leaf. On v1 this takes 8 ms or more (the kernel waits for an RCU
 * grace period); pages that the process touched before stay charged to its old group. On v1 a
 * process that is not in the slice for pids, cpuset and freezer (where an OCI runtime would put it)
 * is moved to `runtime` in each of those, at the same cost each.
 */
int slice_attach(struct slice *slice, pid_t pid, struct error *error);

/*
 * The task leaf's current memory. One system call each, nothing else: safe for the sampler's hot
 * path. Return 0 or -errno (-ENODEV once the leaf has been removed; for the peak, -EOPNOTSUPP on v2
 * before Linux 5.19, which has none). Both stay within the leaf's limit: a refused charge is
 * reverted before it counts as a peak (page_counter_try_charge in mm/page_counter.c, Linux 6.12).
 */
int slice_current_bytes(const struct slice *slice, uint64_t *ret_bytes);
int slice_peak_bytes(const struct slice *slice, uint64_t *ret_bytes);

/*
 * Resets the peak to the current usage: always on v1; on v2 since Linux 6.12, for this slice's own
 * descriptor only. Returns 1 if the kernel refuses; the peak then still covers the leaf's whole
 * life.
 */
int slice_reset_peak(struct slice *slice, struct error *error);

/* The task leaf's memory.stat. Keys that v1 lacks are not `present`. */
int slice_read_stat(const struct slice *slice, struct memory_stat *ret_stat, struct error *error);

/*
 * The same for another thread, the sampler's, through descriptors of its own: a read locks its open
 * file (seq_read_iter in fs/seq_file.c, Linux 6.12). No allocation.
 */
int slice_sample_stat(const struct slice *slice, struct memory_stat *ret_stat);

/*
 * Whether slices have a memory.pressure: -EOPNOTSUPP, with a sentence that says what is missing, on
 * v1 and if the kernel has no pressure stall information (PSI).
 */
int slice_check_pressure(const struct hierarchy *hierarchy, struct error *error);

/* The task leaf's memory.pressure. -EOPNOTSUPP if slice_check_pressure fails. */
int slice_read_pressure(
	const struct slice *slice, struct memory_pressure *ret_pressure, struct error *error);

/* Called for each process of the task leaf. */
typedef void (*slice_visit_process)(void *context, pid_t pid);

/*
 * Lists the processes in the task leaf by their pids in the caller's PID namespace, skipping those
 * that have none. A listed process may have ended already. No allocation. Returns 0 or -errno
 * (-ENODEV or -ENOENT once the leaf has been removed).
 */
int slice_each_process(const struct slice *slice, slice_visit_process visit, void *context);

/* Of the whole slice. */
int slice_read_events(
	const struct slice *slice, struct memory_events *ret_events, struct error *error);

/*
 * Number of forks refused at the task's pids_max. Linux 6.11 and later count them on v2 in the
 * group whose limit was hit; before, and always on v1, in the group where the fork was tried
 * (pids.events in Documentation/admin-guide/cgroup-v2.rst): the sum of both is used, as one of them
 * is 0. 0 without a pids controller. On v1 an OCI runtime removes the counting group when its
 * container ends.
 */
uint64_t slice_refused_forks(const struct slice *slice);

/*
 * Kills every process in the slice and waits for their end: cgroup.kill (v2, Linux 5.14), else
 * freeze, SIGKILL and thaw, so that no fork escapes. -ETIMEDOUT if their number has not fallen for
 * `timeout_ns`: many processes take long, but each that ends shows progress.
 */
int slice_kill(struct slice *slice, uint64_t timeout_ns, struct error *error);

/*
 * Removes the slice with its leaves from every hierarchy, and memcg-run.slice if it was the last.
 * The slice must have no process. Frees it in any case and sets *slice to NULL; NULL is success. An
 * error names what is left.
 */
int slice_remove(struct slice **slice, struct error *error);

/*
 * For a run that shares the machine: creates the empty group memcg-run.slice/<name> in every
 * hierarchy. Otherwise another run could find memcg-run.slice empty and remove it while this run's
 * container runtime is creating its groups there step by step. slice_remove_leftovers removes it.
 * `name` ends in ".slice".
 */
int slice_hold_parent(const struct hierarchy *hierarchy, const char *name, struct error *error);

/* Called with the path of each removed slice: "/memcg-run.slice/trial-000042.slice". */
typedef void (*slice_removed)(void *context, const char *path);

/*
 * Kills the processes of every slice whose name begins with `prefix`, and removes these slices from
 * every hierarchy: the leftovers of a killed run. The caller must know that nobody else has slices
 * of these names. Continues after a failure; the error names the first.
 */
int slice_remove_leftovers(const struct hierarchy *hierarchy, const char *prefix,
	slice_removed removed, void *context, struct error *error);
