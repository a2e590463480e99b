#pragma once

/*
 * The part of the cgroup tree that this process may write to.
 *
 *   DELEGATION_NONE     systemd is not PID 1, or the memory controller is on v1: the whole tree, as
 *                       far as root's permissions go; memcg-run.slice is created at its root
 *   DELEGATION_SYSTEM   a scope of the system's systemd, memcg-run.slice/memcg-run-<pid>.scope
 *   DELEGATION_USER     the same in the user's own systemd, for a user other than root
 *
 * A process that enters a scope gets namespaces in which that scope *is* the tree: it is the root
 * of the cgroup namespace, and /sys/fs/cgroup shows nothing else. So neither this process nor its
 * children can write outside. Restricting paths would not suffice: libcgroup (2.0.2) and runc's
 * cgroupfs driver (1.1) enable controllers in every group from the root of the tree down.
 *
 * In the tree of the host, as systemd-cgls shows it, such a process is in
 *
 *   memcg.slice/memcg-run.slice/memcg-run-<pid>.scope/runner                      the process itself
 *   memcg.slice/memcg-run.slice/memcg-run-<pid>.scope/memcg-run.slice/trial-...   cgroup/slice.h
 *
 * and its groups end with it: systemd removes a scope without processes, and all groups below it.
 */

#include "cgroup/hierarchy.h"
#include "util/error.h"

enum delegation { DELEGATION_NONE, DELEGATION_SYSTEM, DELEGATION_USER };

/*
 * What this process would get. Changes nothing; whether it is permitted is only known on entering.
 */
enum delegation delegation_choose(const struct hierarchy *hierarchy);

/*
 * Enters it, irrevocably, for the life of the process. Call it before starting threads and children
 * and before mounting anything. `hierarchy` stays valid: its paths now refer to the scope. With
 * DELEGATION_USER the process is root in a user namespace that contains only itself; files that it
 * creates belong to the user.
 *
 * -ENOENT if the memory controller is not delegated.
 */
int delegation_enter(
	enum delegation delegation, const struct hierarchy *hierarchy, struct error *error);
