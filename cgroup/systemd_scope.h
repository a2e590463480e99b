#pragma once

/*
 * A transient scope of systemd's, asked for over D-Bus: a unit of this process, with a part of the
 * cgroup tree that systemd leaves alone (Delegate=yes). Sources: org.freedesktop.systemd1(5),
 * systemd.scope(5), and https://systemd.io/CGROUP_DELEGATION.
 */

#include "util/error.h"

#include <stdbool.h>

/* The slice that all runs have their scopes in. To systemd a '-' is a level: it stands in memcg.slice. */
#define SYSTEMD_SLICE "memcg-run.slice"

/* Whether the system was booted with systemd, and this process can see that it was. */
bool systemd_is_running(void);

/*
 * Starts the scope `unit` ("memcg-run-4711.scope"), with this process in it, and returns once that is so.
 * `of_user`: asks the user's own systemd rather than the system's.
 *
 * The scope lives as long as a process is in it or below it, however they end; then systemd removes
 * it, what is left below it, and memcg-run.slice where that was the last.
 */
int systemd_scope_start(const char *unit, bool of_user, struct error *error);
