#include "cgroup/hierarchy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Debian 13 with systemd. */
static const char unified[] =
	"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	"24 22 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:2 - sysfs sysfs rw\n"
	"30 24 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 "
	"rw,nsdelegate,memory_recursiveprot\n"
	"31 24 0:28 / /sys/fs/bpf rw,nosuid shared:9 - bpf bpf rw,mode=700\n";

/* Memory on v1, and a cgroup2 mount with one remaining controller. */
static const char hybrid[] =
	"31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
	"32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
	"33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n"
	"34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
	"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
	"37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer\n"
	"39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
	"40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
	"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

/* v1 only, with co-mounted controllers and options that are not controllers. */
static const char legacy[] =
	"25 18 0:22 / /sys/fs/cgroup/systemd rw,nosuid shared:8 - cgroup cgroup "
	"rw,xattr,release_agent=/lib/systemd/systemd-cgroups-agent,name=systemd\n"
	"29 18 0:25 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:12 - cgroup cgroup "
	"rw,cpu,cpuacct\n"
	"30 18 0:26 / /sys/fs/cgroup/memory rw,nosuid shared:13 master:2 - cgroup cgroup "
	"rw,memory\n";

/* In an unprivileged container. */
static const char container[] =
	"610 600 0:27 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw\n";

static struct hierarchy *parse(const char *mountinfo, const char *controllers)
{
	struct error error = ERROR_INIT;
	struct hierarchy *hierarchy = NULL;

	if (hierarchy_parse(mountinfo, controllers, &hierarchy, &error) < 0)
		fail_msg("%s", error.text);
	return hierarchy;
}

static void assert_refused(
	const char *mountinfo, const char *controllers, int number, const char *says)
{
	struct error error = ERROR_INIT;
	struct hierarchy *hierarchy = NULL;

	assert_int_equal(hierarchy_parse(mountinfo, controllers, &hierarchy, &error), -number);
	assert_null(hierarchy);
	assert_int_equal(error.number, number);
	if (!strstr(error.text, says))
		fail_msg("\"%s\" does not say \"%s\"", error.text, says);
}

static void assert_mounts(const struct hierarchy *hierarchy, const char *const *expected)
{
	const char *const *mounts = hierarchy_mounts(hierarchy);
	size_t n = 0;

	for (; expected[n]; n++) {
		assert_non_null(mounts[n]);
		assert_string_equal(mounts[n], expected[n]);
	}
	assert_null(mounts[n]);
}

static void test_hierarchy_parse__unified_is_v2(void **state)
{
	struct hierarchy *hierarchy =
		parse(unified, "cpuset cpu io memory hugetlb pids rdma misc\n");

	(void)state;
	assert_int_equal(hierarchy_version(hierarchy), HIERARCHY_V2);
	assert_string_equal(hierarchy_name(hierarchy), "v2");
	assert_string_equal(hierarchy_memory_mount(hierarchy), "/sys/fs/cgroup");
	assert_mounts(hierarchy, (const char *const[]){"/sys/fs/cgroup", NULL});
	assert_null(hierarchy_controller_mount(hierarchy, "memory"));
	hierarchy_free(hierarchy);
}

static void test_hierarchy_parse__hybrid_is_v1_and_keeps_every_mount(void **state)
{
	struct hierarchy *hierarchy = parse(hybrid, "hugetlb\n");

	(void)state;
	assert_int_equal(hierarchy_version(hierarchy), HIERARCHY_V1);
	assert_string_equal(hierarchy_name(hierarchy), "v1");
	assert_string_equal(hierarchy_memory_mount(hierarchy), "/sys/fs/cgroup/memory");
	assert_mounts(
		hierarchy, (const char *const[]){"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpuacct",
				   "/sys/fs/cgroup/cpuset", "/sys/fs/cgroup/memory",
				   "/sys/fs/cgroup/freezer", "/sys/fs/cgroup/pids",
				   "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", NULL});
	assert_string_equal(
		hierarchy_controller_mount(hierarchy, "freezer"), "/sys/fs/cgroup/freezer");
	assert_string_equal(hierarchy_controller_mount(hierarchy, "cpu"), "/sys/fs/cgroup/cpu");
	assert_null(hierarchy_controller_mount(hierarchy, "hugetlb"));
	hierarchy_free(hierarchy);
}

static void test_hierarchy_parse__legacy_is_v1(void **state)
{
	struct hierarchy *hierarchy = parse(legacy, "");

	(void)state;
	assert_int_equal(hierarchy_version(hierarchy), HIERARCHY_V1);
	assert_string_equal(hierarchy_memory_mount(hierarchy), "/sys/fs/cgroup/memory");
	assert_null(hierarchy_controller_mount(hierarchy, "pids"));
	hierarchy_free(hierarchy);
}

static void test_hierarchy_parse__finds_both_of_co_mounted_controllers(void **state)
{
	struct hierarchy *hierarchy = parse(legacy, "");

	(void)state;
	assert_string_equal(
		hierarchy_controller_mount(hierarchy, "cpu"), "/sys/fs/cgroup/cpu,cpuacct");
	assert_string_equal(
		hierarchy_controller_mount(hierarchy, "cpuacct"), "/sys/fs/cgroup/cpu,cpuacct");
	assert_null(hierarchy_controller_mount(hierarchy, "cpua"));
	/* A word in an option's value is not a controller. */
	assert_null(hierarchy_controller_mount(hierarchy, "systemd"));
	hierarchy_free(hierarchy);
}

static void test_hierarchy_parse__undoes_escapes_of_mount_points(void **state)
{
	struct hierarchy *hierarchy = parse(
		"30 24 0:27 / /my\\040groups/a\\134b\\011c rw - cgroup2 none\\040of\\040it rw\n",
		"memory\n");

	(void)state;
	assert_string_equal(hierarchy_memory_mount(hierarchy), "/my groups/a\\b\tc");
	hierarchy_free(hierarchy);
}

static void test_hierarchy_parse__takes_the_first_of_two_mounts_of_a_hierarchy(void **state)
{
	struct hierarchy *hierarchy =
		parse("30 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
		      "99 24 0:27 /docker/1 /var/lib/engine/cgroup ro - cgroup2 cgroup2 rw\n",
			"memory");

	(void)state;
	assert_mounts(hierarchy, (const char *const[]){"/sys/fs/cgroup", NULL});
	hierarchy_free(hierarchy);
}

static void test_hierarchy_parse__memory_must_be_a_whole_word(void **state)
{
	(void)state;
	assert_refused(unified, "cpu memory_hot mymemory pids\n", ENOENT, "no memory controller");
}

static void test_hierarchy_parse__read_only_container_says_where_to_run(void **state)
{
	(void)state;
	assert_refused(container, "cpu memory pids\n", EROFS,
		"/sys/fs/cgroup is mounted read-only, as in a container; run on the host");
	assert_refused("35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup ro,memory\n", "",
		EROFS, "mount -o remount,rw /sys/fs/cgroup/memory");
}

static void test_hierarchy_parse__v2_without_memory_says_how_to_boot(void **state)
{
	(void)state;
	assert_refused(unified, "cpuset cpu io pids\n", ENOENT,
		"the cgroup2 hierarchy at /sys/fs/cgroup has no memory controller");
	assert_refused(unified, "\n", ENOENT, "boot with cgroup_enable=memory");
}

static void test_hierarchy_parse__v1_without_memory_says_how_to_mount(void **state)
{
	(void)state;
	assert_refused("39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n", "", ENOENT,
		"mount -t cgroup -o memory memory");
}

static void test_hierarchy_parse__nothing_mounted_says_how_to_mount(void **state)
{
	(void)state;
	assert_refused("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n", "", ENOENT,
		"no cgroup hierarchy is mounted; as root: mount -t cgroup2 none /sys/fs/cgroup");
	assert_refused("", "", ENOENT, "no cgroup hierarchy is mounted");
}

static void test_hierarchy_parse__skips_what_is_no_mount(void **state)
{
	struct hierarchy *hierarchy =
		parse("\nnonsense\n30 24 0:27 / /cut\n30 24 0:26 / /x rw shared:1 cgroup2 c rw\n"
		      "30 24 0:26 / /y rw - cgroup2\n"
		      "30 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
			"memory");

	(void)state;
	assert_mounts(hierarchy, (const char *const[]){"/sys/fs/cgroup", NULL});
	hierarchy_free(hierarchy);
}

/* Another root: a folder with another host's files. */
static void test_hierarchy_find_below__reads_the_files_of_another_root(void **state)
{
	char root[] = "/tmp/test-hierarchy-XXXXXX";
	CLEANUP(cleanup_free) char *mountinfo = NULL;
	CLEANUP(cleanup_free) char *groups = NULL;
	CLEANUP(cleanup_free) char *controllers = NULL;
	struct error error = ERROR_INIT;
	struct hierarchy *hierarchy = NULL;

	(void)state;
	assert_non_null(mkdtemp(root));
	assert_int_equal(hierarchy_find_below(root, &hierarchy, &error), -ENOENT);
	assert_non_null(strstr(error.text, root));
	mountinfo = string_format("%s/proc/self", root);
	groups = string_format("%s/sys/fs/cgroup", root);
	controllers = string_format("%s/cgroup.controllers", groups);
	assert_int_equal(file_make_directories(AT_FDCWD, mountinfo, 0755, NULL), 0);
	assert_int_equal(file_make_directories(AT_FDCWD, groups, 0755, NULL), 0);
	free(mountinfo);
	mountinfo = string_format("%s/proc/self/mountinfo", root);
	assert_int_equal(file_write(AT_FDCWD, mountinfo, unified, strlen(unified), 0644, NULL), 0);
	assert_int_equal(
		file_write(AT_FDCWD, controllers, "memory\n", strlen("memory\n"), 0644, NULL), 0);
	if (hierarchy_find_below(root, &hierarchy, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(hierarchy_version(hierarchy), HIERARCHY_V2);
	assert_string_equal(hierarchy_memory_mount(hierarchy), "/sys/fs/cgroup");

	assert_int_equal(hierarchy_check_permission(root, hierarchy, NULL), 0);
	assert_int_equal(chmod(root, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	assert_int_equal(hierarchy_check_permission(root, hierarchy, &error), -EACCES);
	assert_int_equal(seteuid(0), 0);
	assert_string_equal(error.text,
		"cannot create groups in /sys/fs/cgroup: Permission denied; run as root");
	hierarchy_free(hierarchy);
	assert_int_equal(file_remove_tree(AT_FDCWD, root, NULL), 0);
}

static void test_hierarchy_find__agrees_with_this_host(void **state)
{
	struct error error = ERROR_INIT;
	struct hierarchy *hierarchy = NULL;

	(void)state;
	if (hierarchy_find(&hierarchy, &error) < 0)
		fail_msg("%s", error.text);
	assert_true(hierarchy_version(hierarchy) == HIERARCHY_V1 ||
		    hierarchy_version(hierarchy) == HIERARCHY_V2);
	assert_int_equal(hierarchy_memory_mount(hierarchy)[0], '/');
	hierarchy_free(hierarchy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hierarchy_parse__unified_is_v2),
		cmocka_unit_test(test_hierarchy_parse__hybrid_is_v1_and_keeps_every_mount),
		cmocka_unit_test(test_hierarchy_parse__legacy_is_v1),
		cmocka_unit_test(test_hierarchy_parse__finds_both_of_co_mounted_controllers),
		cmocka_unit_test(test_hierarchy_parse__undoes_escapes_of_mount_points),
		cmocka_unit_test(
			test_hierarchy_parse__takes_the_first_of_two_mounts_of_a_hierarchy),
		cmocka_unit_test(test_hierarchy_parse__memory_must_be_a_whole_word),
		cmocka_unit_test(test_hierarchy_parse__read_only_container_says_where_to_run),
		cmocka_unit_test(test_hierarchy_parse__v2_without_memory_says_how_to_boot),
		cmocka_unit_test(test_hierarchy_parse__v1_without_memory_says_how_to_mount),
		cmocka_unit_test(test_hierarchy_parse__nothing_mounted_says_how_to_mount),
		cmocka_unit_test(test_hierarchy_parse__skips_what_is_no_mount),
		cmocka_unit_test(test_hierarchy_find_below__reads_the_files_of_another_root),
		cmocka_unit_test(test_hierarchy_find__agrees_with_this_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
