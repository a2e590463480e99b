#include "runner/container/runtime_ops.h"

#include "util/array.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * Reporting a version or deleting a container is quick. One that hangs must not block a night's
 * run.
 */
#define HELPER_LIMIT_NS (60 * NS_PER_S)

/* "runc version 1.1.5+ds1\ncommit: ...": the third word. */
static int parse_oci_version(
	const char *program, const char *output, char **ret_version, struct error *error)
{
	CLEANUP(cleanup_free) char *prefix = string_format("%s version ", program);
	char *version;

	if (!prefix)
		return error_set_errno(error, ENOMEM, "cannot open the runtime");
	if (strncmp(output, prefix, strlen(prefix)) != 0)
		return error_set(error, EPROTO, "cannot find a version in what %s prints", program);
	output += strlen(prefix);
	version = strndup(output, strcspn(output, " \n"));
	if (!version)
		return error_set_errno(error, ENOMEM, "cannot open the runtime");
	*ret_version = version;
	return 0;
}

static int run_oci(const char *const *argv, char **ret_output, struct error *error)
{
	const struct process_helper helper = {
		.argv = argv, .own_session = true, .limit_ns = HELPER_LIMIT_NS};

	return process_run(&helper, ret_output, error);
}

static int oci_read_version(const struct runtime_ops *ops, char **ret_version, struct error *error)
{
	const char *program = runtime_kind_names[ops->kind];
	const char *const argv[] = {program, "--version", NULL};
	CLEANUP(cleanup_free) char *output = NULL;
	int r = run_oci(argv, &output, error);

	if (r == -ENOENT)
		return error_set(
			error, ENOENT, "%s is not installed: apt-get install %s", program, program);
	return r < 0 ? r : parse_oci_version(program, output, ret_version, error);
}

/* Copies a NULL-terminated list; returns the position after it. */
static const char **append_words(const char **end, const char *const *words)
{
	while (*words)
		*end++ = *words++;
	return end;
}

static int oci_start(const struct runtime_ops *ops, const char *state_directory,
	const struct runtime_start *start, struct process *ret_process, struct error *error)
{
	const char *program = runtime_kind_names[ops->kind];
	char n_preserve_fds[24];
	const char *const run[] = {"--root", state_directory, "--log", start->log_path,
		"--log-format", "json", "run", "--preserve-fds", n_preserve_fds, "--bundle",
		start->bundle, start->container, NULL};
	const char *argv[1 + LENGTH(ops->options) + LENGTH(run)] = {program};
	/* No other environment: the runtimes react to LISTEN_FDS and NOTIFY_SOCKET. */
	CLEANUP(cleanup_free)
	char *path = string_format("PATH=%s", getenv("PATH") ? getenv("PATH") : "/usr/sbin:/sbin");
	const char *const envp[] = {path, NULL};
	const struct process_options options = {
		.argv = argv,
		.envp = envp,
		.stdin_fd = -1,
		.stdout_fd = start->stdout_fd,
		.stderr_fd = start->stderr_fd,
		.preserve_fds = start->preserve_fds,
		.n_preserve_fds = start->n_preserve_fds,
		.own_session = true,
	};

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot start %s", program);
	snprintf(n_preserve_fds, sizeof(n_preserve_fds), "%zu", start->n_preserve_fds);
	append_words(append_words(argv + 1, ops->options), run);
	return process_start(&options, ret_process, error);
}

static int oci_delete(const struct runtime_ops *ops, const char *state_directory,
	const char *container, struct error *error)
{
	const char *program = runtime_kind_names[ops->kind];
	const char *const argv[] = {
		program, "--root", state_directory, "delete", "--force", container, NULL};
	CLEANUP(cleanup_free)
	char *state = string_format("%s/%s", state_directory, container);
	int r;

	if (!state)
		return error_set_errno(error, ENOMEM, "cannot delete container %s", container);
	if (access(state, F_OK) < 0)
		return errno == ENOENT ? 0
				       : error_set_errno(error, errno, "cannot examine %s", state);
	r = run_oci(argv, NULL, error);
	if (r < 0)
		return r;
	if (access(state, F_OK) == 0)
		return error_set(error, EBUSY, "%s left %s behind", program, state);
	return 0;
}

const struct runtime_ops runtime_runc = {
	.kind = RUNTIME_RUNC,
	.read_version = oci_read_version,
	.start = oci_start,
	.delete = oci_delete,
};

/* crun 1.8.1: "cgroups in hybrid mode not supported, drop all controllers from cgroupv2". */
static int crun_check_host(enum hierarchy_version hierarchy, struct error *error)
{
	if (hierarchy == HIERARCHY_V2)
		return 0;
	return error_set(error, ENOTSUP,
		"container.runtime: \"crun\" needs the memory controller on cgroup v2, and this "
		"host has it on v1, alongside v2 (crun: cgroups in hybrid mode not supported); "
		"choose \"runc\" or \"none\", or boot with systemd.unified_cgroup_hierarchy=1");
}

const struct runtime_ops runtime_crun = {
	.kind = RUNTIME_CRUN,
	/* cgroupsPath is then a path, not a systemd unit. */
	.options = {"--cgroup-manager=cgroupfs"},
	.check_host = crun_check_host,
	.read_version = oci_read_version,
	.start = oci_start,
	.delete = oci_delete,
};
