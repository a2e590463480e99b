/* A real container runtime: needs root, runc and writable cgroups. */

#include "runner/container/runtime.h"

#include "runner/container/bundle.h"
#include "tests/unit/container_fixture.h"
#include "util/file.h"
#include "util/text.h"

#include <glob.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define TEST_SLICE "memcg-run.slice/test-container-%d.slice"

/* An image of this host, and an experiment in a folder whose name needs quoting. */
struct containers {
	struct fixture *fixture;
	struct runtime *runtime;
	struct installation installation;
	char name[64];
	char cgroup[96];
	char *profiler;
	char *leaf;
	char *channel;
	char *log;
	int channel_fd;
	int preserve_fds[2];
	int stdout_fd;
	int stderr_fd;
	char output[65536];
};

static void listen_on_channel(struct containers *containers)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	assert_true(strlen(containers->channel) < sizeof(address.sun_path));
	memcpy(address.sun_path, containers->channel, strlen(containers->channel) + 1);
	containers->channel_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_true(containers->channel_fd >= 0);
	assert_int_equal(
		bind(containers->channel_fd, (const struct sockaddr *)&address, sizeof(address)),
		0);
	assert_int_equal(listen(containers->channel_fd, 1), 0);
}

static int text_fd(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(file_write_fd(fd, text, strlen(text)), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void make_files(struct fixture *fixture)
{
	fixture->image.root = (char *)"/";
	fixture_directory(fixture, "python");
	fixture_directory(fixture, "phenomena");
	fixture_directory(fixture, "profiler");
	fixture_directory(fixture, "leaf");
	fixture_file(fixture, "launcher", "the launcher");
	fixture_file(fixture, "python/harness.py", "the harness");
	fixture_file(fixture, "leaf/memory.current", "42\n");
	fixture_file(fixture, "source/marker", "of the host\n");
}

static int containers_setup(void **state)
{
	struct containers *containers = calloc(1, sizeof(*containers));
	struct fixture *fixture;

	assert_non_null(containers);
	assert_int_equal(fixture_setup((void **)&containers->fixture), 0);
	fixture = containers->fixture;
	make_files(fixture);
	containers->installation.python = string_format("%s/python", fixture->path);
	containers->installation.phenomena = string_format("%s/phenomena", fixture->path);
	containers->installation.launcher = string_format("%s/launcher", fixture->path);
	containers->channel = string_format("%s/channel", fixture->path);
	containers->profiler = string_format("%s/profiler", fixture->path);
	containers->leaf = string_format("%s/leaf", fixture->path);
	containers->log = string_format("%s/runtime.log", fixture->path);
	snprintf(containers->name, sizeof(containers->name), "memcg-run-test-%d", (int)getpid());
	snprintf(containers->cgroup, sizeof(containers->cgroup), "/" TEST_SLICE "/runtime",
		(int)getpid());
	listen_on_channel(containers);
	containers->preserve_fds[0] = text_fd("the third\n");
	containers->preserve_fds[1] = text_fd("the fourth\n");
	containers->stdout_fd = text_fd("");
	containers->stderr_fd = text_fd("");
	assert_int_equal(
		runtime_open(RUNTIME_RUNC, HIERARCHY_V1, &containers->runtime, &fixture->error), 0);
	*state = containers;
	return 0;
}

/*
 * The runtime removes only its own group; the test removes the slice above it from every hierarchy.
 */
static void remove_test_slices(const char *mounts)
{
	CLEANUP(cleanup_free)
	char *pattern = string_format("%s/" TEST_SLICE, mounts, (int)getpid());
	glob_t found = {.gl_pathc = 0};

	assert_non_null(pattern);
	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			assert_int_equal(rmdir(found.gl_pathv[i]), 0);
	globfree(&found);
}

static int containers_teardown(void **state)
{
	struct containers *containers = *state;

	runtime_free(containers->runtime);
	remove_test_slices("/sys/fs/cgroup");
	remove_test_slices("/sys/fs/cgroup/*");
	close(containers->channel_fd);
	close(containers->preserve_fds[0]);
	close(containers->preserve_fds[1]);
	if (containers->stdout_fd >= 0)
		close(containers->stdout_fd);
	close(containers->stderr_fd);
	free(containers->installation.python);
	free(containers->installation.phenomena);
	free(containers->installation.launcher);
	free(containers->channel);
	free(containers->profiler);
	free(containers->leaf);
	free(containers->log);
	fixture_teardown((void **)&containers->fixture);
	free(containers);
	return 0;
}

/* Creates root and bundle, and starts the container. */
static struct process start(struct containers *containers, const char *const *argv)
{
	static const char *const variables[] = {"GIVEN=a b", NULL};
	struct fixture *fixture = containers->fixture;
	struct process process = PROCESS_NONE;
	struct bundle_options options = {
		.experiment = &fixture->experiment,
		.task = &fixture->task,
		.installation = &containers->installation,
		.hierarchy = fixture->hierarchy,
		.runtime_cgroup_path = containers->cgroup,
		.task_directory = containers->leaf,
		.channel_path = containers->channel,
		.profiler_directory = containers->profiler,
		.argv = argv,
		.environment = variables,
	};
	const struct runtime_start runtime_options = {
		.bundle = fixture->work,
		.container = containers->name,
		.stdout_fd = containers->stdout_fd,
		.stderr_fd = containers->stderr_fd,
		.preserve_fds = containers->preserve_fds,
		.n_preserve_fds = 2,
		.log_path = containers->log,
	};

	if (fixture_rootfs(fixture) < 0)
		fail_msg("%s", fixture->error.text);
	options.rootfs = fixture->rootfs;
	assert_int_equal(bundle_write(&options, fixture->work, &fixture->error), 0);
	if (runtime_start(containers->runtime, &runtime_options, &process, &fixture->error) < 0)
		fail_msg("%s", fixture->error.text);
	return process;
}

/* Runs a shell script in a container; returns its exit code. */
static int run(struct containers *containers, const char *script)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	struct process process = start(containers, argv);
	int status;
	ssize_t length;

	assert_int_equal(process_wait(&process, &status, NULL), 0);
	assert_int_equal(
		runtime_delete(containers->runtime, containers->name, &containers->fixture->error),
		0);
	length =
		pread(containers->stdout_fd, containers->output, sizeof(containers->output) - 1, 0);
	assert_true(length >= 0);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void assert_prints(struct containers *containers, const char *script, const char *expected)
{
	CLEANUP(cleanup_free) char *message = NULL;
	int code = run(containers, script);

	message = runtime_log_error(containers->log);
	if (code != 0)
		fail_msg("exit code %d: %s", code, message ? message : "");
	assert_string_equal(containers->output, expected);
}

/* ---- the program */

static void test_runtime_open__knows_runc_and_its_version(void **state)
{
	struct containers *containers = *state;
	const char *version = runtime_version(containers->runtime);

	assert_string_equal(runtime_name(containers->runtime), "runc");
	assert_true(version[0] >= '1' && version[0] <= '9');
	assert_null(strpbrk(version, " \n"));
}

static void test_runtime_open__refuses_crun_beside_cgroup_v1(void **state)
{
	struct containers *containers = *state;
	struct runtime *runtime = NULL;
	struct error *error = &containers->fixture->error;

	assert_int_equal(runtime_open(RUNTIME_CRUN, HIERARCHY_V1, &runtime, error), -ENOTSUP);
	assert_null(runtime);
	assert_non_null(strstr(error->text, "crun"));
	assert_non_null(strstr(error->text, "hybrid mode"));
}

static void test_runtime_open__needs_no_program_for_none(void **state)
{
	struct containers *containers = *state;
	struct runtime *runtime = NULL;
	CLEANUP(cleanup_free) char *path = strdup(getenv("PATH"));
	int r;

	setenv("PATH", containers->fixture->work, 1);
	r = runtime_open(RUNTIME_NONE, HIERARCHY_V1, &runtime, NULL);
	setenv("PATH", path, 1);
	assert_int_equal(r, 0);
	assert_string_equal(runtime_name(runtime), "none");
	assert_string_equal(runtime_version(runtime), "");
	assert_int_equal(runtime_delete(runtime, "there is none", NULL), 0);
	runtime_free(runtime);
}

static void test_runtime_open__names_the_package_of_a_missing_program(void **state)
{
	struct containers *containers = *state;
	struct runtime *runtime = NULL;
	struct error *error = &containers->fixture->error;
	CLEANUP(cleanup_free) char *path = strdup(getenv("PATH"));
	int r;

	setenv("PATH", containers->fixture->work, 1);
	r = runtime_open(RUNTIME_RUNC, HIERARCHY_V1, &runtime, error);
	assert_int_equal(r, -ENOENT);
	assert_string_equal(error->text, "runc is not installed: apt-get install runc");
	r = runtime_open(RUNTIME_CRUN, HIERARCHY_V2, &runtime, error);
	setenv("PATH", path, 1);
	assert_int_equal(r, -ENOENT);
	assert_string_equal(error->text, "crun is not installed: apt-get install crun");
	assert_null(runtime);
}

/* ---- the task's view */

static void test_container__runs_in_the_experiments_folder(void **state)
{
	struct containers *containers = *state;
	CLEANUP(cleanup_free)
	char *expected = string_format("%s\nprint()\n1 a b /tmp C.UTF-8 memcg-run\n",
		containers->fixture->experiment_directory);

	assert_prints(containers,
		"pwd; cat task.py; echo $$ \"$GIVEN\" $HOME $LANG $(cat /proc/sys/kernel/hostname)",
		expected);
}

static void test_container__can_write_its_tmp_and_profiler_only(void **state)
{
	struct containers *containers = *state;
	struct fixture *fixture = containers->fixture;

	assert_prints(containers,
		"for place in /tmp /dev/shm /run/memcg-run/profiler / /etc /usr /usr/bin /var /run "
		"/run/memcg-run /run/memcg-run/python /sys/fs/cgroup .; do\n"
		"	(: >$place/written) 2>/dev/null && echo $place\n"
		"done; true",
		"/tmp\n/dev/shm\n/run/memcg-run/profiler\n");
	assert_true(fixture_has(fixture, "profiler/written"));
	assert_false(fixture_has(fixture, "work/rootfs/tmp/written"));
	assert_false(fixture_has(fixture, "work/rootfs/written"));
}

/* What this prints stands in the launcher's place. */
#define PRINT_PRIVILEGES                                                                           \
	"sed -n 's/^\\(CapInh\\|CapPrm\\|CapEff\\|CapBnd\\|CapAmb\\|NoNewPrivs\\|Uid\\):/\\1/p' "  \
	"/proc/self/status | tr '\\t' ' '"

static void test_container__has_no_privileges_on_v1(void **state)
{
	struct containers *containers = *state;

	fixture_hierarchy(containers->fixture, FIXTURE_V1, "");
	assert_prints(containers, PRINT_PRIVILEGES,
		"Uid 0 0 0 0\nCapInh 0000000000000000\nCapPrm 0000000000000000\n"
		"CapEff 0000000000000000\nCapBnd 0000000000000000\nCapAmb 0000000000000000\n"
		"NoNewPrivs 1\n");
}

/* CAP_SYS_ADMIN (bit 21) for the task's cgroup namespace, and CAP_SETPCAP (bit 8) to drop both for good. */
static void test_container__has_what_the_launcher_needs_on_v2(void **state)
{
	assert_prints(*state, PRINT_PRIVILEGES,
		"Uid 0 0 0 0\nCapInh 0000000000000000\nCapPrm 0000000000200100\n"
		"CapEff 0000000000200100\nCapBnd 0000000000200100\nCapAmb 0000000000000000\n"
		"NoNewPrivs 1\n");
}

static void test_container__has_no_network_but_loopback(void **state)
{
	assert_prints(*state, "ls /sys/class/net", "lo\n");
}

static void test_container__hides_the_hosts_secrets(void **state)
{
	assert_prints(*state,
		"for path in /etc/shadow /etc/gshadow /etc/ssl/private /root/.ssh /proc/kcore/x "
		"/home/* /var/lib; do ls -d $path 2>/dev/null; done; wc -c </proc/keys; true",
		"0\n");
}

static void test_container__finds_what_the_project_brings(void **state)
{
	assert_prints(*state,
		"cd /run/memcg-run; cat launcher; echo; cat python/harness.py; echo; ls",
		"the launcher\nthe harness\nchannel\nlauncher\nphenomena\nprofiler\npython\n"
		"reporter.py\nstdin\n");
}

static void test_container__sees_its_leaf_on_v2(void **state)
{
	assert_prints(*state, "ls /sys/fs/cgroup; cat /sys/fs/cgroup/memory.current",
		"memory.current\n42\n");
}

static void test_container__sees_its_leaf_on_v1(void **state)
{
	struct containers *containers = *state;

	fixture_hierarchy(containers->fixture, FIXTURE_V1, "");
	assert_prints(containers, "ls /sys/fs/cgroup; cat /sys/fs/cgroup/memory/memory.current",
		"memory\n42\n");
}

/* CLONE_INTO_CGROUP requires a group within the cgroup namespace. */
static void test_container__sees_its_cgroup_from_the_hosts_root(void **state)
{
	struct containers *containers = *state;
	CLEANUP(cleanup_free) char *expected = string_format("%s\n", containers->cgroup);

	assert_prints(
		containers, "sed 's/.*://' /proc/self/cgroup | sort -u | grep memcg-run", expected);
}

static void test_container__can_reach_the_channel(void **state)
{
	assert_prints(*state,
		"exec /usr/bin/python3 -c 'import socket\n"
		"s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
		"s.connect(\"/run/memcg-run/channel\"); print(s.send(b\"record\"))'",
		"6\n");
}

static void test_container__is_handed_descriptors_from_3_on(void **state)
{
	assert_prints(*state, "cat <&3; cat <&4", "the third\nthe fourth\n");
}

/* The host has no such folder: the mount point is in a layer over its /usr. */
static void test_container__shows_mounts_where_the_image_has_no_such_place(void **state)
{
	struct containers *containers = *state;

	fixture_mount(containers->fixture, "source", "/usr/share/memcg-run test, a:b", false);
	fixture_mount(containers->fixture, "source", "/tmp/deep/er", true);
	assert_prints(containers,
		"cat '/usr/share/memcg-run test, a:b/marker' /tmp/deep/er/marker\n"
		"(: >/usr/share/written) 2>/dev/null && echo /usr/share\n"
		"(: >'/usr/share/memcg-run test, a:b/written') 2>/dev/null && echo below\n"
		": >/tmp/deep/er/written; /usr/bin/env echo /usr works",
		"of the host\nof the host\n/usr works\n");
	assert_true(fixture_has(containers->fixture, "source/written"));
	assert_int_not_equal(access("/usr/share/memcg-run test, a:b", F_OK), 0);
}

/* ---- its end */

static void test_runtime_start__ends_with_the_containers_exit_code(void **state)
{
	assert_int_equal(run(*state, "exit 7"), 7);
}

static void test_runtime_delete__ends_a_container_that_runs(void **state)
{
	static const char *const argv[] = {"/bin/sh", "-c", "echo up; exec sleep 600", NULL};
	struct containers *containers = *state;
	struct error *error = &containers->fixture->error;
	struct process process;
	CLEANUP(cleanup_free)
	char *state_path = string_format("/run/memcg-run/runc/%s", containers->name);
	char text[8] = "";
	int pipe_fds[2];
	int status;

	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	close(containers->stdout_fd);
	containers->stdout_fd = pipe_fds[1];
	process = start(containers, argv);
	close(TAKE_FD(containers->stdout_fd));
	/* Waits for the container, or for the end of all possible writers. */
	assert_int_equal(read(pipe_fds[0], text, sizeof(text) - 1), 3);
	assert_string_equal(text, "up\n");
	close(pipe_fds[0]);
	assert_int_equal(access(state_path, F_OK), 0);
	assert_int_equal(runtime_delete(containers->runtime, containers->name, error), 0);
	assert_int_not_equal(access(state_path, F_OK), 0);
	assert_int_equal(process_wait(&process, &status, NULL), 0);
}

static void test_runtime_delete__takes_nothing_left_for_success(void **state)
{
	struct containers *containers = *state;

	assert_int_equal(runtime_delete(containers->runtime, "memcg-run-test-never",
				 &containers->fixture->error),
		0);
}

/* ---- its log */

static void test_runtime_log_error__tells_why_a_container_did_not_start(void **state)
{
	static const char *const argv[] = {"/nowhere/launcher", NULL};
	struct containers *containers = *state;
	struct process process = start(containers, argv);
	CLEANUP(cleanup_free) char *message = NULL;
	int status;

	assert_int_equal(process_wait(&process, &status, NULL), 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
	message = runtime_log_error(containers->log);
	assert_non_null(message);
	assert_non_null(strstr(message, "/nowhere/launcher"));
	assert_null(strchr(message, '\n'));
	assert_int_equal(runtime_delete(containers->runtime, containers->name, NULL), 0);
}

static void test_runtime_log_error__takes_the_last_error(void **state)
{
	struct containers *containers = *state;
	CLEANUP(cleanup_free) char *message = NULL;

	fixture_file(containers->fixture, "runtime.log",
		"{\"level\":\"error\",\"msg\":\"first\"}\n"
		"{\"level\":\"error\",\"msg\":\"second\\nline.\\n\"}\n"
		"not JSON\n{\"level\":\"warning\",\"msg\":\"third\"}\n{\"level\":\"err");
	message = runtime_log_error(containers->log);
	assert_string_equal(message, "second line");
}

static void test_runtime_log_error__has_none_without_an_error(void **state)
{
	struct containers *containers = *state;

	assert_null(runtime_log_error(containers->log));
	fixture_file(containers->fixture, "runtime.log",
		"{\"level\":\"warning\",\"msg\":\"third\"}\n{\"msg\":\"x\"}\n[]\n\n");
	assert_null(runtime_log_error(containers->log));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, containers_setup, containers_teardown)

/*
 * A run next to this test removes memcg-run.slice if it is empty, even between the two steps in
 * which runc creates a group below it. Holds the lock until the end of the test.
 */
static int take_turn(void **state)
{
	int fd = open("/run/lock/memcg-run-tests", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	return fd < 0 || flock(fd, LOCK_EX) < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_runtime_open__knows_runc_and_its_version),
		TEST(test_runtime_open__refuses_crun_beside_cgroup_v1),
		TEST(test_runtime_open__needs_no_program_for_none),
		TEST(test_runtime_open__names_the_package_of_a_missing_program),
		TEST(test_container__runs_in_the_experiments_folder),
		TEST(test_container__can_write_its_tmp_and_profiler_only),
		TEST(test_container__has_no_privileges_on_v1),
		TEST(test_container__has_what_the_launcher_needs_on_v2),
		TEST(test_container__has_no_network_but_loopback),
		TEST(test_container__hides_the_hosts_secrets),
		TEST(test_container__finds_what_the_project_brings),
		TEST(test_container__sees_its_leaf_on_v2),
		TEST(test_container__sees_its_leaf_on_v1),
		TEST(test_container__sees_its_cgroup_from_the_hosts_root),
		TEST(test_container__can_reach_the_channel),
		TEST(test_container__is_handed_descriptors_from_3_on),
		TEST(test_container__shows_mounts_where_the_image_has_no_such_place),
		TEST(test_runtime_start__ends_with_the_containers_exit_code),
		TEST(test_runtime_delete__ends_a_container_that_runs),
		TEST(test_runtime_delete__takes_nothing_left_for_success),
		TEST(test_runtime_log_error__tells_why_a_container_did_not_start),
		TEST(test_runtime_log_error__takes_the_last_error),
		TEST(test_runtime_log_error__has_none_without_an_error),
	};

	return cmocka_run_group_tests_name("runtime", tests, take_turn, NULL);
}
