#pragma once

/*
 * A transient systemd scope, requested over D-Bus: a unit for this process, with a part of the
 * cgroup tree that systemd leaves alone (Delegate=yes). Sources: org.freedesktop.systemd1(5),
 * systemd.scope(5), and https://systemd.io/CGROUP_DELEGATION.
 */

#include "util/error.h"

#include <stdbool.h>

/* The parent slice of all runs' scopes. systemd treats '-' as a level: it is in memcg.slice. */
#define SYSTEMD_SLICE "memcg-run.slice"

/* Whether the system was booted with systemd, as far as this process can see. */
bool systemd_is_running(void);

/*
 * Starts the scope `unit` ("memcg-run-4711.scope") and returns once this process is in it.
 * `of_user`: in the user's own systemd instead of the system's.
 *
 * The scope lives as long as it contains a process; then systemd removes it, the groups below it,
 * and memcg-run.slice if it was the last.
 */
int systemd_scope_start(const char *unit, bool of_user, struct error *error);
