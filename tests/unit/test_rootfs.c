#include "runner/container/rootfs.h"

#include "runner/container/host_files.h"
#include "tests/unit/container_fixture.h"
#include "util/text.h"

static const struct rootfs_folder *find_folder(const struct fixture *fixture, const char *name)
{
	size_t n;
	const struct rootfs_folder *folders = rootfs_folders(fixture->rootfs, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(folders[i].destination, name) == 0)
			return &folders[i];
	return NULL;
}

static void assert_refused(struct fixture *fixture, int number, const char *part_of_sentence)
{
	assert_int_equal(fixture_rootfs(fixture), -number);
	assert_null(fixture->rootfs);
	if (!strstr(fixture->error.text, part_of_sentence))
		fail_msg("\"%s\" is not in \"%s\"", part_of_sentence, fixture->error.text);
}

/* ---- the image */

static void test_rootfs__takes_folders_of_the_image(void **state)
{
	struct fixture *fixture = *state;
	size_t n;
	const struct rootfs_folder *folders;

	assert_int_equal(fixture_rootfs(fixture), 0);
	folders = rootfs_folders(fixture->rootfs, &n);
	assert_int_equal(n, 3);
	assert_string_equal(folders[0].destination, "/etc");
	assert_string_equal(folders[1].destination, "/usr");
	assert_string_equal(folders[2].destination, "/var");
	assert_string_equal(folders[1].source + strlen(fixture->path), "/image/usr");
	assert_null(folders[1].layer);
}

static void test_rootfs__has_what_every_container_has(void **state)
{
	struct fixture *fixture = *state;
	struct stat status;

	assert_int_equal(fixture_rootfs(fixture), 0);
	assert_string_equal(rootfs_path(fixture->rootfs) + strlen(fixture->path), "/work/rootfs");
	assert_true(fixture_has(fixture, "work/rootfs/proc"));
	assert_true(fixture_has(fixture, "work/rootfs/sys"));
	assert_true(fixture_has(fixture, "work/rootfs/dev"));
	assert_true(fixture_has(fixture, "work/rootfs/opt"));
	assert_true(fixture_has(fixture, "work/rootfs/run/memcg-run/python"));
	assert_true(fixture_has(fixture, "work/rootfs/run/memcg-run/phenomena"));
	assert_true(fixture_has(fixture, "work/rootfs/run/memcg-run/profiler"));
	assert_true(fixture_has(fixture, "work/rootfs/run/memcg-run/launcher"));
	assert_true(fixture_has(fixture, "work/rootfs/run/memcg-run/channel"));
	assert_true(fixture_has(fixture, "work/rootfs/run/memcg-run/stdin"));
	assert_int_equal(fstatat(fixture->fd, "work/rootfs/tmp", &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 01777);
}

static void test_rootfs__keeps_links_and_leaves_private_content_out(void **state)
{
	struct fixture *fixture = *state;
	char target[PATH_MAX] = "";

	assert_int_equal(fixture_rootfs(fixture), 0);
	assert_true(readlinkat(fixture->fd, "work/rootfs/bin", target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "usr/bin");
	assert_false(fixture_has(fixture, "work/rootfs/root/.profile"));
	assert_false(fixture_has(fixture, "work/rootfs/dev/null"));
}

/* ---- mount points */

static void test_rootfs__makes_a_mount_point_that_the_image_lacks_in_a_layer(void **state)
{
	struct fixture *fixture = *state;
	const struct rootfs_folder *usr;

	fixture_mount(fixture, "source", "/usr/share/deep/er place", false);
	assert_int_equal(fixture_rootfs(fixture), 0);
	usr = find_folder(fixture, "/usr");
	assert_non_null(usr->layer);
	assert_string_equal(usr->layer + strlen(fixture->path), "/work/layers/usr");
	assert_true(fixture_has(fixture, "work/layers/usr/share/deep/er place"));
	assert_false(fixture_has(fixture, "image/usr/share/deep"));
	/* includes the container's name for itself */
	assert_string_equal(
		find_folder(fixture, "/etc")->layer + strlen(fixture->path), "/work/layers/etc");
}

static void test_rootfs__makes_a_file_where_a_file_is_mounted(void **state)
{
	struct fixture *fixture = *state;
	struct stat status;

	fixture_mount(fixture, "file", "/etc/settings/one", false);
	assert_int_equal(fixture_rootfs(fixture), 0);
	assert_int_equal(fstatat(fixture->fd, "work/layers/etc/settings/one", &status, 0), 0);
	assert_true(S_ISREG(status.st_mode));
}

static void test_rootfs__needs_no_layer_for_a_folder_that_the_image_has(void **state)
{
	struct fixture *fixture = *state;

	fixture_mount(fixture, "source", "/usr/share/here", false);
	assert_int_equal(fixture_rootfs(fixture), 0);
	assert_null(find_folder(fixture, "/usr")->layer);
}

static void test_rootfs__makes_other_mount_points_in_the_root(void **state)
{
	struct fixture *fixture = *state;

	fixture_mount(fixture, "source", "/opt/data", false);
	fixture_mount(fixture, "source", "/data/cube", false);
	fixture_mount(fixture, "source", "/run/other", false);
	fixture_mount(fixture, "source", "/root/.cache", false);
	assert_int_equal(fixture_rootfs(fixture), 0);
	assert_true(fixture_has(fixture, "work/rootfs/opt/data"));
	assert_true(fixture_has(fixture, "work/rootfs/data/cube"));
	assert_true(fixture_has(fixture, "work/rootfs/run/other"));
	assert_true(fixture_has(fixture, "work/rootfs/root/.cache"));
	assert_null(find_folder(fixture, "/opt"));
}

static void test_rootfs__leaves_mount_points_in_a_tmpfs_to_the_runtime(void **state)
{
	struct fixture *fixture = *state;

	fixture_mount(fixture, "source", "/tmp/data", false);
	assert_int_equal(fixture_rootfs(fixture), 0);
	assert_false(fixture_has(fixture, "work/rootfs/tmp/data"));
}

static void test_rootfs__orders_mounts_parents_first(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *data = string_format("%s/data", fixture->experiment_directory);
	size_t n;
	const struct rootfs_mount *mounts;

	assert_non_null(data);
	fixture_mount(fixture, "source", "/zzz", true);
	fixture_mount(fixture, "source", data, false);
	fixture_mount(fixture, "source", "/a//b/./c/", false);
	assert_int_equal(fixture_rootfs(fixture), 0);
	mounts = rootfs_mounts(fixture->rootfs, &n);
	assert_int_equal(n, 4);
	assert_string_equal(mounts[0].destination, "/a/b/c");
	assert_string_equal(mounts[1].destination, fixture->experiment_directory);
	assert_string_equal(mounts[1].source, fixture->experiment_directory);
	assert_false(mounts[1].writable);
	assert_string_equal(mounts[2].destination, data);
	assert_string_equal(mounts[3].destination, "/zzz");
	assert_true(mounts[3].writable);
}

static void test_rootfs__refuses_a_mount_point_that_a_mounted_folder_lacks(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free)
	char *missing = string_format("%s/missing", fixture->experiment_directory);

	assert_non_null(missing);
	fixture_mount(fixture, "source", missing, false);
	assert_refused(fixture, ENOENT, "it is in");
	assert_false(fixture_has(fixture, "my experiments, a:b/missing"));
}

static void test_rootfs__refuses_links_on_the_way(void **state)
{
	struct fixture *fixture = *state;

	fixture_mount(fixture, "source", "/usr/share/link/data", false);
	assert_refused(fixture, ELOOP, "/usr/share/link/data");
}

static void test_rootfs__refuses_a_link_at_the_top(void **state)
{
	struct fixture *fixture = *state;

	fixture_mount(fixture, "source", "/bin/data", false);
	assert_refused(fixture, ELOOP, "/bin/data");
}

static void test_rootfs__refuses_a_folder_over_a_file(void **state)
{
	struct fixture *fixture = *state;

	fixture_mount(fixture, "source", "/usr/bin/program", false);
	assert_refused(fixture, ENOTDIR, "/usr/bin/program");
}

static void test_rootfs__refuses_places_of_the_container(void **state)
{
	static const char *const places[] = {"/", "/tmp", "/tmp/", "/usr", "//etc", "/proc",
		"/proc/self", "/sys/fs/cgroup", "/run/memcg-run", "/run/memcg-run/channel", "/dev"};
	struct fixture *fixture = *state;

	fixture_mount(fixture, "source", "", false);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		fixture->mounts[0].destination = (char *)places[i];
		assert_refused(fixture, EINVAL, "needs that place for itself");
	}
}

static void test_rootfs__refuses_relative_and_climbing_destinations(void **state)
{
	static const char *const places[] = {"data", "/data/../etc", "/.."};
	struct fixture *fixture = *state;

	fixture_mount(fixture, "source", "", false);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		fixture->mounts[0].destination = (char *)places[i];
		assert_refused(fixture, EINVAL, "must be absolute");
	}
}

static void test_rootfs__refuses_two_mounts_at_one_place(void **state)
{
	struct fixture *fixture = *state;

	fixture_mount(fixture, "source", "/data", false);
	fixture_mount(fixture, "work", "/data/", false);
	assert_refused(fixture, EEXIST, "at /data");
}

static void test_rootfs__refuses_a_source_that_is_not_there(void **state)
{
	struct fixture *fixture = *state;

	fixture_mount(fixture, "nowhere", "/data", false);
	assert_refused(fixture, ENOENT, "nowhere");
}

/* ---- the experiment's folder */

static void test_rootfs__refuses_an_experiment_right_in_tmp(void **state)
{
	struct fixture *fixture = *state;

	fixture->experiment.directory = (char *)"/tmp";
	assert_refused(fixture, EINVAL, "put the experiment into a folder of its own");
}

/* Root without capabilities has no special access to another user's folder. */
static void test_rootfs__refuses_an_experiment_that_the_task_could_not_enter(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(chown(fixture->experiment_directory, 65534, 65534), 0);
	assert_int_equal(chmod(fixture->experiment_directory, 0750), 0);
	assert_refused(fixture, EACCES, "chmod o+rx");
	assert_int_equal(chmod(fixture->experiment_directory, 0705), 0);
	assert_int_equal(fixture_rootfs(fixture), 0);
}

static void test_rootfs__accepts_a_private_folder_of_root(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(chmod(fixture->experiment_directory, 0700), 0);
	assert_int_equal(fixture_rootfs(fixture), 0);
}

/* ---- files of the host */

static void test_rootfs__gives_the_host_image_files_of_etc_but_no_secrets(void **state)
{
	struct fixture *fixture = *state;

	fixture->image.root = (char *)"/";
	assert_int_equal(fixture_rootfs(fixture), 0);
	assert_true(fixture_has(fixture, "work/rootfs/etc/passwd"));
	assert_true(fixture_has(fixture, "work/rootfs/etc/ld.so.cache"));
	assert_string_equal(find_folder(fixture, "/etc/alternatives")->source, "/etc/alternatives");
	assert_true(fixture_has(fixture, "work/rootfs/etc/alternatives"));
	assert_false(fixture_has(fixture, "work/rootfs/etc/shadow"));
	assert_false(fixture_has(fixture, "work/rootfs/etc/resolv.conf"));
	assert_non_null(find_folder(fixture, "/usr"));
	assert_null(find_folder(fixture, "/etc"));
	assert_null(find_folder(fixture, "/var"));
}

static void test_rootfs__gives_an_image_the_resolver_with_the_network(void **state)
{
	struct fixture *fixture = *state;

	fixture->experiment.container.network = true;
	assert_int_equal(fixture_rootfs(fixture), 0);
	assert_non_null(find_folder(fixture, "/etc")->layer);
	assert_true(fixture_has(fixture, "work/layers/etc/hosts"));
	assert_false(fixture_has(fixture, "work/layers/etc/passwd"));
}

static void test_host_files__copies_only_what_all_may_read(void **state)
{
	struct fixture *fixture = *state;
	int from;
	int to;

	fixture_directory(fixture, "host-etc/perl/private");
	fixture_directory(fixture, "copy");
	fixture_file(fixture, "host-etc/perl/private/key", "key");
	fixture_file(fixture, "host-etc/perl/open", "open");
	fixture_file(fixture, "host-etc/perl/closed", "closed");
	fixture_file(fixture, "host-etc/unwanted", "unwanted");
	fixture_file(fixture, "host-etc/passwd", "passwd");
	assert_int_equal(symlinkat("/elsewhere", fixture->fd, "host-etc/localtime"), 0);
	assert_int_equal(fchmodat(fixture->fd, "host-etc/perl/private", 0710, 0), 0);
	assert_int_equal(fchmodat(fixture->fd, "host-etc/perl/closed", 0640, 0), 0);
	from = openat(fixture->fd, "host-etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	to = openat(fixture->fd, "copy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(host_files_copy(from, to, &fixture->error), 0);
	close(from);
	close(to);
	assert_true(fixture_has(fixture, "copy/perl/open"));
	assert_true(fixture_has(fixture, "copy/passwd"));
	assert_true(fixture_has(fixture, "copy/localtime"));
	assert_false(fixture_has(fixture, "copy/perl/private"));
	assert_false(fixture_has(fixture, "copy/perl/closed"));
	assert_false(fixture_has(fixture, "copy/unwanted"));
}

/*
 * If the time differs, Python considers bytecode stale and recompiles
 * /etc/python3/sitecustomize.py.
 */
static void test_host_files__keeps_the_time_of_a_file(void **state)
{
	struct fixture *fixture = *state;
	const struct timespec times[] = {{.tv_sec = 86400}, {.tv_sec = 1600000000, .tv_nsec = 123}};
	struct stat status;
	int from;
	int to;

	fixture_directory(fixture, "host-etc/python3");
	fixture_directory(fixture, "copy");
	fixture_file(fixture, "host-etc/python3/sitecustomize.py", "pass");
	assert_int_equal(utimensat(fixture->fd, "host-etc/python3/sitecustomize.py", times, 0), 0);
	from = openat(fixture->fd, "host-etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	to = openat(fixture->fd, "copy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(host_files_copy(from, to, &fixture->error), 0);
	close(from);
	close(to);
	assert_int_equal(fstatat(fixture->fd, "copy/python3/sitecustomize.py", &status, 0), 0);
	assert_int_equal(status.st_mtim.tv_sec, 1600000000);
	assert_int_equal(status.st_mtim.tv_nsec, 123);
}

/* ---- its location */

static void test_rootfs__refuses_a_directory_that_overlay_options_cannot_name(void **state)
{
	struct fixture *fixture = *state;

	fixture_directory(fixture, "work/a:b");
	snprintf(fixture->work, sizeof(fixture->work), "%s/work/a:b", fixture->path);
	assert_refused(fixture, EINVAL, "has a ':'");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rootfs__takes_folders_of_the_image),
		TEST(test_rootfs__has_what_every_container_has),
		TEST(test_rootfs__keeps_links_and_leaves_private_content_out),
		TEST(test_rootfs__makes_a_mount_point_that_the_image_lacks_in_a_layer),
		TEST(test_rootfs__makes_a_file_where_a_file_is_mounted),
		TEST(test_rootfs__needs_no_layer_for_a_folder_that_the_image_has),
		TEST(test_rootfs__makes_other_mount_points_in_the_root),
		TEST(test_rootfs__leaves_mount_points_in_a_tmpfs_to_the_runtime),
		TEST(test_rootfs__orders_mounts_parents_first),
		TEST(test_rootfs__refuses_a_mount_point_that_a_mounted_folder_lacks),
		TEST(test_rootfs__refuses_links_on_the_way),
		TEST(test_rootfs__refuses_a_link_at_the_top),
		TEST(test_rootfs__refuses_a_folder_over_a_file),
		TEST(test_rootfs__refuses_places_of_the_container),
		TEST(test_rootfs__refuses_relative_and_climbing_destinations),
		TEST(test_rootfs__refuses_two_mounts_at_one_place),
		TEST(test_rootfs__refuses_a_source_that_is_not_there),
		TEST(test_rootfs__refuses_an_experiment_right_in_tmp),
		TEST(test_rootfs__refuses_an_experiment_that_the_task_could_not_enter),
		TEST(test_rootfs__accepts_a_private_folder_of_root),
		TEST(test_rootfs__gives_the_host_image_files_of_etc_but_no_secrets),
		TEST(test_rootfs__gives_an_image_the_resolver_with_the_network),
		TEST(test_host_files__copies_only_what_all_may_read),
		TEST(test_host_files__keeps_the_time_of_a_file),
		TEST(test_rootfs__refuses_a_directory_that_overlay_options_cannot_name),
	};

	return cmocka_run_group_tests_name("rootfs", tests, NULL, NULL);
}
