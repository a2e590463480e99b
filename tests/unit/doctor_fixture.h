#pragma once

/*
 * A made-up host: a folder with the files of /proc, /sys and /run that the doctor reads, with
 * programs in bin/ and a Python in usr/. Initially a good host, Debian 13 with systemd; each test
 * removes or changes what it is about. Include after cmocka.h.
 */

#include "runner/doctor/doctor.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOT_TRIED "a host in a test"

struct made_up_host {
	char root[64];
	char bin[80];
	char images[80];
	char cache[80];
	struct installation installation;
	const char *delegation_refusal;
	struct doctor *doctor; /* of the last examination */
};

/* Path and content on a good host. */
static const char *const good_files[][2] = {
	{"proc/self/mountinfo",
		"30 24 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 "
		"cgroup2 rw,nsdelegate,memory_recursiveprot\n"},
	{"proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\nCapBnd:\t0\n"},
	{"proc/self/cgroup", "0::/user.slice/user-0.slice/session-3.scope\n"},
	{"proc/cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t0\t90\t1\n"
			 "memory\t0\t90\t1\n"},
	{"usr/share/javascript/dygraphs/dygraph.min.js", ""},
	{"proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet\n"},
	{"proc/swaps", "Filename\t\tType\t\tSize\tUsed\tPriority\n"},
	{"proc/pressure/memory", "some avg10=0.00 avg60=0.01 avg300=0.00 total=993190\n"
				 "full avg10=0.00 avg60=0.00 avg300=0.00 total=129255\n"},
	{"proc/filesystems", "nodev\ttmpfs\nnodev\toverlay\n\text4\n"},
	{"proc/kpagecgroup", ""},
	{"proc/kpageflags", ""},
	{"proc/zoneinfo", "Node 0, zone   Normal\n        spanned  5000\n        present  4000\n"
			  "  start_pfn:           100\n"},
	{"proc/sys/kernel/osrelease", "6.12.48+deb13-amd64\n"},
	{"proc/sys/kernel/seccomp/actions_avail", "kill_process trap errno trace log allow\n"},
	{"sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n"},
	{"sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"},
	{"sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "2097152\n"},
	{"sys/module/zswap/parameters/enabled", "N\n"},
	{"sys/devices/system/cpu/online", "0-3\n"},
	{"sys/devices/system/cpu/isolated", "\n"},
	{"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"},
	{"run/systemd/system/x", ""},
	{"usr/lib/python3/dist-packages/psutil/__init__.py", ""},
	{"usr/lib/python3/dist-packages/memory_profiler.py", ""},
	{"usr/lib/python3/dist-packages/scalene/__init__.py", ""},
	{"usr/lib/python3/dist-packages/memray/__init__.py", ""},
	{"usr/lib/python3.13/os.py", ""},
	{"usr/bin/python3.13", ""},
	{"images/python/recipe.toml", ""},
	{"cache/x", ""},
};

static inline void host_put(struct made_up_host *host, const char *path, const char *text)
{
	CLEANUP(cleanup_free) char *full = string_format("%s/%s", host->root, path);
	CLEANUP(cleanup_free) char *directory = strdup(full);

	*strrchr(directory, '/') = '\0';
	if (file_make_directories(AT_FDCWD, directory, 0755, NULL) < 0 ||
		file_write(AT_FDCWD, full, text, strlen(text), 0644, NULL) < 0)
		fail_msg("cannot write %s", full);
}

/* An executable file, which nobody executes. */
static inline void host_put_executable(struct made_up_host *host, const char *path)
{
	CLEANUP(cleanup_free) char *full = string_format("%s/%s", host->root, path);

	host_put(host, path, "");
	assert_int_equal(chmod(full, 0755), 0);
}

static inline void host_take_away(struct made_up_host *host, const char *path)
{
	CLEANUP(cleanup_free) char *full = string_format("%s/%s", host->root, path);

	if (file_remove_tree(AT_FDCWD, full, NULL) < 0)
		fail_msg("cannot remove %s", full);
}

/* A program that prints the given output. */
static inline void host_put_program(struct made_up_host *host, const char *name, const char *output)
{
	CLEANUP(cleanup_free) char *path = string_format("bin/%s", name);
	CLEANUP(cleanup_free) char *full = string_format("%s/%s", host->root, path);
	CLEANUP(cleanup_free) char *text = string_format("#!/bin/sh\necho '%s'\n", output);

	host_put(host, path, text);
	assert_int_equal(chmod(full, 0755), 0);
}

static inline int host_set_up(void **state)
{
	struct made_up_host *host = calloc(1, sizeof(*host));
	CLEANUP(cleanup_free) char *python = NULL;

	*state = host;
	snprintf(host->root, sizeof(host->root), "/tmp/test-doctor-XXXXXX");
	if (!mkdtemp(host->root) || chmod(host->root, 0755) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(good_files) / sizeof(good_files[0]); i++)
		host_put(host, good_files[i][0], good_files[i][1]);
	host_put_executable(host, "usr/bin/time");
	host_put_program(host, "runc", "runc version 1.1.15+ds1\ncommit: 1.1.15");
	host_put_program(host, "crun", "crun version 1.21\ncommit: 10269840");
	host_put_program(host, "gnuplot", "");
	host_put_program(host, "mmdebstrap", "");
	host_put_program(host, "qemu-system-x86_64", "");
	python = string_format("%s/usr/bin/python3", host->root);
	if (symlink("python3.13", python) < 0)
		return -1;
	snprintf(host->bin, sizeof(host->bin), "%s/bin", host->root);
	snprintf(host->images, sizeof(host->images), "%s/images", host->root);
	snprintf(host->cache, sizeof(host->cache), "%s/cache", host->root);
	host->installation.images = host->images;
	host->installation.image_cache = host->cache;
	return 0;
}

static inline int host_tear_down(void **state)
{
	struct made_up_host *host = *state;
	int r = file_remove_tree(AT_FDCWD, host->root, NULL);

	doctor_free(host->doctor);
	free(host);
	return r;
}

static inline void host_examine(struct made_up_host *host)
{
	const struct doctor_options options = {
		.root = host->root,
		.path = host->bin,
		.installation = &host->installation,
		.reason_not_to_try = NOT_TRIED,
		.delegation_refusal = host->delegation_refusal,
	};
	struct error error = ERROR_INIT;

	doctor_free(host->doctor);
	host->doctor = NULL;
	if (doctor_examine(&options, &host->doctor, &error) < 0)
		fail_msg("%s", error.text);
}

static inline const struct finding *host_finding(
	const struct made_up_host *host, const char *group, const char *name)
{
	for (size_t i = 0; i < doctor_n_findings(host->doctor); i++) {
		const struct finding *finding = doctor_finding(host->doctor, i);

		if (strcmp(finding->group, group) == 0 && strcmp(finding->name, name) == 0)
			return finding;
	}
	fail_msg("there is no finding %s %s", group, name);
	return NULL;
}

/* State, a part of the value, and a part of the remedy (NULL: none). */
static inline void assert_found(const struct made_up_host *host, const char *group,
	const char *name, const char *state, const char *value, const char *remedy)
{
	const struct finding *finding = host_finding(host, group, name);
	const char *told = finding->remedy ? finding->remedy : "";

	assert_string_equal(finding_state_name(finding->state), state);
	if (!strstr(finding->value, value))
		fail_msg("%s: \"%s\" does not say \"%s\"", name, finding->value, value);
	if (!remedy)
		assert_null(finding->remedy);
	else if (!strstr(told, remedy))
		fail_msg("%s: \"%s\" is not the remedy \"%s\"", name, told, remedy);
}
