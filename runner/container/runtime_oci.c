#include "runner/container/runtime_ops.h"

#include "util/array.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* To tell a version or to delete a container is a moment's work. One that hangs must not hold a night's run. */
#define HELPER_LIMIT_NS (60 * NS_PER_S)

/* A program of the OCI kind. Those there are take the same words. */
struct oci {
	const char *program;	/* and its Debian package */
	const char *options[2]; /* before its command; NULL-terminated */
};

static const struct oci RUNC = {.program = "runc"};
static const struct oci CRUN = {
	.program = "crun",
	/* cgroupsPath is a path then, and not a unit of systemd's. */
	.options = {"--cgroup-manager=cgroupfs"},
};

/* "runc version 1.1.5+ds1\ncommit: ...": the third word. */
static int parse_oci_version(
	const struct oci *oci, const char *output, char **ret_version, struct error *error)
{
	CLEANUP(cleanup_free) char *prefix = string_format("%s version ", oci->program);
	char *version;

	if (!prefix)
		return error_set_errno(error, ENOMEM, "cannot open the runtime");
	if (strncmp(output, prefix, strlen(prefix)) != 0)
		return error_set(
			error, EPROTO, "cannot find a version in what %s prints", oci->program);
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

static int oci_read_version(const struct oci *oci, char **ret_version, struct error *error)
{
	const char *const argv[] = {oci->program, "--version", NULL};
	CLEANUP(cleanup_free) char *output = NULL;
	int r = run_oci(argv, &output, error);

	if (r == -ENOENT)
		return error_set(error, ENOENT, "%s is not installed: apt-get install %s",
			oci->program, oci->program);
	return r < 0 ? r : parse_oci_version(oci, output, ret_version, error);
}

/* Copies a NULL-terminated list, and returns where the next one goes. */
static const char **append_words(const char **end, const char *const *words)
{
	while (*words)
		*end++ = *words++;
	return end;
}

static int oci_start(const struct oci *oci, const char *state_directory,
	const struct runtime_start *start, struct process *ret_process, struct error *error)
{
	char n_preserve_fds[24];
	const char *const run[] = {"--root", state_directory, "--log", start->log_path,
		"--log-format", "json", "run", "--preserve-fds", n_preserve_fds, "--bundle",
		start->bundle, start->container, NULL};
	const char *argv[1 + LENGTH(oci->options) + LENGTH(run)] = {oci->program};
	/* Nothing else of the environment: they act on LISTEN_FDS and NOTIFY_SOCKET by themselves. */
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
		return error_set_errno(error, ENOMEM, "cannot start %s", oci->program);
	snprintf(n_preserve_fds, sizeof(n_preserve_fds), "%zu", start->n_preserve_fds);
	append_words(append_words(argv + 1, oci->options), run);
	return process_start(&options, ret_process, error);
}

static int oci_delete(const struct oci *oci, const char *state_directory, const char *container,
	struct error *error)
{
	const char *const argv[] = {
		oci->program, "--root", state_directory, "delete", "--force", container, NULL};
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
		return error_set(error, EBUSY, "%s left %s behind", oci->program, state);
	return 0;
}

/* ---- runc */

static int runc_read_version(char **ret_version, struct error *error)
{
	return oci_read_version(&RUNC, ret_version, error);
}

static int runc_start(const char *state_directory, const struct runtime_start *start,
	struct process *ret_process, struct error *error)
{
	return oci_start(&RUNC, state_directory, start, ret_process, error);
}

static int runc_delete(const char *state_directory, const char *container, struct error *error)
{
	return oci_delete(&RUNC, state_directory, container, error);
}

const struct runtime_ops runtime_runc = {
	.name = "runc",
	.read_version = runc_read_version,
	.start = runc_start,
	.delete = runc_delete,
};

/* ---- crun */

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

static int crun_read_version(char **ret_version, struct error *error)
{
	return oci_read_version(&CRUN, ret_version, error);
}

static int crun_start(const char *state_directory, const struct runtime_start *start,
	struct process *ret_process, struct error *error)
{
	return oci_start(&CRUN, state_directory, start, ret_process, error);
}

static int crun_delete(const char *state_directory, const char *container, struct error *error)
{
	return oci_delete(&CRUN, state_directory, container, error);
}

const struct runtime_ops runtime_crun = {
	.name = "crun",
	.check_host = crun_check_host,
	.read_version = crun_read_version,
	.start = crun_start,
	.delete = crun_delete,
};
