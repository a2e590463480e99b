#pragma once

/*
 * The conditions that must be equal for two parts of a run to be comparable: the program, the task,
 * the image, the runtime and the machine. A flat object, property -> value, which
 * runner/run/run_record.h compares with another.
 */

#include "runner/container/image.h"
#include "runner/container/runtime.h"
#include "runner/experiment/experiment.h"
#include "runner/host/host.h"
#include "runner/host/installation.h"

#include <jansson.h>

/* Everything is borrowed. */
struct identity_of {
	const struct installation *installation;
	const struct experiment *experiment;
	const struct image *image;
	const struct runtime *runtime;
	const struct host *host;
	const char *hierarchy;
	bool without_root;
};

/* The caller frees with json_decref. */
int run_identity(const struct identity_of *of, json_t **ret_identity, struct error *error);

/*
 * Adds the task's files, path -> digest: its script or program, every argument that names a file,
 * the reporters of user-defined backends, and the Python modules and packages in a script's folder,
 * where its imports are searched. For a file above 64 MiB the value is its size and modification
 * time.
 */
int run_identity_add_task(
	const struct experiment *experiment, json_t *identity, struct error *error);
