#pragma once

/*
 * The few files of the host's /etc that programs in its /usr need: the dynamic linker's cache, user
 * names, time zone, configuration of interpreters. They are copied because the task must not see
 * the rest of /etc.
 */

#include "util/error.h"

/*
 * Copies them from `host_etc_fd` to the directory `etc_fd`. Copies only files that every user of
 * the host may read, so never shadow files or private keys, by any name.
 */
int host_files_copy(int host_etc_fd, int etc_fd, struct error *error);

/* Also copies the name resolution files that a task on the host's network needs. */
int host_files_copy_network(int host_etc_fd, int etc_fd, struct error *error);
