#pragma once

/*
 * What /proc tells of one process: the texts, parsed from buffers (NUL-terminated), and their reading.
 *
 * Parsers return 0, -EBADMSG (not of the form that proc_pid_status(5), proc_pid_stat(5) and
 * proc_pid_smaps(5) document) or -ERANGE (a number above 2^64 - 1).
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of status and stat. A process that is about to end has no memory any more: its bytes are 0. */
struct process_usage {
	uint64_t parent; /* its number; 0 where this PID namespace has none for it */
	uint64_t threads;
	uint64_t rss_bytes;
	uint64_t peak_rss_bytes; /* VmHWM */
	uint64_t rss_anon_bytes;
	uint64_t rss_file_bytes;
	uint64_t rss_shmem_bytes;
	uint64_t virtual_bytes;
	uint64_t swap_bytes;
	uint64_t page_tables_bytes;
	/* Of the process and of those children that it has waited for, in clock ticks. */
	uint64_t user_ticks;
	uint64_t system_ticks;
};

/* Of smaps_rollup: pages that n processes share count for 1/n in each. */
struct process_pss {
	uint64_t pss_bytes;
	uint64_t pss_anon_bytes;
	uint64_t pss_file_bytes;
	uint64_t pss_shmem_bytes;
	uint64_t private_bytes; /* of no other process: the unique set size (USS) */
	uint64_t swap_pss_bytes;
};

/* Sets all but the ticks. */
int process_status_parse(const char *text, struct process_usage *usage);

/* Sets the ticks. */
int process_stat_parse(const char *text, struct process_usage *usage);

/* Every line must be there, those of the parts of Pss included, which the first kernels with this file lack. */
int process_rollup_parse(const char *text, struct process_pss *ret_pss);

/*
 * Two, or one, file opened, read and closed. Return 0 or -errno: -ENOENT or -ESRCH where the process has
 * ended, -EACCES where it may not be read.
 */
int process_usage_read(pid_t pid, struct process_usage *ret_usage);
int process_pss_read(pid_t pid, struct process_pss *ret_pss);

/*
 * Whether a process has the memory of its parent and not its own, as a child of vfork(2) and posix_spawn(3) has until
 * it executes: kcmp(2) with KCMP_VM, which needs the rights that reading smaps_rollup does. What has its own never
 * comes to share it, so that the answer holds for what is read after it. False where the kernel has no kcmp.
 *
 * Linux's clone(2) with CLONE_VM and a parent that has ended, or is another by CLONE_PARENT, is not recognised.
 */
bool process_shares_memory(pid_t pid, pid_t parent);

/* Its parent's number, from status. */
int process_parent_read(pid_t pid, pid_t *ret_parent);
