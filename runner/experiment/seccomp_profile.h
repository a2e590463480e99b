#pragma once

/*
 * A seccomp profile in the JSON format that Docker uses: defaultAction, defaultErrnoRet,
 * architectures or archMap, syscalls with names, action, errnoRet, args, includes and excludes. The
 * OCI runtime specification describes the same. libseccomp checks every name and action and compiles
 * the filter; the result is the BPF program that the launcher's child installs right before exec.
 *
 * The task has no capabilities: a rule that "includes" capabilities never applies, one that "excludes"
 * them always does. "minKernel" is compared with the running kernel.
 *
 * Where the default refuses, a call that is newer than every call the profile names ends with ENOSYS
 * instead, as under runc: a C library takes that as "use the old one", and EPERM as an answer.
 */

#include "util/digest.h"
#include "util/error.h"

#include <stddef.h>
#include <stdio.h>

struct seccomp_profile {
	char *name;		       /* as given: "default" or a path */
	char sha256[DIGEST_TEXT_SIZE]; /* of the JSON text */
	void *program; /* struct sock_filter[], for seccomp(SECCOMP_SET_MODE_FILTER) */
	size_t program_bytes;
};

/*
 * Compiles a profile. Mistakes are written to `diagnostics`, one a line, with path:line:column and
 * what was expected, and so are warnings of what is passed over, as Docker and runc do: keys that they do not read,
 * and system calls that libseccomp knows for no architecture. Returns 0,
 * -EINVAL, or another negative errno when the file could not be read.
 */
int seccomp_profile_load(const char *name, const char *path, FILE *diagnostics,
	struct seccomp_profile **ret_profile, struct error *error);

/* The same from a buffer, with a NUL after its `length` bytes; `path` is what diagnostics call it. */
int seccomp_profile_parse(const char *name, const char *path, const char *text, size_t length,
	FILE *diagnostics, struct seccomp_profile **ret_profile, struct error *error);

void seccomp_profile_free(struct seccomp_profile *profile);
