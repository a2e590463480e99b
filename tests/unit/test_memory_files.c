#include "cgroup/memory_files.h"

#include "cgroup/control.h"
#include "cgroup/version.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int value_of(const char *text, uint64_t *ret_value)
{
	return memory_value_parse(text, strlen(text), ret_value);
}

static void test_memory_value_parse__takes_a_number_and_its_newline(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(value_of("0\n", &value), 0);
	assert_true(value == 0);
	assert_int_equal(value_of("268435456\n", &value), 0);
	assert_true(value == 268435456);
	assert_int_equal(value_of("18446744073709551615", &value), 0);
	assert_true(value == UINT64_MAX);
}

static void test_memory_value_parse__rejects_what_is_no_number(void **state)
{
	static const char *const junk[] = {"", "\n", "max\n", "-1\n", "+1\n", " 1\n", "1 \n",
		"1\n2\n", "1\n\n", "0x10\n", "1.5"};
	uint64_t value = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		assert_int_equal(value_of(junk[i], &value), -EBADMSG);
	assert_int_equal(value_of("18446744073709551616\n", &value), -ERANGE);
	assert_int_equal(value_of("99999999999999999999\n", &value), -ERANGE);
	assert_true(value == 7);
}

static void test_memory_amount_parse__tells_max_from_numbers(void **state)
{
	struct amount amount = {.kind = AMOUNT_UNSET};

	(void)state;
	assert_int_equal(memory_amount_parse("max\n", &amount), 0);
	assert_int_equal(amount.kind, AMOUNT_MAX);
	assert_int_equal(memory_amount_parse("0\n", &amount), 0);
	assert_int_equal(amount.kind, AMOUNT_NUMBER);
	assert_true(amount.number == 0);
	assert_int_equal(memory_amount_parse("maximum\n", &amount), -EBADMSG);
	assert_int_equal(memory_amount_parse("", &amount), -EBADMSG);
	assert_int_equal(amount.kind, AMOUNT_NUMBER);
}

static void test_memory_stat_parse_v2__reads_the_kept_keys(void **state)
{
	struct memory_stat stat;

	(void)state;
	assert_int_equal(memory_stat_parse_v2("anon 1048576\nfile 4096\nkernel 81920\n"
					      "kernel_stack 16384\nsock 100\nshmem 2048\n"
					      "anon_thp 0\nslab_reclaimable 5\nslab 30000\n"
					      "workingset_nodereclaim 17\n"
					      "swapcached 512\n"
					      "workingset_refault_anon 11\n"
					      "workingset_refault_file 12\n"
					      "workingset_activate_anon 13\n"
					      "workingset_activate_file 14\n"
					      "workingset_restore_anon 15\n"
					      "workingset_restore_file 16\n"
					      "pgfault 12\npgmajfault 3\n",
				 &stat),
		0);
	for (size_t i = 0; i < MEMORY_STAT_N_KEYS; i++)
		assert_true(stat.present[i]);
	assert_true(stat.value[MEMORY_STAT_ANON] == 1048576);
	assert_true(stat.value[MEMORY_STAT_FILE] == 4096);
	assert_true(stat.value[MEMORY_STAT_KERNEL] == 81920);
	assert_true(stat.value[MEMORY_STAT_SHMEM] == 2048);
	assert_true(stat.value[MEMORY_STAT_SOCK] == 100);
	assert_true(stat.value[MEMORY_STAT_SLAB] == 30000);
	assert_true(stat.value[MEMORY_STAT_PGFAULT] == 12);
	assert_true(stat.value[MEMORY_STAT_PGMAJFAULT] == 3);
	assert_true(stat.value[MEMORY_STAT_WORKINGSET_REFAULT_ANON] == 11);
	assert_true(stat.value[MEMORY_STAT_WORKINGSET_REFAULT_FILE] == 12);
	assert_true(stat.value[MEMORY_STAT_WORKINGSET_ACTIVATE_ANON] == 13);
	assert_true(stat.value[MEMORY_STAT_WORKINGSET_ACTIVATE_FILE] == 14);
	assert_true(stat.value[MEMORY_STAT_WORKINGSET_RESTORE_ANON] == 15);
	assert_true(stat.value[MEMORY_STAT_WORKINGSET_RESTORE_FILE] == 16);
	assert_true(stat.value[MEMORY_STAT_WORKINGSET_NODERECLAIM] == 17);
}

static void test_memory_stat_parse_v2__a_missing_key_is_not_present(void **state)
{
	struct memory_stat stat;

	(void)state;
	/* Before Linux 5.18 there is no "kernel"; "kernel_stack" is something else. */
	assert_int_equal(memory_stat_parse_v2("anon 5\nkernel_stack 16384\n", &stat), 0);
	assert_true(stat.present[MEMORY_STAT_ANON]);
	assert_false(stat.present[MEMORY_STAT_KERNEL]);
	assert_false(stat.present[MEMORY_STAT_PGFAULT]);
	assert_int_equal(memory_stat_parse_v2("", &stat), 0);
	assert_false(stat.present[MEMORY_STAT_ANON]);
}

static void test_memory_stat_parse_v2__skips_unknown_keys_whatever_their_value(void **state)
{
	struct memory_stat stat;

	(void)state;
	assert_int_equal(memory_stat_parse_v2("new_key N0=5 N1=6\nanon 5\nother max\n", &stat), 0);
	assert_true(stat.value[MEMORY_STAT_ANON] == 5);
}

static void test_memory_stat_parse_v2__rejects_junk_and_duplicates(void **state)
{
	static const char *const junk[] = {"anon\n", "anon \n", "anon x\n", "anon 5 6\n", " 5\n",
		"anon -1\n", "\n", "file 1\n\nanon 5\n", "anon 5\nfile 1\nanon 5\n"};
	struct memory_stat stat = {.value[MEMORY_STAT_ANON] = 99};

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		assert_int_equal(memory_stat_parse_v2(junk[i], &stat), -EBADMSG);
	assert_int_equal(memory_stat_parse_v2("anon 18446744073709551616\n", &stat), -ERANGE);
	assert_true(stat.value[MEMORY_STAT_ANON] == 99);
}

static void test_memory_stat_parse_v1__reads_the_hierarchical_lines(void **state)
{
	struct memory_stat stat;

	(void)state;
	assert_int_equal(
		memory_stat_parse_v1("cache 1\nrss 2\nshmem 3\npgfault 4\npgmajfault 5\n"
				     "hierarchical_memory_limit 9223372036854771712\n"
				     "total_cache 4096\ntotal_rss 8192\ntotal_rss_huge 0\n"
				     "workingset_refault_anon 6\nworkingset_refault_file 7\n"
				     "total_workingset_refault_anon 60\n"
				     "total_workingset_refault_file 70\n"
				     "total_shmem 1024\ntotal_pgfault 40\ntotal_pgmajfault 50\n",
			&stat),
		0);
	assert_true(stat.value[MEMORY_STAT_FILE] == 4096);
	assert_true(stat.value[MEMORY_STAT_ANON] == 8192);
	assert_true(stat.value[MEMORY_STAT_SHMEM] == 1024);
	assert_true(stat.value[MEMORY_STAT_PGFAULT] == 40);
	assert_true(stat.value[MEMORY_STAT_PGMAJFAULT] == 50);
	assert_false(stat.present[MEMORY_STAT_KERNEL]);
	assert_false(stat.present[MEMORY_STAT_SOCK]);
	assert_false(stat.present[MEMORY_STAT_SLAB]);
	assert_true(stat.value[MEMORY_STAT_WORKINGSET_REFAULT_ANON] == 60);
	assert_true(stat.value[MEMORY_STAT_WORKINGSET_REFAULT_FILE] == 70);
	assert_false(stat.present[MEMORY_STAT_WORKINGSET_ACTIVATE_ANON]);
	assert_false(stat.present[MEMORY_STAT_WORKINGSET_NODERECLAIM]);
}

static void test_memory_stat_name__has_the_unit(void **state)
{
	(void)state;
	assert_string_equal(memory_stat_name(MEMORY_STAT_ANON), "anon_bytes");
	assert_string_equal(memory_stat_name(MEMORY_STAT_SLAB), "slab_bytes");
	assert_string_equal(memory_stat_name(MEMORY_STAT_PGMAJFAULT), "pgmajfault");
	assert_string_equal(
		memory_stat_name(MEMORY_STAT_WORKINGSET_REFAULT_FILE), "workingset_refault_file");
}

static void test_memory_events_parse__reads_all_four(void **state)
{
	struct memory_events events;

	(void)state;
	assert_int_equal(memory_events_parse("low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\n"
					     "oom_group_kill 6\nsock_throttled 7\n",
				 &events),
		0);
	assert_true(events.high == 2);
	assert_true(events.max == 3);
	assert_true(events.oom == 4);
	assert_true(events.oom_kill == 5);
}

static void test_memory_events_parse__a_missing_key_is_no_zero(void **state)
{
	struct memory_events events = {.max = 9};

	(void)state;
	assert_int_equal(memory_events_parse("low 1\nhigh 2\nmax 3\noom 4\n", &events), -EBADMSG);
	assert_int_equal(memory_events_parse("", &events), -EBADMSG);
	assert_true(events.max == 9);
}

static void test_memory_oom_control_parse__reads_oom_kill(void **state)
{
	uint64_t oom_kill = 9;

	(void)state;
	assert_int_equal(memory_oom_control_parse(
				 "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", &oom_kill),
		0);
	assert_true(oom_kill == 2);
	assert_int_equal(
		memory_oom_control_parse("oom_kill_disable 0\nunder_oom 0\n", &oom_kill), -EBADMSG);
	assert_true(oom_kill == 2);
}

/*
 * The versions' readers on a folder of plain files instead of a slice: covers what this host's
 * kernel does not have.
 */
struct fixture {
	char path[64];
	int slice_fd;
};

static void put(const struct fixture *fixture, const char *file, const char *text)
{
	assert_int_equal(file_write(fixture->slice_fd, file, text, strlen(text), 0644, NULL), 0);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	strcpy(fixture->path, "/tmp/memcg-run-test-files-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	fixture->slice_fd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = fixture;
	return fixture->slice_fd < 0 ? -1
				     : file_make_directories(fixture->slice_fd, "task", 0755, NULL);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	int result = file_remove_tree(AT_FDCWD, fixture->path, NULL);

	if (fixture->slice_fd >= 0)
		close(fixture->slice_fd);
	free(fixture);
	return result;
}

static struct memory_files open_files(struct fixture *fixture, const struct version *version)
{
	struct memory_files files = MEMORY_FILES_NONE;
	struct error error = ERROR_INIT;

	if (memory_files_open(&version->names, fixture->slice_fd, &files, &error) < 0)
		fail_msg("%s", error.text);
	fixture->slice_fd = -1; /* now owned by the files */
	return files;
}

static void put_v2(const struct fixture *fixture)
{
	put(fixture, "memory.current", "8192\n");
	put(fixture, "task/memory.current", "4096\n");
	put(fixture, "task/memory.stat", "anon 77\nslab 88\n");
	put(fixture, "memory.events", "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\n");
}

static void test_v2__reads_current_stat_and_events(void **state)
{
	struct memory_stat stat;
	struct memory_events events;
	struct memory_files files;
	uint64_t value;

	put_v2(*state);
	put(*state, "task/memory.peak", "12288\n");
	files = open_files(*state, &version_v2);
	assert_int_equal(memory_value_read(files.current_fd, &value), 0);
	assert_true(value == 4096);
	assert_int_equal(memory_value_read(files.peak_fd, &value), 0);
	assert_true(value == 12288);
	assert_int_equal(version_v2.read_stat(&files, &stat, NULL), 0);
	assert_true(stat.value[MEMORY_STAT_ANON] == 77);
	assert_true(stat.value[MEMORY_STAT_SLAB] == 88);
	assert_int_equal(version_v2.read_events(&files, &events, NULL), 0);
	assert_true(events.max == 2);
	assert_true(events.oom_kill == 4);
	memory_files_close(&files);
}

static void test_v2__a_kernel_without_memory_peak_is_served(void **state)
{
	struct memory_files files;

	put_v2(*state);
	files = open_files(*state, &version_v2);
	assert_int_equal(files.peak_fd, -1);
	assert_int_equal(version_v2.reset_peak(&files, NULL), 1);
	memory_files_close(&files);
}

static void test_v2__resets_the_peak_through_the_descriptor_that_is_read(void **state)
{
	struct memory_files files;
	char text[32];

	put_v2(*state);
	put(*state, "task/memory.peak", "");
	files = open_files(*state, &version_v2);
	assert_int_equal(version_v2.reset_peak(&files, NULL), 0);
	assert_true(control_pread(files.peak_fd, text, sizeof(text)) > 0);
	memory_files_close(&files);
}

static void test_v2__says_which_file_is_wrong(void **state)
{
	struct error error = ERROR_INIT;
	struct memory_events events;
	struct memory_files files;

	put_v2(*state);
	put(*state, "memory.events", "oom_kill 4\n");
	files = open_files(*state, &version_v2);
	assert_int_equal(version_v2.read_events(&files, &events, &error), -EBADMSG);
	assert_non_null(strstr(error.text, "memory.events"));
	memory_files_close(&files);
}

static void test_v2__kills_freezes_and_sees_it(void **state)
{
	struct slice slice = {.version = &version_v2};
	char text[32];
	bool frozen;

	put_v2(*state);
	put(*state, "cgroup.kill", "");
	put(*state, "cgroup.events", "populated 1\nfrozen 0\n");
	slice.files = open_files(*state, &version_v2);
	assert_int_equal(version_v2.kill(&slice, NULL), 0);
	assert_int_equal(
		control_read(slice.files.slice_fd, "cgroup.kill", text, sizeof(text), NULL), 1);
	assert_string_equal(text, "1");
	/* Whatever keeps the kernel from it, they are then killed one by one. */
	assert_int_equal(unlinkat(slice.files.slice_fd, "cgroup.kill", 0), 0);
	assert_int_equal(version_v2.kill(&slice, NULL), 1);
	assert_int_equal(mkdirat(slice.files.slice_fd, "cgroup.kill", 0700), 0);
	assert_int_equal(version_v2.kill(&slice, NULL), 1);
	/* Missing before Linux 5.2. */
	assert_int_equal(version_v2.freeze(&slice, true, NULL), 1);
	assert_int_equal(version_v2.is_frozen(&slice, &frozen, NULL), 0);
	assert_false(frozen);
	assert_int_equal(file_write(slice.files.slice_fd, "cgroup.events",
				 "populated 1\nfrozen 1\n", 21, 0644, NULL),
		0);
	assert_int_equal(version_v2.is_frozen(&slice, &frozen, NULL), 0);
	assert_true(frozen);
	memory_files_close(&slice.files);
}

static void put_v1(const struct fixture *fixture)
{
	static const char oom_control[] = "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n";

	put(fixture, "memory.usage_in_bytes", "8192\n");
	put(fixture, "memory.failcnt", "5\n");
	put(fixture, "memory.oom_control", oom_control);
	put(fixture, "task/memory.failcnt", "2\n");
	put(fixture, "task/memory.oom_control", "oom_kill 2\n");
	put(fixture, "task/tasks", "");
	put(fixture, "task/memory.usage_in_bytes", "4096\n");
	put(fixture, "task/memory.max_usage_in_bytes", "4096\n");
	put(fixture, "task/memory.stat", "rss 1\ntotal_rss 77\n");
}

static void test_v1__sums_failures_and_kills_of_its_groups(void **state)
{
	struct memory_events events;
	struct memory_files files;

	put_v1(*state);
	files = open_files(*state, &version_v1);
	/* Swap is not accounted, and the runtime has removed its leaf. */
	assert_int_equal(version_v1.read_events(&files, &events, NULL), 0);
	assert_true(events.high == 0);
	assert_true(events.max == 7);
	assert_true(events.oom == 3);
	assert_true(events.oom_kill == 3);
	assert_int_equal(file_make_directories(files.slice_fd, "runtime", 0755, NULL), 0);
	assert_int_equal(file_write(files.slice_fd, "runtime/memory.oom_control", "oom_kill 4\n",
				 11, 0644, NULL),
		0);
	assert_int_equal(
		file_write(files.slice_fd, "memory.memsw.failcnt", "10\n", 3, 0644, NULL), 0);
	assert_int_equal(version_v1.read_events(&files, &events, NULL), 0);
	assert_true(events.max == 17);
	assert_true(events.oom_kill == 7);
	memory_files_close(&files);
}

static void test_v1__kernel_is_present_where_its_file_is(void **state)
{
	struct memory_stat stat;
	struct memory_files files;

	put_v1(*state);
	put(*state, "task/memory.kmem.usage_in_bytes", "333\n");
	files = open_files(*state, &version_v1);
	assert_int_equal(version_v1.read_stat(&files, &stat, NULL), 0);
	assert_true(stat.value[MEMORY_STAT_ANON] == 77);
	assert_true(stat.present[MEMORY_STAT_KERNEL]);
	assert_true(stat.value[MEMORY_STAT_KERNEL] == 333);
	memory_files_close(&files);
}

static void test_v1__kernel_is_absent_where_its_file_is(void **state)
{
	struct memory_stat stat;
	struct memory_files files;

	put_v1(*state);
	files = open_files(*state, &version_v1);
	assert_int_equal(version_v1.read_stat(&files, &stat, NULL), 0);
	assert_false(stat.present[MEMORY_STAT_KERNEL]);
	memory_files_close(&files);
}

static void test_memory_files_open__names_the_file_that_is_missing(void **state)
{
	struct fixture *fixture = *state;
	struct memory_files files = MEMORY_FILES_NONE;
	struct error error = ERROR_INIT;

	put(fixture, "memory.current", "8192\n");
	put(fixture, "task/memory.current", "4096\n");
	assert_int_equal(
		memory_files_open(&version_v2.names, fixture->slice_fd, &files, &error), -ENOENT);
	assert_non_null(strstr(error.text, "memory.stat"));
	assert_int_equal(files.slice_fd, -1);
}

int main(void)
{
#define ON_FILES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_value_parse__takes_a_number_and_its_newline),
		cmocka_unit_test(test_memory_value_parse__rejects_what_is_no_number),
		cmocka_unit_test(test_memory_amount_parse__tells_max_from_numbers),
		cmocka_unit_test(test_memory_stat_parse_v2__reads_the_kept_keys),
		cmocka_unit_test(test_memory_stat_parse_v2__a_missing_key_is_not_present),
		cmocka_unit_test(
			test_memory_stat_parse_v2__skips_unknown_keys_whatever_their_value),
		cmocka_unit_test(test_memory_stat_parse_v2__rejects_junk_and_duplicates),
		cmocka_unit_test(test_memory_stat_parse_v1__reads_the_hierarchical_lines),
		cmocka_unit_test(test_memory_stat_name__has_the_unit),
		cmocka_unit_test(test_memory_events_parse__reads_all_four),
		cmocka_unit_test(test_memory_events_parse__a_missing_key_is_no_zero),
		cmocka_unit_test(test_memory_oom_control_parse__reads_oom_kill),
		ON_FILES(test_v2__reads_current_stat_and_events),
		ON_FILES(test_v2__a_kernel_without_memory_peak_is_served),
		ON_FILES(test_v2__resets_the_peak_through_the_descriptor_that_is_read),
		ON_FILES(test_v2__says_which_file_is_wrong),
		ON_FILES(test_v2__kills_freezes_and_sees_it),
		ON_FILES(test_v1__sums_failures_and_kills_of_its_groups),
		ON_FILES(test_v1__kernel_is_present_where_its_file_is),
		ON_FILES(test_v1__kernel_is_absent_where_its_file_is),
		ON_FILES(test_memory_files_open__names_the_file_that_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
