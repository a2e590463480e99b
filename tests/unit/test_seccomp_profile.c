/* What a seccomp profile says, and which mistakes in it are found. */

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
#include <sys/wait.h>

/* ---- the content of profiles */

/* Allows everything except `rules`. */
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

/* If allowed, close and dup3 of nonexistent descriptors fail with EBADF. */
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

/* Up to the newest call that a profile names: the default. After it: ENOSYS. */
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
	/*
	 * mseal: newer than libseccomp 2.5. Fails: not page aligned, or the kernel is older than
	 * 6.10.
	 */
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
	assert_mistakes("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [7, {\"names\": 1}, "
			"{\"names\": [\"\"], \"action\": \"SCMP_ACT_KILL\"}]}",
		"x.json:1:50: error: found no object; expected {\"names\": [...], \"action\": "
		"...}\n"
		"x.json:1:53: error: found no list of calls, or two; expected \"names\": [...]\n"
		"x.json:1:78: error: found an empty string; expected the name of a system call\n");
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

/* Brackets, quotes and duplicate keys that may confuse a scanner. */
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

/* ---- compatibility with Docker, Podman and runc */

/* Compiles it, and compares the diagnostics. */
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

/* As Docker and runc take it. */
static void test_profile__a_rule_may_name_no_call(void **state)
{
	struct seccomp_profile *profile = compile_saying(
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"action\": "
		"\"SCMP_ACT_ERRNO\"}, {\"names\": null}]}",
		"x.json:1:50: warning: the rule names no system call: it is ignored\n"
		"x.json:1:80: warning: the rule names no system call: it is ignored\n");

	(void)state;
	assert_int_equal(make_call(profile, SYS_getppid, 0, 0), 0);
	seccomp_profile_free(profile);
}

/* Seven values of one argument, of which any is refused. */
static void test_profile__conditions_on_one_argument_may_be_many(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	struct seccomp_profile *profile;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	fputs("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"getpgid\"], "
	      "\"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 25, \"args\": [",
		stream);
	for (int i = 1; i <= 7; i++)
		fprintf(stream, "%s{\"index\": 0, \"value\": %d, \"op\": \"SCMP_CMP_EQ\"}",
			i > 1 ? ", " : "", 1000000 + i);
	fputs("]}]}", stream);
	assert_int_equal(fclose(stream), 0);
	profile = compile(text);
	assert_int_equal(make_call(profile, SYS_getpgid, 1000001, 0), ENOTTY);
	assert_int_equal(make_call(profile, SYS_getpgid, 1000007, 0), ENOTTY);
	assert_int_equal(make_call(profile, SYS_getpgid, 0, 0), 0);
	seccomp_profile_free(profile);
}

/* From containers-common, for Podman: errnos by name, and calls of all architectures. */
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

/* A hundred are as acceptable as one: only warnings, and the screen is not flooded. */
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

/* As Podman writes them; the name takes precedence. */
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

/*
 * Go's encoding/json: case-insensitive keys, null means missing, the last duplicate wins, unsigned
 * 64-bit.
 */
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
		cmocka_unit_test(test_profile__a_rule_may_name_no_call),
		cmocka_unit_test(test_profile__conditions_on_one_argument_may_be_many),
		cmocka_unit_test(test_profile__debians_own_loads),
		cmocka_unit_test(test_profile__errnos_have_names),
		cmocka_unit_test(test_profile__is_read_as_go_reads_json),
		cmocka_unit_test(test_profile__an_errno_beside_another_action_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
