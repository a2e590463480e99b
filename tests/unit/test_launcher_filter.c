/* The launcher's seccomp filter, and what else must be kept from the task. */

#include "tests/unit/launcher_fixture.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/*
 * getpriority fails with EDOM, an errno that it never returns by itself; everything else is
 * allowed.
 */
static int filter_file(size_t n_copies)
{
	const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
		ALLOW,
	};
	int fd = memfd_create("filter", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < n_copies; i++)
		assert_int_equal(file_write_fd(fd, program, sizeof(program)), 0);
	return fd;
}

static void start_with_filter(struct fixture *fixture, int filter_fd, const char *what)
{
	const char *argv[] = {
		fixture->launcher, "--filter-fd", "4", "--", fixture->self, "--task", what, NULL};

	start(fixture, argv, filter_fd);
}

static void test_launcher__task_has_no_filter_unless_given(void **state)
{
	start_task(*state, "getpriority");
	run_to_end(*state, 0);
}

static void test_launcher__installs_filter(void **state)
{
	CLEANUP(cleanup_close) int filter_fd = filter_file(1);

	start_with_filter(*state, filter_fd, "getpriority");
	run_to_end(*state, EDOM);
}

static void test_launcher__takes_longest_filter(void **state)
{
	CLEANUP(cleanup_close) int filter_fd = filter_file(1024);

	start_with_filter(*state, filter_fd, "getpriority");
	run_to_end(*state, EDOM);
}

static void expect_filter_failure(struct fixture *fixture, int error_number)
{
	struct control_message message;

	expect(fixture, CONTROL_READY, &message);
	assert_int_equal(expect(fixture, CONTROL_FAILED, &message), fixture->process.pid);
	assert_int_equal(message.stage, CONTROL_STAGE_FILTER);
	assert_int_equal(message.error_number, error_number);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 125 << 8);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 125 << 8);
}

static void test_launcher__refuses_filter_that_is_too_long(void **state)
{
	CLEANUP(cleanup_close) int filter_fd = filter_file(1025);

	start_with_filter(*state, filter_fd, "seven");
	expect_filter_failure(*state, E2BIG);
}

static void test_launcher__refuses_half_an_instruction(void **state)
{
	CLEANUP(cleanup_close) int filter_fd = filter_file(1);

	assert_int_equal(ftruncate(filter_fd, 28), 0);
	start_with_filter(*state, filter_fd, "seven");
	expect_filter_failure(*state, EINVAL);
}

/* The kernel's verifier rejects a program that does not end in a return. */
static void test_launcher__reports_filter_that_kernel_refuses(void **state)
{
	CLEANUP(cleanup_close) int filter_fd = filter_file(1);
	struct control_message message;

	assert_int_equal(ftruncate(filter_fd, 8), 0);
	start_with_filter(*state, filter_fd, "seven");
	expect(*state, CONTROL_READY, &message);
	expect(*state, CONTROL_CHILD, &message);
	say(*state, CONTROL_GO);
	expect(*state, CONTROL_FAILED, &message);
	assert_int_equal(message.stage, CONTROL_STAGE_FILTER);
	assert_int_equal(message.error_number, EINVAL);
	expect(*state, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 125 << 8);
}

static void test_launcher__task_gets_no_new_privileges(void **state)
{
	start_task(*state, "no-new-privileges");
	run_to_end(*state, 1);
}

static void test_launcher__task_gets_no_descriptor_of_ours(void **state)
{
	CLEANUP(cleanup_close) int filter_fd = filter_file(1);

	start_with_filter(*state, filter_fd, "descriptors");
	run_to_end(*state, 0);
}

static void test_launcher__holds_less_than_a_mebibyte_at_the_gate(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int filter_fd = filter_file(1024);
	struct control_message message;
	unsigned long launcher_kib, child_kib;
	pid_t child;

	start_with_filter(fixture, filter_fd, "seven");
	expect(fixture, CONTROL_READY, &message);
	child = expect(fixture, CONTROL_CHILD, &message);
	launcher_kib = status_field(fixture->process.pid, "VmRSS:");
	child_kib = status_field(child, "VmRSS:");
	print_message("launcher %lu KiB, child %lu KiB\n", launcher_kib, child_kib);
	assert_in_range(launcher_kib, 1, 1023);
	assert_in_range(child_kib, 1, 1023);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		LAUNCHER_TEST(test_launcher__task_has_no_filter_unless_given),
		LAUNCHER_TEST(test_launcher__installs_filter),
		LAUNCHER_TEST(test_launcher__takes_longest_filter),
		LAUNCHER_TEST(test_launcher__refuses_filter_that_is_too_long),
		LAUNCHER_TEST(test_launcher__refuses_half_an_instruction),
		LAUNCHER_TEST(test_launcher__reports_filter_that_kernel_refuses),
		LAUNCHER_TEST(test_launcher__task_gets_no_new_privileges),
		LAUNCHER_TEST(test_launcher__task_gets_no_descriptor_of_ours),
		LAUNCHER_TEST(test_launcher__holds_less_than_a_mebibyte_at_the_gate),
	};

	if (argc == 3 && strcmp(argv[1], "--task") == 0)
		return task_main(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
