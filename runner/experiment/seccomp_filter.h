#pragma once

/*
 * A filter under construction from a profile's rules. libseccomp compiles it; a few instructions
 * are put in front for what libseccomp cannot express:
 *
 *   - System calls newer than the installed libseccomp. Their numbers are the same on every
 *     architecture (since 424, Linux 5.1), so a table of ours has them.
 *   - ENOSYS for calls newer than every call that the profile names, if the default refuses: a C
 *     library that tries a new call takes ENOSYS as "use the old one", but EPERM as the answer. runc
 *     does the same since 1.0.0-rc93.
 *
 * Private to the profile reader.
 */

#include "util/error.h"

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECCOMP_NEWER_MAX 32
/*
 * Each takes at least one instruction, and the kernel's limit is this (BPF_MAXINSNS). Docker's
 * profile has 450.
 */
#define SECCOMP_RULES_MAX 4096

struct seccomp_filter {
	scmp_filter_ctx context;
	uint32_t default_action; /* SCMP_ACT_*, equal to the kernel's SECCOMP_RET_* */
	struct {
		int number;
		uint32_t action;
	} newer[SECCOMP_NEWER_MAX];
	size_t n_newer;
	size_t n_rules;	    /* passed to libseccomp, which takes quadratic time for them */
	int highest_number; /* of the native calls named by any rule */
};

int seccomp_filter_init(
	struct seccomp_filter *filter, uint32_t default_action, struct error *error);
void seccomp_filter_release(struct seccomp_filter *filter);

/* True if any architecture has a system call of this name. */
bool seccomp_filter_knows(const char *system_call);

/* The call of this architecture that a misspelt name may have meant, or NULL. The caller frees. */
char *seccomp_filter_suggest(const char *system_call);

/*
 * Adds a rule for a known call; ignores calls that this architecture lacks. All conditions must
 * hold, except that conditions on the same argument are alternatives, as in runc and crun.
 */
int seccomp_filter_add(struct seccomp_filter *filter, const char *system_call, uint32_t action,
	const struct scmp_arg_cmp *conditions, size_t n_conditions, struct error *error);

/* Records that the profile names the call, although no rule for it applies here. */
void seccomp_filter_note(struct seccomp_filter *filter, const char *system_call);

/* The whole program: struct sock_filter[], allocated. */
int seccomp_filter_compile(const struct seccomp_filter *filter, void **ret_program,
	size_t *ret_program_bytes, struct error *error);
