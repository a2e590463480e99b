#pragma once

/*
 * A folder with a small image, an experiment, and a place for a root. fixture_setup creates it and
 * fixture_teardown removes it (cmocka's signatures).
 */

#include "cgroup/hierarchy.h"
#include "runner/container/rootfs.h"
#include "runner/experiment/experiment.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char path[64];
	int fd;
	char image_root[96];
	char work[96];
	char experiment_directory[96];
	struct image image;
	struct experiment_mount mounts[4];
	struct task task;
	struct experiment experiment;
	struct rootfs *rootfs;
	struct hierarchy *hierarchy; /* initially v2 */
	struct error error;
};

#define FIXTURE_V2 "30 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
#define FIXTURE_V1 "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"

/* Not below /tmp, which a container has its own of. */
#define FIXTURE_TEMPLATE "/var/tmp/memcg-run-test-XXXXXX"

static inline void fixture_directory(struct fixture *fixture, const char *path)
{
	assert_int_equal(file_make_directories(fixture->fd, path, 0755, NULL), 0);
}

static inline void fixture_file(struct fixture *fixture, const char *path, const char *text)
{
	assert_int_equal(
		file_write(fixture->fd, path, text, strlen(text), 0644, &fixture->error), 0);
}

static inline bool fixture_has(const struct fixture *fixture, const char *path)
{
	return faccessat(fixture->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline void fixture_hierarchy(
	struct fixture *fixture, const char *mountinfo, const char *controllers)
{
	hierarchy_free(fixture->hierarchy);
	fixture->hierarchy = NULL;
	if (hierarchy_parse(mountinfo, controllers, &fixture->hierarchy, &fixture->error) < 0)
		fail_msg("%s", fixture->error.text);
}

/* usr with a program, etc, var; opt is empty; bin is a link; root and dev have content. */
static inline void fixture_image(struct fixture *fixture)
{
	static const char *const directories[] = {"image/usr/bin", "image/usr/share/here",
		"image/etc", "image/var/lib", "image/opt", "image/root", "image/dev"};

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		fixture_directory(fixture, directories[i]);
	fixture_file(fixture, "image/usr/bin/program", "program");
	fixture_file(fixture, "image/etc/passwd", "root:x:0:0::/:/bin/sh\n");
	fixture_file(fixture, "image/root/.profile", "");
	fixture_file(fixture, "image/dev/null", "");
	assert_int_equal(symlinkat("usr/bin", fixture->fd, "image/bin"), 0);
	assert_int_equal(symlinkat("here", fixture->fd, "image/usr/share/link"), 0);
}

static inline int fixture_setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	snprintf(fixture->path, sizeof(fixture->path), "%s", FIXTURE_TEMPLATE);
	assert_non_null(mkdtemp(fixture->path));
	assert_int_equal(chmod(fixture->path, 0755), 0);
	fixture->fd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fixture->fd >= 0);
	snprintf(fixture->image_root, sizeof(fixture->image_root), "%s/image", fixture->path);
	snprintf(fixture->work, sizeof(fixture->work), "%s/work", fixture->path);
	snprintf(fixture->experiment_directory, sizeof(fixture->experiment_directory),
		"%s/my experiments, a:b", fixture->path);
	fixture_image(fixture);
	fixture_directory(fixture, "work");
	fixture_directory(fixture, "my experiments, a:b/data");
	fixture_file(fixture, "my experiments, a:b/task.py", "print()\n");
	fixture_directory(fixture, "source");
	fixture_file(fixture, "file", "");
	fixture->image = (struct image){.name = (char *)"fake", .root = fixture->image_root};
	fixture->experiment.tasks = &fixture->task;
	fixture->experiment.n_tasks = 1;
	fixture->experiment.directory = fixture->experiment_directory;
	fixture->experiment.container.mounts = fixture->mounts;
	fixture_hierarchy(fixture, FIXTURE_V2, "memory\n");
	*state = fixture;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	rootfs_free(fixture->rootfs);
	hierarchy_free(fixture->hierarchy);
	for (size_t i = 0; i < fixture->experiment.container.n_mounts; i++)
		free(fixture->mounts[i].source);
	close(fixture->fd);
	assert_int_equal(file_remove_tree(AT_FDCWD, fixture->path, &fixture->error), 0);
	free(fixture);
	return 0;
}

/* Mounts "source" or "file" of the fixture, as requested by the experiment. */
static inline void fixture_mount(
	struct fixture *fixture, const char *name, const char *destination, bool writable)
{
	size_t i = fixture->experiment.container.n_mounts++;
	char *source = string_format("%s/%s", fixture->path, name);

	assert_non_null(source);
	fixture->mounts[i] = (struct experiment_mount){
		.source = source,
		.destination = (char *)destination,
		.writable = writable,
	};
}

static inline int fixture_rootfs(struct fixture *fixture)
{
	return rootfs_create(&fixture->image, &fixture->experiment, fixture->work, &fixture->rootfs,
		&fixture->error);
}
