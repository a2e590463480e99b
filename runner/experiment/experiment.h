#pragma once

/*
 * An experiment: one TOML file, read, checked and made complete with defaults. memcg-run.toml(5) is
 * its manual. Plain values, all owned by the experiment; nothing is looked up on the system but the
 * files that the experiment names (its task, its seccomp profile), and whether CPUs that it names are there.
 */

#include "backends/backend.h"
#include "cgroup/slice.h"
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
	/* As the task gets it: "64", "0.5", "fast", "true". */
	char *text;
};

/* A scalar in the file is a parameter with one value; an array is a sweep. */
struct parameter {
	char *name;
	struct parameter_value *values;
	size_t n_values; /* at least 1 */
};

enum trial_order { ORDER_RANDOM, ORDER_SEQUENTIAL };
enum page_cache { PAGE_CACHE_WARM, PAGE_CACHE_COLD };
/* What becomes of a run where another is under way on the machine: runner/host/lock.h. */
enum alongside { ALONGSIDE_REFUSE, ALONGSIDE_WAIT, ALONGSIDE_ALLOW };
enum sampler_mode { SAMPLER_AUTO, SAMPLER_SLEEP, SAMPLER_SPIN };
enum runtime_kind { RUNTIME_RUNC, RUNTIME_CRUN, RUNTIME_NONE };

struct experiment_mount {
	char *source;	   /* absolute, on the host */
	char *destination; /* absolute, in the container */
	bool writable;
};

struct sampler_settings {
	double rate_hz; /* 0 when rate_max; default 1000 */
	bool rate_max;	/* as fast as possible */
	enum sampler_mode mode;
	struct amount cpu; /* UNSET: chosen by memcg-run */
	/* How often memory.stat and memory.pressure are read; default 10. 0: without a
	 * schedule, at task_begin and task_end alone. */
	double stat_hz;
	bool pressure; /* memory.pressure too; default false */
	/* How often what else there is of the task is read; 0: never. */
	double peak_hz;	     /* memory.peak; default 10 */
	double processes_hz; /* /proc of the task's processes; default 0 */
	double pss_hz;	     /* their smaps_rollup; default 0 */
};

/* A fork bomb ends here: what Podman gives a container too. */
#define EXPERIMENT_PIDS_MAX 2048
#define EXPERIMENT_FILES_MAX_BYTES (UINT64_C(1) << 30)
#define EXPERIMENT_TMP_MAX_BYTES (UINT64_C(1) << 30)

/* At which marks the pages of the task are counted (runner/trial/oracle.h). */
struct oracle_settings {
	uint64_t timeout_ns; /* of a trial's counts together; what is beyond is the task's time */
	bool counts;	     /* default false */
	char **marks; /* their names, NULL-terminated; NULL: every one at which the task waits */
};

struct seccomp_profile; /* runner/experiment/seccomp_profile.h */

struct experiment {
	char *path;	 /* as given */
	char *directory; /* absolute, links resolved: the task's working directory */
	char *text;	 /* the file's bytes, for the record */
	char *name; /* letters, digits, '-', '_', '.'; default: the file's name without ".toml" */

	struct {
		/* Exactly one of the two is set. */
		char *python;	/* a script, relative to the directory or absolute */
		char **command; /* NULL-terminated; "{name}" stands for a parameter's value */
		/* Python only: the function to run between task_begin and task_end. NULL: the whole
		 * script. With a function, the script's own imports are done before task_begin. */
		char *function;
		char **arguments; /* Python only: sys.argv[1:], with "{name}" as above. Never NULL. */
		struct parameter *parameters; /* in the order of the file */
		size_t n_parameters;
	} task;

	struct {
		uint64_t repetitions; /* >= 1; default 10 */
		uint64_t warmups;     /* default 1: of each point and backend */
		enum trial_order order;
		uint64_t seed; /* default 1 */
		uint64_t timeout_ns;
		enum page_cache page_cache;
		enum alongside alongside; /* default ALONGSIDE_REFUSE */
		bool quick;		  /* the first two are 1 and 0 whatever the file says */
	} trials;

	/* Of the registry, or of those below. */
	const struct backend **backends;
	size_t n_backends;		     /* >= 1; default: none */
	struct user_backend **user_backends; /* those that are not built in, and are asked for */
	size_t n_user_backends;
	uint64_t interval_ns; /* how often a polling backend looks; default 10 ms */
	/* Bytes that its tool may leave; default EXPERIMENT_FILES_MAX_BYTES. */
	struct amount files_max;

	struct sampler_settings sampler;

	struct oracle_settings oracle;

	struct limits limits; /* pids_max is never UNSET: default EXPERIMENT_PIDS_MAX */
	bool limits_all_cpus; /* limits.cpus = "all": the sampler's too, and limits.cpus is NULL */
	char *limits_cpus;    /* what limits.cpus points to */

	struct {
		enum runtime_kind runtime;
		char *image;			 /* "host", or an image's name */
		char *seccomp_name;		 /* "default", "none" or a path as given */
		struct seccomp_profile *seccomp; /* NULL: none */
		bool network;
		/* Bytes that /tmp may hold, and as many /dev/shm; default
		 * EXPERIMENT_TMP_MAX_BYTES. Means nothing without a container. */
		struct amount tmp_max;
		struct experiment_mount *mounts;
		size_t n_mounts;
	} container;
};

struct experiment_options {
	/* Where the shipped profiles stand (default.json), from runner/host/installation.h. */
	const char *seccomp_directory;
	/* One repetition and no warm-up, whatever the file says. What it says must be right all the same. */
	bool quick;
	/* Those that `limits.cpus` and `sampler.cpu` may name. NULL: those online. */
	const cpu_set_t *cpus;
};

/*
 * Reads and checks an experiment. Every mistake of the file is written to `diagnostics`, one a line
 * as "ramp.toml:12:7: error: trials.repititions: unknown key; did you mean \"repetitions\"?", in the
 * order of the file. Returns 0; -EINVAL when there was any (how many is in `error`); another
 * negative errno when the file could not be read.
 */
int experiment_load(const char *path, const struct experiment_options *options, FILE *diagnostics,
	struct experiment **ret_experiment, struct error *error);

/*
 * The same from a buffer, as if it stood at `path`. Relative names are looked up from the directory
 * of `path`; that it exists is the only thing needed of it.
 */
int experiment_parse(const char *path, const char *text, size_t length,
	const struct experiment_options *options, FILE *diagnostics,
	struct experiment **ret_experiment, struct error *error);

void experiment_free(struct experiment *experiment);

/* The task as one line: the script, or the command's words with a blank between. The caller frees. */
char *experiment_task_line(const struct experiment *experiment);
