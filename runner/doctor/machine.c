/* The kernel and the CPUs. */

#include "runner/doctor/examination.h"
#include "util/cleanup.h"
#include "util/cpu_list.h"
#include "util/text.h"

#include <string.h>

#define CPUS "/sys/devices/system/cpu/"

static void examine_kernel(struct examination *examination)
{
	CLEANUP(cleanup_free)
	char *release = examination_read(examination, "/proc/sys/kernel/osrelease");

	finding_add(examination, "kernel", release ? FINDING_OK : FINDING_UNKNOWN,
		"Linux 6.12 and later can reset memory.peak, 5.14 and later can kill a cgroup at "
		"once",
		"%s%s", release ? "Linux " : "not shown by /proc", release ? release : "");
}

static void examine_seccomp(struct examination *examination)
{
	bool has = examination_has(examination, "/proc/sys/kernel/seccomp/actions_avail");

	finding_add(examination, "seccomp", has ? FINDING_OK : FINDING_MISSING,
		"every task runs under a filter, unless its experiment says container.seccomp = "
		"\"none\"",
		"%s", has ? "filters" : "the kernel has no seccomp filters");
	if (!has)
		finding_remedy(examination, "boot a kernel that has CONFIG_SECCOMP_FILTER");
	finding_require(examination);
}

/* The kernel lists it if it is built in or loaded, and loads a module when it is mounted. */
static bool has_overlay(const struct examination *examination)
{
	CLEANUP(cleanup_free) char *types = examination_read(examination, "/proc/filesystems");
	CLEANUP(cleanup_free)
	char *release = examination_read(examination, "/proc/sys/kernel/osrelease");
	CLEANUP(cleanup_free)
	char *module =
		string_format("/lib/modules/%s/kernel/fs/overlayfs", release ? release : "unknown");

	return (types && strstr(types, "\toverlay\n")) ||
	       (module && examination_has(examination, module));
}

static void examine_overlay(struct examination *examination)
{
	const bool has = has_overlay(examination);

	finding_add(examination, "overlay", has ? FINDING_OK : FINDING_WARNING,
		"a writable working directory (task.working_directory) is an overlay, and so is a "
		"folder of an image that lacks a mount point",
		"%s", has ? "overlayfs" : "the kernel has no overlayfs");
	if (!has)
		finding_remedy(examination, "boot a kernel that has CONFIG_OVERLAY_FS");
}

/* Number of CPUs in a list such as "0-3,7"; 0 if malformed. */
static int count_cpus(const char *list)
{
	cpu_set_t cpus;

	return list && cpu_list_parse(list, &cpus) == 0 ? CPU_COUNT(&cpus) : 0;
}

static void examine_cpus(struct examination *examination)
{
	static const char means[] =
		"above 1 kHz, and where it spins, the sampler needs a CPU besides "
		"the task's; otherwise it is late and disturbs the task";
	CLEANUP(cleanup_free) char *online = examination_read(examination, CPUS "online");
	int n = count_cpus(online);

	if (n == 0) {
		finding_add(examination, "cpus", FINDING_UNKNOWN, means, "not shown by /sys");
		return;
	}
	finding_add(
		examination, "cpus", n > 1 ? FINDING_OK : FINDING_WARNING, means, "%d online", n);
	if (n == 1)
		finding_remedy(examination, "a machine with two CPUs or more");
	finding_number(examination, "online", (uint64_t)n);
}

/* CPU isolation is optional, for precise work; its absence is not a problem. */
static void examine_isolation(struct examination *examination)
{
	CLEANUP(cleanup_free) char *isolated = examination_read(examination, CPUS "isolated");
	CLEANUP(cleanup_free) char *quiet = examination_read(examination, CPUS "nohz_full");
	bool any = count_cpus(isolated) > 0;
	bool any_quiet = count_cpus(quiet) > 0;

	finding_add(examination, "isolation", FINDING_OK,
		"a task on an isolated CPU (limits.cpus) is not disturbed by others; isolate CPUs "
		"with isolcpus= and nohz_full= on the kernel's command line",
		"%s%s%s%s", any ? "isolated: " : "no CPU is isolated", any ? isolated : "",
		any_quiet ? "; without a tick: " : "", any_quiet ? quiet : "");
	finding_text(examination, "isolated", any ? isolated : "");
	finding_text(examination, "nohz_full", any_quiet ? quiet : "");
}

static void examine_governor(struct examination *examination)
{
	static const char means[] =
		"a CPU that changes its frequency makes times differ from trial to trial";
	CLEANUP(cleanup_free)
	char *governor = examination_read(examination, CPUS "cpu0/cpufreq/scaling_governor");

	if (!governor) {
		finding_add(examination, "governor", FINDING_OK, means,
			"none: the kernel does not set this machine's frequency");
		return;
	}
	if (strcmp(governor, "performance") == 0) {
		finding_add(examination, "governor", FINDING_OK, means, "performance");
	} else {
		finding_add(examination, "governor", FINDING_WARNING, means, "%s", governor);
		finding_remedy(examination,
			"as root: cpupower frequency-set -g performance (package linux-cpupower)");
	}
	finding_text(examination, "governor", governor);
}

/*
 * The kernel's switch: "no_turbo" of intel_pstate, else "boost" of cpufreq. Reports nothing if
 * there is none, as in most virtual machines.
 */
static void examine_turbo(struct examination *examination)
{
	CLEANUP(cleanup_free)
	char *no_turbo = examination_read(examination, CPUS "intel_pstate/no_turbo");
	CLEANUP(cleanup_free) char *boost = examination_read(examination, CPUS "cpufreq/boost");
	bool on;

	if (!no_turbo && !boost)
		return;
	on = no_turbo ? strcmp(no_turbo, "0") == 0 : strcmp(boost, "0") != 0;
	finding_add(examination, "turbo", on ? FINDING_WARNING : FINDING_OK,
		"a CPU that is faster while it is cool and others rest makes times differ from "
		"trial to trial",
		"%s", on ? "on" : "off");
	if (on)
		finding_remedy(examination, no_turbo ? "as root: echo 1 >" CPUS
						       "intel_pstate/no_turbo"
						     : "as root: echo 0 >" CPUS "cpufreq/boost");
	finding_text(examination, "state", on ? "on" : "off");
}

void examine_machine(struct examination *examination)
{
	finding_group(examination, "machine");
	examine_kernel(examination);
	examine_seccomp(examination);
	examine_overlay(examination);
	examine_cpus(examination);
	examine_isolation(examination);
	examine_governor(examination);
	examine_turbo(examination);
}
