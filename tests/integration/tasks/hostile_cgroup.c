/*
 * hostile_cgroup: tries to lift its own limits: to write to its cgroup's files, to create a group
 * below it, to move itself, and to mount a hierarchy. Exits with the number of successful attempts.
 */

#include "attempt.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

int main(void)
{
	static const char *const folders[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/memory"};
	static const char *const files[] = {"cgroup.procs", "tasks", "memory.max", "memory.high",
		"memory.limit_in_bytes", "memory.peak", "memory.max_usage_in_bytes",
		"memory.force_empty", "memory.reclaim", "cgroup.kill", "cgroup.freeze",
		"cgroup.subtree_control", "cgroup.event_control", "release_agent"};
	char path[128];
	int n_holes = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		for (size_t j = 0; j < sizeof(files) / sizeof(files[0]); j++) {
			snprintf(path, sizeof(path), "%s/%s", folders[i], files[j]);
			n_holes += attempt_to_open(path);
		}
		snprintf(path, sizeof(path), "%s/below", folders[i]);
		n_holes += attempt(mkdir(path, 0755) < 0, path);
		n_holes += attempt(
			mount(NULL, folders[i], NULL, MS_REMOUNT | MS_BIND, NULL) < 0, "remount");
	}
	n_holes += attempt(unshare(CLONE_NEWCGROUP) < 0, "a cgroup namespace");
	n_holes += attempt(mount("cgroup", "/tmp", "cgroup2", 0, NULL) < 0, "mount cgroup2");
	n_holes += attempt(mount("cgroup", "/tmp", "cgroup", 0, "memory") < 0, "mount cgroup");
	return n_holes;
}
