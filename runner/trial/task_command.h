#pragma once

/*
 * The words that a container's first process is started with: the launcher and its options, then the
 * task under its backend. And the environment through which a task learns of its parameters and of
 * the channel.
 */

#include "backends/backend.h"
#include "runner/container/image.h"
#include "runner/experiment/plan.h"
#include "util/error.h"

/* Where things stand in every container; runner/container/bundle.h mounts them there. */
#define CONTAINER_LAUNCHER "/run/memcg-run/launcher"
#define CONTAINER_PHENOMENA "/run/memcg-run/phenomena"
#define CONTAINER_PYTHON "/run/memcg-run/python"
#define CONTAINER_CHANNEL "/run/memcg-run/channel"
#define CONTAINER_REPORTER "/run/memcg-run/reporter.py"
#define CONTAINER_PROFILER "/run/memcg-run/profiler"

/* Where they stand for this task: there, or on the host. Borrowed. */
struct task_paths {
	const char *launcher;
	const char *python;
	const char *phenomena;
	const char *channel;
	const char *reporter; /* NULL: the backend has no in-process reporter of a user's */
	const char *profiler; /* NULL: the backend writes nothing */
	const char
		*leaf; /* on the host alone: the task leaf's directory, for the launcher to show */
	const char *leaf_place;
	const char *cpus; /* the task's affinity, as cpu_list_format gives it; NULL: as it comes */
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

/* Descriptors that the launcher has beside its control socket; -1: none. */
struct launcher_fds {
	int leaf_fd;
	int tasks_fd;
	int filter_fd;
};

/* NULL-terminated lists of strings; the caller frees them with string_list_free. */
int task_command(const struct experiment *experiment, const struct plan *plan,
	const struct planned_trial *planned, const struct image *image,
	const struct task_paths *paths, struct launcher_fds fds, char ***ret_argv,
	struct error *error);

/*
 * MEMCG_RUN_CHANNEL, PYTHONPATH, MEMCG_RUN_PHENOMENA (the folder), PATH with that folder at its end, so that
 * a command finds the phenomena by name, and one MEMCG_RUN_PARAM_<name> a parameter. Under a preloaded backend
 * LD_PRELOAD and MEMCG_RUN_INTERVAL_NS as well.
 */
int task_environment(const struct experiment *experiment, const struct plan *plan,
	const struct planned_trial *planned, const struct task_paths *paths,
	char ***ret_environment, struct error *error);
