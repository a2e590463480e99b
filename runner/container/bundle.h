#pragma once

/*
 * An OCI bundle: the config.json of one trial (jansson) and the root it names. Sources: the OCI
 * runtime specification 1.0.2; runc 1.1 for the cgroup driver.
 *
 * The container has no network (but loopback), a read-only root, a private writable /tmp, no new
 * privileges and no capabilities; PID, IPC, UTS, mount and network namespaces of its own and the
 * host's cgroup namespace (CLONE_INTO_CGROUP needs it). Its first process is the launcher.
 *
 * What it finds in it, beside the image:
 *   /run/memcg-run/launcher      the launcher
 *   /run/memcg-run/python/       the harness and the reporters, read-only
 *   /run/memcg-run/phenomena/    the phenomena's program and library, read-only; last in PATH
 *   /run/memcg-run/channel       the socket of the channel
 *   /run/memcg-run/reporter.py   the in-process reporter of a backend that a user has added, read-only
 *   /run/memcg-run/profiler/     writable: what a tool wants to leave in the run's folder
 *   /sys/fs/cgroup               the task's own leaf, read-only (v1: /sys/fs/cgroup/memory; beside it cpu, cpuacct,
 *                                cpuset and pids, where mounted: the group that it lives in there)
 *   the experiment's folder      read-only, at its own path: the working directory
 *   the experiment's mounts      read-only but where asked otherwise
 *
 * /tmp, /dev/shm and, where the image has no /var, /var/tmp are in memory (tmpfs), of container.tmp_max each: what a task writes there is charged
 * to its leaf, counts against its limit and shows in its memory as shmem.
 *
 * The task's environment is that of runner/container/environment.h. There are no rlimits, no
 * oom_score_adj and no seccomp filter in the configuration: the first two need CAP_SYS_RESOURCE, and the
 * filter is the launcher's to install.
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
	const struct installation *installation;
	const struct hierarchy *hierarchy;
	bool unprivileged;		 /* the runner is root of a user namespace only */
	const char *runtime_cgroup_path; /* slice_runtime_path() */
	const char *task_directory;	 /* slice_task_directory() */
	const char *channel_path;	 /* the socket, on the host */
	const char *reporter_path;	 /* on the host; NULL: none is mounted */
	const char *profiler_directory;	 /* on the host; NULL: none is mounted */
	const char *const *argv; /* of PID 1: the launcher with its options, "--", the task */
	const char *const *environment; /* "NAME=value" */
};

/*
 * The OCI configuration as JSON text. The caller frees. Creates nothing. -EILSEQ where a path or a
 * variable is not UTF-8, which JSON cannot hold.
 */
int bundle_config(const struct bundle_options *options, char **ret_json, struct error *error);

/* Makes `directory` a bundle: config.json in it. The mount points it needs exist in the rootfs. */
int bundle_write(const struct bundle_options *options, const char *directory, struct error *error);
