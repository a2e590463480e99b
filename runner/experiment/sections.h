#pragma once

/*
 * The sections of an experiment file: which keys each has and how they are read, and what has to hold
 * between keys once all are read. Private to the reading of experiments.
 */

#include "runner/experiment/setting.h"

/* Of all that is given in seconds: 31 years. */
#define SECONDS_MAX 1e9

extern const struct field task_fields[];
extern const struct field trials_fields[];
extern const struct field backends_fields[];
extern const struct field sampler_fields[];
extern const struct field oracle_fields[];
extern const struct field limits_fields[];
extern const struct field container_fields[];

/* The top level's "name". */
void name_read(const struct setting *setting);
bool name_is_allowed(const char *name);

/*
 * After all sections are read: defaults that need more than a constant, and checks of one key against
 * another. `task_complete` looks at mounts, so it comes after `container_complete`.
 */
void trials_complete(struct loader *loader);
void backends_complete(struct loader *loader);
void sampler_complete(struct loader *loader);
void oracle_complete(struct loader *loader);
void container_complete(struct loader *loader);
void task_complete(struct loader *loader);

/* The parameters' table, read by the task's section. */
void parameters_read(const struct setting *setting);
void parameters_free(struct parameter *parameters, size_t n);

/* Whether the experiment has a parameter of this name, which need not end in NUL. */
bool parameters_have(const struct experiment *experiment, const char *name, size_t length);

/*
 * Whether the task would see the file `path` (relative to the experiment's folder, or absolute) in
 * its container, and what it is on the host. Returns NULL with *ret_problem set to a sentence's end
 * ("does not exist", after "which"), NULL with *ret_problem NULL when only the image can tell, or the
 * host's path, which the caller frees.
 */
char *container_find_file(struct loader *loader, const char *path, const char **ret_problem);
