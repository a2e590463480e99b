#pragma once

/*
 * A filter as it is put together from a profile's rules: libseccomp compiles it, and a few
 * instructions go in front for what libseccomp cannot say.
 *
 *   - System calls that are newer than the libseccomp installed. Their numbers are the same on every
 *     architecture (since 424, Linux 5.1), so a table of ours has them.
 *   - ENOSYS for calls that are newer than every call the profile names, where the default refuses: a C
 *     library tries a new call and takes ENOSYS as "use the old one", but EPERM as an answer. runc
 *     does the same since 1.0.0-rc93.
 *
 * Private to the reading of profiles.
 */

#include "util/error.h"

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECCOMP_NEWER_MAX 32
/* One instruction each at least, and the kernel takes no more (BPF_MAXINSNS). Docker's profile has 450. */
#define SECCOMP_RULES_MAX 4096

struct seccomp_filter {
	scmp_filter_ctx context;
	uint32_t default_action; /* SCMP_ACT_*, which are the kernel's SECCOMP_RET_* */
	struct {
		int number;
		uint32_t action;
	} newer[SECCOMP_NEWER_MAX];
	size_t n_newer;
	size_t n_rules;	    /* given to libseccomp, whose time for them is quadratic */
	int highest_number; /* of the native calls that any rule names */
};

int seccomp_filter_init(
	struct seccomp_filter *filter, uint32_t default_action, struct error *error);
void seccomp_filter_release(struct seccomp_filter *filter);

/* Whether a system call has this name on some architecture. */
bool seccomp_filter_knows(const char *system_call);

/* The call of this architecture that a misspelt name may have meant, or NULL. The caller frees. */
char *seccomp_filter_suggest(const char *system_call);

/*
 * Adds a rule for a call that is known; one that this architecture lacks is passed over. All
 * conditions must hold, but those on the same argument are alternatives, as runc and crun read them.
 */
int seccomp_filter_add(struct seccomp_filter *filter, const char *system_call, uint32_t action,
	const struct scmp_arg_cmp *conditions, size_t n_conditions, struct error *error);

/* Notes that the profile names the call, though no rule of it applies here. */
void seccomp_filter_note(struct seccomp_filter *filter, const char *system_call);

/* The whole program: struct sock_filter[], allocated. */
int seccomp_filter_compile(const struct seccomp_filter *filter, void **ret_program,
	size_t *ret_program_bytes, struct error *error);
