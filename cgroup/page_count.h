#pragma once

/*
 * How many pages of memory are charged to a cgroup, counted one by one: the unique physical memory of what
 * lives in it. The kernel says of every page frame to which memory cgroup it is charged
 * (/proc/kpagecgroup) and what kind of page it is (/proc/kpageflags). No counter of the memory controller
 * is read, so that a count is a check on memory.current and memory.stat that owes them nothing.
 *
 * Sources: Linux Documentation/admin-guide/mm/pagemap.rst, fs/proc/page.c, page_cgroup_ino() in
 * mm/memcontrol.c, folio_memcg_check() in include/linux/memcontrol.h; the same in 6.1, 6.12 and 6.18 but
 * where it is said here, and on v1 and v2: both charge a page by the same pointer in it.
 *
 * What is counted, each page once, however many map it:
 *
 *   anon         anonymous memory, KSM's and the swap cache's included
 *   file         the page cache of files that have a place to go back to
 *   shmem        tmpfs, memfd, shared anonymous memory and System V's
 *   page_table   the hardware's page tables
 *   other        kernel memory that is charged by the page (stacks, pipes, BPF maps, ...), and hugetlb's
 *                pages, which are charged on v2 alone and where the hierarchy is mounted with
 *                memory_hugetlb_accounting (Linux 6.7)
 *
 * What is not: slab and per-CPU objects, which are charged by the byte (a page of them belongs to several
 * cgroups and has no owner here); buffers of network sockets, which are charged by number; what a CPU has
 * been charged ahead (its stock, up to 64 pages a cgroup) and not handed out; swap. Of kernel memory that was
 * had in several frames without being a compound page (x86's PGD under page-table isolation) the first frame
 * alone says whose it is. So anon, file and shmem are whole, page_table and other are at least so much.
 *
 * A compound page (transparent huge page, large folio) is charged by its first frame. Linux 6.1 says 0 of
 * the others; they are counted with their head here, on every kernel.
 *
 * The kernel takes no lock: a page that it moves, takes back or makes huge while the count runs may be
 * missed or counted twice. Let what is counted stand still.
 */

#include "util/error.h"

#include <stdint.h>

struct page_count {
	uint64_t anon_bytes;
	uint64_t file_bytes;
	uint64_t shmem_bytes;
	uint64_t page_table_bytes;
	uint64_t other_bytes;
	uint64_t large_bytes; /* of anon, file and shmem: those in compound pages */
	uint64_t n_groups;    /* the group and those below it */
	uint64_t n_frames;    /* page frames that were asked about: of the whole machine */
	uint64_t duration_ns;
};

/* anon, file and shmem: what the processes have asked for and touched, and nothing of the kernel's. */
uint64_t page_count_user_bytes(const struct page_count *count);

struct page_counter;

/*
 * `root` goes before /proc: "" for this host, else a folder with the files of another one. Only the host's
 * root may read them: -EACCES, -EPERM; -ENOENT where the kernel was built without
 * CONFIG_PROC_PAGE_MONITOR.
 */
int page_counter_open(const char *root, struct page_counter **ret_counter, struct error *error);
void page_counter_close(struct page_counter *counter);

/* How many frames a count asks about, as the zones are now. About 0.1 us each on Linux 6.18. */
uint64_t page_counter_n_frames(const struct page_counter *counter);

/*
 * Called every few milliseconds while a count runs, for what its thread must not leave undone so long. A
 * negative return ends the count with it.
 */
typedef int (*page_counter_pause)(void *context, struct error *error);

/*
 * Counts what is charged to the cgroup whose directory (of the memory controller) this is, and to those
 * below it. What groups that were removed have left is counted where the kernel has it: with the nearest
 * one above that is still there. `pause` may be NULL.
 */
int page_counter_count(struct page_counter *counter, const char *directory,
	page_counter_pause pause, void *context, struct page_count *ret_count, struct error *error);
