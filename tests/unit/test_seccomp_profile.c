/*
 * Profiles, by what the kernel does with them: each filter is installed in a forked child that makes
 * calls under it and reports the errno of each.
 */

#include "runner/experiment/seccomp_profile.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/forked.h"

#define DEFAULT_PROFILE "runner/experiment/seccomp/default.json"

/* An errno of nobody's: a call that fails with it was refused by the filter and by nothing else. */
#define ERRNO_OF_FILTER 77

struct call {
	const char *name;
	long number;
	long arguments[6];
};

static void install(const struct seccomp_profile *profile)
{
	struct sock_fprog program = {
		.len = (unsigned short)(profile->program_bytes / sizeof(struct sock_filter)),
		.filter = profile->program,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		_exit(100);
}

struct calling {
	const struct seccomp_profile *profile;
	const struct call *calls;
	size_t n;
	int *errors; /* shared with the test */
};

/* A forked_work. */
static int make_calls_under_filter(void *context)
{
	const struct calling *calling = context;

	install(calling->profile);
	for (size_t i = 0; i < calling->n; i++) {
		const long *a = calling->calls[i].arguments;

		errno = 0;
		calling->errors[i] =
			syscall(calling->calls[i].number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0
				? errno
				: 0;
	}
	/* Not _exit: a leak checker stands behind that, and has calls of its own to make. */
	return (int)syscall(SYS_exit_group, 0);
}

/* The errno that each call ends with under the filter, 0 where it succeeds. */
static void make_calls(
	const struct seccomp_profile *profile, const struct call *calls, size_t n, int *ret_errors)
{
	int *errors = mmap(NULL, n * sizeof(*errors), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct calling calling = {profile, calls, n, errors};

	assert_true(errors != MAP_FAILED);
	assert_int_equal(forked_run(make_calls_under_filter, &calling), 0);
	memcpy(ret_errors, errors, n * sizeof(*errors));
	munmap(errors, n * sizeof(*errors));
}

static int make_call(const struct seccomp_profile *profile, long number, long first, long second)
{
	const struct call call = {"", number, {first, second}};
	int error;

	make_calls(profile, &call, 1, &error);
	return error;
}

static struct seccomp_profile *compile(const char *text)
{
	struct seccomp_profile *profile = NULL;
	struct error error = ERROR_INIT;

	if (seccomp_profile_parse(
		    "test", "test.json", text, strlen(text), stderr, &profile, &error) < 0)
		fail_msg("%s", error.text);
	return profile;
}

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

/* ---- the default profile */

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

/* ---- what a profile says */

/* Allows all but what `rules` say. */
static struct seccomp_profile *allowing_but(const char *rules)
{
	CLEANUP(cleanup_free)
	char *text =
		string_format("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [%s]}", rules);

	return compile(text);
}

static void test_profile__errno_is_that_of_the_rule(void **state)
{
	struct seccomp_profile *profile = allowing_but(
		"{\"names\": [\"close\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 77},"
		"{\"name\": \"dup\", \"action\": \"SCMP_ACT_ERRNO\", \"comment\": \"old form\"}");

	(void)state;
	assert_int_equal(make_call(profile, SYS_close, 1000, 0), 77);
	assert_int_equal(make_call(profile, SYS_dup, 1000, 0), EPERM);
	assert_int_equal(make_call(profile, SYS_dup2, 1000, 0), EBADF);
	seccomp_profile_free(profile);
}

/* close and dup3 of descriptors that do not exist fail with EBADF where they are allowed. */
static void test_profile__args_compare(void **state)
{
	static const struct {
		const char *arguments;
		long refused;
		long allowed;
	} cases[] = {
		{"{\"index\": 0, \"value\": 2000, \"op\": \"SCMP_CMP_EQ\"}", 2000, 2001},
		{"{\"index\": 0, \"value\": 2000, \"op\": \"SCMP_CMP_NE\"}", 2001, 2000},
		{"{\"index\": 0, \"value\": 2000, \"op\": \"SCMP_CMP_LT\"}", 1999, 2000},
		{"{\"index\": 0, \"value\": 2000, \"op\": \"SCMP_CMP_LE\"}", 2000, 2001},
		{"{\"index\": 0, \"value\": 2000, \"op\": \"SCMP_CMP_GE\"}", 2000, 1999},
		{"{\"index\": 0, \"value\": 2000, \"op\": \"SCMP_CMP_GT\"}", 2001, 2000},
		{"{\"index\": 0, \"value\": 12288, \"valueTwo\": 4096, \"op\": "
		 "\"SCMP_CMP_MASKED_EQ\"}",
			4096 + 7, 8192 + 7},
		{"{\"index\": 0, \"value\": 2000, \"op\": \"SCMP_CMP_EQ\"},"
		 "{\"index\": 0, \"value\": 2002, \"op\": \"SCMP_CMP_EQ\"}",
			2002, 2001},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(cleanup_free)
		char *rule = string_format("{\"names\": [\"close\"], \"action\": "
					   "\"SCMP_ACT_ERRNO\", \"errnoRet\": 77, "
					   "\"args\": [%s]}",
			cases[i].arguments);
		struct seccomp_profile *profile = allowing_but(rule);

		assert_int_equal(make_call(profile, SYS_close, cases[i].refused, 0), 77);
		assert_int_equal(make_call(profile, SYS_close, cases[i].allowed, 0), EBADF);
		seccomp_profile_free(profile);
	}
}

static void test_profile__args_of_several_arguments_must_all_hold(void **state)
{
	struct seccomp_profile *profile = allowing_but(
		"{\"names\": [\"dup2\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 77, "
		"\"args\": [{\"index\": 0, \"value\": 2000, \"op\": \"SCMP_CMP_EQ\"}, "
		"{\"index\": 1, \"value\": 2001, \"op\": \"SCMP_CMP_EQ\"}]}");

	(void)state;
	assert_int_equal(make_call(profile, SYS_dup2, 2000, 2001), 77);
	assert_int_equal(make_call(profile, SYS_dup2, 2000, 2002), EBADF);
	assert_int_equal(make_call(profile, SYS_dup2, 2002, 2001), EBADF);
	seccomp_profile_free(profile);
}

static void test_profile__includes_and_excludes(void **state)
{
	static const struct {
		const char *condition;
		bool applies;
	} cases[] = {
		{"\"includes\": {}", true},
		{"\"excludes\": {}", true},
		{"\"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}", false},
		{"\"excludes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}", true},
#ifdef __x86_64__
		{"\"includes\": {\"arches\": [\"s390\", \"amd64\"]}", true},
		{"\"includes\": {\"arches\": [\"s390\"]}", false},
		{"\"excludes\": {\"arches\": [\"s390\", \"amd64\"]}", false},
		{"\"excludes\": {\"arches\": [\"s390\"]}", true},
		{"\"includes\": {\"arches\": [\"amd64\"], \"minKernel\": \"999.0\"}", false},
#endif
		{"\"includes\": {\"minKernel\": \"3.0\"}", true},
		{"\"includes\": {\"minKernel\": \"999.0\"}", false},
		{"\"excludes\": {\"minKernel\": \"3.0\"}", false},
		{"\"excludes\": {\"minKernel\": \"999.0\"}", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(cleanup_free)
		char *rule = string_format("{\"names\": [\"close\"], \"action\": "
					   "\"SCMP_ACT_ERRNO\", \"errnoRet\": 77, "
					   "%s}",
			cases[i].condition);
		struct seccomp_profile *profile = allowing_but(rule);
		int error = make_call(profile, SYS_close, 1000, 0);

		if (error != (cases[i].applies ? 77 : EBADF))
			fail_msg("%s: %s", cases[i].condition, strerror(error));
		seccomp_profile_free(profile);
	}
}

/* Between the newest call that a profile names and it: the default. After: ENOSYS. */
static void test_profile__calls_newer_than_the_profile_do_not_exist(void **state)
{
	static const char rest[] = "{\"names\": [\"exit_group\", \"mseal\", \"mremap\"], "
				   "\"action\": \"SCMP_ACT_ALLOW\"}";
	CLEANUP(cleanup_free)
	char *text = string_format("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": "
				   "77, \"syscalls\": [%s]}",
		rest);
	struct seccomp_profile *profile = compile(text);

	(void)state;
	assert_int_equal(make_call(profile, SYS_close, 1000, 0), 77);
	/* mseal: newer than libseccomp 2.5. Not page aligned, or of a kernel before 6.10. */
	assert_int_not_equal(make_call(profile, 462, 1, 0), 77);
	assert_int_equal(make_call(profile, 461, 0, 0), 77);
	assert_int_equal(make_call(profile, 463, 0, 0), ENOSYS);
	seccomp_profile_free(profile);
}

static void test_profile__a_call_that_another_architecture_has_is_passed_over(void **state)
{
	struct seccomp_profile *profile =
		allowing_but("{\"names\": [\"s390_runtime_instr\", \"cacheflush\", \"close\"], "
			     "\"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 77}");

	(void)state;
	assert_int_equal(make_call(profile, SYS_close, 1000, 0), 77);
	seccomp_profile_free(profile);
}

/* A forked_work. */
static int call_getppid(void *context)
{
	install(context);
	syscall(SYS_getppid);
	return 0;
}

static void test_profile__kill_kills(void **state)
{
	struct seccomp_profile *profile =
		allowing_but("{\"names\": [\"getppid\"], \"action\": \"SCMP_ACT_KILL_PROCESS\"}");
	int status = forked_run(call_getppid, profile);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
	seccomp_profile_free(profile);
}

/* ---- mistakes */

static void assert_mistakes(const char *text, const char *expected)
{
	CLEANUP(cleanup_free) char *said = NULL;
	struct seccomp_profile *profile = NULL;
	struct error error = ERROR_INIT;
	size_t length;
	FILE *stream = open_memstream(&said, &length);

	assert_non_null(stream);
	assert_int_equal(
		seccomp_profile_parse("x", "x.json", text, strlen(text), stream, &profile, &error),
		-EINVAL);
	assert_int_equal(fclose(stream), 0);
	assert_null(profile);
	assert_string_equal(said, expected);
}

static void test_profile__mistakes_have_their_place(void **state)
{
	(void)state;
	assert_mistakes("{\n"
			"  \"defaultAction\": \"SCMP_ACT_ERRNO\",\n"
			"  \"defaultErnoRet\": 1,\n"
			"  \"architectures\": [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X68\"],\n"
			"  \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"],\n"
			"  \"syscalls\": [\n"
			"    {\"names\": [\"read\", \"raed\", \"zzzzzzzz\", 3], \"action\": "
			"\"SCMP_ACT_ALLOW\"},\n"
			"    {\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALOW\"},\n"
			"    {\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [\n"
			"      {\"index\": 6, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]},\n"
			"    {\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [\n"
			"      {\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_IS\"}]}\n"
			"  ]\n"
			"}\n",
		"x.json:3:3: warning: the key \"defaultErnoRet\" is ignored, as Docker ignores it; "
		"did you mean \"defaultErrnoRet\"?\n"
		"x.json:4:41: error: found \"SCMP_ARCH_X68\"; expected an architecture such as "
		"\"SCMP_ARCH_X86_64\"\n"
		"x.json:5:13: warning: the flag SECCOMP_FILTER_FLAG_LOG is not set: it changes no "
		"call's outcome\n"
		"x.json:7:24: warning: this host does not know the system call \"raed\": its rule "
		"is ignored; did you mean \"read\"?\n"
		"x.json:7:32: warning: this host does not know the system call \"zzzzzzzz\": its "
		"rule is ignored\n"
		"x.json:7:44: error: found something else; expected the name of a system call\n"
		"x.json:8:35: error: found \"SCMP_ACT_ALOW\"; expected an action; did you mean "
		"\"SCMP_ACT_ALLOW\"?\n"
		"x.json:10:17: error: found another index; expected a whole number from 0 to 5\n"
		"x.json:12:38: error: found \"SCMP_CMP_IS\"; expected \"op\" to be SCMP_CMP_NE, "
		"LT, LE, EQ, GE, GT or MASKED_EQ\n");
}

static void test_profile__what_cannot_work_here_is_a_mistake(void **state)
{
	(void)state;
	assert_mistakes("{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}",
		"x.json:1:19: error: found SCMP_ACT_NOTIFY; expected another action, because "
		"nothing listens\n");
	assert_mistakes("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrno\": \"EPRM\"}",
		"x.json:1:53: error: found another defaultErrno; expected a name of errno(3), such "
		"as \"EPERM\"\n");
	assert_mistakes(
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"name\": \"read\", "
		"\"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, \"op\": "
		"\"SCMP_CMP_EQ\", \"value\": -1}]}]}",
		"x.json:1:147: error: found another value; expected a whole number from 0 to "
		"18446744073709551615\n");
	assert_mistakes("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 4096}",
		"x.json:1:56: error: found another defaultErrnoRet; expected a whole number from 0 "
		"to 4095\n");
	assert_mistakes("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [], "
			"\"action\": \"SCMP_ACT_KILL\", \"includes\": {\"minKernel\": \"4.8x\"}}]}",
		"x.json:1:117: error: found another minKernel; expected a version such as "
		"\"4.8\"\n");
	assert_mistakes("{}",
		"x.json:1:1: error: found no default action; expected \"defaultAction\": "
		"\"SCMP_ACT_...\"\n");
	assert_mistakes("[]",
		"x.json:1:1: error: found no object; expected a profile in Docker's format\n");
	assert_mistakes("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [7, {}]}",
		"x.json:1:50: error: found no object; expected {\"names\": [...], \"action\": "
		"...}\n"
		"x.json:1:53: error: found a rule without a list of calls; expected \"names\": "
		"[...]\n");
}

static void test_profile__broken_json_has_its_place(void **state)
{
	static const char *const texts[] = {"", "{\n\"defaultAction\" \"SCMP_ACT_ALLOW\"}", "{} x",
		"{\"a\": 18446744073709551616}", "{\"a\": \"\\u0000\"}", NULL};

	(void)state;
	for (size_t i = 0; texts[i]; i++) {
		CLEANUP(cleanup_free) char *said = NULL;
		struct seccomp_profile *profile = NULL;
		size_t length;
		FILE *stream = open_memstream(&said, &length);

		assert_non_null(stream);
		assert_int_equal(seccomp_profile_parse("x", "x.json", texts[i], strlen(texts[i]),
					 stream, &profile, NULL),
			-EINVAL);
		assert_int_equal(fclose(stream), 0);
		assert_true(strncmp(said, i == 1 ? "x.json:2:" : "x.json:1:", 9) == 0);
	}
}

/* Brackets, quotes and the same key in places where a scanner may lose its way. */
static void test_profile__places_are_found_behind_anything(void **state)
{
	(void)state;
	assert_mistakes("{\"comment\": \"\\\"syscalls\\\": [{]}\xc3\xa9\\\\\", "
			"\"archMap\": [{\"architecture\": \"SCMP_ARCH_ARM\", \"subArchitectures\": "
			"[]}, {\"architecture\": 3}], "
			"\"defaultAction\": \"SCMP_ACT_ALLOW\",\n"
			"\"syscalls\": [ ], \"syscall\" : 1}",
		"x.json:1:109: error: found no architecture; expected \"architecture\": "
		"\"SCMP_ARCH_...\"\n"
		"x.json:2:18: warning: the key \"syscall\" is ignored, as Docker ignores it; did "
		"you mean \"syscalls\"?\n");
}

/* ---- what Docker, Podman and runc take */

/* Compiles it, and compares what was said. */
static struct seccomp_profile *compile_saying(const char *text, const char *expected)
{
	CLEANUP(cleanup_free) char *said = NULL;
	struct seccomp_profile *profile = NULL;
	struct error error = ERROR_INIT;
	size_t length;
	FILE *stream = open_memstream(&said, &length);

	assert_non_null(stream);
	if (seccomp_profile_parse("x", "x.json", text, strlen(text), stream, &profile, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(said, expected);
	return profile;
}

static void test_profile__unknown_calls_are_warned_of(void **state)
{
	struct seccomp_profile *profile =
		compile_saying("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": "
			       "[\"zzzzzzzz\", \"getppid\", \"lsm_set_self_attrs\"], \"action\": "
			       "\"SCMP_ACT_ERRNO\"}]}",
			"x.json:1:61: warning: this host does not know the system call "
			"\"zzzzzzzz\": its rule is ignored\n"
			"x.json:1:84: warning: this host does not know the system call "
			"\"lsm_set_self_attrs\": its rule is ignored; did you mean "
			"\"lsm_set_self_attr\"?\n");

	(void)state;
	assert_int_equal(make_call(profile, SYS_getppid, 0, 0), EPERM);
	seccomp_profile_free(profile);
}

/* containers-common's, which Podman takes: errnos by name, and calls of all architectures. */
static void test_profile__debians_own_loads(void **state)
{
	static const char path[] = "/usr/share/containers/seccomp.json";
	struct seccomp_profile *profile = NULL;
	struct error error = ERROR_INIT;

	(void)state;
	if (access(path, R_OK) < 0)
		skip();
	if (seccomp_profile_load("x", path, stderr, &profile, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(make_call(profile, SYS_getppid, 0, 0), 0);
	assert_int_equal(make_call(profile, SYS_kexec_load, 0, 0), EPERM);
	seccomp_profile_free(profile);
}

/* A hundred are as good as one: they are no mistakes, and the screen is not flooded. */
static void test_profile__many_unknown_calls_are_counted(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	struct seccomp_profile *profile;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	fputs("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"action\": "
	      "\"SCMP_ACT_ERRNO\", \"names\": [",
		stream);
	for (int i = 0; i < 150; i++)
		fputs("\"zzzzzzzz\", ", stream);
	fputs("\"getppid\"]}]}", stream);
	assert_int_equal(fclose(stream), 0);
	profile = compile(text);
	assert_int_equal(make_call(profile, SYS_getppid, 0, 0), EPERM);
	seccomp_profile_free(profile);
}

/* As Podman writes them; the name counts. */
static void test_profile__errnos_have_names(void **state)
{
	struct seccomp_profile *profile = compile_saying(
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
		"{\"names\": [\"getppid\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 1, "
		"\"errno\": \"ENOTTY\"}, {\"names\": [\"getpgrp\"], \"action\": "
		"\"SCMP_ACT_ERRNO\", \"errno\": \"EWOULDBLOCK\"}]}",
		"");

	(void)state;
	assert_int_equal(make_call(profile, SYS_getppid, 0, 0), ENOTTY);
	assert_int_equal(make_call(profile, SYS_getpgrp, 0, 0), EAGAIN);
	seccomp_profile_free(profile);
}

/* Go's encoding/json: keys in any case, null for missing, the last of two, 64 bits without a sign. */
static void test_profile__is_read_as_go_reads_json(void **state)
{
	struct seccomp_profile *profile = compile_saying(
		"{\"defaultaction\": \"SCMP_ACT_KILL\", \"DEFAULTACTION\": \"SCMP_ACT_ALLOW\",\n"
		"\"defaultErrnoRet\": null, \"Syscalls\": [{\"Names\": [\"getpgid\"], \"args\": "
		"[{\"index\": 0, \"value\": 18446744073709551615, \"op\": \"SCMP_CMP_EQ\"}], "
		"\"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 25, \"comment\": "
		"\"99999999999999999999\"}]}",
		"");

	(void)state;
	assert_int_equal(make_call(profile, SYS_getpgid, -1, 0), 25);
	assert_int_equal(make_call(profile, SYS_getpgid, 0, 0), 0);
	seccomp_profile_free(profile);
}

static void test_profile__an_errno_beside_another_action_is_warned_of(void **state)
{
	struct seccomp_profile *profile =
		compile_saying("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"defaultErrnoRet\": 1}",
			"x.json:1:19: warning: an errno has no effect with \"SCMP_ACT_ALLOW\", "
			"only with SCMP_ACT_ERRNO and SCMP_ACT_TRACE\n");

	(void)state;
	seccomp_profile_free(profile);
}

static void test_profile__a_missing_file_is_named(void **state)
{
	struct seccomp_profile *profile = NULL;
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(
		seccomp_profile_load("x", "/no/such.json", stderr, &profile, &error), -ENOENT);
	assert_non_null(strstr(error.text, "/no/such.json"));
}

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
		cmocka_unit_test(test_profile__errno_is_that_of_the_rule),
		cmocka_unit_test(test_profile__args_compare),
		cmocka_unit_test(test_profile__args_of_several_arguments_must_all_hold),
		cmocka_unit_test(test_profile__includes_and_excludes),
		cmocka_unit_test(test_profile__calls_newer_than_the_profile_do_not_exist),
		cmocka_unit_test(test_profile__a_call_that_another_architecture_has_is_passed_over),
		cmocka_unit_test(test_profile__kill_kills),
		cmocka_unit_test(test_profile__mistakes_have_their_place),
		cmocka_unit_test(test_profile__what_cannot_work_here_is_a_mistake),
		cmocka_unit_test(test_profile__broken_json_has_its_place),
		cmocka_unit_test(test_profile__places_are_found_behind_anything),
		cmocka_unit_test(test_profile__a_missing_file_is_named),
		cmocka_unit_test(test_profile__unknown_calls_are_warned_of),
		cmocka_unit_test(test_profile__many_unknown_calls_are_counted),
		cmocka_unit_test(test_profile__debians_own_loads),
		cmocka_unit_test(test_profile__errnos_have_names),
		cmocka_unit_test(test_profile__is_read_as_go_reads_json),
		cmocka_unit_test(test_profile__an_errno_beside_another_action_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
