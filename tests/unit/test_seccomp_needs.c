/* Whether a seccomp profile lets a task do what every trial needs. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/experiment/seccomp_needs.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static struct seccomp_profile *profile_new(const char *text)
{
	struct seccomp_profile *profile = NULL;
	struct error error = ERROR_INIT;

	if (seccomp_profile_parse(
		    "made", "made.json", text, strlen(text), stderr, &profile, &error) < 0)
		fail_msg("%s", error.text);
	return profile;
}

/* `command` and `python`: what is refused first, a word of it; NULL: nothing. */
static void assert_refused(const char *text, const char *command, const char *python)
{
	struct seccomp_profile *profile = profile_new(text);
	const char *expected[] = {command, python};

	for (int i = 0; i < 2; i++) {
		const char *refused = seccomp_needs_refused(profile, i == 1);

		if (!expected[i] != !refused ||
			(refused && strncmp(refused, expected[i], strlen(expected[i])) != 0))
			fail_msg("%s of %s", refused ? refused : "nothing", text);
	}
	seccomp_profile_free(profile);
}

#define ALLOW_BUT(names, rest)                                                                     \
	"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[" names                   \
	"],\"action\":\"SCMP_ACT_ERRNO\"" rest "}]}"

static void test_seccomp_needs_refused__names_the_first_call(void **state)
{
	(void)state;
	assert_refused(ALLOW_BUT("\"ptrace\"", ""), NULL, NULL);
	assert_refused(ALLOW_BUT("\"sendto\",\"sendmsg\"", ""), NULL, "sendto,");
	assert_refused(ALLOW_BUT("\"recvfrom\"", ""), NULL, "recvfrom,");
	assert_refused(ALLOW_BUT("\"exit_group\"", ""), "exit_group,", "exit_group,");
	assert_refused(ALLOW_BUT("\"exit_group\",\"execve\"", ""), "execve,", "execve,");
	assert_refused("{\"defaultAction\":\"SCMP_ACT_ERRNO\"}", "execve,", "execve,");
	assert_refused("{\"defaultAction\":\"SCMP_ACT_LOG\"}", NULL, NULL);
}

/* AF_UNIX is 1: a profile that refuses other families keeps nobody from the channel. */
static void test_seccomp_needs_refused__heeds_conditions(void **state)
{
	(void)state;
	assert_refused(ALLOW_BUT("\"socket\"", ",\"args\":[{\"index\":0,\"value\":2,\"op\":\"SCMP_"
					       "CMP_EQ\"}]"),
		NULL, NULL);
	assert_refused(ALLOW_BUT("\"socket\"", ",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_"
					       "CMP_EQ\"}]"),
		NULL, "socket,");
	assert_refused(
		ALLOW_BUT("\"socket\"", ",\"args\":[{\"index\":1,\"value\":15,\"valueTwo\":5,"
					"\"op\":\"SCMP_CMP_MASKED_EQ\"}]"),
		NULL, "socket,");
}

/* The kernel's word for it: 1 << 16 is ERRNO, with its number below. */
static void test_seccomp_needs_action__is_what_the_filter_returns(void **state)
{
	static const uint64_t none[6] = {0};
	struct seccomp_profile *profile = profile_new(
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"chroot\"],"
		"\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":13},{\"names\":[\"acct\"],\"action\":"
		"\"SCMP_ACT_KILL_PROCESS\"}]}");

	(void)state;
	assert_int_equal(
		seccomp_needs_action(profile, SYS_chroot, none), SECCOMP_RET_ERRNO | EACCES);
	assert_true(seccomp_needs_action(profile, SYS_acct, none) == SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(seccomp_needs_action(profile, SYS_read, none), SECCOMP_RET_ALLOW);
	seccomp_profile_free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seccomp_needs_refused__names_the_first_call),
		cmocka_unit_test(test_seccomp_needs_refused__heeds_conditions),
		cmocka_unit_test(test_seccomp_needs_action__is_what_the_filter_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
