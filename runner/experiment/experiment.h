#pragma once

/*
 * An experiment: one TOML file, read, checked and completed with defaults. memcg-run.toml(5) is its
 * manual. Plain values, all owned by the experiment. The system is consulted only for the files
 * that the experiment names (task, seccomp profile) and to check that the CPUs that it names exist.
 */

#include "backends/backend.h"
#include "cgroup/slice.h"
#include "runner/experiment/limit_settings.h"
#include "runner/experiment/user_backend.h"
#include "util/error.h"

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum parameter_kind { PARAMETER_INTEGER, PARAMETER_FLOAT, PARAMETER_STRING, PARAMETER_BOOLEAN };

struct parameter_value {
	enum parameter_kind kind;
	/* As passed to the task: "64", "0.5", "fast", "true". */
	char *text;
};

/* A scalar in the file is a parameter with one value; an array is a sweep. */
struct parameter {
	char *name;
	struct parameter_value *values;
	size_t n_values; /* at least 1 */
};

/* Of the task's environment. */
struct variable {
	char *name;
	char *value; /* with "{name}" for a parameter's value */
};

enum trial_order { ORDER_RANDOM, ORDER_SEQUENTIAL };
enum page_cache { PAGE_CACHE_WARM, PAGE_CACHE_COLD };
/* What a run does if another is running on the machine: runner/host/lock.h. */
enum alongside { ALONGSIDE_REFUSE, ALONGSIDE_WAIT, ALONGSIDE_ALLOW };
enum sampler_mode { SAMPLER_AUTO, SAMPLER_SLEEP, SAMPLER_SPIN };
enum runtime_kind { RUNTIME_RUNC, RUNTIME_CRUN, RUNTIME_NONE };
/* Without a container the first is the folder itself, with whatever rights the task has there. */
enum working_directory { WORKING_DIRECTORY_AS_IS, WORKING_DIRECTORY_WRITABLE };

/* "runc", "crun", "none", and NULL at the end. A runtime's program and its Debian package have the same name. */
extern const char *const runtime_kind_names[];

struct experiment_mount {
	char *source;	   /* absolute, on the host */
	char *destination; /* absolute, in the container */
	bool writable;
};

struct sampler_settings {
	double rate_hz; /* 0 if rate_max; default 1000 */
	bool rate_max;	/* as fast as possible */
	enum sampler_mode mode;
	struct amount cpu; /* UNSET: chosen by memcg-run */
	/*
	 * How often memory.stat and memory.pressure are read; default 10. 0: at task_begin and
	 * task_end only.
	 */
	double stat_hz;
	bool pressure; /* memory.pressure too; default false */
	/* How often the task's other sources are read; 0: never. */
	double peak_hz;	     /* memory.peak; default 10 */
	double processes_hz; /* /proc of the task's processes; default 0 */
	double pss_hz;	     /* their smaps_rollup; default 0 */
};

/* At a higher rate the sampler disturbs a task that shares its CPU: docs/design.md has the measurement. */
#define EXPERIMENT_BESIDE_MAX_HZ 1000.0

/* Stops a fork bomb. Podman gives containers the same limit. */
#define EXPERIMENT_PIDS_MAX 2048
#define EXPERIMENT_FILES_MAX_BYTES (UINT64_C(1) << 30)
#define EXPERIMENT_TMP_MAX_BYTES (UINT64_C(1) << 30)

/* The marks at which the task's pages are counted (runner/trial/oracle.h). */
struct oracle_settings {
	/* budget of all counts of a trial; beyond it, counting is charged to the task's time */
	uint64_t timeout_ns;
	bool counts;  /* default false */
	char **marks; /* names, NULL-terminated; NULL: every mark that waits */
};

struct seccomp_profile; /* runner/experiment/seccomp_profile.h */

/*
 * What is run, and how. Several tasks have names, by which results, tables and messages tell them apart; every one has
 * its own points, and all are run in the same blocks (runner/experiment/plan.h).
 */
struct task {
	char *name; /* of [tasks.NAME], as allowed for an experiment; NULL: the only one, of [task] */
	/* Exactly one of the three is set. */
	char *python;	/* a script, relative to the directory or absolute */
	char *module;	/* a Python module, as "python3 -m" finds it */
	char **command; /* NULL-terminated; "{name}" is replaced by the parameter's value */
	/*
	 * Python only: the function to run between task_begin and task_end. NULL: the whole
	 * script. With a function, the script's imports run before task_begin.
	 */
	char *function;
	/* Python only: absolute, as the task sees it. NULL: the image's own. */
	char *interpreter;
	/* The environment that it is in, on the host: "/srv/x/.venv". NULL: only the image can tell. */
	char *interpreter_prefix;
	char **arguments; /* Python only: sys.argv[1:], with "{name}" as above. Never NULL. */
	/*
	 * What is run in the trial's container before and after the task, outside its leaf:
	 * NULL-terminated, with "{name}" as above. NULL: nothing.
	 */
	char **prepare;
	char **check; /* after a task that exited with 0, before `cleanup`: whether its output is right */
	char **cleanup;
	/*
	 * What is run before the first trial and after the last, each in a container of its own: likewise, and the same
	 * command of one user and environment once in a run (runner/run/run_setup.c).
	 */
	char **setup;
	char **teardown;
	/* A file of the host, relative to the directory or absolute, with "{name}" as above. NULL: /dev/null. */
	char *stdin_file;
	char *user; /* "uid[:gid]" or "name[:group]", of the image; NULL: the launcher's own */
	enum working_directory working_directory; /* writable: runner/container/writable.h */
	bool keep_written;	      /* what is written there: runner/trial/written.h */
	struct variable *environment; /* in file order */
	size_t n_environment;
	struct parameter *parameters; /* in file order */
	size_t n_parameters;
};

struct experiment {
	char *path;	 /* as written; of a text that is in no file, see struct experiment_text */
	char *directory; /* absolute, links resolved: the task's working directory */
	char *text;	 /* the file's bytes, for the record */
	/* Letters, digits, '-', '_', '.'; default: the file's name without ".toml", without a file "stdin". */
	char *name;

	struct task *tasks; /* in file order */
	size_t n_tasks;	    /* >= 1 */

	struct {
		uint64_t repetitions; /* >= 1; default 10 */
		uint64_t warmups;     /* default 1: per point and backend */
		enum trial_order order;
		uint64_t seed; /* default 1 */
		uint64_t timeout_ns;
		uint64_t setup_timeout_ns; /* of each task.setup and task.teardown */
		enum page_cache page_cache;
		enum alongside alongside; /* default ALONGSIDE_REFUSE */
		bool quick;		  /* overrides the first two with 1 and 0 */
	} trials;

	/* From the registry, or from user_backends. */
	const struct backend **backends;
	size_t n_backends;		     /* >= 1; default: none */
	struct user_backend **user_backends; /* requested backends that are not built in */
	size_t n_user_backends;
	uint64_t interval_ns; /* polling period of backends; default 10 ms */
	/* Bytes that its tool may write; default EXPERIMENT_FILES_MAX_BYTES. */
	struct amount files_max;

	struct sampler_settings sampler;

	struct oracle_settings oracle;

	struct limits limits; /* pids_max is never UNSET: default EXPERIMENT_PIDS_MAX */
	/* limits.cpus = "all": includes the sampler's CPU, and limits.cpus is NULL */
	bool limits_all_cpus;
	char *limits_cpus; /* storage of limits.cpus */

	/*
	 * A search for the smallest memory limit (runner/limit/search.h) runs without reporters: its only backend is
	 * `none`, and the others of the file are left out.
	 */
	bool is_search;
	bool has_limit; /* the file has [limit], even an empty one */
	struct limit_settings limit;
	size_t n_left_out; /* of the file's backends */

	struct {
		enum runtime_kind runtime;
		char *image;			 /* "host", or an image's name */
		char *seccomp_name;		 /* "default", "none" or a path as written */
		struct seccomp_profile *seccomp; /* NULL: none */
		/* What it refuses that every trial needs (seccomp_needs.h); NULL: nothing. */
		const char *seccomp_refused;
		bool network;
		/*
		 * Bytes for /tmp, and as many for /dev/shm; default EXPERIMENT_TMP_MAX_BYTES.
		 * Ignored without a container.
		 */
		struct amount tmp_max;
		struct experiment_mount *mounts;
		size_t n_mounts;
	} container;
};

struct experiment_options {
	/* Folder of the shipped profiles (default.json), from runner/host/installation.h. */
	const char *seccomp_directory;
	/*
	 * One repetition and no warm-up, overriding the file, whose own values must still be valid.
	 */
	bool quick;
	/* The experiment is for a search, with these choices before the file's. NULL: it is not. */
	const struct limit_choices *limit;
	/* CPUs that `limits.cpus` and `sampler.cpu` may name. NULL: those online. */
	const cpu_set_t *cpus;
};

/*
 * Reads and checks an experiment. Writes every mistake in the file to `diagnostics`, one per line,
 * such as "ramp.toml:12:7: error: trials.repititions: unknown key; did you mean \"repetitions\"?",
 * in file order. Returns 0; -EINVAL if there were mistakes (`error` has their number); another
 * negative errno if the file could not be read, or its seccomp profile not be compiled for want of room (-ENOSPC) or memory.
 */
int experiment_load(const char *path, const struct experiment_options *options, FILE *diagnostics,
	struct experiment **ret_experiment, struct error *error);

/* An experiment's text. Borrowed. */
struct experiment_text {
	/*
	 * The file. It ends in '/' for a text that is in no file, from standard input or a command
	 * line: the folder from which its names are resolved.
	 */
	const char *path;
	const char *title; /* instead of the path in messages; NULL: the path */
	const char *text;
	size_t length;
	/* Of a text made from a command line: the word that each line comes from (diagnostics.h). */
	const char *const *origins;
	size_t n_origins;
};

/* Whether the path of an experiment is that of a file, not the folder of a text that is in none. */
bool experiment_path_is_file(const char *path);

/* Like experiment_load. The folder of the path must exist; a file need not. */
int experiment_read(const struct experiment_text *text, const struct experiment_options *options,
	FILE *diagnostics, struct experiment **ret_experiment, struct error *error);

/*
 * Parses a buffer as if it were the file `path`. Relative names are resolved from the directory of
 * `path`, which must exist; `path` itself need not.
 */
int experiment_parse(const char *path, const char *text, size_t length,
	const struct experiment_options *options, FILE *diagnostics,
	struct experiment **ret_experiment, struct error *error);

/* Whether the result of these is the system's failure: no room, memory or descriptors, and no fault of the file. */
bool experiment_is_system_error(int result);

void experiment_free(struct experiment *experiment);

/*
 * A task in one line, which is its `task` in the results: its name; without one the script, or the command's words
 * separated by blanks. The caller frees.
 */
char *experiment_task_line(const struct task *task);

/* How many tasks are commands; the others are Python's. */
size_t experiment_n_commands(const struct experiment *experiment);

/* How many tasks name a user. */
size_t experiment_n_users(const struct experiment *experiment);

/* True if the sampler spins, or samples faster than EXPERIMENT_BESIDE_MAX_HZ. */
bool experiment_sampler_needs_cpu(const struct experiment *experiment);
