#pragma once

/*
 * The part of the cgroup tree that is this process's to write in.
 *
 *   DELEGATION_NONE     systemd is not PID 1, or the memory controller is on v1: the whole tree is,
 *                       as far as root's permissions go, and memcg-run.slice is made at its root
 *   DELEGATION_SYSTEM   a scope of the system's systemd, memcg-run.slice/memcg-run-<pid>.scope
 *   DELEGATION_USER     the same of the user's own systemd, for a user who is not root
 *
 * A process that enters a scope gets namespaces of its own in which that scope *is* the tree: it is
 * the root of the cgroup namespace, and what is mounted at /sys/fs/cgroup shows nothing else. So
 * nothing outside can be written, neither by this process nor by what it starts. Leaving that to paths
 * would not do: libcgroup (2.0.2) and runc's cgroupfs driver (1.1) switch controllers on in every
 * group from the root of the tree down.
 *
 * What such a process does is named in the tree of the host, as systemd-cgls shows it,
 *
 *   memcg.slice/memcg-run.slice/memcg-run-<pid>.scope/runner                      the process itself
 *   memcg.slice/memcg-run.slice/memcg-run-<pid>.scope/memcg-run.slice/trial-...   cgroup/slice.h
 *
 * and ends with it: a scope without processes is removed by systemd, with all groups below it.
 */

#include "cgroup/hierarchy.h"
#include "util/error.h"

enum delegation { DELEGATION_NONE, DELEGATION_SYSTEM, DELEGATION_USER };

/* What this process would get. Changes nothing; whether it is permitted is seen on entering. */
enum delegation delegation_choose(const struct hierarchy *hierarchy);

/*
 * Gets it, for the life of the process: there is no way back. Call it before threads and children are
 * started, and before anything is mounted. `hierarchy` stays true: its paths mean the scope now. With
 * DELEGATION_USER the process is root in a user namespace where it alone exists; files it makes are
 * the user's.
 *
 * -ENOENT where the memory controller is not delegated.
 */
int delegation_enter(
	enum delegation delegation, const struct hierarchy *hierarchy, struct error *error);
