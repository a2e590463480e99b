/* The doctor's findings on hosts of all kinds: good ones, and ones that lack something. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/doctor_fixture.h"
#include "util/own_pages.h"

#define NOBODY 65534

static const char hybrid[] =
	"31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
	"32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
	"34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
	"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
	"40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
	"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

static void make_hybrid(struct made_up_host *host)
{
	host_put(host, "proc/self/mountinfo", hybrid);
	host_take_away(host, "sys/fs/cgroup");
	host_put(host, "sys/fs/cgroup/memory/memory.limit_in_bytes", "-1\n");
	host_put(host, "sys/fs/cgroup/unified/cgroup.controllers", "hugetlb\n");
}

/* ---- hosts that can run experiments */

static void test_doctor__good_host_has_no_problem(void **state)
{
	struct made_up_host *host = *state;

	host_examine(host);
	assert_true(doctor_can_run(host->doctor));
	for (size_t i = 0; i < doctor_n_findings(host->doctor); i++) {
		const struct finding *finding = doctor_finding(host->doctor, i);
		bool not_tried = strstr(finding->value, "not tried: " NOT_TRIED) != NULL;
		bool not_built = strcmp(finding->group, "images") == 0 &&
				 strcmp(finding->name, "python") == 0;

		if (finding->state != FINDING_OK && !not_tried && !not_built)
			fail_msg("%s %s: %s", finding->group, finding->name, finding->value);
	}
	assert_found(
		host, "cgroup", "hierarchy", "ok", "cgroup v2, memory at /sys/fs/cgroup", NULL);
	assert_found(host, "cgroup", "controllers", "ok",
		"v2 at /sys/fs/cgroup: cpuset cpu io memory hugetlb pids rdma misc", NULL);
	assert_found(host, "cgroup", "permission", "ok", "root", NULL);
	assert_found(host, "cgroup", "peak", "ok", "memory.peak, can be reset", NULL);
	assert_found(host, "tools", "runc", "ok", "1.1.15+ds1", NULL);
	assert_found(host, "tools", "crun", "ok", "1.21", NULL);
	assert_found(host, "machine", "cpus", "ok", "4 online", NULL);
	assert_found(
		host, "images", "python", "missing", "not built", "memcg-run image build python");
}

static void test_doctor__hybrid_host_runs_on_v1_and_is_told_of_v2(void **state)
{
	struct made_up_host *host = *state;

	make_hybrid(host);
	host_examine(host);
	assert_true(doctor_can_run(host->doctor));
	assert_found(host, "cgroup", "hierarchy", "warning",
		"cgroup v1, memory at /sys/fs/cgroup/memory", "cgroup_no_v1=all");
	assert_found(host, "cgroup", "controllers", "ok",
		"v1: memory cpu cpuset; v2 at /sys/fs/cgroup/unified: hugetlb", NULL);
	assert_found(host, "cgroup", "peak", "ok", "memory.max_usage_in_bytes", NULL);
	assert_found(host, "tools", "crun", "warning",
		"\"crun\" needs the memory controller on "
		"cgroup v2",
		"choose \"runc\" or \"none\"");
}

/* The place of a controller is reported unless it is /sys/fs/cgroup/<name>. */
static void test_doctor__tells_where_a_controller_is_mounted(void **state)
{
	struct made_up_host *host = *state;

	make_hybrid(host);
	host_put(host, "proc/self/mountinfo",
		"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
		"34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
		"35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
	host_examine(host);
	assert_found(host, "cgroup", "controllers", "ok",
		"v1: memory cpu at /sys/fs/cgroup/cpu,cpuacct, cpuacct at "
		"/sys/fs/cgroup/cpu,cpuacct, cpuset",
		NULL);
	assert_string_equal("/sys/fs/cgroup/cpu,cpuacct",
		json_string_value(json_object_get(
			json_object_get(
				host_finding(host, "cgroup", "controllers")->facts, "mounts"),
			"cpuacct")));
}

/* ---- hosts that cannot: the cause and the remedy */

static void test_doctor__host_without_any_memory_controller(void **state)
{
	struct made_up_host *host = *state;

	host_put(host, "proc/self/mountinfo",
		"31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
		"39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n");
	host_examine(host);
	assert_false(doctor_can_run(host->doctor));
	assert_found(host, "cgroup", "hierarchy", "missing", "no memory controller is mounted",
		"mount -t cgroup -o memory memory /sys/fs/cgroup/memory");
	host_put(host, "proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	host_examine(host);
	assert_false(doctor_can_run(host->doctor));
	assert_found(host, "cgroup", "hierarchy", "missing", "no cgroup hierarchy is mounted",
		"mount -t cgroup2 none /sys/fs/cgroup");
}

static void test_doctor__host_without_memory_in_cgroup_controllers(void **state)
{
	static const char cause[] =
		"the cgroup2 hierarchy at /sys/fs/cgroup has no memory controller";
	struct made_up_host *host = *state;

	host_put(host, "sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids\n");
	host_examine(host);
	assert_false(doctor_can_run(host->doctor));
	assert_found(host, "cgroup", "hierarchy", "missing", cause, "cgroup.subtree_control");

	host_put(host, "proc/cgroups",
		"#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
		"memory\t0\t90\t0\n");
	host_examine(host);
	assert_found(
		host, "cgroup", "hierarchy", "missing", cause, "boot with cgroup_enable=memory");

	host_take_away(host, "proc/cgroups");
	host_examine(host);
	assert_found(
		host, "cgroup", "hierarchy", "missing", cause, "boot with cgroup_enable=memory");

	host_put(host, "proc/cmdline", "root=/dev/sda1 cgroup_disable=memory quiet\n");
	host_examine(host);
	assert_found(host, "cgroup", "hierarchy", "missing", cause,
		"remove cgroup_disable=memory from the kernel's command line");
}

static void test_doctor__host_with_a_read_only_hierarchy(void **state)
{
	struct made_up_host *host = *state;

	host_put(host, "proc/self/mountinfo",
		"610 600 0:27 / /sys/fs/cgroup ro,nosuid,nodev,noexec - cgroup2 cgroup rw\n");
	host_examine(host);
	assert_false(doctor_can_run(host->doctor));
	assert_found(host, "cgroup", "hierarchy", "missing",
		"/sys/fs/cgroup is mounted read-only, as in a container",
		"mount -o remount,rw /sys/fs/cgroup");
}

static void test_doctor__host_without_runc(void **state)
{
	struct made_up_host *host = *state;

	host_take_away(host, "bin/runc");
	host_examine(host);
	assert_false(doctor_can_run(host->doctor));
	assert_found(host, "tools", "runc", "missing", "not installed", "apt-get install runc");
}

static void test_doctor__runc_that_does_not_run_is_missing(void **state)
{
	struct made_up_host *host = *state;

	host_put_program(host, "runc", "");
	host_examine(host);
	assert_false(doctor_can_run(host->doctor));
	assert_found(host, "tools", "runc", "missing", "does not print its version",
		"apt-get install --reinstall runc");
}

static void test_doctor__user_without_permission(void **state)
{
	struct made_up_host *host = *state;

	if (seteuid(NOBODY) < 0)
		fail_msg("cannot become nobody");
	host_examine(host);
	if (seteuid(0) < 0)
		fail_msg("cannot become root again");
	assert_false(doctor_can_run(host->doctor));
	assert_found(host, "cgroup", "permission", "missing", "this is user 65534", "sudo");
	/* Other facts of the host are still reported. */
	assert_found(host, "cgroup", "hierarchy", "ok", "cgroup v2", NULL);
}

/* CapEff of root in a Docker container. */
static void test_doctor__root_without_its_capabilities(void **state)
{
	struct made_up_host *host = *state;

	host_put(host, "proc/self/status", "Name:\tx\nCapEff:\t00000000a80425fb\n");
	host_examine(host);
	assert_false(doctor_can_run(host->doctor));
	assert_found(host, "cgroup", "permission", "missing", "without CAP_SYS_ADMIN",
		"run on the host, or in a privileged container");
}

static void test_doctor__kernel_without_seccomp_filters(void **state)
{
	struct made_up_host *host = *state;

	host_take_away(host, "proc/sys/kernel/seccomp");
	host_examine(host);
	assert_false(doctor_can_run(host->doctor));
	assert_found(host, "machine", "seccomp", "missing", "no seccomp filters",
		"CONFIG_SECCOMP_FILTER");
}

/* ---- optional things */

static void test_doctor__kernel_without_overlays(void **state)
{
	struct made_up_host *host = *state;

	host_put(host, "proc/filesystems", "nodev\ttmpfs\n\text4\n");
	host_examine(host);
	assert_true(doctor_can_run(host->doctor));
	assert_found(host, "machine", "overlay", "warning", "the kernel has no overlayfs",
		"CONFIG_OVERLAY_FS");
	host_put(host, "lib/modules/6.12.48+deb13-amd64/kernel/fs/overlayfs/overlay.ko.xz", "");
	host_examine(host);
	assert_found(host, "machine", "overlay", "ok", "overlayfs", NULL);
}

static void test_doctor__tools_that_a_run_does_not_need(void **state)
{
	struct made_up_host *host = *state;

	host_take_away(host, "bin/crun");
	host_take_away(host, "bin/mmdebstrap");
	host_take_away(host, "bin/qemu-system-x86_64");
	host_examine(host);
	assert_true(doctor_can_run(host->doctor));
	assert_found(
		host, "tools", "crun", "missing", "runs do not need it", "apt-get install crun");
	assert_found(host, "tools", "mmdebstrap", "missing", "do not need it", "mmdebstrap");
	assert_found(host, "tools", "qemu-system-x86_64", "missing", "do not need it",
		"apt-get install qemu-system-x86");
	host_take_away(host, "usr/share/javascript/dygraphs/dygraph.min.js");
	host_examine(host);
	assert_true(doctor_can_run(host->doctor));
	assert_found(host, "tools", "dygraphs", "missing",
		"report.html has pictures of the traces instead", "apt-get install libjs-dygraphs");
	host_take_away(host, "bin/gnuplot");
	host_examine(host);
	assert_false(doctor_can_run(host->doctor));
	assert_found(host, "tools", "gnuplot", "missing", "not installed",
		"apt-get install gnuplot-nox");
}

static void test_doctor__backends_that_were_added_to_the_host(void **state)
{
	struct made_up_host *host = *state;
	static const char folder[] = "etc/memcg-run/backends";

	host_put(host, "etc/memcg-run/backends/mine.toml",
		"summary = \"x\"\nheadline = \"mine.held_bytes\"\n");
	host_put_executable(host, "etc/memcg-run/backends/mine");
	host_put(host, "etc/memcg-run/backends/broken.toml", "summary = \"x\"\n");
	host_put(host, "etc/memcg-run/backends/broken.py", "");
	host_put(host, "etc/memcg-run/backends/psutil.toml", "");
	host_examine(host);
	assert_true(doctor_can_run(host->doctor));
	assert_found(host, "backends", "mine", "ok", folder, NULL);
	assert_found(host, "backends", "mine", "ok", "external, from /", NULL);
	assert_found(host, "backends", "broken", "warning", "/broken.toml has no headline", NULL);
	assert_found(host, "backends", "added", "warning", "built-in reporter", "another name");
	assert_found(host, "backends", "psutil", "ok", "ready in image host", NULL);
}

static void test_doctor__backends_name_the_package_that_they_lack(void **state)
{
	struct made_up_host *host = *state;

	host_take_away(host, "usr/lib/python3/dist-packages/psutil");
	host_examine(host);
	assert_true(doctor_can_run(host->doctor));
	assert_found(host, "backends", "psutil", "missing", "no Python module psutil",
		"apt-get install python3-psutil");
	assert_found(host, "backends", "mprof", "ok", "ready in image host", NULL);
	assert_found(host, "backends", "built_in", "ok", "resource, tracemalloc", NULL);
	host_take_away(host, "usr/lib/python3/dist-packages/memray");
	host_examine(host);
	assert_found(host, "backends", "memray", "missing", "no Python module memray",
		"use image \"python\", which has it; since Debian 13 also: apt-get install "
		"python3-memray");
	host_take_away(host, "usr/bin/time");
	host_examine(host);
	assert_found(host, "backends", "gnu-time", "missing", "no program /usr/bin/time",
		"apt-get install time");
	host_take_away(host, "usr/bin/python3");
	host_examine(host);
	assert_found(host, "images", "host", "warning", "Python", "apt-get install python3");
}

static void test_doctor__peak_goes_by_the_kernel_where_nothing_is_tried(void **state)
{
	struct made_up_host *host = *state;

	host_put(host, "proc/sys/kernel/osrelease", "6.1.0-40-amd64\n");
	host_examine(host);
	assert_found(host, "cgroup", "peak", "warning", "cannot be reset", "Linux 6.12");
	host_put(host, "proc/sys/kernel/osrelease", "5.15.0\n");
	host_examine(host);
	assert_found(host, "cgroup", "peak", "warning", "no memory.peak", "Linux 6.12");
	host_put(host, "proc/sys/kernel/osrelease", "7.0.1\n");
	host_examine(host);
	assert_found(host, "cgroup", "peak", "ok", "can be reset", NULL);
	assert_true(doctor_can_run(host->doctor));
}

static void test_doctor__memory_of_every_kind(void **state)
{
	struct made_up_host *host = *state;

	host_put(host, "proc/swaps",
		"Filename\tType\tSize\tUsed\tPriority\n/dev/sda2 partition\t2097148\t0\t-2\n"
		"/swap\\040file file 4 0 -3\n");
	host_put(host, "sys/module/zswap/parameters/enabled", "Y\n");
	host_put(host, "sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
	host_put(host, "proc/pressure/memory",
		"some avg10=12.50 avg60=0.00 avg300=0.00 total=1\n"
		"full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
	host_examine(host);
	assert_found(host, "memory", "swap", "ok", "2.00 GiB", NULL);
	assert_int_equal(json_integer_value(json_object_get(
				 host_finding(host, "memory", "swap")->facts, "total_bytes")),
		INT64_C(2147483648));
	assert_found(host, "memory", "zswap", "ok", "on", NULL);
	assert_found(host, "memory", "huge_pages", "warning", "2.00 MiB at a time", "echo madvise");
	assert_found(host, "memory", "pressure", "warning", "12.50 %", "stop other programs");
	host_take_away(host, "proc/pressure");
	host_take_away(host, "sys/kernel/mm/transparent_hugepage");
	host_take_away(host, "sys/module/zswap");
	host_examine(host);
	assert_found(host, "memory", "pressure", "unknown", "PSI is off", "psi=1");
	assert_found(host, "memory", "huge_pages", "ok", "no transparent huge pages", NULL);
	assert_found(host, "memory", "zswap", "ok", "the kernel has none", NULL);
}

/* Depends on the running kernel, not on the made-up host. */
static void test_doctor__what_reading_untouched_memory_takes(void **state)
{
	struct made_up_host *host = *state;
	const json_t *charged;
	bool come;

	host_examine(host);
	assert_int_equal(own_pages_come_by_reading(&come), 0);
	assert_found(host, "memory", "zero_page", "ok",
		come ? "allocates a page, which is charged" : "the shared page of zeros", NULL);
	charged = json_object_get(
		host_finding(host, "memory", "zero_page")->facts, "reads_are_charged");
	assert_true(json_is_boolean(charged));
	assert_int_equal(json_is_true(charged), come);
}

static void test_doctor__oracle_and_why_there_is_none(void **state)
{
	struct made_up_host *host = *state;

	host_examine(host);
	assert_found(host, "memory", "oracle", "ok", "a count reads 5000 page frames", NULL);
	host_take_away(host, "proc/kpageflags");
	host_examine(host);
	assert_found(host, "memory", "oracle", "missing", "there is no /proc/kpageflags",
		"CONFIG_PROC_PAGE_MONITOR");
	assert_true(doctor_can_run(host->doctor));
}

static void test_doctor__cpus_of_every_kind(void **state)
{
	struct made_up_host *host = *state;

	host_put(host, "sys/devices/system/cpu/online", "0\n");
	host_put(host, "sys/devices/system/cpu/isolated", "2-3\n");
	host_put(host, "sys/devices/system/cpu/nohz_full", "3\n");
	host_put(host, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
	host_examine(host);
	assert_found(host, "machine", "cpus", "warning", "1 online", "two CPUs");
	assert_found(host, "machine", "isolation", "ok", "isolated: 2-3; without a tick: 3", NULL);
	assert_found(host, "machine", "governor", "warning", "powersave",
		"cpupower frequency-set -g performance");
	host_take_away(host, "sys/devices/system/cpu/cpu0");
	host_put(host, "sys/devices/system/cpu/nohz_full", "(null)\n");
	host_put(host, "sys/devices/system/cpu/isolated", "\n");
	host_examine(host);
	assert_found(host, "machine", "governor", "ok", "none", NULL);
	assert_found(host, "machine", "isolation", "ok", "no CPU is isolated", NULL);
}

static void test_doctor__turbo_where_it_can_be_switched(void **state)
{
	struct made_up_host *host = *state;

	host_examine(host);
	for (size_t i = 0; i < doctor_n_findings(host->doctor); i++)
		assert_string_not_equal(doctor_finding(host->doctor, i)->name, "turbo");
	host_put(host, "sys/devices/system/cpu/cpufreq/boost", "1\n");
	host_examine(host);
	assert_found(host, "machine", "turbo", "warning", "on", "cpufreq/boost");
	host_put(host, "sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
	host_examine(host);
	assert_found(host, "machine", "turbo", "ok", "off", NULL);
	host_put(host, "sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
	host_examine(host);
	assert_found(host, "machine", "turbo", "warning", "on", "intel_pstate/no_turbo");
}

static void test_doctor__systemd_and_its_delegation(void **state)
{
	struct made_up_host *host = *state;

	host_examine(host);
	assert_found(host, "cgroup", "systemd", "ok",
		"runs; this group, /user.slice/user-0.slice/session-3.scope, is not delegated",
		NULL);
	host_take_away(host, "run/systemd/system");
	host_examine(host);
	assert_found(host, "cgroup", "systemd", "ok", "not running", NULL);
}

/* A run would be refused, so this is more than an untested property. */
static void test_doctor__systemd_that_delegates_nothing(void **state)
{
	struct made_up_host *host = *state;

	host->delegation_refusal =
		"cannot reach systemd over D-Bus; apt-get install dbus, and start it";
	host_examine(host);
	assert_false(doctor_can_run(host->doctor));
	assert_found(host, "cgroup", "systemd", "missing", "cannot reach systemd over D-Bus",
		"apt-get install dbus, and start it");
}

static void test_doctor__cpuset_that_is_not_there(void **state)
{
	struct made_up_host *host = *state;

	host_put(host, "sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n");
	host_examine(host);
	assert_true(doctor_can_run(host->doctor));
	assert_found(
		host, "cgroup", "cpuset", "warning", "no such controller", "cgroup_disable=cpuset");
}

/* ---- output */

/* An empty root: nothing crashes, and every cause has a sentence. */
static void test_doctor__host_with_nothing_at_all(void **state)
{
	struct made_up_host *host = *state;

	host_take_away(host, "proc");
	host_take_away(host, "sys");
	host_take_away(host, "bin");
	host_take_away(host, "usr");
	host_take_away(host, "run");
	host_examine(host);
	assert_false(doctor_can_run(host->doctor));
	assert_found(host, "cgroup", "hierarchy", "missing", "proc/self/mountinfo", NULL);
	assert_found(host, "machine", "cpus", "unknown", "not shown by /sys", NULL);
}

static void test_doctor_json__has_every_finding_by_group_and_name(void **state)
{
	struct made_up_host *host = *state;
	CLEANUP(cleanup_free) char *text = NULL;
	json_t *json, *runc;

	host_take_away(host, "bin/runc");
	host_examine(host);
	assert_int_equal(doctor_json(host->doctor, &text, NULL), 0);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_true(json_is_false(json_object_get(json, "can_run")));
	for (size_t i = 0; i < doctor_n_findings(host->doctor); i++) {
		const struct finding *finding = doctor_finding(host->doctor, i);
		const json_t *found =
			json_object_get(json_object_get(json, finding->group), finding->name);

		assert_string_equal(json_string_value(json_object_get(found, "state")),
			finding_state_name(finding->state));
		assert_string_equal(
			json_string_value(json_object_get(found, "value")), finding->value);
		assert_true(strlen(json_string_value(json_object_get(found, "means"))) > 0);
	}
	runc = json_object_get(json_object_get(json, "tools"), "runc");
	assert_true(json_is_true(json_object_get(runc, "required")));
	assert_string_equal(
		json_string_value(json_object_get(runc, "remedy")), "apt-get install runc");
	assert_null(
		json_object_get(json_object_get(json_object_get(json, "tools"), "crun"), "remedy"));
	assert_int_equal(
		json_integer_value(json_object_get(
			json_object_get(json_object_get(json, "machine"), "cpus"), "online")),
		4);
	json_decref(json);
}

/* Files may contain any bytes, and JSON only takes UTF-8. */
static void test_doctor_json__is_valid_whatever_the_files_hold(void **state)
{
	struct made_up_host *host = *state;
	CLEANUP(cleanup_free) char *text = NULL;
	json_t *json;

	host_put(host, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "\xff\x01\"x\\\n");
	host_examine(host);
	assert_found(host, "machine", "governor", "warning",
		"?"
		"?\"x\\",
		"cpupower");
	assert_int_equal(doctor_json(host->doctor, &text, NULL), 0);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	json_decref(json);
}

static char *print(const struct made_up_host *host, unsigned width, bool color)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	doctor_print(host->doctor, stream, width, color);
	fclose(stream);
	return text;
}

static void test_doctor_print__is_one_screen_as_wide_as_asked(void **state)
{
	struct made_up_host *host = *state;
	CLEANUP(cleanup_free) char *text = NULL;
	size_t n_lines = 0;

	host_examine(host);
	text = print(host, 80, false);
	assert_null(strchr(text, '\033'));
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		n_lines++;
		if (strcspn(line, "\n") > 80)
			fail_msg("%.*s", (int)strcspn(line, "\n"), line);
	}
	assert_in_range(n_lines, 25, 55);
	assert_non_null(strstr(text, "\nThis host can run experiments.\n"));
}

static void test_doctor_print__ends_with_what_stands_in_the_way(void **state)
{
	struct made_up_host *host = *state;
	CLEANUP(cleanup_free) char *plain = NULL;
	CLEANUP(cleanup_free) char *colored = NULL;

	host_take_away(host, "bin/runc");
	host_take_away(host, "bin/gnuplot");
	host_examine(host);
	plain = print(host, 0, false);
	assert_non_null(strstr(plain, "  missing  runc                not installed\n"
				      "                               -> apt-get install runc\n"));
	assert_non_null(
		strstr(plain, "\nThis host cannot run experiments: runc, gnuplot: see the remedies "
			      "above\n"));
	colored = print(host, 0, true);
	assert_non_null(strstr(colored, "\033[31mmissing"));
	assert_non_null(strstr(colored, "\033[32mok"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_doctor__good_host_has_no_problem),
		TEST(test_doctor__hybrid_host_runs_on_v1_and_is_told_of_v2),
		TEST(test_doctor__tells_where_a_controller_is_mounted),
		TEST(test_doctor__host_without_any_memory_controller),
		TEST(test_doctor__host_without_memory_in_cgroup_controllers),
		TEST(test_doctor__host_with_a_read_only_hierarchy),
		TEST(test_doctor__host_without_runc),
		TEST(test_doctor__runc_that_does_not_run_is_missing),
		TEST(test_doctor__user_without_permission),
		TEST(test_doctor__root_without_its_capabilities),
		TEST(test_doctor__kernel_without_overlays),
		TEST(test_doctor__kernel_without_seccomp_filters),
		TEST(test_doctor__tools_that_a_run_does_not_need),
		TEST(test_doctor__backends_name_the_package_that_they_lack),
		TEST(test_doctor__backends_that_were_added_to_the_host),
		TEST(test_doctor__peak_goes_by_the_kernel_where_nothing_is_tried),
		TEST(test_doctor__memory_of_every_kind),
		TEST(test_doctor__what_reading_untouched_memory_takes),
		TEST(test_doctor__oracle_and_why_there_is_none),
		TEST(test_doctor__cpus_of_every_kind),
		TEST(test_doctor__turbo_where_it_can_be_switched),
		TEST(test_doctor__systemd_and_its_delegation),
		TEST(test_doctor__systemd_that_delegates_nothing),
		TEST(test_doctor__cpuset_that_is_not_there),
		TEST(test_doctor__host_with_nothing_at_all),
		TEST(test_doctor_json__has_every_finding_by_group_and_name),
		TEST(test_doctor_json__is_valid_whatever_the_files_hold),
		TEST(test_doctor_print__is_one_screen_as_wide_as_asked),
		TEST(test_doctor_print__ends_with_what_stands_in_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
