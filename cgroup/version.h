#pragma once

/*
 * Private to cgroup/: what differs between v1 and v2, and what a slice is made of.
 */

#include "cgroup/memory_files.h"
#include "cgroup/slice.h"
#include "util/error.h"

#include <stdbool.h>

/* memory, pids, cpuset, cpu, freezer */
#define SLICE_MAX_CONTROLLERS 5

/* Groups are named from the mount point on, with '/' first, the same in every hierarchy. */
struct slice {
	const struct hierarchy *hierarchy;
	const struct version *version;
	char *parent_path;    /* "/memcg-run.slice" */
	char *path;	      /* "/memcg-run.slice/trial-000042.slice" */
	char *runtime_path;   /* ".../runtime" */
	char *task_path;      /* ".../task" */
	char *task_directory; /* of the host: mount point and task_path */
	const char *controllers[SLICE_MAX_CONTROLLERS + 1]; /* the slice's; memory comes first */
	struct memory_files files;
};

struct version {
	struct memory_file_names names;

	/* NULL-terminated: those that these limits, and killing, need. */
	int (*choose_controllers)(const struct hierarchy *hierarchy, const struct limits *limits,
		const char *ret_controllers[SLICE_MAX_CONTROLLERS + 1], struct error *error);

	/* Makes the parent such that a slice below it has its controllers. */
	int (*make_parent)(const struct slice *slice, struct error *error);

	/*
	 * Makes the rest of a slice whose directory in the memory hierarchy is made (`slice_fd`): the
	 * leaves, the other hierarchies, the limits.
	 */
	int (*make)(const struct slice *slice, int slice_fd, const struct limits *limits,
		struct error *error);

	/* Has the slice's own files told of what their counters do not keep. NULL: there is no such thing. */
	void (*listen)(struct memory_files *files);

	int (*attach)(const struct slice *slice, pid_t pid, struct error *error);

	/* As slice_reset_peak: 1 where the kernel refuses. */
	int (*reset_peak)(const struct memory_files *files, struct error *error);
	int (*read_stat)(const struct memory_files *files, struct memory_stat *ret_stat,
		struct error *error);
	int (*read_events)(const struct memory_files *files, struct memory_events *ret_events,
		struct error *error);

	/* Kills the whole slice at once; returns 1 where that fails. NULL: it never can. */
	int (*kill)(const struct slice *slice, struct error *error);

	/* Stops or continues the slice; returns 1 where there is no freezer. */
	int (*freeze)(const struct slice *slice, bool frozen, struct error *error);
	int (*is_frozen)(const struct slice *slice, bool *ret_frozen, struct error *error);
};

extern const struct version version_v1;
extern const struct version version_v2;
