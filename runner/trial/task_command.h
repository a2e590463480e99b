#pragma once

/*
 * The command of a container's first process: the launcher with its options, then the task under
 * its backend. And the environment that tells the task its parameters and the channel.
 */

#include "backends/backend.h"
#include "runner/container/image.h"
#include "runner/container/writable.h"
#include "runner/experiment/plan.h"
#include "util/error.h"

/* Paths in every container; runner/container/bundle.h mounts them there. */
#define CONTAINER_LAUNCHER "/run/memcg-run/launcher"
#define CONTAINER_PHENOMENA "/run/memcg-run/phenomena"
#define CONTAINER_PYTHON "/run/memcg-run/python"
#define CONTAINER_CHANNEL "/run/memcg-run/channel"
#define CONTAINER_REPORTER "/run/memcg-run/reporter.py"
#define CONTAINER_STDIN "/run/memcg-run/stdin"
#define CONTAINER_PROFILER "/run/memcg-run/profiler"

/* The paths for this task: in a container or on the host. Borrowed. */
struct task_paths {
	const char *launcher;
	const char *python;
	const char *phenomena;
	const char *channel;
	const char *reporter; /* NULL: the backend has no user-defined in-process reporter */
	const char *profiler; /* NULL: the backend writes nothing */
	const char *profiler_identity; /* for the launcher's --folder */
	const char *profiler_source; /* only without a container: what the launcher mounts there */
	/* only without a container: the task leaf's directory, which the launcher mounts */
	const char *leaf;
	const char *leaf_place;
	const char *channel_folder; /* without a container, for another user; NULL: not needed */
	const char *user;	    /* from task_user_text; NULL: the launcher's */
	const char *stdin_file;	    /* NULL: /dev/null */
	const struct writable *writable; /* NULL: the working directory is as it is */
	const char *cpus; /* the task's affinity, from cpu_list_format; NULL: unchanged */
};

#define TASK_PATHS_CONTAINER                                                                       \
	((struct task_paths){                                                                      \
		.launcher = CONTAINER_LAUNCHER,                                                    \
		.python = CONTAINER_PYTHON,                                                        \
		.phenomena = CONTAINER_PHENOMENA,                                                  \
		.channel = CONTAINER_CHANNEL,                                                      \
		.reporter = CONTAINER_REPORTER,                                                    \
		.profiler = CONTAINER_PROFILER,                                                    \
	})

/* Descriptors of the launcher other than its control socket; -1: none. */
struct launcher_fds {
	int leaf_fd;
	int tasks_fd;
	int filter_fd;
	int idmap_fd;
};

/*
 * NULL-terminated lists of strings; the caller frees them with string_list_free. *ret_program, borrowed from the
 * command, is what the launcher executes.
 */
int task_command(const struct experiment *experiment, const struct plan *plan,
	const struct planned_trial *planned, const struct image *image,
	const struct task_paths *paths, struct launcher_fds fds, char ***ret_argv,
	const char **ret_program, struct error *error);

/*
 * MEMCG_RUN_CHANNEL, PYTHONPATH, MEMCG_RUN_PHENOMENA (the folder), PATH with that folder at its
 * end, so that a command finds the phenomena by name, and MEMCG_RUN_PARAM_<name> for each
 * parameter. A preloaded backend also gets LD_PRELOAD and MEMCG_RUN_INTERVAL_NS. Then what [task.environment]
 * sets: its PATH, PYTHONPATH and LD_PRELOAD stand before ours, in the same variable.
 */
int task_environment(const struct experiment *experiment, const struct plan *plan,
	const struct planned_trial *planned, const struct task_paths *paths,
	char ***ret_environment, struct error *error);
