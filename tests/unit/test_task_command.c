/* The command and the environment of a task, from experiments as a user writes them. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/task_command.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* A folder with task.py, and the result of the last experiment written there. */
struct fixture {
	char path[64];
	struct experiment *experiment;
	struct plan *plan;
	char **list;
	const char *program;
};

static struct image image = {.interpreter = (char *)"/usr/bin/python3.13"};
static const struct task_paths in_container = TASK_PATHS_CONTAINER;
static const struct launcher_fds no_fds = {
	.leaf_fd = -1, .tasks_fd = -1, .filter_fd = -1, .idmap_fd = -1};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char script[96];

	*state = fixture;
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/test-task-command-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	snprintf(script, sizeof(script), "%s/task.py", fixture->path);
	return file_write(AT_FDCWD, script, "pass\n", 5, 0755, NULL);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	string_list_free(fixture->list);
	plan_free(fixture->plan);
	experiment_free(fixture->experiment);
	file_remove_tree(AT_FDCWD, fixture->path, NULL);
	free(fixture);
	return 0;
}

static void make_plan(struct fixture *fixture, const char *text)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/task.toml", fixture->path);
	const struct experiment_options options = {.seccomp_directory = fixture->path};
	struct error error = ERROR_INIT;

	if (experiment_parse(
		    path, text, strlen(text), &options, stderr, &fixture->experiment, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(plan_new(fixture->experiment, &fixture->plan, NULL), 0);
}

/* The last trial of the plan: in sequential plans, the last point and the last backend. */
static const struct planned_trial *last_trial(const struct fixture *fixture)
{
	return plan_trial(fixture->plan, plan_size(fixture->plan) - 1);
}

static char **command_at(struct fixture *fixture, const char *text, const struct task_paths *paths,
	struct launcher_fds fds)
{
	struct error error = ERROR_INIT;

	make_plan(fixture, text);
	if (task_command(fixture->experiment, fixture->plan, last_trial(fixture), &image, paths,
		    fds, &fixture->list, &fixture->program, &error) < 0)
		fail_msg("%s", error.text);
	return fixture->list;
}

static char **command(struct fixture *fixture, const char *text, struct launcher_fds fds)
{
	return command_at(fixture, text, &in_container, fds);
}

#define assert_words(list, ...) assert_list(list, (const char *const[]){__VA_ARGS__, NULL})

static void assert_list(char *const *list, const char *const *expected)
{
	size_t i = 0;

	for (; list[i] && expected[i]; i++)
		assert_string_equal(list[i], expected[i]);
	assert_null(list[i]);
	assert_null(expected[i]);
}

#define SEQUENTIAL                                                                                 \
	"[trials]\nrepetitions = 1\nwarmups = 0\norder = \"sequential\"\n"                         \
	"[container]\nseccomp = \"none\"\n"

/* ---- command */

static void test_task_command__a_command_with_its_parameters(void **state)
{
	char **list = command(*state,
		"[task]\n"
		"command = [\"./task.py\", \"--size={size_mib}\", \"{mode}{{}}\", \"a b\", \"\"]\n"
		"[task.parameters]\n"
		"size_mib = [64, 256]\n"
		"mode = \"fast\"\n" SEQUENTIAL,
		no_fds);

	assert_words(list, "/run/memcg-run/launcher", "--", "./task.py", "--size=256", "fast{}",
		"a b", "");
}

static void test_task_command__names_the_launchers_descriptors(void **state)
{
	char **list = command(*state, "[task]\ncommand = [\"true\"]\n" SEQUENTIAL,
		(struct launcher_fds){
			.leaf_fd = 4, .tasks_fd = -1, .filter_fd = 5, .idmap_fd = -1});

	assert_words(list, "/run/memcg-run/launcher", "--leaf-fd", "4", "--filter-fd", "5", "--",
		"true");
}

static void test_task_command__the_leaf_of_v1(void **state)
{
	char **list = command(*state, "[task]\ncommand = [\"true\"]\n" SEQUENTIAL,
		(struct launcher_fds){
			.leaf_fd = -1, .tasks_fd = 4, .filter_fd = 5, .idmap_fd = -1});

	assert_words(list, "/run/memcg-run/launcher", "--tasks-fd", "4", "--filter-fd", "5", "--",
		"true");
}

static void test_task_command__a_filter_alone(void **state)
{
	char **list = command(*state, "[task]\ncommand = [\"true\"]\n" SEQUENTIAL,
		(struct launcher_fds){
			.leaf_fd = -1, .tasks_fd = -1, .filter_fd = 4, .idmap_fd = -1});

	assert_words(list, "/run/memcg-run/launcher", "--filter-fd", "4", "--", "true");
}

static void test_task_command__what_is_run_beside_the_task_is_counted(void **state)
{
	char **list = command(*state,
		"[task]\ncommand = [\"true\"]\nprepare = [\"make\", \"--\", \"{n}\"]\n"
		"check = [\"cmp\", \"{n}\"]\ncleanup = [\"rm\"]\nparameters = { n = 4 "
		"}\n" SEQUENTIAL,
		no_fds);

	assert_words(list, "/run/memcg-run/launcher", "--prepare", "3", "make", "--", "4",
		"--check", "2", "cmp", "4", "--cleanup", "1", "rm", "--", "true");
}

static void test_task_command__the_launcher_opens_standard_input(void **state)
{
	struct task_paths paths = in_container;

	paths.stdin_file = CONTAINER_STDIN;
	assert_words(command_at(*state, "[task]\ncommand = [\"cat\"]\n" SEQUENTIAL, &paths, no_fds),
		"/run/memcg-run/launcher", "--stdin", "/run/memcg-run/stdin", "--", "cat");
}

static void test_task_command__the_launcher_mounts_a_writable_folder(void **state)
{
	const struct writable writable = {.wanted = true,
		.idmap_fd = 9,
		.tmpfs_size = (char *)"4096",
		.overlay = "lowerdir=lower"};
	struct task_paths paths = in_container;
	struct fixture *fixture = *state;
	struct launcher_fds fds = no_fds;

	paths.writable = &writable;
	fds.idmap_fd = 4;
	command_at(fixture, "[task]\ncommand = [\"true\"]\n" SEQUENTIAL, &paths, fds);
	assert_words(fixture->list, "/run/memcg-run/launcher", "--writable",
		fixture->experiment->directory, "4096", "lowerdir=lower", "--idmap-fd", "4", "--",
		"true");
}

static void test_task_command__the_launcher_checks_the_reporters_folder(void **state)
{
	struct task_paths paths = in_container;

	paths.profiler_identity = "65024:1311";
	assert_words(
		command_at(*state, "[task]\ncommand = [\"true\"]\n" SEQUENTIAL, &paths, no_fds),
		"/run/memcg-run/launcher", "--folder", "/run/memcg-run/profiler", "65024:1311",
		"--", "true");
	paths.profiler = "/run/memcg-run/run-7/trial/profiler";
	paths.profiler_source = "/home/her/run/profiler/000001-mprof";
	assert_words(
		command_at(*state, "[task]\ncommand = [\"true\"]\n" SEQUENTIAL, &paths, no_fds),
		"/run/memcg-run/launcher", "--folder", "/home/her/run/profiler/000001-mprof",
		"65024:1311", "--folder-place", "/run/memcg-run/run-7/trial/profiler", "--",
		"true");
}

static void test_task_command__a_whole_script(void **state)
{
	char **list = command(*state, "[task]\npython = \"task.py\"\n" SEQUENTIAL, no_fds);

	assert_words(list, "/run/memcg-run/launcher", "--", "/usr/bin/python3.13",
		"/run/memcg-run/python/harness.py", "none", "0.010000", "-", "task.py");
}

static void test_task_command__a_function_with_arguments(void **state)
{
	char **list = command(*state,
		"[task]\n"
		"python = \"task.py\"\n"
		"function = \"main\"\n"
		"arguments = [\"{size_mib}\", \"--\", \"-q\"]\n"
		"[task.parameters]\n"
		"size_mib = 64\n"
		"[backends]\n"
		"names = [\"psutil\"]\n"
		"interval_s = 0.25\n" SEQUENTIAL,
		no_fds);

	assert_words(list, "/run/memcg-run/launcher", "--", "/usr/bin/python3.13",
		"/run/memcg-run/python/harness.py", "psutil", "0.250000", "main", "task.py", "64",
		"--", "-q");
}

static void test_task_command__a_module_in_another_interpreter(void **state)
{
	char **list = command(*state,
		"[task]\nmodule = \"package.tool\"\ninterpreter = \"./task.py\"\n" SEQUENTIAL,
		no_fds);

	assert_int_equal(strncmp(list[2], "/tmp/test-task-command-", 23), 0);
	assert_non_null(strstr(list[2], "/./task.py"));
	assert_words(list + 3, "/run/memcg-run/python/harness.py", "none", "0.010000", "-m",
		"package.tool");
}

/* mprof itself is the image's: the task's interpreter need not have it. */
static void test_task_command__a_function_of_a_module_behind_a_tool(void **state)
{
	char **list = command(*state,
		"[task]\nmodule = \"tool\"\nfunction = \"work\"\ninterpreter = \"./task.py\"\n"
		"[backends]\nnames = [\"mprof\"]\n" SEQUENTIAL,
		no_fds);
	size_t n = 0;

	assert_string_equal(list[2], "/usr/bin/python3.13");
	while (list[n] && strcmp(list[n], "/run/memcg-run/python/harness.py") != 0)
		n++;
	assert_non_null(list[n]);
	assert_non_null(strstr(list[n - 1], "/./task.py"));
	assert_words(list + n + 1, "mprof", "0.010000", "-mwork", "tool");
}

/* A microsecond is the shortest interval of an experiment: it must not become 0. */
static void test_task_command__keeps_the_shortest_interval(void **state)
{
	char **list = command(*state,
		"[task]\npython = \"task.py\"\n"
		"[backends]\nnames = [\"psutil\"]\ninterval_s = 1e-6\n" SEQUENTIAL,
		no_fds);

	assert_string_equal(list[5], "0.000001");
}

/* mprof comes before the interpreter that it starts, and after the launcher. */
static void test_task_command__a_wrapping_backend_comes_first(void **state)
{
	char **list = command(*state,
		"[task]\npython = \"task.py\"\n"
		"[backends]\nnames = [\"mprof\"]\ninterval_s = 0.1\n" SEQUENTIAL,
		no_fds);
	size_t n = 0;

	assert_string_equal(list[0], "/run/memcg-run/launcher");
	assert_string_equal(list[1], "--");
	while (list[n] && strcmp(list[n], "/run/memcg-run/python/harness.py") != 0)
		n++;
	assert_non_null(list[n]);
	assert_string_equal(list[n - 1], "/usr/bin/python3.13");
	/* The prefix: "... -m mprof run ... --output <the tool's folder>". */
	assert_string_equal(list[n - 2], "/run/memcg-run/profiler/mprofile.dat");
	assert_string_equal(list[n - 3], "--output");
	assert_words(list + n + 1, "mprof", "0.100000", "-", "task.py");
}

/* Scalene itself is an interpreter: the script follows its options. */
static void test_task_command__a_tool_that_runs_the_script_has_no_interpreter_behind_it(
	void **state)
{
	char **list = command(*state,
		"[task]\npython = \"task.py\"\nfunction = \"work\"\narguments = [\"--cpu\"]\n"
		"[backends]\nnames = [\"scalene\"]\n" SEQUENTIAL,
		no_fds);

	assert_words(list, "/run/memcg-run/launcher", "--", "/usr/bin/python3.13", "-m", "scalene",
		"--cli", "--json", "--cpu-percent-threshold", "0", "--outfile",
		"/run/memcg-run/profiler/scalene.json", "---", "/run/memcg-run/python/harness.py",
		"scalene", "0.010000", "work", "task.py", "--cpu");
}

/* GNU time starts any command. */
static void test_task_command__a_wrapping_backend_comes_before_a_command_too(void **state)
{
	char **list = command(*state,
		"[task]\ncommand = [\"true\", \"-v\"]\n"
		"[backends]\nnames = [\"gnu-time\"]\n" SEQUENTIAL,
		no_fds);

	assert_words(list, "/run/memcg-run/launcher", "--", "/usr/bin/time", "--verbose",
		"--output", "/run/memcg-run/profiler/time.txt", "--", "true", "-v");
}

static const struct task_paths on_host = {
	.launcher = "/lib/launcher",
	.python = "/lib/python",
	.phenomena = "/lib/phenomena",
	.channel = "/run/memcg-run/run-1/trial/channel",
	.profiler = "/runs/profiler/000001-mprof",
	.leaf = "/sys/fs/cgroup/x.slice/task",
	.leaf_place = "/sys/fs/cgroup",
};

static void test_task_command__on_the_host(void **state)
{
	char **list = command_at(*state, "[task]\npython = \"task.py\"\n" SEQUENTIAL, &on_host,
		(struct launcher_fds){
			.leaf_fd = 4, .tasks_fd = -1, .filter_fd = -1, .idmap_fd = -1});

	assert_words(list, "/lib/launcher", "--host", "/sys/fs/cgroup/x.slice/task",
		"/sys/fs/cgroup", "--leaf-fd", "4", "--", "/usr/bin/python3.13",
		"/lib/python/harness.py", "none", "0.010000", "-", "task.py");
}

static void test_task_command__a_tool_writes_to_the_hosts_folder(void **state)
{
	char **list = command_at(*state,
		"[task]\npython = \"task.py\"\n[backends]\nnames = [\"mprof\"]\n" SEQUENTIAL,
		&on_host, no_fds);
	size_t i = 0;

	while (list[i] && strcmp(list[i], "--output") != 0)
		i++;
	assert_non_null(list[i]);
	assert_string_equal(list[i + 1], "/runs/profiler/000001-mprof/mprofile.dat");
}

/* ---- environment */

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void test_task_environment__has_the_channel_and_each_parameter(void **state)
{
	struct fixture *fixture = *state;

	make_plan(fixture, "[task]\n"
			   "python = \"task.py\"\n"
			   "[task.parameters]\n"
			   "size_mib = [64, 256]\n"
			   "share = 0.5\n"
			   "mode = \"a=b c\"\n"
			   "deep = true\n" SEQUENTIAL);
	assert_int_equal(task_environment(fixture->experiment, fixture->plan, last_trial(fixture),
				 &in_container, &fixture->list, NULL),
		0);
	assert_words(fixture->list, "MEMCG_RUN_CHANNEL=/run/memcg-run/channel",
		"PYTHONPATH=/run/memcg-run/python", "MEMCG_RUN_PHENOMENA=/run/memcg-run/phenomena",
		DEFAULT_PATH ":/run/memcg-run/phenomena", "MEMCG_RUN_PARAM_size_mib=256",
		"MEMCG_RUN_PARAM_share=0.5", "MEMCG_RUN_PARAM_mode=a=b c",
		"MEMCG_RUN_PARAM_deep=true");
}

static void test_task_environment__of_a_task_without_parameters(void **state)
{
	struct fixture *fixture = *state;

	make_plan(fixture, "[task]\ncommand = [\"true\"]\n" SEQUENTIAL);
	assert_int_equal(task_environment(fixture->experiment, fixture->plan, last_trial(fixture),
				 &in_container, &fixture->list, NULL),
		0);
	assert_words(fixture->list, "MEMCG_RUN_CHANNEL=/run/memcg-run/channel",
		"PYTHONPATH=/run/memcg-run/python", "MEMCG_RUN_PHENOMENA=/run/memcg-run/phenomena",
		DEFAULT_PATH ":/run/memcg-run/phenomena");
}

/* An empty one of a list of folders would put the working directory there. */
static void test_task_environment__what_the_experiment_sets_comes_last_or_first(void **state)
{
	struct fixture *fixture = *state;

	make_plan(fixture, "[task]\ncommand = [\"true\"]\n"
			   "[task.environment]\n"
			   "THREADS = \"n={n}{{}}\"\n"
			   "PATH = \"/opt/{n}/bin\"\n"
			   "PYTHONPATH = \"\"\n"
			   "LD_PRELOAD = \"/opt/x.so\"\n"
			   "[task.parameters]\nn = [1, 2]\n"
			   "[backends]\nnames = [\"mallinfo2\"]\n" SEQUENTIAL);
	assert_int_equal(task_environment(fixture->experiment, fixture->plan, last_trial(fixture),
				 &in_container, &fixture->list, NULL),
		0);
	assert_words(fixture->list, "MEMCG_RUN_CHANNEL=/run/memcg-run/channel",
		"PYTHONPATH=/run/memcg-run/python", "MEMCG_RUN_PHENOMENA=/run/memcg-run/phenomena",
		"PATH=/opt/2/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:"
		"/run/memcg-run/phenomena",
		"LD_PRELOAD=/opt/x.so:/run/memcg-run/python/native/mallinfo2.so",
		"MEMCG_RUN_INTERVAL_NS=10000000", "MEMCG_RUN_PARAM_n=2", "THREADS=n=2{}");
}

static void test_task_environment__of_a_preloaded_backend(void **state)
{
	struct fixture *fixture = *state;

	make_plan(fixture, "[task]\ncommand = [\"true\"]\n[backends]\n"
			   "names = [\"mallinfo2\"]\ninterval_s = 0.5\n" SEQUENTIAL);
	assert_int_equal(task_environment(fixture->experiment, fixture->plan, last_trial(fixture),
				 &in_container, &fixture->list, NULL),
		0);
	assert_words(fixture->list + 4, "LD_PRELOAD=/run/memcg-run/python/native/mallinfo2.so",
		"MEMCG_RUN_INTERVAL_NS=500000000");
}

/* A tool that wraps the task has the folder in its prefix instead. */
static void test_task_environment__of_a_backend_inside_the_task_that_writes_files(void **state)
{
	struct fixture *fixture = *state;

	make_plan(fixture, "[task]\npython = \"task.py\"\n[backends]\n"
			   "names = [\"memray\"]\n" SEQUENTIAL);
	assert_int_equal(task_environment(fixture->experiment, fixture->plan, last_trial(fixture),
				 &in_container, &fixture->list, NULL),
		0);
	assert_words(fixture->list + 4, "MEMCG_RUN_PROFILER=/run/memcg-run/profiler");
}

static void test_task_environment__of_a_tool_that_wraps_the_task(void **state)
{
	struct fixture *fixture = *state;

	make_plan(fixture, "[task]\npython = \"task.py\"\n[backends]\n"
			   "names = [\"mprof\"]\n" SEQUENTIAL);
	assert_int_equal(task_environment(fixture->experiment, fixture->plan, last_trial(fixture),
				 &in_container, &fixture->list, NULL),
		0);
	assert_null(fixture->list[4]);
}

static void test_task_environment__on_the_host(void **state)
{
	struct fixture *fixture = *state;

	make_plan(fixture, "[task]\ncommand = [\"true\"]\n" SEQUENTIAL);
	assert_int_equal(task_environment(fixture->experiment, fixture->plan, last_trial(fixture),
				 &on_host, &fixture->list, NULL),
		0);
	assert_words(fixture->list, "MEMCG_RUN_CHANNEL=/run/memcg-run/run-1/trial/channel",
		"PYTHONPATH=/lib/python", "MEMCG_RUN_PHENOMENA=/lib/phenomena",
		DEFAULT_PATH ":/lib/phenomena");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_task_command__a_command_with_its_parameters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__names_the_launchers_descriptors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__the_leaf_of_v1, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_environment__on_the_host, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__a_tool_writes_to_the_hosts_folder, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_task_command__on_the_host, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__a_filter_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__a_whole_script, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__the_launcher_opens_standard_input, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__the_launcher_mounts_a_writable_folder, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__the_launcher_checks_the_reporters_folder, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__what_is_run_beside_the_task_is_counted, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__a_function_with_arguments, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__a_module_in_another_interpreter, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__a_function_of_a_module_behind_a_tool, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__keeps_the_shortest_interval, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__a_wrapping_backend_comes_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__a_tool_that_runs_the_script_has_no_interpreter_behind_it,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_command__a_wrapping_backend_comes_before_a_command_too, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_environment__of_a_backend_inside_the_task_that_writes_files,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_environment__of_a_tool_that_wraps_the_task, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_environment__has_the_channel_and_each_parameter, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_environment__of_a_task_without_parameters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_environment__of_a_preloaded_backend, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_task_environment__what_the_experiment_sets_comes_last_or_first, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
