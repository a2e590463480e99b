#pragma once

/*
 * A backend is one memory reporter. Its entry in the registry (backends/registry.c) describes it;
 * one file does the measuring:
 *
 *   in-process   backends/python/reporters/<name>.py, run by the harness in the task's interpreter
 *   wrapping     a tool that starts the task itself (mprof, Scalene); its entry gives the command prefix
 *                and a function that reads the tool's files. Without a reporter for a command; for a
 *                Python task with one in backends/python/reporters
 *   preloaded    backends/native/<name>.c, a library that the dynamic linker loads into the task; for a
 *                Python task also with a reporter in backends/python/reporters
 *   external     backends/python/external/<name>.py, a separate process that the runner starts outside
 *                the container (runner/trial/reporter.h)
 *   rusage       wait4: the runner already has the number and only names it
 *
 * Metrics are named "<backend>.<what>_<unit>": psutil.rss_bytes. Docs: docs/backends/<name>.md.
 */

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sample {
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint64_t value;	  /* in the metric's unit */
};

/*
 * How a metric moves, as declared on the channel. A high-water mark never falls and is not a trace.
 * A metric that is too expensive for polling is read only at marks; it has no values in between and
 * no peak.
 */
enum metric_kind { METRIC_GAUGE = 0, METRIC_HIGH_WATER = 1, METRIC_AT_MARKS = 2, N_METRIC_KINDS };

/*
 * Time of a number that a tool gives for the whole task without a time: it is placed at the end of
 * the measured interval.
 */
#define SAMPLE_AT_END UINT64_MAX

/*
 * Something that a backend needs in the task's image, a module or a program, and its Debian
 * package.
 */
struct backend_requirement {
	const char *python_module;  /* imported by the reporter */
	const char *program;	    /* its path: "/usr/bin/time" */
	const char *debian_package; /* NULL ends the list */
	/* the first release that has it: "13". NULL: Debian 12, like all supported ones */
	const char *debian_since;
	const char *otherwise; /* another remedy, the only one before that release. NULL: none */
};

struct backend_task {
	double interval_s;		/* period of a polling backend */
	const char *profiler_directory; /* as the task sees it: the tool's output folder */
	const char *interpreter;	/* the Python of the task's image: "/usr/bin/python3" */
};

/* Receives the samples from a tool's files. `context` is the caller's; returns 0 or -errno. */
typedef int (*backend_emit)(void *context, const char *metric, enum metric_kind kind,
	const struct sample *sample, struct error *error);

struct backend {
	const char *name;
	const char *summary; /* one line: what the number counts */
	/* the metric that represents it in tables and pictures; NULL: none */
	const char *headline_metric;
	bool needs_python_task;
	const struct backend_requirement *requirements; /* of an external backend: on the host */

	/*
	 * User-defined in-process backends: the reporter's file, absolute. NULL:
	 * reporters/<name>.py.
	 */
	const char *reporter;

	/*
	 * External backends: the Python file to run, relative to the folder python/ of the
	 * installation: "external/docker-stats.py". For a user-defined one, the program itself,
	 * absolute. NULL: none.
	 */
	const char *external;

	/*
	 * Preloaded backends: the library, relative to the folder python/ of the installation:
	 * "native/mallinfo2.so". NULL: none.
	 */
	const char *preload;

	/*
	 * In-process backends: the tool writes files, which are kept with the run. The environment
	 * variable MEMCG_RUN_PROFILER tells the reporter their folder.
	 */
	bool writes_files;

	/* The metric that the runner itself takes from the task's rusage (wait4(2)). NULL: none. */
	const char *rusage_metric;

	/*
	 * Wrapping backends: writes the command prefix to `ret_argv` (room for `n_argv` pointers),
	 * NULL- terminated; the caller owns the allocated strings. NULL: none.
	 */
	int (*wrap)(const struct backend_task *task, char **ret_argv, size_t n_argv,
		struct error *error);

	/*
	 * Wrapping backends: the prefix is an interpreter that runs the following script itself
	 * (Scalene), so no other interpreter is inserted.
	 */
	bool wraps_script;

	/*
	 * After the task: reads the tool's files below `profiler_fd` and emits their samples in
	 * order of time. `realtime_offset_ns` is CLOCK_REALTIME minus CLOCK_MONOTONIC at the
	 * trial's start. NULL: the tool writes nothing.
	 */
	int (*collect)(int profiler_fd, uint64_t realtime_offset_ns, backend_emit emit,
		void *context, struct error *error);

	/*
	 * Converts the wait status of a wrapping tool to the task's: mprof turns a signal N into
	 * exit code 256 - N. NULL: the status is the task's.
	 */
	int (*task_status)(int wait_status);
};

/*
 * True if it observes from outside the task: the task may not send its metrics, and runs as with
 * `none`.
 */
bool backend_is_outside(const struct backend *backend);

/* Whether a metric is one of the backend's: its name starts with "<backend>.". */
bool backend_owns(const char *backend, const char *metric);

/*
 * How to get it for image "host": "apt-get install python3-psutil"; "image \"python\" has it; from
 * Debian 13 on also: apt-get install python3-memray". The caller frees; NULL on ENOMEM.
 */
char *backend_requirement_remedy(const struct backend_requirement *requirement);

/*
 * For a sentence, without an article: "Python module psutil", "program /usr/bin/time". The caller
 * frees; NULL on ENOMEM.
 */
char *backend_requirement_describe(const struct backend_requirement *requirement);

/* By name; NULL if unknown. */
const struct backend *backend_find(const char *name);

/* All backends in the order of the documentation; ends with NULL. */
const struct backend *const *backend_all(void);
