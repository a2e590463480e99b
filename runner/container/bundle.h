#pragma once

/*
 * An OCI bundle: the config.json of one trial (jansson) and the root it names. Sources: the OCI
 * runtime specification 1.0.2; runc 1.1 for the cgroup driver.
 *
 * The launcher has the capabilities to change its child's user (task.user), to mount that overlay, and on v2 to make its
 * child's cgroup namespace. It drops them before the task runs.
 *
 * The container has no network except loopback, a read-only root, a private writable /tmp, no new
 * privileges, and its task no capabilities. It has its own PID, IPC, UTS, mount and network namespaces.
 * Its first process, the launcher, is in the host's cgroup namespace (CLONE_INTO_CGROUP needs it); the
 * task is in one whose root is its leaf.
 *
 * In addition to the image it contains:
 *   /run/memcg-run/launcher      the launcher
 *   /run/memcg-run/python/       the harness and the reporters, read-only
 *   /run/memcg-run/phenomena/    the phenomena's program and library, read-only; last in PATH
 *   /run/memcg-run/channel       the socket of the channel
 *   /run/memcg-run/reporter.py   the in-process reporter of a user-defined backend, read-only
 *   /run/memcg-run/stdin         the file that the launcher opens for the task's standard input, read-only
 *   /run/memcg-run/profiler/     writable: files that a tool leaves for the run's folder
 *   /sys/fs/cgroup               the task's own leaf, read-only (v1: /sys/fs/cgroup/memory, plus the
 *                                task's cpu, cpuacct, cpuset and pids groups where mounted)
 *   the experiment's folder      read-only, at its own path: the working directory. With task.working_directory =
 *                                "writable" the launcher mounts an overlay of it there (writable.h)
 *   the experiment's mounts      read-only unless requested otherwise
 *
 * /tmp, /dev/shm and, if the image has no /var, /var/tmp are in memory (tmpfs), each limited to
 * container.tmp_max. What a task writes there is charged to its leaf as shmem and counts against
 * its limit.
 *
 * runner/container/environment.h defines the task's environment. The configuration has no rlimits,
 * no oom_score_adj and no seccomp filter: the first two need CAP_SYS_RESOURCE, and the launcher
 * installs the filter.
 */

#include "cgroup/hierarchy.h"
#include "runner/container/rootfs.h"
#include "runner/experiment/experiment.h"
#include "runner/host/installation.h"
#include "util/error.h"

#include <stdbool.h>

struct bundle_options {
	const struct rootfs *rootfs;
	const struct experiment *experiment;
	const struct task *task; /* one of the experiment's */
	const struct installation *installation;
	const struct hierarchy *hierarchy;
	bool unprivileged;		 /* the runner is root only in a user namespace */
	const char *runtime_cgroup_path; /* slice_runtime_path() */
	const char *task_directory;	 /* slice_task_directory() */
	const char *channel_path;	 /* the socket, on the host */
	const char *reporter_path;	 /* on the host; NULL: not mounted */
	const char *stdin_path;		 /* on the host; NULL: not mounted */
	const char *profiler_directory;	 /* on the host; NULL: not mounted */
	const char *const *argv; /* for PID 1: the launcher with its options, "--", the task */
	const char *const *environment; /* "NAME=value" */
};

/*
 * The OCI configuration as JSON text; creates nothing. The caller frees. -EILSEQ if a path or a
 * variable is not UTF-8: JSON cannot represent it.
 */
int bundle_config(const struct bundle_options *options, char **ret_json, struct error *error);

/*
 * Writes config.json into `directory`, which makes it a bundle. Its mount points must exist in the
 * rootfs.
 */
int bundle_write(const struct bundle_options *options, const char *directory, struct error *error);
