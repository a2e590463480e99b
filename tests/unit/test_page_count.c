#include "cgroup/page_count.h"

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cgroup/page_frames.h"
#include "tests/unit/forked.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define NOBODY 65534

/* Flags of a page by its state: Linux include/uapi/linux/kernel-page-flags.h. */
#define BIT(n) (UINT64_C(1) << (n))
#define LOCKED BIT(0)
#define UPTODATE BIT(3)
#define LRU BIT(5)
#define SLAB BIT(7)
#define BUDDY BIT(10)
#define MAPPED BIT(11)
#define ANON BIT(12)
#define SWAPCACHE BIT(13)
#define SWAPBACKED BIT(14)
#define HEAD BIT(15)
#define TAIL BIT(16)
#define HUGE BIT(17)
#define NOPAGE BIT(20)
#define KSM BIT(21)
#define THP BIT(22)
#define PGTABLE BIT(26)

#define ANON_PAGE (UPTODATE | LRU | MAPPED | ANON | SWAPBACKED)
#define FILE_PAGE (UPTODATE | LRU)
#define SHMEM_PAGE (UPTODATE | LRU | SWAPBACKED)

/* A host whose page frames the test defines, and folders as cgroups. */
struct host {
	char root[64];
	char leaf[96];
	int cgroup_fd;
	int flags_fd;
	uint64_t leaf_inode;
	uint64_t child_inode;
	uint64_t grandchild_inode;
	uint64_t sibling_inode;
};

/* One zone of 40000 frames starting at 1. */
static const char ONE_ZONE[] = "Node 0, zone      DMA\n"
			       "  pages free     3840\n"
			       "        spanned  40000\n"
			       "        present  39000\n"
			       "        protection: (0, 3019)\n"
			       "  node_unreclaimable:  0\n"
			       "  start_pfn:           1\n";

static void put_zones(const struct host *host, const char *text)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/proc/zoneinfo", host->root);

	assert_int_equal(file_write(AT_FDCWD, path, text, strlen(text), 0644, NULL), 0);
}

static int make_file(const struct host *host, const char *name)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/proc/%s", host->root, name);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static uint64_t make_group(const struct host *host, const char *name)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", host->root, name);
	struct stat status;

	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(stat(path, &status), 0);
	return status.st_ino;
}

static int set_up(void **state)
{
	struct host *host = calloc(1, sizeof(*host));

	*state = host;
	snprintf(host->root, sizeof(host->root), "/tmp/test-pages-XXXXXX");
	assert_non_null(mkdtemp(host->root));
	snprintf(host->leaf, sizeof(host->leaf), "%s/leaf", host->root);
	make_group(host, "proc");
	host->leaf_inode = make_group(host, "leaf");
	host->child_inode = make_group(host, "leaf/child");
	host->grandchild_inode = make_group(host, "leaf/child/grandchild");
	host->sibling_inode = make_group(host, "sibling");
	host->cgroup_fd = make_file(host, "kpagecgroup");
	host->flags_fd = make_file(host, "kpageflags");
	assert_int_equal(ftruncate(host->cgroup_fd, 8 * 65536), 0);
	assert_int_equal(ftruncate(host->flags_fd, 8 * 65536), 0);
	put_zones(host, ONE_ZONE);
	return 0;
}

static int tear_down(void **state)
{
	struct host *host = *state;
	int r = file_remove_tree(AT_FDCWD, host->root, NULL);

	close(host->cgroup_fd);
	close(host->flags_fd);
	free(host);
	return r;
}

static void put_frame(const struct host *host, uint64_t frame, uint64_t inode, uint64_t flags)
{
	assert_int_equal(pwrite(host->cgroup_fd, &inode, 8, (off_t)(8 * frame)), 8);
	assert_int_equal(pwrite(host->flags_fd, &flags, 8, (off_t)(8 * frame)), 8);
}

static struct page_counter *open_counter(const struct host *host)
{
	struct page_counter *counter = NULL;
	struct error error = ERROR_INIT;

	if (page_counter_open(host->root, &counter, &error) < 0)
		fail_msg("%s", error.text);
	return counter;
}

static struct page_count count(const struct host *host)
{
	struct page_counter *counter = open_counter(host);
	struct page_count pages;
	struct error error = ERROR_INIT;

	if (page_counter_count(counter, host->leaf, NULL, NULL, &pages, &error) < 0)
		fail_msg("%s", error.text);
	page_counter_close(counter);
	return pages;
}

/* In pages of this machine, like the count. */
static void assert_pages(uint64_t bytes, uint64_t n)
{
	assert_int_equal(bytes, n * (uint64_t)sysconf(_SC_PAGESIZE));
}

/* ---- kinds */

static void test_page_count__tells_the_kinds_apart(void **state)
{
	const struct host *host = *state;
	struct page_count pages;

	put_frame(host, 10, host->leaf_inode, ANON_PAGE);
	put_frame(host, 11, host->leaf_inode, ANON_PAGE | KSM);
	put_frame(host, 12, host->leaf_inode, ANON_PAGE | SWAPCACHE);
	/* madvise(MADV_FREE): it may be dropped instead of swapped. */
	put_frame(host, 13, host->leaf_inode, ANON_PAGE & ~SWAPBACKED);
	put_frame(host, 20, host->leaf_inode, FILE_PAGE);
	put_frame(host, 21, host->leaf_inode, FILE_PAGE | MAPPED);
	put_frame(host, 22, host->leaf_inode, UPTODATE); /* not yet on a list */
	put_frame(host, 23, host->leaf_inode, LOCKED);	 /* being read */
	put_frame(host, 30, host->leaf_inode, SHMEM_PAGE);
	put_frame(host, 31, host->leaf_inode, SHMEM_PAGE | MAPPED);
	put_frame(host, 32, host->leaf_inode, SWAPBACKED); /* from fallocate(2), never written */
	put_frame(host, 40, host->leaf_inode, PGTABLE);
	put_frame(host, 41, host->leaf_inode, PGTABLE);
	put_frame(host, 50, host->leaf_inode, 0); /* a kernel stack */
	pages = count(host);
	assert_pages(pages.anon_bytes, 4);
	assert_pages(pages.file_bytes, 4);
	assert_pages(pages.shmem_bytes, 3);
	assert_pages(pages.page_table_bytes, 2);
	assert_pages(pages.other_bytes, 1);
	assert_pages(pages.large_bytes, 0);
	assert_pages(page_count_user_bytes(&pages), 11);
	assert_int_equal(pages.n_frames, 40000);
	assert_true(pages.duration_ns > 0);
}

static void test_page_count__takes_nothing_of_others(void **state)
{
	const struct host *host = *state;
	struct page_count pages;

	put_frame(host, 10, host->sibling_inode, ANON_PAGE);
	put_frame(host, 11, 0, ANON_PAGE);
	put_frame(host, 12, host->leaf_inode, ANON_PAGE);
	put_frame(host, 13, host->sibling_inode, ANON_PAGE);
	pages = count(host);
	assert_pages(pages.anon_bytes, 1);
	assert_pages(page_count_user_bytes(&pages), 1);
	assert_pages(pages.other_bytes, 0);
}

/* Freed between the two reads, or of slab. */
static void test_page_count__takes_no_page_that_is_free_or_of_slab(void **state)
{
	const struct host *host = *state;
	struct page_count pages;

	put_frame(host, 10, host->leaf_inode, BUDDY);
	put_frame(host, 11, host->leaf_inode, NOPAGE);
	put_frame(host, 12, host->leaf_inode, SLAB);
	put_frame(host, 13, host->leaf_inode, FILE_PAGE);
	pages = count(host);
	assert_pages(page_count_user_bytes(&pages), 1);
	assert_pages(pages.other_bytes + pages.page_table_bytes, 0);
}

static void test_page_count__counts_the_groups_below(void **state)
{
	const struct host *host = *state;
	struct page_count pages;

	put_frame(host, 10, host->leaf_inode, ANON_PAGE);
	put_frame(host, 11, host->child_inode, ANON_PAGE);
	put_frame(host, 12, host->grandchild_inode, FILE_PAGE);
	pages = count(host);
	assert_pages(pages.anon_bytes, 2);
	assert_pages(pages.file_bytes, 1);
	assert_int_equal(pages.n_groups, 3);
}

/* ---- compound pages */

/* Linux 6.1 reports the inode only for the head, 6.12 for each frame. */
static void put_compound(const struct host *host, uint64_t frame, size_t n, uint64_t inode,
	uint64_t tail_inode, uint64_t flags, uint64_t tail_flags)
{
	put_frame(host, frame, inode, flags | HEAD);
	for (size_t i = 1; i < n; i++)
		put_frame(host, frame + i, tail_inode, tail_flags | TAIL);
}

static void assert_two_large_pages(const struct host *host)
{
	struct page_count pages = count(host);

	assert_pages(pages.anon_bytes, 512 + 1);
	assert_pages(pages.shmem_bytes, 16);
	assert_pages(pages.file_bytes, 0);
	assert_pages(pages.large_bytes, 512 + 16);
}

static void test_page_count__takes_a_large_page_whole_by_its_head_alone(void **state)
{
	const struct host *host = *state;

	put_compound(host, 512, 512, host->leaf_inode, 0, ANON_PAGE | THP, ANON | THP);
	put_frame(host, 1024, host->leaf_inode, ANON_PAGE);
	put_compound(host, 2048, 16, host->leaf_inode, 0, SHMEM_PAGE | THP, THP);
	/* another group's, immediately after */
	put_compound(host, 2064, 16, host->sibling_inode, 0, ANON_PAGE | THP, ANON | THP);
	assert_two_large_pages(host);
}

static void test_page_count__takes_a_large_page_whole_by_each_frame(void **state)
{
	const struct host *host = *state;

	put_compound(host, 512, 512, host->leaf_inode, host->leaf_inode, ANON_PAGE | THP,
		ANON_PAGE | THP);
	put_frame(host, 1024, host->leaf_inode, ANON_PAGE);
	put_compound(host, 2048, 16, host->leaf_inode, host->leaf_inode, SHMEM_PAGE | THP,
		SHMEM_PAGE | THP);
	put_compound(host, 2064, 16, host->sibling_inode, host->sibling_inode, ANON_PAGE | THP,
		ANON_PAGE | THP);
	assert_two_large_pages(host);
}

/*
 * A zone that starts at 1 ends the blocks within large pages: 16384 frames are read at a time, and
 * 255 frames of this page are in the next block, without other pages of the leaf.
 */
static void test_page_count__follows_a_large_page_into_the_next_block(void **state)
{
	const struct host *host = *state;
	struct page_count pages;

	put_compound(host, 16128, 512, host->leaf_inode, 0, FILE_PAGE, 0);
	put_compound(host, 16640, 512, host->sibling_inode, 0, FILE_PAGE, 0);
	pages = count(host);
	assert_pages(pages.file_bytes, 512);
	assert_pages(pages.large_bytes, 512);
}

static void test_page_count__hugetlb_is_neither_anon_nor_large(void **state)
{
	const struct host *host = *state;
	struct page_count pages;

	put_compound(host, 512, 512, host->leaf_inode, host->leaf_inode, ANON | HUGE | UPTODATE,
		ANON | HUGE);
	pages = count(host);
	assert_pages(pages.other_bytes, 512);
	assert_pages(pages.large_bytes, 0);
	assert_pages(page_count_user_bytes(&pages), 0);
}

/* ---- which frames */

static void test_page_count__asks_about_no_hole_between_zones(void **state)
{
	const struct host *host = *state;
	struct page_count pages;

	put_zones(host, "Node 0, zone      DMA\n        spanned  100\n        present  100\n"
			"  start_pfn:           0\n"
			"Node 1, zone   Normal\n        spanned  200\n        present  200\n"
			"  start_pfn:           50000\n");
	put_frame(host, 99, host->leaf_inode, ANON_PAGE);
	put_frame(host, 100, host->leaf_inode, ANON_PAGE);
	put_frame(host, 49999, host->leaf_inode, ANON_PAGE);
	put_frame(host, 50000, host->leaf_inode, ANON_PAGE);
	put_frame(host, 50199, host->leaf_inode, ANON_PAGE);
	put_frame(host, 50200, host->leaf_inode, ANON_PAGE);
	pages = count(host);
	assert_pages(pages.anon_bytes, 3);
	assert_int_equal(pages.n_frames, 300);
}

static void test_page_count__ends_where_the_files_do(void **state)
{
	const struct host *host = *state;
	struct page_count pages;

	assert_int_equal(ftruncate(host->cgroup_fd, 8 * 20000), 0);
	assert_int_equal(ftruncate(host->flags_fd, 8 * 20000), 0);
	put_frame(host, 19999, host->leaf_inode, ANON_PAGE);
	pages = count(host);
	assert_pages(pages.anon_bytes, 1);
	assert_int_equal(pages.n_frames, 19999);
}

static int stop_at_second_pause(void *context, struct error *error)
{
	unsigned *n = context;

	return ++*n == 2 ? error_set(error, EINTR, "stopped") : 0;
}

static void test_page_count__ends_where_the_caller_says_so(void **state)
{
	const struct host *host = *state;
	struct page_counter *counter = open_counter(host);
	struct page_count pages = {.anon_bytes = 7};
	struct error error = ERROR_INIT;
	unsigned n = 0;

	assert_int_equal(page_counter_n_frames(counter), 40000);
	assert_int_equal(
		page_counter_count(counter, host->leaf, stop_at_second_pause, &n, &pages, &error),
		-EINTR);
	assert_int_equal(n, 2);
	assert_int_equal(pages.anon_bytes, 7);
	assert_string_equal(error.text, "stopped");
	/* 40000 frames are three blocks. */
	n = 2;
	assert_int_equal(
		page_counter_count(counter, host->leaf, stop_at_second_pause, &n, &pages, &error),
		0);
	assert_int_equal(n, 5);
	page_counter_close(counter);
}

static void test_page_count__says_which_group_is_not_there(void **state)
{
	const struct host *host = *state;
	struct page_counter *counter = open_counter(host);
	struct page_count pages;
	struct error error = ERROR_INIT;

	assert_int_equal(
		page_counter_count(counter, "/tmp/no-such-group", NULL, NULL, &pages, &error),
		-ENOENT);
	assert_non_null(strstr(error.text, "/tmp/no-such-group"));
	page_counter_close(counter);
}

/* ---- opening */

static void test_page_counter_open__says_what_the_kernel_lacks(void **state)
{
	const struct host *host = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/proc/kpagecgroup", host->root);
	struct page_counter *counter;
	struct error error = ERROR_INIT;

	assert_int_equal(unlink(path), 0);
	assert_int_equal(page_counter_open(host->root, &counter, &error), -ENOENT);
	assert_non_null(strstr(error.text, "no /proc/kpagecgroup"));
	assert_non_null(strstr(error.text, "CONFIG_PROC_PAGE_MONITOR"));
}

/* A forked_work. */
static int open_as_nobody(void *context)
{
	const struct host *host = context;
	struct page_counter *counter;
	struct error error = ERROR_INIT;
	int r;

	if (setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return 254;
	r = page_counter_open(host->root, &counter, &error);
	return strstr(error.text, "only the host's root may read it") ? -r : 255;
}

static void test_page_counter_open__is_for_root_alone(void **state)
{
	const struct host *host = *state;

	assert_int_equal(chmod(host->root, 0755), 0);
	assert_int_equal(WEXITSTATUS(forked_run(open_as_nobody, *state)), EACCES);
}

static void test_page_counter_open__refuses_zones_it_cannot_place(void **state)
{
	const struct host *host = *state;
	struct page_counter *counter;
	struct error error = ERROR_INIT;

	put_zones(host, "");
	assert_int_equal(page_counter_open(host->root, &counter, &error), -EBADMSG);
	assert_non_null(strstr(error.text, "/proc/zoneinfo"));
}

/* ---- zones */

static void assert_ranges(const char *text, const struct frame_range *expected, size_t n_expected)
{
	CLEANUP(cleanup_free) struct frame_range *ranges = NULL;
	size_t n = 0;

	assert_int_equal(frame_ranges_parse(text, &ranges, &n), 0);
	assert_int_equal(n, n_expected);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(ranges[i].first, expected[i].first);
		assert_int_equal(ranges[i].end, expected[i].end);
	}
}

/* In the format of Linux 6.18; a zone without pages ends with its protection. */
static void test_frame_ranges__joins_zones_that_touch(void **state)
{
	static const char text[] =
		"Node 0, zone      DMA\n  per-node stats\n      nr_present 7\n"
		"        spanned  4095\n        present  3998\n        managed  3840\n"
		"        protection: (0, 3019, 16075, 16075, 16075)\n  start_pfn:           1\n"
		"Node 0, zone    DMA32\n        spanned  1044480\n        present  782336\n"
		"  start_pfn:           4096\n"
		"Node 0, zone  Movable\n        spanned  0\n        present  0\n"
		"        protection: (0, 0, 0, 0, 0)\n"
		"Node 0, zone   Normal\n        spanned  1000\n        present  1000\n"
		"  start_pfn:           2000000\n";
	static const struct frame_range expected[] = {{1, 1048576}, {2000000, 2001000}};

	(void)state;
	assert_ranges(text, expected, 2);
}

static void test_frame_ranges__sorts_nodes_that_interleave(void **state)
{
	static const char text[] =
		"Node 0, zone   Normal\n        spanned  400\n        present  200\n"
		"  start_pfn:           100\n"
		"Node 1, zone   Normal\n        spanned  100\n        present  100\n"
		"  start_pfn:           200\n"
		"Node 2, zone   Normal\n        spanned  10\n        present  10\n"
		"  start_pfn:           0\n";
	static const struct frame_range expected[] = {{0, 10}, {100, 500}};

	(void)state;
	assert_ranges(text, expected, 2);
}

static void test_frame_ranges__refuses_a_zone_without_a_place(void **state)
{
	static const char *const texts[] = {
		"",
		"Nothing of this kind\n",
		"Node 0, zone   Normal\n",
		"Node 0, zone   Normal\n        spanned  10\n        present  10\n",
		"Node 0, zone   Normal\n        present  10\n  start_pfn:           0\n",
		"Node 0, zone   Normal\n        spanned  x\n        present  10\n"
		"  start_pfn:           0\n",
		"Node 0, zone   Normal\n        spanned  0\n        present  10\n"
		"  start_pfn:           0\n",
		"Node 0, zone   Normal\n        spanned  18446744073709551615\n"
		"        present  10\n  start_pfn:           1\n",
		"Node 0, zone  Movable\n        spanned  0\n        present  0\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct frame_range *ranges = NULL;
		size_t n = 77;

		assert_int_equal(frame_ranges_parse(texts[i], &ranges, &n), -EBADMSG);
		assert_null(ranges);
		assert_int_equal(n, 77);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_page_count__tells_the_kinds_apart),
		TEST(test_page_count__takes_nothing_of_others),
		TEST(test_page_count__takes_no_page_that_is_free_or_of_slab),
		TEST(test_page_count__counts_the_groups_below),
		TEST(test_page_count__takes_a_large_page_whole_by_its_head_alone),
		TEST(test_page_count__takes_a_large_page_whole_by_each_frame),
		TEST(test_page_count__follows_a_large_page_into_the_next_block),
		TEST(test_page_count__hugetlb_is_neither_anon_nor_large),
		TEST(test_page_count__asks_about_no_hole_between_zones),
		TEST(test_page_count__ends_where_the_files_do),
		TEST(test_page_count__ends_where_the_caller_says_so),
		TEST(test_page_count__says_which_group_is_not_there),
		TEST(test_page_counter_open__says_what_the_kernel_lacks),
		TEST(test_page_counter_open__is_for_root_alone),
		TEST(test_page_counter_open__refuses_zones_it_cannot_place),
		cmocka_unit_test(test_frame_ranges__joins_zones_that_touch),
		cmocka_unit_test(test_frame_ranges__sorts_nodes_that_interleave),
		cmocka_unit_test(test_frame_ranges__refuses_a_zone_without_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
