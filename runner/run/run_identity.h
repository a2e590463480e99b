#pragma once

/*
 * The conditions that must be equal for two parts of a run to be comparable: the program, the task,
 * the image, the runtime and the machine. A flat object, property -> value, which
 * runner/run/run_record.h compares with another.
 */

#include "runner/container/image.h"
#include "runner/container/runtime.h"
#include "runner/container/task_user.h"
#include "runner/experiment/plan.h"
#include "runner/host/host.h"
#include "runner/host/installation.h"

#include <jansson.h>

/* Everything is borrowed. */
struct identity_of {
	const struct installation *installation;
	const struct plan *plan;
	const struct image *image;
	const struct runtime *runtime;
	const struct host *host;
	const struct task_user *users; /* of each task that names one */
	const char *hierarchy;
	bool without_root;
};

/* The caller frees with json_decref. */
int run_identity(const struct identity_of *of, json_t **ret_identity, struct error *error);

/*
 * Adds the files of every task, path on the host -> digest: its script or program, its standard input, all other words of it
 * and of its `prepare`, `check`, `cleanup`, `setup` and `teardown` that name files at some point of the plan, its interpreter with the packages of a
 * virtual environment, files that are mounted read-only, the reporters of added backends, and the Python modules and
 * packages beside a script, where its imports are looked up. Words are looked up where the task sees them, through the
 * container's mounts; below a writable mount they name results and are left out, except a program: the task's own, what
 * is executable, and what ends in .py. For a file above 64 MiB, its size and modification time instead. Files that the
 * task opens without being given their names are not known.
 */
int run_identity_add_task(const struct plan *plan, json_t *identity, struct error *error);

/* The same of one task, without what it may write to: without a container, also the words that name no program. */
int run_identity_add_sources(
	const struct plan *plan, const struct task *task, json_t *identity, struct error *error);

/* Their paths as keys alone: no file is read. */
int run_identity_name_sources(
	const struct plan *plan, const struct task *task, json_t *names, struct error *error);

/*
 * Adds one file. Ignores what is not a file: an option, a number, a program to be searched in PATH.
 */
int run_identity_add_file(json_t *identity, const char *path, struct error *error);
