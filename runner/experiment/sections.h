#pragma once

/*
 * The sections of an experiment file: the keys of each, their readers, and the checks across keys
 * after all are read. Private to the experiment reader.
 */

#include "runner/experiment/setting.h"

extern const struct field task_fields[]; /* members of struct task */
extern const struct field trials_fields[];
extern const struct field backends_fields[];
extern const struct field sampler_fields[];
extern const struct field oracle_fields[];
extern const struct field limits_fields[];
extern const struct field limit_fields[];
extern const struct field container_fields[];

/* Reads "name" of the top level. */
void name_read(const struct setting *setting);
#define NAME_MAX_LENGTH 64
bool name_is_allowed(const char *name); /* of an experiment or a task */

/*
 * Called after all sections are read: defaults that are not constants, and checks of one key
 * against another. `tasks_complete` uses the mounts, so it comes after `container_complete`.
 */
void trials_complete(struct loader *loader);
void backends_complete(struct loader *loader);
void sampler_complete(struct loader *loader);
void oracle_complete(struct loader *loader);
void limit_complete(struct loader *loader);
void container_complete(struct loader *loader);
void tasks_complete(struct loader *loader);

/*
 * Reads the task of [task], or each of [tasks.NAME], for which [task] has the defaults. Unknown keys are the caller's to
 * report.
 */
void tasks_read(struct loader *loader);
void tasks_free(struct task *tasks, size_t n);

/* Of the loader's task, which tasks_read and tasks_complete choose. */
void task_read(struct loader *loader);
void task_complete(struct loader *loader);

/* Reads the table of parameters; called by the task's section. */
void parameters_read(const struct setting *setting);
void parameters_free(struct parameter *parameters, size_t n);

/* Reports what in a string is neither text nor "{name}" of a parameter. After [task.parameters] is read. */
void parameters_check_template(const struct setting *setting);

/* The task's environment; what its values name is checked once the parameters are known. */
void variables_read(const struct setting *setting);
void variables_complete(struct loader *loader);
void variables_free(struct variable *variables, size_t n);

/*
 * Whether the task can see the file `path` (absolute or relative to the experiment's folder) in its
 * container. Returns its path on the host, which the caller frees; NULL with *ret_problem set to
 * the end of a sentence ("does not exist", after "which"); or NULL with *ret_problem NULL if only
 * the image can tell.
 */
char *container_find_file(struct loader *loader, const char *path, const char **ret_problem);
