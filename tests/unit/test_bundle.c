#include "runner/container/bundle.h"

#include "tests/unit/container_fixture.h"
#include "util/array.h"
#include "util/file.h"
#include "util/text.h"

#include <jansson.h>

static const char *const ARGV[] = {"/run/memcg-run/launcher", "--", "./task", "a b", NULL};
static const char *const NO_VARIABLES[] = {NULL};

static struct installation installation = {
	.python = (char *)"/opt/x/libexec/memcg-run/python",
	.phenomena = (char *)"/opt/x/libexec/memcg-run/phenomena",
	.launcher = (char *)"/opt/x/libexec/memcg-run/launcher",
};

static struct bundle_options options_of(const struct fixture *fixture)
{
	return (struct bundle_options){
		.rootfs = fixture->rootfs,
		.experiment = &fixture->experiment,
		.task = &fixture->task,
		.installation = &installation,
		.hierarchy = fixture->hierarchy,
		.runtime_cgroup_path = "/memcg-run.slice/trial-000042.slice/runtime",
		.task_directory = "/sys/fs/cgroup/memcg-run.slice/trial-000042.slice/task",
		.channel_path = "/run/memcg-run/1/channel",
		.profiler_directory = "/home/u/output/r/profiler/000042-memray",
		.argv = ARGV,
		.environment = NO_VARIABLES,
	};
}

static json_t *config_with(struct fixture *fixture, const struct bundle_options *options)
{
	CLEANUP(cleanup_free) char *text = NULL;
	json_t *config;

	assert_int_equal(bundle_config(options, &text, &fixture->error), 0);
	config = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(config);
	return config;
}

static json_t *config_of(struct fixture *fixture)
{
	struct bundle_options options;

	assert_int_equal(fixture_rootfs(fixture), 0);
	options = options_of(fixture);
	return config_with(fixture, &options);
}

static const char *text_at(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	assert_non_null(text);
	return text;
}

/* The members as one text: "a b c". */
static void assert_texts(json_t *array, const char *expected)
{
	char joined[1024] = "";
	size_t length = 0;
	json_t *member;
	size_t i;

	assert_true(json_is_array(array));
	json_array_foreach(array, i, member)
	{
		length += (size_t)snprintf(joined + length, sizeof(joined) - length, "%s%s",
			i > 0 ? " " : "", json_string_value(member));
		assert_true(length < sizeof(joined));
	}
	assert_string_equal(joined, expected);
}

/* The mount at a place, and its position in the list; NULL if there is none. */
static json_t *find_mount(json_t *config, const char *destination, size_t *ret_index)
{
	json_t *mount;
	size_t i;

	json_array_foreach(json_object_get(config, "mounts"), i, mount)
	{
		if (strcmp(text_at(mount, "destination"), destination) != 0)
			continue;
		if (ret_index)
			*ret_index = i;
		return mount;
	}
	return NULL;
}

static void assert_mount(json_t *config, const char *destination, const char *type,
	const char *source, const char *options)
{
	json_t *mount = find_mount(config, destination, NULL);

	assert_non_null(mount);
	assert_string_equal(text_at(mount, "type"), type);
	assert_string_equal(text_at(mount, "source"), source);
	assert_texts(json_object_get(mount, "options"), options);
}

static bool has_variable(json_t *config, const char *text)
{
	json_t *variable;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(config, "process"), "env"), i, variable)
	{
		if (strcmp(json_string_value(variable), text) == 0)
			return true;
	}
	return false;
}

#define READ_ONLY "rbind ro rro nosuid rnosuid nodev rnodev"
#define WRITABLE "rbind nosuid rnosuid nodev rnodev"

/* ---- the process */

/* Not what is executed: inheritable and ambient stay empty. */
static void assert_capabilities(json_t *config, const char *expected)
{
	static const char *const sets[] = {"bounding", "effective", "permitted"};
	json_t *capabilities = json_object_get(json_object_get(config, "process"), "capabilities");

	assert_int_equal(json_object_size(capabilities), 5);
	for (size_t i = 0; i < 3; i++)
		assert_texts(json_object_get(capabilities, sets[i]), expected);
	assert_texts(json_object_get(capabilities, "inheritable"), "");
	assert_texts(json_object_get(capabilities, "ambient"), "");
}

static void test_bundle_config__starts_the_launcher_as_root(void **state)
{
	struct fixture *fixture = *state;
	json_t *config = config_of(fixture);
	json_t *process = json_object_get(config, "process");

	assert_texts(json_object_get(process, "args"), "/run/memcg-run/launcher -- ./task a b");
	assert_int_equal(json_array_size(json_object_get(process, "args")), 4);
	assert_string_equal(text_at(process, "cwd"), fixture->experiment_directory);
	assert_true(json_is_false(json_object_get(process, "terminal")));
	assert_true(json_is_true(json_object_get(process, "noNewPrivileges")));
	assert_int_equal(json_object_size(json_object_get(process, "user")), 2);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(process, "user"), "uid")), 0);
	json_decref(config);
}

/* On v2 it makes the task's cgroup namespace, on v1 there is nothing to make. */
static void test_bundle_config__gives_the_launcher_what_it_needs_and_drops(void **state)
{
	static const char *const expected[] = {"CAP_SYS_ADMIN CAP_SETPCAP",
		"CAP_SETUID CAP_SETGID CAP_SYS_ADMIN CAP_SETPCAP", "",
		"CAP_SETUID CAP_SETGID CAP_SETPCAP",
		"CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_SETFCAP CAP_SYS_ADMIN "
		"CAP_SETPCAP"};
	struct fixture *fixture = *state;

	assert_int_equal(fixture_rootfs(fixture), 0);
	for (size_t i = 0; i < LENGTH(expected); i++) {
		struct bundle_options options;
		json_t *config;

		fixture_hierarchy(
			fixture, i < 2 ? FIXTURE_V2 : FIXTURE_V1, i < 2 ? "memory\n" : "");
		fixture->task.user = i % 2 == 1 ? (char *)"nobody" : NULL;
		fixture->task.working_directory =
			i == 4 ? WORKING_DIRECTORY_WRITABLE : WORKING_DIRECTORY_AS_IS;
		options = options_of(fixture);
		config = config_with(fixture, &options);
		assert_capabilities(config, expected[i]);
		json_decref(config);
	}
}

/* Both would require CAP_SYS_RESOURCE. */
static void test_bundle_config__sets_no_rlimits_and_no_oom_score(void **state)
{
	struct fixture *fixture = *state;
	json_t *config = config_of(fixture);
	json_t *process = json_object_get(config, "process");

	assert_null(json_object_get(process, "rlimits"));
	assert_null(json_object_get(process, "oomScoreAdj"));
	json_decref(config);
}

static void test_bundle_config__adds_to_the_environment(void **state)
{
	static const char *const given[] = {"LANG=de_DE.UTF-8", "OPENBLAS_B=given", "X=1", NULL};
	struct fixture *fixture = *state;
	struct bundle_options options;
	json_t *config;

	setenv("OPENBLAS_A", "of the host", 1);
	setenv("OPENBLAS_B", "of the host", 1);
	setenv("MEMCG_RUN_TEST_SECRET", "1", 1);
	assert_int_equal(fixture_rootfs(fixture), 0);
	options = options_of(fixture);
	options.environment = given;
	config = config_with(fixture, &options);
	assert_true(has_variable(
		config, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
	assert_true(has_variable(config, "HOME=/tmp"));
	assert_true(has_variable(config, "PYTHONDONTWRITEBYTECODE=1"));
	assert_true(has_variable(config, "LANG=de_DE.UTF-8"));
	assert_false(has_variable(config, "LANG=C.UTF-8"));
	assert_true(has_variable(config, "OPENBLAS_A=of the host"));
	assert_true(has_variable(config, "OPENBLAS_B=given"));
	assert_false(has_variable(config, "OPENBLAS_B=of the host"));
	assert_true(has_variable(config, "X=1"));
	assert_false(has_variable(config, "MEMCG_RUN_TEST_SECRET=1"));
	json_decref(config);
}

/* ---- the container */

static void test_bundle_config__has_a_read_only_root(void **state)
{
	struct fixture *fixture = *state;
	json_t *config = config_of(fixture);
	json_t *root = json_object_get(config, "root");

	assert_string_equal(text_at(config, "ociVersion"), "1.0.2");
	assert_string_equal(text_at(config, "hostname"), "memcg-run");
	assert_string_equal(text_at(root, "path"), rootfs_path(fixture->rootfs));
	assert_true(json_is_true(json_object_get(root, "readonly")));
	json_decref(config);
}

static void assert_namespaces(json_t *config, const char *expected)
{
	json_t *list = json_object_get(json_object_get(config, "linux"), "namespaces");
	json_t *types = json_array();
	json_t *namespace;
	size_t i;

	json_array_foreach(list, i, namespace)
	{
		assert_int_equal(json_object_size(namespace), 1);
		json_array_append(types, json_object_get(namespace, "type"));
	}
	assert_texts(types, expected);
	json_decref(types);
}

/* A cgroup namespace would hide the task leaf from CLONE_INTO_CGROUP. */
static void test_bundle_config__shares_the_cgroup_namespace_and_no_other(void **state)
{
	struct fixture *fixture = *state;
	json_t *config = config_of(fixture);

	assert_namespaces(config, "pid ipc uts mount network");
	json_decref(config);
}

static void test_bundle_config__shares_the_network_where_asked(void **state)
{
	struct fixture *fixture = *state;
	json_t *config;

	fixture->experiment.container.network = true;
	config = config_of(fixture);
	assert_namespaces(config, "pid ipc uts mount");
	json_decref(config);
}

/* The kernel lets a user namespace only mount a sysfs of its own network namespace. */
static void test_bundle_config__shows_an_unprivileged_runner_the_hosts_sys(void **state)
{
	struct fixture *fixture = *state;
	struct bundle_options options;
	json_t *config;

	assert_int_equal(fixture_rootfs(fixture), 0);
	options = options_of(fixture);
	options.unprivileged = true;
	config = config_with(fixture, &options);
	assert_mount(config, "/sys", "sysfs", "sysfs", "nosuid noexec nodev ro");
	json_decref(config);
	fixture->experiment.container.network = true;
	config = config_with(fixture, &options);
	assert_mount(config, "/sys", "bind", "/sys",
		"rbind ro rro nosuid rnosuid nodev rnodev noexec rnoexec");
	json_decref(config);
}

static void test_bundle_config__puts_the_runtime_into_its_leaf_without_limits(void **state)
{
	struct fixture *fixture = *state;
	json_t *config = config_of(fixture);
	json_t *part = json_object_get(config, "linux");

	assert_string_equal(
		text_at(part, "cgroupsPath"), "/memcg-run.slice/trial-000042.slice/runtime");
	assert_true(json_is_object(json_object_get(part, "resources")));
	assert_int_equal(json_object_size(json_object_get(part, "resources")), 0);
	assert_null(json_object_get(part, "seccomp"));
	assert_texts(json_object_get(part, "readonlyPaths"),
		"/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger");
	json_decref(config);
}

/* As in Docker. Thermal files exist only on real machines. */
static void test_bundle_config__masks_what_shows_the_host(void **state)
{
	json_t *config = config_of(*state);
	json_t *masked = json_object_get(json_object_get(config, "linux"), "maskedPaths");

	for (size_t i = json_array_size(masked); i > 12; i--) {
		const char *path = json_string_value(json_array_get(masked, i - 1));

		assert_non_null(strstr(path, "/sys/devices/system/cpu/cpu"));
		assert_non_null(strstr(path, "/thermal_throttle"));
		assert_int_equal(access(path, F_OK), 0);
		assert_int_equal(json_array_remove(masked, i - 1), 0);
	}
	assert_texts(masked, "/proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys "
			     "/proc/latency_stats /proc/sched_debug /proc/scsi /proc/timer_list "
			     "/proc/timer_stats /sys/devices/virtual/powercap /sys/firmware");
	json_decref(config);
}

/* ---- mounts */

static void test_bundle_config__mounts_what_the_kernel_gives(void **state)
{
	struct fixture *fixture = *state;
	json_t *config;

	fixture->experiment.container.tmp_max =
		(struct amount){.kind = AMOUNT_NUMBER, .number = 1048576};
	config = config_of(fixture);
	assert_mount(config, "/proc", "proc", "proc", "nosuid noexec nodev");
	assert_mount(config, "/tmp", "tmpfs", "tmpfs", "nosuid nodev mode=1777 exec size=1048576");
	assert_mount(
		config, "/dev/shm", "tmpfs", "shm", "nosuid nodev mode=1777 noexec size=1048576");
	assert_mount(config, "/dev", "tmpfs", "tmpfs", "nosuid strictatime mode=755 size=1048576");
	assert_mount(config, "/sys", "sysfs", "sysfs", "nosuid noexec nodev ro");
	json_decref(config);
}

static void test_bundle_config__bounds_dev_where_tmp_is_not(void **state)
{
	struct fixture *fixture = *state;
	json_t *config;

	fixture->experiment.container.tmp_max = (struct amount){.kind = AMOUNT_MAX};
	config = config_of(fixture);
	assert_mount(config, "/dev", "tmpfs", "tmpfs", "nosuid strictatime mode=755 size=67108864");
	json_decref(config);
}

static void test_bundle_config__without_a_most_leaves_the_size_to_the_kernel(void **state)
{
	struct fixture *fixture = *state;
	json_t *config;

	fixture->experiment.container.tmp_max = (struct amount){.kind = AMOUNT_MAX};
	config = config_of(fixture);
	assert_mount(config, "/tmp", "tmpfs", "tmpfs", "nosuid nodev mode=1777 exec");
	json_decref(config);
}

static void test_bundle_config__shows_the_task_its_leaf_on_v2(void **state)
{
	struct fixture *fixture = *state;
	json_t *config = config_of(fixture);

	assert_mount(config, "/sys/fs/cgroup", "bind",
		"/sys/fs/cgroup/memcg-run.slice/trial-000042.slice/task",
		"bind ro nosuid nodev noexec");
	assert_null(find_mount(config, "/sys/fs/cgroup/memory", NULL));
	json_decref(config);
}

static void test_bundle_config__shows_the_task_its_leaf_on_v1(void **state)
{
	struct fixture *fixture = *state;
	struct bundle_options options;
	json_t *config;
	size_t tmpfs;
	size_t leaf;

	assert_int_equal(fixture_rootfs(fixture), 0);
	fixture_hierarchy(fixture,
		FIXTURE_V1
		"36 31 0:33 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
		"37 31 0:34 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n",
		"");
	options = options_of(fixture);
	options.task_directory = "/sys/fs/cgroup/memory/memcg-run.slice/trial-000042.slice/task";
	config = config_with(fixture, &options);
	assert_mount(config, "/sys/fs/cgroup", "tmpfs", "tmpfs", "nosuid noexec nodev ro mode=755");
	assert_mount(config, "/sys/fs/cgroup/memory", "bind", options.task_directory,
		"bind ro nosuid nodev noexec");
	/* Besides memory, HotSpot needs these to detect a container's limits. */
	assert_mount(config, "/sys/fs/cgroup/cpu", "bind",
		"/sys/fs/cgroup/cpu,cpuacct/memcg-run.slice/trial-000042.slice/runtime",
		"bind ro nosuid nodev noexec");
	assert_mount(config, "/sys/fs/cgroup/cpuacct", "bind",
		"/sys/fs/cgroup/cpu,cpuacct/memcg-run.slice/trial-000042.slice/runtime",
		"bind ro nosuid nodev noexec");
	assert_mount(config, "/sys/fs/cgroup/cpuset", "bind",
		"/sys/fs/cgroup/cpuset/memcg-run.slice/trial-000042.slice/runtime",
		"bind ro nosuid nodev noexec");
	assert_null(find_mount(config, "/sys/fs/cgroup/pids", NULL));
	assert_non_null(find_mount(config, "/sys/fs/cgroup", &tmpfs));
	assert_non_null(find_mount(config, "/sys/fs/cgroup/memory", &leaf));
	assert_true(tmpfs < leaf);
	json_decref(config);
}

static void test_bundle_config__mounts_the_image_read_only(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *usr = string_format("%s/usr", fixture->image_root);
	json_t *config = config_of(fixture);

	assert_mount(config, "/usr", "bind", usr, READ_ONLY);
	assert_null(find_mount(config, "/opt", NULL));
	json_decref(config);
}

static void test_bundle_config__lays_a_layer_over_the_image(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free)
	char *lower = string_format("lowerdir=%s/layers/usr:%s/usr ro nosuid nodev", fixture->work,
		fixture->image_root);
	json_t *config;
	size_t usr;
	size_t place;

	fixture_mount(fixture, "source", "/usr/share/new place", false);
	config = config_of(fixture);
	assert_mount(config, "/usr", "overlay", "overlay", lower);
	assert_non_null(find_mount(config, "/usr", &usr));
	assert_non_null(find_mount(config, "/usr/share/new place", &place));
	assert_true(usr < place);
	json_decref(config);
}

static void test_bundle_config__mounts_what_the_project_brings(void **state)
{
	struct fixture *fixture = *state;
	json_t *config = config_of(fixture);

	assert_mount(config, "/run/memcg-run/launcher", "bind", "/opt/x/libexec/memcg-run/launcher",
		READ_ONLY);
	assert_mount(config, "/run/memcg-run/python", "bind", "/opt/x/libexec/memcg-run/python",
		READ_ONLY);
	assert_mount(config, "/run/memcg-run/phenomena", "bind",
		"/opt/x/libexec/memcg-run/phenomena", READ_ONLY);
	assert_mount(
		config, "/run/memcg-run/channel", "bind", "/run/memcg-run/1/channel", READ_ONLY);
	assert_mount(config, "/run/memcg-run/profiler", "bind",
		"/home/u/output/r/profiler/000042-memray", WRITABLE);
	json_decref(config);
}

static void test_bundle_config__mounts_standard_input_read_only(void **state)
{
	struct fixture *fixture = *state;
	struct bundle_options options;
	json_t *config;

	assert_int_equal(fixture_rootfs(fixture), 0);
	options = options_of(fixture);
	config = config_with(fixture, &options);
	assert_null(find_mount(config, "/run/memcg-run/stdin", NULL));
	json_decref(config);
	options.stdin_path = "/srv/lines.txt";
	config = config_with(fixture, &options);
	assert_mount(config, "/run/memcg-run/stdin", "bind", "/srv/lines.txt", READ_ONLY);
	json_decref(config);
}

static void test_bundle_config__mounts_no_profiler_folder_where_there_is_none(void **state)
{
	struct fixture *fixture = *state;
	struct bundle_options options;
	json_t *config;

	assert_int_equal(fixture_rootfs(fixture), 0);
	options = options_of(fixture);
	options.profiler_directory = NULL;
	config = config_with(fixture, &options);
	assert_null(find_mount(config, "/run/memcg-run/profiler", NULL));
	json_decref(config);
}

static void test_bundle_config__mounts_the_experiment_at_its_own_path(void **state)
{
	struct fixture *fixture = *state;
	json_t *config = config_of(fixture);

	assert_non_null(strstr(fixture->experiment_directory, "my experiments, a:b"));
	assert_mount(config, fixture->experiment_directory, "bind", fixture->experiment_directory,
		READ_ONLY);
	json_decref(config);
}

static void test_bundle_config__mounts_more_of_the_host_after_its_parents(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *source = string_format("%s/source", fixture->path);
	CLEANUP(cleanup_free) char *data = string_format("%s/data", fixture->experiment_directory);
	json_t *config;
	size_t tmp;
	size_t below_tmp;
	size_t experiment;
	size_t below_experiment;

	fixture_mount(fixture, "source", "/tmp/data", true);
	fixture_mount(fixture, "source", data, false);
	config = config_of(fixture);
	assert_mount(config, "/tmp/data", "bind", source, WRITABLE);
	assert_mount(config, data, "bind", source, READ_ONLY);
	assert_non_null(find_mount(config, "/tmp", &tmp));
	assert_non_null(find_mount(config, "/tmp/data", &below_tmp));
	assert_non_null(find_mount(config, fixture->experiment_directory, &experiment));
	assert_non_null(find_mount(config, data, &below_experiment));
	assert_true(tmp < below_tmp);
	assert_true(experiment < below_experiment);
	json_decref(config);
}

/* ---- its failures, and the file */

static void test_bundle_config__refuses_what_json_cannot_hold(void **state)
{
	static const char *const broken[] = {"X=\xff\xfe", NULL};
	struct fixture *fixture = *state;
	struct bundle_options options;
	char *text = NULL;

	assert_int_equal(fixture_rootfs(fixture), 0);
	options = options_of(fixture);
	options.environment = broken;
	assert_int_equal(bundle_config(&options, &text, &fixture->error), -EILSEQ);
	assert_null(text);
}

static void test_bundle_write__writes_the_configuration(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *written = NULL;
	CLEANUP(cleanup_free) char *expected = NULL;
	struct bundle_options options;
	size_t length;

	assert_int_equal(fixture_rootfs(fixture), 0);
	options = options_of(fixture);
	assert_int_equal(bundle_config(&options, &expected, &fixture->error), 0);
	assert_int_equal(bundle_write(&options, fixture->work, &fixture->error), 0);
	assert_int_equal(file_read(fixture->fd, "work/config.json", 1 << 20, &written, &length,
				 &fixture->error),
		0);
	assert_string_equal(written, expected);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bundle_config__starts_the_launcher_as_root),
		TEST(test_bundle_config__gives_the_launcher_what_it_needs_and_drops),
		TEST(test_bundle_config__sets_no_rlimits_and_no_oom_score),
		TEST(test_bundle_config__adds_to_the_environment),
		TEST(test_bundle_config__has_a_read_only_root),
		TEST(test_bundle_config__shares_the_cgroup_namespace_and_no_other),
		TEST(test_bundle_config__shares_the_network_where_asked),
		TEST(test_bundle_config__shows_an_unprivileged_runner_the_hosts_sys),
		TEST(test_bundle_config__puts_the_runtime_into_its_leaf_without_limits),
		TEST(test_bundle_config__masks_what_shows_the_host),
		TEST(test_bundle_config__mounts_what_the_kernel_gives),
		TEST(test_bundle_config__bounds_dev_where_tmp_is_not),
		TEST(test_bundle_config__without_a_most_leaves_the_size_to_the_kernel),
		TEST(test_bundle_config__shows_the_task_its_leaf_on_v2),
		TEST(test_bundle_config__shows_the_task_its_leaf_on_v1),
		TEST(test_bundle_config__mounts_the_image_read_only),
		TEST(test_bundle_config__lays_a_layer_over_the_image),
		TEST(test_bundle_config__mounts_what_the_project_brings),
		TEST(test_bundle_config__mounts_standard_input_read_only),
		TEST(test_bundle_config__mounts_no_profiler_folder_where_there_is_none),
		TEST(test_bundle_config__mounts_the_experiment_at_its_own_path),
		TEST(test_bundle_config__mounts_more_of_the_host_after_its_parents),
		TEST(test_bundle_config__refuses_what_json_cannot_hold),
		TEST(test_bundle_write__writes_the_configuration),
	};

	return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
