#pragma once

/*
 * Seccomp profiles, by what the kernel does with them: each filter is installed in a forked child that makes
 * calls under it and reports the errno of each. Include after cmocka.h.
 */

#include "runner/experiment/seccomp_profile.h"
#include "tests/unit/forked.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct call {
	const char *name;
	long number;
	long arguments[6];
};

static inline void install(const struct seccomp_profile *profile)
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
static inline int make_calls_under_filter(void *context)
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
static inline void make_calls(
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

static inline int make_call(
	const struct seccomp_profile *profile, long number, long first, long second)
{
	const struct call call = {"", number, {first, second}};
	int error;

	make_calls(profile, &call, 1, &error);
	return error;
}

static inline struct seccomp_profile *compile(const char *text)
{
	struct seccomp_profile *profile = NULL;
	struct error error = ERROR_INIT;

	if (seccomp_profile_parse(
		    "test", "test.json", text, strlen(text), stderr, &profile, &error) < 0)
		fail_msg("%s", error.text);
	return profile;
}
