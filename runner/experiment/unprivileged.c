#include "runner/experiment/unprivileged.h"

#include <errno.h>
#include <unistd.h>

int unprivileged_check(const struct experiment *experiment, const struct hierarchy *hierarchy,
	enum delegation delegation, struct error *error)
{
	if (geteuid() == 0)
		return hierarchy_check_permission("", hierarchy, error);
	if (delegation != DELEGATION_USER)
		return error_set(error, EPERM,
			"creating containers and cgroups needs root, or cgroup v2 with systemd: "
			"run "
			"it "
			"with sudo");
	if (experiment->trials.page_cache == PAGE_CACHE_COLD)
		return error_set(error, EPERM,
			"trials.page_cache = \"cold\" drops the page cache of the whole host, "
			"which "
			"needs root: run it with sudo, or choose \"warm\"");
	if (experiment_n_users(experiment) > 0)
		return error_set(error, EPERM,
			"task.user: only root can run the task as another user: run it with sudo, "
			"or "
			"remove the key");
	if (experiment->oracle.counts)
		return error_set(error, EPERM,
			"oracle: only root can read which cgroup each page is charged to: run it "
			"with sudo, or remove [oracle]");
	return 0;
}
