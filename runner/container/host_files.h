#pragma once

/*
 * The few files of the host's /etc that programs from its /usr need: the dynamic linker's cache, users'
 * names, time zone, configuration of interpreters. Copies, since /etc itself has what no task may see.
 */

#include "util/error.h"

/*
 * Copies them from `host_etc_fd` to the directory `etc_fd`. Only what every user of the host may read
 * is copied: shadow files and private keys never are, whatever they are called.
 */
int host_files_copy(int host_etc_fd, int etc_fd, struct error *error);

/* What a task with the host's network needs beside: how names are resolved. */
int host_files_copy_network(int host_etc_fd, int etc_fd, struct error *error);
