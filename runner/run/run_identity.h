#pragma once

/*
 * What makes the numbers of two parts of one run comparable: the program, the task, the image, the runtime
 * and the machine. A flat object, what -> how it is, for runner/run/run_record.h to hold against another.
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
 * Adds the task's files, path -> digest: its script or program, every other word of it that names a file, the
 * reporters of the backends that a user has added, and the Python modules and packages that stand beside a
 * script, where its imports are looked up. Of a file above 64 MiB it is the size and the time of its last
 * change.
 */
int run_identity_add_task(
	const struct experiment *experiment, json_t *identity, struct error *error);
