#pragma once

/*
 * Counts the pages charged to a cgroup one by one: the unique physical memory of its processes. For
 * every page frame the kernel reports the memory cgroup that it is charged to (/proc/kpagecgroup)
 * and the kind of page (/proc/kpageflags). No counter of the memory controller is involved, so a
 * count is an independent check of memory.current and memory.stat.
 *
 * Sources: Linux Documentation/admin-guide/mm/pagemap.rst, fs/proc/page.c, page_cgroup_ino() in
 * mm/memcontrol.c, folio_memcg_check() in include/linux/memcontrol.h. The same in 6.1, 6.12 and
 * 6.18 unless noted, and on v1 and v2: both charge a page by the same pointer in it.
 *
 * Counted, each page once, regardless of how many processes map it:
 *
 *   anon         anonymous memory, including KSM's and the swap cache's
 *   file         the page cache of files with a backing store
 *   shmem        tmpfs, memfd, shared anonymous memory and System V's
 *   page_table   the hardware's page tables
 *   other        kernel memory charged by the page (stacks, pipes, BPF maps, ...), and hugetlb pages,
 *                which are charged only on v2 with memory_hugetlb_accounting (Linux 6.7)
 *
 * Not counted: slab and per-CPU objects, which are charged by the byte (such a page belongs to
 * several cgroups and has no single owner); buffers of network sockets, which are charged by
 * number; pages charged to a CPU in advance (its stock, up to 64 pages per cgroup) and not yet
 * used; swap. Of kernel memory allocated in several frames without being a compound page (x86's PGD
 * under page-table isolation) only the first frame has an owner. So anon, file and shmem are exact,
 * page_table and other are lower bounds.
 *
 * A compound page (transparent huge page, large folio) is charged by its first frame. Linux 6.1
 * reports 0 for the others; here they are counted with their head on every kernel.
 *
 * The kernel takes no lock: a page that it moves, reclaims or makes huge during the count may be
 * missed or counted twice. Keep the counted processes still.
 */

#include "util/error.h"

#include <stdint.h>

struct page_count {
	uint64_t anon_bytes;
	uint64_t file_bytes;
	uint64_t shmem_bytes;
	uint64_t page_table_bytes;
	uint64_t other_bytes;
	uint64_t large_bytes; /* the part of anon, file and shmem in compound pages */
	uint64_t n_groups;    /* the group and its descendants */
	uint64_t n_frames;    /* page frames examined: those of the whole machine */
	uint64_t duration_ns;
};

/*
 * anon, file and shmem: memory that the processes have requested and touched, without the kernel's.
 */
uint64_t page_count_user_bytes(const struct page_count *count);

struct page_counter;

/*
 * `root` is prefixed to /proc: "" for this host, else a folder with another host's files. Only the
 * host's root may read them: -EACCES, -EPERM; -ENOENT if the kernel was built without
 * CONFIG_PROC_PAGE_MONITOR.
 */
int page_counter_open(const char *root, struct page_counter **ret_counter, struct error *error);
void page_counter_close(struct page_counter *counter);

/*
 * Number of frames that a count examines, from the current zones. About 0.1 us each on Linux 6.18.
 */
uint64_t page_counter_n_frames(const struct page_counter *counter);

/*
 * Called every few milliseconds during a count, so that its thread can do other pending work. A
 * negative return ends the count, which returns it.
 */
typedef int (*page_counter_pause)(void *context, struct error *error);

/*
 * Counts the pages charged to a cgroup, given by its directory in the memory controller's
 * hierarchy, and to its descendants. Pages left by removed groups count where the kernel has
 * reparented them: with the nearest existing ancestor. `pause` may be NULL.
 */
int page_counter_count(struct page_counter *counter, const char *directory,
	page_counter_pause pause, void *context, struct page_count *ret_count, struct error *error);
