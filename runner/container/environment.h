#pragma once

/*
 * A task's environment, the same with and without a container: PATH, HOME=/tmp, LANG=C.UTF-8,
 * PYTHONDONTWRITEBYTECODE=1 and the host's OPENBLAS_* variables, overridden by the given variables.
 */

#include "util/error.h"

#define ENVIRONMENT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * A NULL-terminated list; free it with string_list_free. `given`, "NAME=value", is copied and may
 * be NULL.
 */
int environment_new(const char *const *given, char ***ret_environment, struct error *error);
