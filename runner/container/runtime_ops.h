#pragma once

/* Private to runtime*.c: the differences between runtimes. */

#include "runner/container/runtime.h"

struct runtime_ops {
	enum runtime_kind kind;
	const char *options[2]; /* of an OCI runtime, before its command; NULL-terminated */
	/* -ENOTSUP if it does not work on such a host. NULL: works on all. */
	int (*check_host)(enum hierarchy_version hierarchy, struct error *error);
	int (*read_version)(const struct runtime_ops *ops, char **ret_version, struct error *error);
	/* `state_directory`: the runtime's own, "/run/memcg-run/runc". */
	int (*start)(const struct runtime_ops *ops, const char *state_directory,
		const struct runtime_start *start, struct process *ret_process,
		struct error *error);
	int (*delete)(const struct runtime_ops *ops, const char *state_directory,
		const char *container, struct error *error);
};

extern const struct runtime_ops runtime_runc;
extern const struct runtime_ops runtime_crun;
extern const struct runtime_ops runtime_none;
