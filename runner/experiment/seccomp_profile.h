#pragma once

/*
 * A seccomp profile in Docker's JSON format: defaultAction, defaultErrnoRet, architectures or
 * archMap, and syscalls with names, action, errnoRet, args, includes and excludes. The OCI runtime
 * specification describes the same. libseccomp checks every name and action and compiles the
 * filter. The result is the BPF program that the launcher's child installs right before exec.
 *
 * The task has no capabilities: a rule that "includes" capabilities never applies, one that
 * "excludes" them always does. "minKernel" is compared with the running kernel.
 *
 * If the default refuses, calls newer than every call that the profile names fail with ENOSYS, as
 * under runc: a C library takes that as "use the old one", but EPERM as the answer.
 */

#include "util/digest.h"
#include "util/error.h"

#include <stddef.h>
#include <stdio.h>

struct seccomp_profile {
	char *name;		       /* as written: "default" or a path */
	char sha256[DIGEST_TEXT_SIZE]; /* of the JSON text */
	void *program; /* struct sock_filter[], for seccomp(SECCOMP_SET_MODE_FILTER) */
	size_t program_bytes;
};

/*
 * Compiles a profile. Mistakes are written to `diagnostics`, one per line, with path:line:column
 * and what was expected. Keys that Docker and runc ignore, and system calls that libseccomp knows
 * for no architecture, are ignored with a warning. Returns 0, -EINVAL, or another negative errno if
 * the file could not be read.
 */
int seccomp_profile_load(const char *name, const char *path, FILE *diagnostics,
	struct seccomp_profile **ret_profile, struct error *error);

/* Parses a buffer, with a NUL after its `length` bytes; diagnostics refer to it as `path`. */
int seccomp_profile_parse(const char *name, const char *path, const char *text, size_t length,
	FILE *diagnostics, struct seccomp_profile **ret_profile, struct error *error);

void seccomp_profile_free(struct seccomp_profile *profile);
