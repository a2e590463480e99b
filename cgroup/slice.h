#pragma once

/*
 * A trial's slice: the cgroup `memcg-run.slice/trial-000042.slice` with two leaves below it.
 *
 *   runtime   where the OCI runtime's own init and the launcher live
 *   task      the measured leaf: the task and its children, and nothing else, ever
 *
 * Memory limits stand on the task leaf, as on a container's own group: there the task reads them, and there they
 * act. The slice has the same ones with SLICE_RUNTIME_BYTES more, for what lives in `runtime`: a backstop, which
 * the task alone never meets. pids and cpuset act on the slice.
 *
 * The task leaf is fresh for each trial, so that its peak starts at zero on every kernel. On v1 it exists in the
 * memory hierarchy only (each further one would cost a migration); in the others the task lives in `runtime`.
 *
 * libcgroup creates the groups and sets limits; what it leaves in any hierarchy is removed here.
 * Reading is done through descriptors that the slice holds, by pread, without allocation.
 *
 * One interface over v2 and v1 (cgroup/v2.c and cgroup/v1.c). Amounts are converted where they are
 * read: bytes are bytes on both.
 */

#include "cgroup/hierarchy.h"
#include "util/error.h"
#include "util/process.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What the slice's memory limit has above the task's. runc 1.1.5 and the launcher peak at 2.6 MiB in `runtime`
 * (measured on v1, Linux 6.18), with runc's program in the page cache already: 10 MB more where it is not.
 */
#define SLICE_RUNTIME_BYTES (UINT64_C(64) << 20)

/* The period of a CPU quota, as Docker and runc set it: the kernel's default. */
#define SLICE_CPU_PERIOD_US 100000

/* A limit that was not given, one that is a number, and "max" are three different things. */
enum amount_kind { AMOUNT_UNSET = 0, AMOUNT_NUMBER, AMOUNT_MAX };

struct amount {
	enum amount_kind kind;
	uint64_t number; /* when AMOUNT_NUMBER */
};

struct limits {
	struct amount memory_max_bytes;
	/* Where the kernel throttles and reclaims rather than kills: v2's memory.high; not on v1. */
	struct amount memory_high_bytes;
	/* Swap beside memory, as v2's memory.swap.max; on v1 memsw is set to memory + swap. */
	struct amount swap_max_bytes;
	struct amount pids_max;
	/* Of the task, the kernel kills all or none at a limit: v2's memory.oom.group; not on v1. */
	bool oom_group;
	struct amount cpu_quota_us; /* CPU time of the task in each SLICE_CPU_PERIOD_US */
	const char *cpus;	    /* a cpuset list as "0" or "0-1,3"; NULL: not set. Borrowed. */
};

/* The keys kept of memory.stat, by their v2 names. A key the kernel does not have is not `present`. */
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
	uint64_t value[MEMORY_STAT_N_KEYS]; /* bytes; of pgfault and the keys after it, events */
	bool present[MEMORY_STAT_N_KEYS];
};

/* "anon_bytes", ..., "pgfault": the column's name in results.h5. */
const char *memory_stat_name(enum memory_stat_key key);

/*
 * memory.pressure: how much time was lost waiting for memory, by some of the task's threads (`some`) and
 * by all that could have run at once (`full`). Linux Documentation/accounting/psi.rst.
 */
enum memory_pressure_key {
	MEMORY_PRESSURE_SOME_AVG10, /* of the last ten seconds, in hundredths of a percent */
	MEMORY_PRESSURE_SOME_TOTAL, /* since the leaf was made, in microseconds */
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

/* The group above all slices. Several runs may have theirs in it at a time. */
#define SLICE_PARENT "/memcg-run.slice"

/*
 * Creates memcg-run.slice/<name> with its leaves, sets the limits and reads them back: a limit that
 * the kernel did not take as asked (but for rounding down to whole pages) is an error. `name` ends in
 * ".slice" and has no '/'. -EEXIST when the slice exists: it is somebody else's. A failure removes
 * what was made. Borrows `hierarchy` for the life of the slice.
 */
int slice_create(const struct hierarchy *hierarchy, const char *name, const struct limits *limits,
	struct slice **ret_slice, struct error *error);

/* For the OCI config: "/memcg-run.slice/trial-000042.slice/runtime". Borrowed. */
const char *slice_runtime_path(const struct slice *slice);

/*
 * The `runtime` leaf, in every hierarchy of the slice, as where a child is to begin: for a launcher that
 * no OCI runtime starts. The caller closes it.
 */
int slice_open_runtime(
	const struct slice *slice, struct process_cgroups *ret_cgroups, struct error *error);

/* Where the measured leaf stands on the host, to be mounted where the task looks for it. Borrowed. */
const char *slice_task_directory(const struct slice *slice);

/*
 * v2: a descriptor of the task leaf for clone3's CLONE_INTO_CGROUP, owned by the slice. v1: -1, and a
 * process enters by slice_tasks_fd.
 */
int slice_task_fd(const struct slice *slice);

/*
 * v1: the leaf's `tasks` file, owned by the slice: a process of one thread that writes "0" to it has moved
 * itself there, at once. Since Linux 5.5 the kernel waits for nobody then (0.03 ms measured on 6.18, where
 * slice_attach takes 7). v2: -1.
 */
int slice_tasks_fd(const struct slice *slice);

/*
 * Moves a process into the task leaf. On v1 this costs 8 ms and more (the kernel waits for an RCU
 * grace period); pages that the process touched before stay charged where they were. On v1 a process
 * that is not in the slice for pids, cpuset and freezer (as an OCI runtime puts it) gets into `runtime`
 * there, for as much again each.
 */
int slice_attach(struct slice *slice, pid_t pid, struct error *error);

/*
 * The task leaf's memory, now. A system call each and nothing else: safe for the sampler's hot path.
 * Return 0 or -errno (-ENODEV once the leaf has been removed; for the peak, -EOPNOTSUPP on v2 before
 * Linux 5.19, which has none). Both stay within the leaf's limit: a charge that it refuses is taken back
 * before it counts as a peak (page_counter_try_charge in mm/page_counter.c, Linux 6.12).
 */
int slice_current_bytes(const struct slice *slice, uint64_t *ret_bytes);
int slice_peak_bytes(const struct slice *slice, uint64_t *ret_bytes);

/*
 * Starts the peak anew from the current use: v1 always; v2 since Linux 6.12, for this slice's own
 * descriptor only. Returns 1 where the kernel refuses, and the peak goes on counting from the leaf's
 * creation.
 */
int slice_reset_peak(struct slice *slice, struct error *error);

/* The slice's own current use: the task leaf, the runtime's, and the memory of dead groups below. */
int slice_total_current_bytes(const struct slice *slice, uint64_t *ret_bytes);

/* The task leaf's memory.stat. Keys that v1 does not have are not `present`. */
int slice_read_stat(const struct slice *slice, struct memory_stat *ret_stat, struct error *error);

/*
 * The same for one thread more, the sampler's: through descriptors that no other reader holds locked meanwhile
 * (seq_read_iter in fs/seq_file.c, Linux 6.12). Without allocation.
 */
int slice_sample_stat(const struct slice *slice, struct memory_stat *ret_stat);

/*
 * Whether slices have a memory.pressure: -EOPNOTSUPP, with a sentence that says what is missing, on v1
 * and where the kernel has no pressure stall information (PSI).
 */
int slice_check_pressure(const struct hierarchy *hierarchy, struct error *error);

/* The task leaf's memory.pressure. -EOPNOTSUPP where slice_check_pressure says so. */
int slice_read_pressure(
	const struct slice *slice, struct memory_pressure *ret_pressure, struct error *error);

/* Told of each process of the task leaf. */
typedef void (*slice_visit_process)(void *context, pid_t pid);

/*
 * Lists the processes that live in the task leaf, as the reader's PID namespace numbers them; those that
 * it has no number for are passed over. One that is told of may have ended by then. Without allocation.
 * Returns 0 or -errno (-ENODEV or -ENOENT once the leaf has been removed).
 */
int slice_each_process(const struct slice *slice, slice_visit_process visit, void *context);

/* Of the whole slice. */
int slice_read_events(
	const struct slice *slice, struct memory_events *ret_events, struct error *error);

/*
 * How many processes the task was refused at its pids_max. Linux 6.11 and later count them on v2 in the group whose
 * limit was met; before, and on v1 always, the kernel counts them where the fork was tried (pids.events in
 * Documentation/admin-guide/cgroup-v2.rst): the two are added, as one of them is 0. 0 where there is no pids
 * controller. On v1 an OCI runtime removes the group that counts when its container ends.
 */
uint64_t slice_refused_forks(const struct slice *slice);

/* Whether any process lives anywhere in the slice, on any hierarchy. */
int slice_populated(const struct slice *slice, bool *ret_populated, struct error *error);

/*
 * Kills every process in the slice and waits until none is left: cgroup.kill (v2, Linux 5.14), else freeze, SIGKILL
 * and thaw, so that no fork escapes. -ETIMEDOUT when there has not been one less for `timeout_ns`: many take long, and
 * each that ends shows that the others will.
 */
int slice_kill(struct slice *slice, uint64_t timeout_ns, struct error *error);

/*
 * Removes the slice with its leaves from every hierarchy, and memcg-run.slice where that was the last.
 * The slice must have no process. Frees it in any case and sets *slice to NULL; NULL is success. An
 * error names what is left.
 */
int slice_remove(struct slice **slice, struct error *error);

/*
 * For a run that has others beside it: makes the empty group memcg-run.slice/<name> in every hierarchy, so that
 * none of them finds memcg-run.slice empty and removes it under this one's container runtime, which makes groups
 * of its own there, step by step. slice_remove_leftovers removes it. `name` ends in ".slice".
 */
int slice_hold_parent(const struct hierarchy *hierarchy, const char *name, struct error *error);

/* Told of each slice that was removed, by its path: "/memcg-run.slice/trial-000042.slice". */
typedef void (*slice_removed)(void *context, const char *path);

/*
 * Kills what lives in every slice whose name begins with `prefix`, and removes them from every hierarchy:
 * what a run that was killed left. Only for a caller that knows that nobody else has slices of these
 * names. Goes on past one that cannot be removed; the error names the first.
 */
int slice_remove_leftovers(const struct hierarchy *hierarchy, const char *prefix,
	slice_removed removed, void *context, struct error *error);
