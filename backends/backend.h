#pragma once

/*
 * A backend is one memory reporter. Its entry in the registry (backends/registry.c) says what it is;
 * what it measures is done by one file:
 *
 *   in-process   backends/python/reporters/<name>.py, run by the harness inside the task's interpreter
 *   wrapping     a tool that starts the task itself (mprof, Scalene); its entry gives the command to put in
 *                front and a function that reads what the tool wrote. In front of a command that needs no
 *                reporter; a Python task has one in backends/python/reporters all the same
 *   preloaded    backends/native/<name>.c, a library that the dynamic linker loads into the task; a Python task
 *                has a reporter in backends/python/reporters all the same
 *   external     backends/python/external/<name>.py, a process of its own that the runner starts outside the
 *                container (runner/trial/reporter.h)
 *   the rusage   wait4: the runner has the number already, and gives it a name
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
 * How a metric moves, as the channel has it: some never fall, and a reader must not take them for a trace; some are
 * too dear to be polled, and of the time between the marks they say nothing: they have no peak.
 */
enum metric_kind { METRIC_GAUGE = 0, METRIC_HIGH_WATER = 1, METRIC_AT_MARKS = 2, N_METRIC_KINDS };

/*
 * The time of a number that a tool gives of the whole task without saying when: it is placed at the end of what is
 * measured.
 */
#define SAMPLE_AT_END UINT64_MAX

/* What a backend needs of the task's image, and the Debian package that has it: one of the first two. */
struct backend_requirement {
	const char *python_module;  /* that the reporter imports */
	const char *program;	    /* its path: "/usr/bin/time" */
	const char *debian_package; /* NULL ends the list */
	const char *
		debian_since; /* the release that has it first: "13". NULL: Debian 12, as all supported */
	const char *
		otherwise; /* what else to do, and all there is before that release. NULL: nothing */
};

struct backend_task {
	double interval_s;		/* how often a polling backend looks */
	const char *profiler_directory; /* as the task sees it: where the tool may write */
	const char *interpreter;	/* the Python of the task's image: "/usr/bin/python3" */
};

/* What a tool's own files are turned into. `context` is the caller's; returns 0 or -errno. */
typedef int (*backend_emit)(void *context, const char *metric, enum metric_kind kind,
	const struct sample *sample, struct error *error);

struct backend {
	const char *name;
	const char *summary; /* one line: what the number counts */
	const char *
		headline_metric; /* the metric that stands for it in tables and pictures; NULL: none */
	bool needs_python_task;
	const struct backend_requirement *requirements; /* of an external backend, the host's */

	/* In-process backends that a user has added: the reporter's file, absolute. NULL: reporters/<name>.py. */
	const char *reporter;

	/*
	 * External backends: the Python file that is run, from the folder python/ of the installation:
	 * "external/docker-stats.py". Of one that a user has added, the program itself, absolute. NULL: none.
	 */
	const char *external;

	/*
	 * Preloaded backends: the library, from the folder python/ of the installation:
	 * "native/mallinfo2.so". NULL: none.
	 */
	const char *preload;

	/*
	 * In-process backends: the tool writes files, which are kept with the run. The reporter finds the folder for
	 * them as MEMCG_RUN_PROFILER in its environment.
	 */
	bool writes_files;

	/* The metric that the runner itself takes from the task's rusage (wait4(2)). NULL: none. */
	const char *rusage_metric;

	/*
	 * Wrapping backends: writes to `ret_argv` (room for `n_argv` pointers) the words to put before the
	 * task's command, NULL-terminated; strings are allocated and the caller's. NULL: none.
	 */
	int (*wrap)(const struct backend_task *task, char **ret_argv, size_t n_argv,
		struct error *error);

	/*
	 * Wrapping backends: the words are an interpreter's own, which runs the script that stands behind them
	 * by itself (Scalene), so that no other is put in between.
	 */
	bool wraps_script;

	/*
	 * After the task: reads what the tool wrote below `profiler_fd` and emits its samples, in order
	 * of time. `realtime_offset_ns` is CLOCK_REALTIME minus CLOCK_MONOTONIC at the trial's start.
	 * NULL: the tool writes nothing.
	 */
	int (*collect)(int profiler_fd, uint64_t realtime_offset_ns, backend_emit emit,
		void *context, struct error *error);

	/*
	 * The task's own end, from the wait status of a wrapping tool: mprof turns a signal N into exit
	 * code 256 - N. NULL: the status is the task's.
	 */
	int (*task_status)(int wait_status);
};

/*
 * Whether it looks from outside the task, so that no metric of its is the task's to send, and the task runs as
 * with `none`.
 */
bool backend_is_outside(const struct backend *backend);

/* Whether a metric is one of the backend's: its name is "<backend>.", and more. */
bool backend_owns(const char *backend, const char *metric);

/* How image "host" gets it: "apt-get install python3-psutil"; "image \"python\" has it; from Debian 13 on also:
 * apt-get install python3-memray". The caller frees; or NULL. */
char *backend_requirement_remedy(const struct backend_requirement *requirement);

/* For a sentence, without an article: "Python module psutil", "program /usr/bin/time". The caller frees; or NULL. */
char *backend_requirement_describe(const struct backend_requirement *requirement);

/* By name; NULL when there is none. */
const struct backend *backend_find(const char *name);

/* All of them in the order of documentation; NULL after the last. */
const struct backend *const *backend_all(void);
