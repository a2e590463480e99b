#include "runner/container/runtime_ops.h"

#include <errno.h>
#include <linux/sched.h>
#include <string.h>

static int none_read_version(const struct runtime_ops *ops, char **ret_version, struct error *error)
{
	(void)ops;
	*ret_version = strdup("");
	return *ret_version ? 0 : error_set_errno(error, ENOMEM, "cannot open the runtime");
}

static int none_start(const struct runtime_ops *ops, const char *state_directory,
	const struct runtime_start *start, struct process *ret_process, struct error *error)
{
	const struct process_options options = {
		.argv = start->argv,
		.envp = start->environment,
		.stdin_fd = -1,
		.stdout_fd = start->stdout_fd,
		.stderr_fd = start->stderr_fd,
		.preserve_fds = start->preserve_fds,
		.n_preserve_fds = start->n_preserve_fds,
		.directory = start->directory,
		.own_session = true,
		.namespaces = CLONE_NEWPID | CLONE_NEWNS,
		.cgroups = start->cgroups,
	};

	(void)ops;
	(void)state_directory;
	return process_start(&options, ret_process, error);
}

/* It ended with its first process. */
static int none_delete(const struct runtime_ops *ops, const char *state_directory,
	const char *container, struct error *error)
{
	(void)ops;
	(void)state_directory;
	(void)container;
	(void)error;
	return 0;
}

const struct runtime_ops runtime_none = {
	.kind = RUNTIME_NONE,
	.read_version = none_read_version,
	.start = none_start,
	.delete = none_delete,
};
