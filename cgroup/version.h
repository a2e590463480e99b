#pragma once

/* Private to cgroup/: the differences between v1 and v2, and the parts of a slice. */

#include "cgroup/memory_files.h"
#include "cgroup/slice.h"
#include "util/error.h"

#include <stdbool.h>

/* memory, pids, cpuset, cpu, freezer */
#define SLICE_MAX_CONTROLLERS 5

/*
 * Group paths are relative to the mount point, start with '/', and are the same in every hierarchy.
 */
struct slice {
	const struct hierarchy *hierarchy;
	const struct version *version;
	char *path;	      /* "/memcg-run.slice/trial-000042.slice" */
	char *runtime_path;   /* ".../runtime" */
	char *task_path;      /* on the host: mount point and task_path */
	char *task_directory; /* of the host: mount point and task_path */
	const char *controllers[SLICE_MAX_CONTROLLERS + 1]; /* of the slice; memory comes first */
	struct memory_files files;
};

struct version {
	struct memory_file_names names;

	/* NULL-terminated: the controllers needed for these limits and for killing. */
	int (*choose_controllers)(const struct hierarchy *hierarchy, const struct limits *limits,
		const char *ret_controllers[SLICE_MAX_CONTROLLERS + 1], struct error *error);

	/* Creates the parent with the controllers that slices below it need. */
	int (*make_parent)(const struct slice *slice, struct error *error);

	/*
	 * Completes a slice whose directory in the memory hierarchy exists (`slice_fd`): the
	 * leaves, the other hierarchies, the limits.
	 */
	int (*make)(const struct slice *slice, int slice_fd, const struct limits *limits,
		struct error *error);

	/*
	 * Registers for events that the counters of the slice's files do not keep. NULL: not
	 * needed.
	 */
	void (*listen)(struct memory_files *files);

	int (*attach)(const struct slice *slice, pid_t pid, struct error *error);

	/* Like slice_reset_peak: 1 if the kernel refuses. */
	int (*reset_peak)(const struct memory_files *files, struct error *error);
	int (*read_stat)(const struct memory_files *files, struct memory_stat *ret_stat,
		struct error *error);
	int (*read_events)(const struct memory_files *files, struct memory_events *ret_events,
		struct error *error);

	/* Kills the whole slice at once; returns 1 where that fails. NULL: it never can. */
	int (*kill)(const struct slice *slice, struct error *error);

	/* Freezes or thaws the slice; returns 1 if there is no freezer. */
	int (*freeze)(const struct slice *slice, bool frozen, struct error *error);
	int (*is_frozen)(const struct slice *slice, bool *ret_frozen, struct error *error);
};

extern const struct version version_v1;
extern const struct version version_v2;
