/*
 * slice_probe NAME: creates the slice NAME, starts a child in its task leaf with CLONE_INTO_CGROUP,
 * lets it touch TOUCHED_BYTES and exit, and prints the slice's values as "key value" lines. v2.bats
 * checks them for this kernel.
 */
#include "cgroup/slice.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define TOUCHED_BYTES ((size_t)32 << 20)
#define KILL_TIMEOUT_NS UINT64_C(5000000000)

static int fail(const struct error *error)
{
	fprintf(stderr, "slice_probe: %s\n", error->text);
	return 1;
}

/* Tells its parent when the memory is touched, and holds it until the parent closes its end. */
static void child_main(int touched_fd, int release_fd)
{
	char byte = 0;
	char *memory = mmap(NULL, TOUCHED_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED || write(touched_fd, &byte, 1) != 1)
		_exit(1);
	_exit(read(release_fd, &byte, 1) == 0 ? 0 : 1);
}

static pid_t start_child(int leaf_fd, int touched[2], int release[2])
{
	struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)leaf_fd,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (pid == 0) {
		close(release[1]);
		child_main(touched[1], release[0]);
	}
	close(touched[1]);
	close(release[0]);
	return pid;
}

/* A process's group: the v2 line of /proc/PID/cgroup, "0::/path". */
static void print_cgroup(pid_t pid)
{
	char path[64];
	char line[512];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	FILE *stream CLEANUP(cleanup_fclose) = fopen(path, "re");
	while (stream && fgets(line, sizeof(line), stream))
		if (line[0] == '0')
			printf("child %s", line + 3);
}

static void print_bytes(const struct slice *slice, const char *when)
{
	uint64_t current_bytes = 0;
	uint64_t peak_bytes = 0;

	if (slice_current_bytes(slice, &current_bytes) == 0)
		printf("current_%s %" PRIu64 "\n", when, current_bytes);
	if (slice_peak_bytes(slice, &peak_bytes) == 0)
		printf("peak_%s %" PRIu64 "\n", when, peak_bytes);
}

static int probe(struct slice *slice, struct error *error)
{
	int touched[2];
	int release[2];
	int status = -1;
	int refused;
	char byte;

	if (pipe2(touched, O_CLOEXEC) < 0 || pipe2(release, O_CLOEXEC) < 0)
		return error_set_errno(error, errno, "cannot make a pipe");
	print_bytes(slice, "fresh");
	pid_t pid = start_child(slice_task_fd(slice), touched, release);
	if (pid < 0)
		return error_set_errno(error, errno, "cannot clone into the task leaf");
	if (read(touched[0], &byte, 1) == 1)
		print_cgroup(pid);
	print_bytes(slice, "held");
	close(touched[0]);
	close(release[1]);
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		return error_set(error, ECHILD, "the child ended with wait status %#x", status);
	print_bytes(slice, "ended");
	refused = slice_reset_peak(slice, error);
	if (refused < 0)
		return refused;
	printf("reset %s\n", refused ? "refused" : "accepted");
	print_bytes(slice, "reset");
	return 0;
}

int main(int argc, char **argv)
{
	struct error error = ERROR_INIT;
	struct limits limits = {.memory_max_bytes = {AMOUNT_NUMBER, TOUCHED_BYTES * 4}};
	struct hierarchy *hierarchy = NULL;
	struct slice *slice = NULL;
	int failed = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: slice_probe NAME.slice\n");
		return 2;
	}
	if (hierarchy_find(&hierarchy, &error) < 0 ||
		slice_create(hierarchy, argv[1], &limits, &slice, &error) < 0) {
		hierarchy_free(hierarchy);
		return fail(&error);
	}
	printf("hierarchy %s\n", hierarchy_name(hierarchy));
	if (probe(slice, &error) < 0)
		failed = fail(&error);
	if (slice_kill(slice, KILL_TIMEOUT_NS, &error) < 0 || slice_remove(&slice, &error) < 0)
		failed = fail(&error);
	hierarchy_free(hierarchy);
	return failed;
}
