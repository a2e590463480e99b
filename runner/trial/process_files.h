#pragma once

/*
 * Files of /proc about one process: parsers of NUL-terminated buffers, and readers.
 *
 * Parsers return 0, -EBADMSG (not the format documented in proc_pid_status(5), proc_pid_stat(5) and
 * proc_pid_smaps(5)) or -ERANGE (a number above 2^64 - 1).
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* From status and stat. A process that is about to end has no memory any more: its bytes are 0. */
struct process_usage {
	uint64_t parent; /* pid; 0 if this PID namespace has none for it */
	uint64_t threads;
	uint64_t rss_bytes;
	uint64_t peak_rss_bytes; /* VmHWM */
	uint64_t rss_anon_bytes;
	uint64_t rss_file_bytes;
	uint64_t rss_shmem_bytes;
	uint64_t virtual_bytes;
	uint64_t swap_bytes;
	uint64_t page_tables_bytes;
	/* Of the process and the children that it has waited for, in clock ticks. */
	uint64_t user_ticks;
	uint64_t system_ticks;
};

/* From smaps_rollup: pages that n processes share count 1/n in each. */
struct process_pss {
	uint64_t pss_bytes;
	uint64_t pss_anon_bytes;
	uint64_t pss_file_bytes;
	uint64_t pss_shmem_bytes;
	uint64_t private_bytes; /* not shared: the unique set size (USS) */
	uint64_t swap_pss_bytes;
};

/* Sets everything except the ticks. */
int process_status_parse(const char *text, struct process_usage *usage);

/* Sets the ticks. */
int process_stat_parse(const char *text, struct process_usage *usage);

/*
 * All lines must be present, including the parts of Pss, which the first kernels with this file
 * lack.
 */
int process_rollup_parse(const char *text, struct process_pss *ret_pss);

/*
 * Open, read and close two files, or one. Return 0 or -errno: -ENOENT or -ESRCH if the process has
 * ended, -EACCES if it may not be read.
 */
int process_usage_read(pid_t pid, struct process_usage *ret_usage);
int process_pss_read(pid_t pid, struct process_pss *ret_pss);

/*
 * True if a process uses the memory of its parent, as a child of vfork(2) and posix_spawn(3) does
 * until it executes: kcmp(2) with KCMP_VM, which needs the same rights as smaps_rollup. A process
 * with its own memory never starts sharing, so the answer also holds for later reads. False if the
 * kernel has no kcmp.
 *
 * Does not detect clone(2) with CLONE_VM if the parent has ended or is another one by CLONE_PARENT.
 */
bool process_shares_memory(pid_t pid, pid_t parent);

/* Its parent's pid, from status. */
int process_parent_read(pid_t pid, pid_t *ret_parent);
