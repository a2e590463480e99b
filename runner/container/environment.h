#pragma once

/*
 * A task's environment: PATH, HOME=/tmp, LANG=C.UTF-8 and PYTHONDONTWRITEBYTECODE=1, then what the host
 * has as OPENBLAS_*, then what is given; each but where what is given has the same name. The same in a
 * container and without one.
 */

#include "util/error.h"

#define ENVIRONMENT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* A NULL-terminated list, for string_list_free. `given`, "NAME=value", is copied; NULL is none. */
int environment_new(const char *const *given, char ***ret_environment, struct error *error);
