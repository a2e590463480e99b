/* The memory controller, the permission to use it, and whether a slice can be created. */

#include "runner/doctor/examination.h"
#include "runner/experiment/unprivileged.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/parse.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

/* capabilities(7). */
#define CAP_SYS_ADMIN_BIT 21

#define SYSTEMD_BOOTED "/run/systemd/system"

/* All that Linux has had on v1: cgroups(7). */
static const char *const v1_controllers[] = {"memory", "cpu", "cpuacct", "cpuset", "pids",
	"freezer", "devices", "blkio", "hugetlb", "net_cls", "net_prio", "perf_event", "rdma",
	"misc"};

static const char permission_means[] =
	"creating containers and cgroups needs root with all its capabilities";
static const char hierarchy_means[] =
	"the kernel's account of a task's memory is the reference that reporters are compared with";

/* ---- permission */

/*
 * A container's root has few capabilities; if unknown, as without /proc, assumes that it has them.
 */
static bool lacks_sys_admin(const struct examination *examination)
{
	CLEANUP(cleanup_free) char *status = examination_read(examination, "/proc/self/status");
	static const char key[] = "\nCapEff:\t";
	const char *line = status ? strstr(status, key) : NULL;
	uint64_t effective;

	if (!line || parse_hex_line(line + strlen(key), &effective) < 0)
		return false;
	return !(effective >> CAP_SYS_ADMIN_BIT & 1);
}

static void examine_permission(struct examination *examination)
{
	const char *root = examination->options->root;
	struct error error = ERROR_INIT;

	if (examination->options->delegation == DELEGATION_USER) {
		finding_add(examination, "permission", FINDING_WARNING, permission_means,
			"a user's, through a login session; unavailable: " UNPRIVILEGED_LOSSES);
		finding_remedy(examination, "run it with sudo");
		examination->privileged = true;
	} else if (geteuid() != 0) {
		finding_add(examination, "permission", FINDING_MISSING, permission_means,
			"creating containers and cgroups needs root, and this is user %d",
			(int)geteuid());
		finding_remedy(examination, "run it with sudo");
	} else if (lacks_sys_admin(examination)) {
		finding_add(examination, "permission", FINDING_MISSING, permission_means,
			"root without CAP_SYS_ADMIN, as in a container");
		finding_remedy(examination, "run on the host, or in a privileged container");
	} else if (examination->hierarchy &&
		   hierarchy_check_permission(root, examination->hierarchy, &error) < 0) {
		finding_add_failure(
			examination, "permission", FINDING_MISSING, permission_means, error.text);
	} else {
		finding_add(examination, "permission", FINDING_OK, permission_means, "root");
		examination->privileged = true;
	}
	finding_require(examination);
}

/* ---- hierarchy */

/*
 * Parses "memory 4 130 1" of /proc/cgroups: name, hierarchy, groups, enabled. A kernel without v1
 * lists nothing, so a missing line is not conclusive.
 */
static bool memory_is_enabled(const char *cgroups, bool *ret_enabled)
{
	static const char key[] = "\nmemory";
	const char *cursor = strstr(cgroups, key);
	uint64_t enabled = 0;

	cursor = cursor ? cursor + strlen(key) : "";
	for (int column = 0; column < 3; column++)
		if (parse_column_u64(&cursor, &enabled) < 0)
			return false;
	*ret_enabled = enabled != 0;
	return true;
}

/* Finds out what the hierarchy's error leaves open: what disabled memory. */
static void make_remedy_exact(struct examination *examination)
{
	CLEANUP(cleanup_free) char *command_line = examination_read(examination, "/proc/cmdline");
	CLEANUP(cleanup_free) char *cgroups = examination_read(examination, "/proc/cgroups");
	bool enabled;

	if (command_line && strstr(command_line, "cgroup_disable=memory"))
		finding_remedy(examination,
			"remove cgroup_disable=memory from the kernel's command line and reboot");
	else if (cgroups && memory_is_enabled(cgroups, &enabled) && enabled)
		finding_remedy(examination,
			"the kernel has it, but the parent group does not enable it: "
			"as root write +memory to its cgroup.subtree_control, or "
			"under systemd set Delegate=memory");
}

static void add_hierarchy(struct examination *examination)
{
	const struct hierarchy *hierarchy = examination->hierarchy;
	bool v2 = hierarchy_version(hierarchy) == HIERARCHY_V2;

	finding_add(examination, "hierarchy", v2 ? FINDING_OK : FINDING_WARNING, hierarchy_means,
		"cgroup %s, memory at %s%s", hierarchy_name(hierarchy),
		hierarchy_memory_mount(hierarchy), v2 ? "" : "; new systems have v2");
	if (!v2)
		finding_remedy(examination, "for v2 boot with cgroup_no_v1=all, under systemd with "
					    "systemd.unified_cgroup_hierarchy=1");
	finding_text(examination, "version", hierarchy_name(hierarchy));
	finding_text(examination, "memory_mount", hierarchy_memory_mount(hierarchy));
}

static void examine_hierarchy(struct examination *examination)
{
	struct error error = ERROR_INIT;

	if (hierarchy_find_below(examination->options->root, &examination->hierarchy, &error) ==
		0) {
		add_hierarchy(examination);
		examination->kept = kept_open(examination->options, examination->hierarchy);
	} else {
		finding_add_failure(
			examination, "hierarchy", FINDING_MISSING, hierarchy_means, error.text);
		if (strstr(error.text, "has no memory controller"))
			make_remedy_exact(examination);
	}
	finding_require(examination);
}

/* ---- controllers */

/*
 * As {"memory": "/sys/fs/cgroup/memory"}, and as text: "v1: memory cpu; v2 at /sys/fs/cgroup: io".
 */
struct controllers {
	json_t *mounts;
	char *words;
};

static void controllers_add_word(
	struct controllers *controllers, const char *separator, const char *word)
{
	char *words = controllers->words;

	controllers->words = string_format("%s%s%s", words ? words : "", separator, word);
	free(words);
}

static void add_v1(const struct hierarchy *hierarchy, struct controllers *controllers)
{
	const char *separator = "v1: ";

	for (size_t i = 0; i < LENGTH(v1_controllers); i++) {
		const char *name = v1_controllers[i];
		const char *mount = hierarchy_controller_mount(hierarchy, name);
		const char *last = mount ? strrchr(mount, '/') : NULL;

		if (!last)
			continue;
		controllers_add_word(controllers, separator, name);
		/* The usual place is not printed: /sys/fs/cgroup/<name>. */
		if (strncmp(mount, "/sys/fs/cgroup/", strlen("/sys/fs/cgroup/")) != 0 ||
			strcmp(last + 1, name) != 0) {
			controllers_add_word(controllers, " at ", mount);
			separator = ", ";
		} else {
			separator = " ";
		}
		json_object_set_new(controllers->mounts, name, json_string(mount));
	}
}

/* For mounts with a cgroup.controllers: cgroup2. */
static void add_v2(const struct examination *examination, struct controllers *controllers)
{
	const char *const *mounts = hierarchy_mounts(examination->hierarchy);

	for (; *mounts; mounts++) {
		CLEANUP(cleanup_free) char *path = string_format("%s/cgroup.controllers", *mounts);
		CLEANUP(cleanup_free)
		char *names = path ? examination_read(examination, path) : NULL;
		char *rest = names;
		const char *name;

		if (!names || !*names)
			continue;
		controllers_add_word(
			controllers, controllers->words ? "; v2 at " : "v2 at ", *mounts);
		controllers_add_word(controllers, ": ", names);
		while ((name = strsep(&rest, " ")))
			json_object_set_new(controllers->mounts, name, json_string(*mounts));
	}
}

/* Controllers other than memory that experiments can use. */
static void warn_of_missing(struct examination *examination, const struct controllers *controllers)
{
	if (json_object_get(controllers->mounts, "cpuset"))
		return;
	finding_add(examination, "cpuset", FINDING_WARNING,
		"an experiment that sets limits.cpus is refused",
		examination->options->delegation == DELEGATION_USER
			? "systemd does not delegate it to this user"
			: "no such controller is mounted");
	if (examination->options->delegation == DELEGATION_USER)
		finding_remedy(examination,
			"as root: systemctl edit user@.service, add \"[Service]\" and "
			"\"Delegate=cpu cpuset memory pids\"; then log in again");
	else if (hierarchy_version(examination->hierarchy) == HIERARCHY_V2)
		finding_remedy(examination, "remove cgroup_disable=cpuset, or a cgroup_no_v1= "
					    "without cpuset, from the kernel's command line");
	else
		finding_remedy(examination,
			"as root: mkdir /sys/fs/cgroup/cpuset && mount -t cgroup -o cpuset cpuset "
			"/sys/fs/cgroup/cpuset");
}

static void examine_controllers(struct examination *examination)
{
	struct controllers controllers = {.mounts = json_object()};

	if (examination->hierarchy) {
		add_v1(examination->hierarchy, &controllers);
		add_v2(examination, &controllers);
		finding_add(examination, "controllers", FINDING_OK,
			"what can be limited; each controller is in one hierarchy at a time", "%s",
			controllers.words ? controllers.words : "");
		finding_fact(examination, "mounts", json_incref(controllers.mounts));
		warn_of_missing(examination, &controllers);
	}
	json_decref(controllers.mounts);
	free(controllers.words);
}

/* ---- a slice */

static int attempt_once(struct examination *examination, struct error *error)
{
	struct run_journal *journal = examination->options->journal;
	const uint64_t mark = run_journal_mark(journal);
	char name[64];
	int r;

	if (kept_attempt(examination->kept, &examination->attempt))
		return 0;
	snprintf(name, sizeof(name), "doctor-%d.slice", (int)getpid());
	r = run_journal_note(journal, JOURNAL_SLICE, name, error);
	if (r == 0)
		r = attempt_make(examination->hierarchy, name, examination->options->timer_ns,
			&examination->attempt, error);
	if (r == 0)
		r = run_journal_rewind(journal, mark, error);
	if (r == 0)
		kept_add_attempt(examination->kept, &examination->attempt);
	return r;
}

/* Why nothing is tested; NULL: it is. */
static const char *reason_not_to_try(const struct examination *examination)
{
	if (examination->options->reason_not_to_try)
		return examination->options->reason_not_to_try;
	if (examination->options->delegation_refusal)
		return "systemd delegates no cgroup";
	if (!examination->hierarchy)
		return "there is no memory controller";
	return examination->privileged ? NULL : "it needs root";
}

static void examine_slice(struct examination *examination)
{
	static const char means[] = "each trial gets its own cgroup this way";
	struct error *failure = &examination->attempt_failure;
	const char *reason = reason_not_to_try(examination);

	if (reason) {
		error_set(failure, EAGAIN, "not tried: %s", reason);
		finding_add(examination, "slice", FINDING_UNKNOWN, means, "%s", failure->text);
		return;
	}
	if (attempt_once(examination, failure) < 0) {
		finding_add_failure(examination, "slice", FINDING_MISSING, means, failure->text);
		finding_require(examination);
		return;
	}
	finding_add(examination, "slice", FINDING_OK, means,
		"created below memcg-run.slice, joined and removed");
}

/* ---- the peak */

/* "6.12.48+deb13-amd64" is at least 6.12. */
static bool examined_kernel_is_at_least(const struct examination *examination, struct version least)
{
	CLEANUP(cleanup_free)
	char *release = examination_read(examination, "/proc/sys/kernel/osrelease");
	const char *cursor = release;
	struct version version;

	return release && parse_leading_version(&cursor, &version) == 0 &&
	       version_is_at_least(&version, &least);
}

static void examine_peak(struct examination *examination)
{
	static const char means[] =
		"the kernel's own peak misses nothing between two samples; where it cannot be "
		"reset at task_begin, it is used only if it is certain to be the task's";
	const struct attempt *attempt = &examination->attempt;
	bool has_peak, resets;

	if (!examination->hierarchy)
		return;
	if (hierarchy_version(examination->hierarchy) == HIERARCHY_V1) {
		finding_add(examination, "peak", FINDING_OK, means,
			"memory.max_usage_in_bytes, can be reset");
		finding_fact(examination, "resets", json_true());
		return;
	}
	/* memory.peak exists since Linux 5.19, and can be reset since 6.12. */
	has_peak = attempt->made
			   ? attempt->has_peak
			   : examined_kernel_is_at_least(examination, (struct version){5, 19});
	resets = attempt->made ? attempt->peak_resets
			       : examined_kernel_is_at_least(examination, (struct version){6, 12});
	if (!has_peak)
		finding_add(examination, "peak", FINDING_WARNING, means,
			"this kernel has no memory.peak: peaks are the largest sample");
	else
		finding_add(examination, "peak", resets ? FINDING_OK : FINDING_WARNING, means,
			"memory.peak, %s%s",
			resets ? "can be reset" : "cannot be reset on this kernel",
			attempt->made ? "" : " (judging by the kernel's version)");
	if (!has_peak || !resets)
		finding_remedy(examination, "boot Linux 6.12 or later");
	finding_fact(examination, "resets", json_boolean(has_peak && resets));
}

/* ---- systemd */

/* "0::/user.slice/user-0.slice/session-3.scope": the last line of /proc/self/cgroup. */
static char *own_group(const struct examination *examination)
{
	CLEANUP(cleanup_free) char *groups = examination_read(examination, "/proc/self/cgroup");
	const char *line = groups ? strstr(groups, "0::/") : NULL;

	if (!line || (line != groups && line[-1] != '\n'))
		return NULL;
	line += strlen("0::");
	return strndup(line, strcspn(line, "\n"));
}

/* systemd marks delegated groups: CGROUP_DELEGATION in its documentation. */
static bool is_delegated(const struct examination *examination, const char *group)
{
	CLEANUP(cleanup_free)
	char *path = string_format("%s%s%s", examination->options->root,
		hierarchy_memory_mount(examination->hierarchy), group);
	char value;

	return path && ((getxattr(path, "trusted.delegate", &value, 1) == 1 && value == '1') ||
			       (getxattr(path, "user.delegate", &value, 1) == 1 && value == '1'));
}

static void examine_systemd(struct examination *examination)
{
	static const char means[] = "where systemd runs, it manages the cgroup tree; a run asks it "
				    "for a scope of its own and writes nowhere else";
	const char *refusal = examination->options->delegation_refusal;
	CLEANUP(cleanup_free) char *group = own_group(examination);
	bool runs = examination_has(examination, SYSTEMD_BOOTED);
	bool entered = examination->options->delegation != DELEGATION_NONE;
	bool delegated =
		entered || (runs && group && examination->hierarchy &&
				   hierarchy_version(examination->hierarchy) == HIERARCHY_V2 &&
				   is_delegated(examination, group));

	if (refusal)
		finding_add_failure(examination, "systemd", FINDING_MISSING, means, refusal);
	else if (!runs)
		finding_add(examination, "systemd", FINDING_OK, means,
			"not running: cgroups are not managed by systemd");
	else if (entered)
		finding_add(examination, "systemd", FINDING_OK, means,
			"runs, and delegates memcg-run-%d.scope to this process", (int)getpid());
	else
		finding_add(examination, "systemd", FINDING_OK, means, "runs%s%s%s",
			group ? "; this group, " : "", group ? group : "",
			!group	    ? ""
			: delegated ? ", is delegated"
				    : ", is not delegated");
	finding_require(examination);
	finding_fact(examination, "runs", json_boolean(runs));
	finding_fact(examination, "delegated", json_boolean(delegated));
}

void examine_cgroups(struct examination *examination)
{
	finding_group(examination, "cgroup");
	examine_hierarchy(examination);
	examine_permission(examination);
	examine_controllers(examination);
	examine_slice(examination);
	examine_peak(examination);
	examine_systemd(examination);
}
