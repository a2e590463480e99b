/* The default profile: what it refuses, and what programs need of it. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/seccomp_fixture.h"

#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define DEFAULT_PROFILE "runner/experiment/seccomp/default.json"

/* An errno of nobody's: a call that fails with it was refused by the filter and by nothing else. */
#define ERRNO_OF_FILTER 77

/* The default profile, with the errno of its refusals replaced where one is given. */
static struct seccomp_profile *compile_default(const char *errno_text)
{
	static const char key[] = "\"defaultErrnoRet\": 1";
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *replaced = NULL;
	size_t length;
	char *place;

	assert_int_equal(file_read(AT_FDCWD, DEFAULT_PROFILE, 1 << 20, &text, &length, NULL), 0);
	place = strstr(text, key);
	assert_non_null(place);
	replaced = string_format("%.*s\"defaultErrnoRet\": %s%s", (int)(place - text), text,
		errno_text, place + strlen(key));
	return compile(replaced);
}

/* With arguments that the kernel would refuse too, or that do nothing: a broken filter does no harm. */
static const struct call denied[] = {
	{"mount", SYS_mount, {0}},
	{"umount2", SYS_umount2, {0}},
	{"pivot_root", SYS_pivot_root, {0}},
	{"chroot", SYS_chroot, {0}},
	{"bpf", SYS_bpf, {-1}},
	{"add_key", SYS_add_key, {0}},
	{"request_key", SYS_request_key, {0}},
	{"keyctl", SYS_keyctl, {-1}},
	{"kexec_load", SYS_kexec_load, {0, 1 << 20, 0, -1}},
	{"kexec_file_load", SYS_kexec_file_load, {-1, -1, 0, 0, -1}},
	{"init_module", SYS_init_module, {0}},
	{"finit_module", SYS_finit_module, {-1, 0, 0}},
	{"delete_module", SYS_delete_module, {0, O_NONBLOCK}},
	{"unshare", SYS_unshare, {0}},
	{"setns", SYS_setns, {-1, 0}},
	{"clone with a user namespace", SYS_clone, {CLONE_NEWUSER | CLONE_SIGHAND}},
	{"clone with a mount namespace", SYS_clone, {CLONE_NEWNS | CLONE_FS}},
	{"clone with a cgroup namespace", SYS_clone, {CLONE_NEWCGROUP | CLONE_SIGHAND}},
	{"swapon", SYS_swapon, {0}},
	{"swapoff", SYS_swapoff, {0}},
	{"reboot", SYS_reboot, {0}},
	{"settimeofday", SYS_settimeofday, {0}},
	{"clock_settime", SYS_clock_settime, {-1, 0}},
	{"perf_event_open", SYS_perf_event_open, {0}},
	{"open_by_handle_at", SYS_open_by_handle_at, {-1}},
	{"userfaultfd", SYS_userfaultfd, {-1}},
#ifdef SYS_iopl
	{"iopl", SYS_iopl, {-1}},
	{"ioperm", SYS_ioperm, {1 << 20, 1, 1}},
#endif
	{"personality without address randomisation", SYS_personality, {ADDR_NO_RANDOMIZE}},
	{"io_uring_setup", SYS_io_uring_setup, {0}},
	{"io_uring_enter", SYS_io_uring_enter, {-1}},
	{"io_uring_register", SYS_io_uring_register, {-1, -1}},
	{"fsopen", SYS_fsopen, {0}},
	{"fsconfig", SYS_fsconfig, {-1, -1}},
	{"fsmount", SYS_fsmount, {-1}},
	{"fspick", SYS_fspick, {-1}},
	{"open_tree", SYS_open_tree, {-1}},
	{"move_mount", SYS_move_mount, {-1}},
	{"mount_setattr", SYS_mount_setattr, {-1}},
	{"quotactl", SYS_quotactl, {-1}},
	{"acct", SYS_acct, {1}},
	{"kcmp", SYS_kcmp, {-1, -1, -1}},
	{"pidfd_getfd", SYS_pidfd_getfd, {-1}},
	{"syslog", SYS_syslog, {-1}},
	{"sethostname", SYS_sethostname, {0, -1}},
	{"fanotify_init", SYS_fanotify_init, {-1}},
	{"socket of AF_ALG", SYS_socket, {AF_ALG, SOCK_STREAM}},
	{"socket of AF_VSOCK", SYS_socket, {AF_VSOCK, SOCK_STREAM}},
};

#define N_DENIED (sizeof(denied) / sizeof(denied[0]))

static void test_default_profile__refuses_what_touches_the_host(void **state)
{
	struct seccomp_profile *profile = compile_default("77");
	int errors[N_DENIED];

	(void)state;
	make_calls(profile, denied, N_DENIED, errors);
	for (size_t i = 0; i < N_DENIED; i++)
		if (errors[i] != ERRNO_OF_FILTER)
			fail_msg("%s: %s", denied[i].name, strerror(errors[i]));
	seccomp_profile_free(profile);
}

static void test_default_profile__refuses_with_eperm(void **state)
{
	struct seccomp_profile *profile = NULL;
	struct error error = ERROR_INIT;
	char digest[DIGEST_TEXT_SIZE];
	int errors[N_DENIED];

	(void)state;
	assert_int_equal(
		seccomp_profile_load("default", DEFAULT_PROFILE, stderr, &profile, &error), 0);
	make_calls(profile, denied, N_DENIED, errors);
	for (size_t i = 0; i < N_DENIED; i++)
		assert_int_equal(errors[i], EPERM);
	assert_string_equal(profile->name, "default");
	assert_int_equal(digest_file(AT_FDCWD, DEFAULT_PROFILE, digest, NULL), 0);
	assert_string_equal(profile->sha256, digest);
	assert_in_range(profile->program_bytes / sizeof(struct sock_filter), 100, BPF_MAXINSNS);
	seccomp_profile_free(profile);
}

static void test_default_profile__lets_a_c_library_fall_back(void **state)
{
	struct seccomp_profile *profile = compile_default("77");

	(void)state;
	assert_int_equal(make_call(profile, SYS_clone3, 0, 0), ENOSYS);
	/* A call of a kernel to come. */
	assert_int_equal(make_call(profile, 590, 0, 0), ENOSYS);
	seccomp_profile_free(profile);
}

static void test_default_profile__allows_what_programs_do(void **state)
{
	static const struct call allowed[] = {
		{"getpid", SYS_getpid, {0}},
		{"personality, asked", SYS_personality, {0xffffffff}},
		{"personality of Linux", SYS_personality, {PER_LINUX}},
		{"socket of AF_UNIX", SYS_socket, {AF_UNIX, SOCK_STREAM}},
		{"socket of AF_INET", SYS_socket, {AF_INET, SOCK_STREAM}},
		{"eventfd2", SYS_eventfd2, {0}},
		{"epoll_create1", SYS_epoll_create1, {0}},
		{"mmap", SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
		{"sched_yield", SYS_sched_yield, {0}},
		{"memfd_create", SYS_memfd_create, {(long)"x", 0}},
		{"socket of AF_NETLINK", SYS_socket, {AF_NETLINK, SOCK_RAW}},
		{"process_vm_readv of nothing", SYS_process_vm_readv, {0}},
	};
	int errors[sizeof(allowed) / sizeof(allowed[0])];
	struct seccomp_profile *profile = compile_default("77");

	(void)state;
	make_calls(profile, allowed, sizeof(allowed) / sizeof(allowed[0]), errors);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (errors[i] != 0)
			fail_msg("%s: %s", allowed[i].name, strerror(errors[i]));
	seccomp_profile_free(profile);
}

struct python {
	const struct seccomp_profile *profile;
	const char *program;
};

/* A forked_work. */
static int become_python(void *context)
{
	const struct python *python = context;

	if (python->profile)
		install(python->profile);
	execl("/usr/bin/python3", "python3", "-c", python->program, (char *)NULL);
	return 101;
}

/* Runs Python with a program, under the profile unless it is NULL: its wait status. */
static int run_python(const struct seccomp_profile *profile, const char *program)
{
	struct python python = {profile, program};

	return forked_run(become_python, &python);
}

static void test_default_profile__runs_python(void **state)
{
	static const char program[] =
		"import subprocess, threading, tempfile, os, socket, time, mmap, resource\n"
		"thread = threading.Thread(target=time.sleep, args=(0,))\n"
		"thread.start(); thread.join()\n"
		"assert subprocess.run(['/bin/sh', '-c', 'echo x | cat'], capture_output=True,\n"
		"    check=True).stdout == b'x\\n'\n"
		"with tempfile.TemporaryDirectory() as folder:\n"
		"    open(folder + '/a', 'w').write('x'); os.rename(folder + '/a', folder + '/b')\n"
		"mmap.mmap(-1, 1 << 20)\n"
		"resource.getrusage(resource.RUSAGE_SELF)\n";
	struct seccomp_profile *profile = compile_default("77");

	(void)state;
	assert_int_equal(run_python(profile, program), 0);
	seccomp_profile_free(profile);
}

static void test_default_profile__runs_numpy(void **state)
{
	struct seccomp_profile *profile;

	(void)state;
	if (run_python(NULL, "import numpy") != 0)
		skip();
	profile = compile_default("77");
	assert_int_equal(run_python(profile, "import numpy\n"
					     "ones = numpy.ones((500, 500))\n"
					     "assert numpy.dot(ones, ones)[0, 0] == 500\n"),
		0);
	seccomp_profile_free(profile);
}

#ifdef __x86_64__
/* getpid and mount by the numbers and the entry of 32-bit programs. */
static int call_32bit(int number, int first)
{
	int result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(first), "c"(0), "d"(0), "S"(0), "D"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

struct call_of_32bit {
	const struct seccomp_profile *profile;
	int number;
};

/* A forked_work. */
static int make_call_of_32bit(void *context)
{
	const struct call_of_32bit *call = context;

	if (call->profile)
		install(call->profile);
	return -call_32bit(call->number, 0) & 0xff;
}

static int run_32bit(const struct seccomp_profile *profile, int number)
{
	struct call_of_32bit call = {profile, number};

	return forked_run(make_call_of_32bit, &call);
}

static void test_default_profile__filters_32bit_calls_alike(void **state)
{
	const int getppid_number = 64, mount_number = 21;
	struct seccomp_profile *profile;
	int status;

	(void)state;
	/* A kernel without 32-bit programs ends the child by a signal. */
	if (!WIFEXITED(run_32bit(NULL, getppid_number)))
		skip();
	profile = compile_default("77");
	status = run_32bit(profile, mount_number);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), ERRNO_OF_FILTER);
	status = run_32bit(profile, getppid_number);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), -getpid() & 0xff);
	seccomp_profile_free(profile);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_profile__refuses_what_touches_the_host),
		cmocka_unit_test(test_default_profile__refuses_with_eperm),
		cmocka_unit_test(test_default_profile__lets_a_c_library_fall_back),
		cmocka_unit_test(test_default_profile__allows_what_programs_do),
		cmocka_unit_test(test_default_profile__runs_python),
		cmocka_unit_test(test_default_profile__runs_numpy),
#ifdef __x86_64__
		cmocka_unit_test(test_default_profile__filters_32bit_calls_alike),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
