#pragma once

/*
 * The OCI runtime, runc: one `runc run` a trial. Its state stands in /run/memcg-run/runc.
 */

#include "runner/experiment/experiment.h"
#include "util/error.h"
#include "util/process.h"

struct runtime;

/* Finds the program and its version. -ENOENT names the package that has it; -ENOTSUP: not runc. */
int runtime_open(enum runtime_kind kind, struct runtime **ret_runtime, struct error *error);
void runtime_free(struct runtime *runtime);

/* "runc", and its version as it prints it: "1.1.5+ds1". Borrowed. */
const char *runtime_name(const struct runtime *runtime);
const char *runtime_version(const struct runtime *runtime);

struct runtime_start {
	const char *bundle;    /* the bundle's directory */
	const char *container; /* the container's name, unique on the host */
	int stdout_fd;
	int stderr_fd;
	const int *preserve_fds; /* the container's first process has them as 3, 4, ... */
	size_t n_preserve_fds;
	const char *log_path; /* where the runtime writes its own errors, as JSON lines */
};

/* Starts `runc run`; *ret_process is runc itself, which ends with the container. */
int runtime_start(const struct runtime *runtime, const struct runtime_start *start,
	struct process *ret_process, struct error *error);

/* What the runtime says went wrong, from its log: one sentence, or NULL. The caller frees. */
char *runtime_log_error(const char *log_path);

/* Deletes what the runtime still has of the container; nothing left is success. */
int runtime_delete(const struct runtime *runtime, const char *container, struct error *error);
