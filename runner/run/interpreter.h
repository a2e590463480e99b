#pragma once

/* The Python of [task] interpreter: what it has, as far as files on this host show. */

#include "runner/experiment/experiment.h"

#include <glob.h>
#include <stdbool.h>

/*
 * The files below the interpreter's prefix that match `pattern`, "lib/python3*". Whatever the prefix's name
 * contains, it is not a pattern. 0 where there are none too; -ENOMEM. The caller frees with globfree.
 */
int interpreter_find(const char *prefix, const char *pattern, glob_t *ret_found);

/*
 * Whether the task can import `module` from its interpreter's own packages. True where that is unknown: another
 * image's Python, a virtual environment with the packages of the Python that it was made from, a PYTHONPATH of the
 * experiment.
 */
bool interpreter_may_have(const struct task *task, const char *module);
