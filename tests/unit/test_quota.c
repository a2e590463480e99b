/* What a task has written to its backend's folder, and when it exceeds the limit. */

#include "runner/trial/quota.h"
#include "util/clock.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define BLOCK_BYTES 65536

struct folder {
	char path[64];
	int fd;
};

static int set_up(void **state)
{
	struct folder *folder = malloc(sizeof(*folder));

	*state = folder;
	if (!folder)
		return 1;
	strncpy(folder->path, "/var/tmp/memcg-run-test-XXXXXX", sizeof(folder->path));
	if (!mkdtemp(folder->path))
		return 1;
	folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder->fd < 0;
}

static int tear_down(void **state)
{
	struct folder *folder = *state;
	int r = file_remove_tree(AT_FDCWD, folder->path, NULL);

	close(folder->fd);
	free(folder);
	return r;
}

static void write_block(const struct folder *folder, const char *name)
{
	static const char block[BLOCK_BYTES] = {1};

	assert_int_equal(file_write(folder->fd, name, block, sizeof(block), 0600, NULL), 0);
}

static bool exceeds(const struct folder *folder, uint64_t max_bytes)
{
	struct quota quota = quota_new((struct amount){.kind = AMOUNT_NUMBER, .number = max_bytes});
	bool exceeded = false;

	assert_int_equal(quota_look(&quota, folder->fd, &exceeded, NULL), 0);
	return exceeded;
}

static void test_quota_look__counts_files_in_folders(void **state)
{
	const struct folder *folder = *state;

	assert_false(exceeds(folder, 0));
	assert_int_equal(mkdirat(folder->fd, "below", 0700), 0);
	write_block(folder, "one");
	write_block(folder, "below/two");
	assert_true(exceeds(folder, 2 * BLOCK_BYTES - 1));
	/* The overhead of folders and the file system is less than a block of this test. */
	assert_false(exceeds(folder, 3 * BLOCK_BYTES));
}

static int make_file(const struct folder *folder, const char *name)
{
	int fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

/* 15 TiB, which ext4 allows, without a single block. */
static void test_quota_look__counts_a_hole_as_what_it_takes_to_read(void **state)
{
	const struct folder *folder = *state;
	int fd = make_file(folder, "hole");

	assert_int_equal(ftruncate(fd, 15L << 40), 0);
	close(fd);
	assert_true(exceeds(folder, (15UL << 40) - 1));
	assert_false(exceeds(folder, (15UL << 40) + BLOCK_BYTES));
}

static void test_quota_look__counts_what_is_set_aside_behind_a_files_end(void **state)
{
	const struct folder *folder = *state;
	int fd = make_file(folder, "short");

	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4 * BLOCK_BYTES) < 0 && errno == EOPNOTSUPP)
		skip();
	close(fd);
	assert_true(exceeds(folder, 4 * BLOCK_BYTES - 1));
}

static void test_quota_look__counts_no_targets_of_links(void **state)
{
	const struct folder *folder = *state;

	assert_int_equal(symlinkat("/usr", folder->fd, "link"), 0);
	assert_int_equal(symlinkat("/nowhere", folder->fd, "broken"), 0);
	assert_false(exceeds(folder, BLOCK_BYTES));
}

static void test_quota_look__too_many_files_or_too_deep_is_too_much(void **state)
{
	const struct folder *folder = *state;
	char name[32];
	char path[3 * QUOTA_MAX_DEPTH + 4] = "d";

	for (int i = 0; i < QUOTA_MAX_DEPTH - 1; i++) {
		assert_int_equal(mkdirat(folder->fd, path, 0700), 0);
		strncat(path, "/d", sizeof(path) - strlen(path) - 1);
	}
	assert_false(exceeds(folder, UINT64_MAX));
	assert_int_equal(mkdirat(folder->fd, path, 0700), 0);
	assert_true(exceeds(folder, UINT64_MAX));
	assert_int_equal(unlinkat(folder->fd, path, AT_REMOVEDIR), 0);

	for (int i = QUOTA_MAX_DEPTH - 1; i < QUOTA_MAX_ENTRIES; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(symlinkat("x", folder->fd, name), 0);
	}
	assert_false(exceeds(folder, UINT64_MAX));
	assert_int_equal(symlinkat("x", folder->fd, "more"), 0);
	assert_true(exceeds(folder, UINT64_MAX));
}

static void test_quota_look__waits_until_it_is_due(void **state)
{
	const struct folder *folder = *state;
	struct quota quota = quota_new((struct amount){.kind = AMOUNT_NUMBER, .number = 0});
	bool exceeded = true;

	quota.due_ns = clock_monotonic_ns() + 1000 * NS_PER_S;
	write_block(folder, "one");
	assert_int_equal(quota_look(&quota, folder->fd, &exceeded, NULL), 0);
	assert_false(exceeded);
	quota.due_ns = 0;
	assert_int_equal(quota_look(&quota, folder->fd, &exceeded, NULL), 0);
	assert_true(exceeded);
	assert_true(quota.due_ns > 0);
}

static void test_quota_take_record__as_many_as_there_is_room_for(void **state)
{
	const struct memcg_run_record sample = {.type = MEMCG_RUN_SAMPLE};
	const struct memcg_run_record kind = {.type = MEMCG_RUN_METRIC};
	struct quota quota = quota_new((struct amount){.kind = AMOUNT_NUMBER, .number = 100});

	(void)state;
	/* 16 + 64 + 16 of 100 bytes. */
	assert_true(quota_take_record(&quota, &sample));
	assert_true(quota_take_record(&quota, &kind));
	assert_false(quota_take_record(&quota, &kind));
	assert_true(quota_take_record(&quota, &sample));
	assert_false(quota_take_record(&quota, &sample));
}

static void test_quota_new__without_a_most_counts_no_bytes(void **state)
{
	(void)state;
	assert_int_equal(quota_new((struct amount){.kind = AMOUNT_MAX}).max_bytes, UINT64_MAX);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_quota_look__counts_files_in_folders),
		IN_FOLDER(test_quota_look__counts_a_hole_as_what_it_takes_to_read),
		IN_FOLDER(test_quota_look__counts_what_is_set_aside_behind_a_files_end),
		IN_FOLDER(test_quota_look__counts_no_targets_of_links),
		IN_FOLDER(test_quota_look__too_many_files_or_too_deep_is_too_much),
		IN_FOLDER(test_quota_look__waits_until_it_is_due),
		cmocka_unit_test(test_quota_take_record__as_many_as_there_is_room_for),
		cmocka_unit_test(test_quota_new__without_a_most_counts_no_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
