#pragma once

/*
 * Shared by the tests of real slices, on this host's own hierarchy, v1 or v2. Needs root. Each test
 * has a slice of its own name and leaves other groups alone.
 */

#include "cgroup/slice.h"

#include "cgroup/limit.h"
#include "cgroup/tree.h"
#include "cgroup/version.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/forked.h"

#define MIB (UINT64_C(1) << 20)
#define NUMBER(n) ((struct amount){.kind = AMOUNT_NUMBER, .number = (n)})
#define PARENT "/memcg-run.slice"
#define KILL_TIMEOUT_NS (20 * NS_PER_S)

struct fixture {
	struct hierarchy *hierarchy;
	struct slice *slice;
	pid_t child; /* the last one started; 0 once reaped */
	char name[64];
	char path[96]; /* below each mount */
};

static inline int set_up(void **state)
{
	static int count;
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct error error = ERROR_INIT;

	if (!fixture)
		return -1;
	*state = fixture;
	snprintf(fixture->name, sizeof(fixture->name), "test-cgroup-%d-%d.slice", (int)getpid(),
		count++);
	snprintf(fixture->path, sizeof(fixture->path), "%s/%s", PARENT, fixture->name);
	/* Orphans of a killed tree are reaped here. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return -1;
	if (hierarchy_find(&fixture->hierarchy, &error) < 0) {
		print_error("%s\n", error.text);
		return -1;
	}
	return 0;
}

static inline void reap_all(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static inline int tear_down(void **state)
{
	struct fixture *fixture = *state;
	const char *const *mounts;
	int result = 0;

	if (!fixture->hierarchy)
		return -1;
	mounts = hierarchy_mounts(fixture->hierarchy);
	if (fixture->child > 0)
		kill(fixture->child, SIGKILL);
	if (fixture->slice) {
		slice_kill(fixture->slice, KILL_TIMEOUT_NS, NULL);
		reap_all();
		result = slice_remove(&fixture->slice, NULL);
	}
	/* Removes what a failed test left. */
	for (size_t i = 0; mounts[i]; i++) {
		char *parent = string_format("%s%s", mounts[i], PARENT);

		tree_remove(mounts[i], fixture->path, clock_monotonic_ns() + NS_PER_S, NULL);
		rmdir(parent); /* fails if another run has a slice in it */
		free(parent);
	}
	hierarchy_free(fixture->hierarchy);
	free(fixture);
	return result;
}

static inline void must(int result, const struct error *error)
{
	if (result < 0)
		fail_msg("%s", error->text);
}

static inline struct slice *create(struct fixture *fixture, const struct limits *limits)
{
	struct error error = ERROR_INIT;

	must(slice_create(fixture->hierarchy, fixture->name, limits, &fixture->slice, &error),
		&error);
	return fixture->slice;
}

static inline bool is_v2(const struct fixture *fixture)
{
	return hierarchy_version(fixture->hierarchy) == HIERARCHY_V2;
}

/* A file of the slice, in the hierarchy of a v1 controller or in v2's. */
static inline char *slice_file(
	const struct fixture *fixture, const char *controller, const char *file)
{
	const char *mount = is_v2(fixture)
				    ? hierarchy_memory_mount(fixture->hierarchy)
				    : hierarchy_controller_mount(fixture->hierarchy, controller);
	char *path = string_format("%s%s/%s", mount, fixture->path, file);

	assert_non_null(path);
	return path;
}

static inline void assert_file(const struct fixture *fixture, const char *controller,
	const char *file, const char *expected)
{
	char *path = slice_file(fixture, controller, file);
	struct error error = ERROR_INIT;
	char *text = NULL;
	size_t length;

	must(file_read(AT_FDCWD, path, 4096, &text, &length, &error), &error);
	assert_string_equal(text, expected);
	free(text);
	free(path);
}

static inline size_t count_groups(const struct fixture *fixture, const char *path)
{
	const char *const *mounts = hierarchy_mounts(fixture->hierarchy);
	size_t n = 0;

	for (size_t i = 0; mounts[i]; i++) {
		char *directory = string_format("%s%s", mounts[i], path);

		n += access(directory, F_OK) == 0;
		free(directory);
	}
	return n;
}

/* A child that is controlled by bytes on a pipe, and answers each by one. */
struct child {
	pid_t pid;
	int order_fd;
	int answer_fd;
};

struct orders {
	int order[2];
	int answer[2];
};

/* A forked_work. */
static inline int obey(void *context)
{
	const struct orders *orders = context;
	const int order_fd = orders->order[0], answer_fd = orders->answer[1];
	const size_t length = 8 * MIB;
	volatile char *block = NULL;
	char order;

	close(orders->order[1]);
	close(orders->answer[0]);
	while (read(order_fd, &order, 1) == 1 && order != 'q') {
		if (order == 't') {
			block = mmap(NULL, length, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			for (size_t i = 0; i < length; i += 4096)
				block[i] = 1;
		}
		if (order == 'u')
			munmap((void *)block, length);
		if (write(answer_fd, &order, 1) != 1)
			break;
	}
	return 0;
}

static inline struct child child_start(struct fixture *fixture)
{
	struct child child;
	struct orders orders;

	assert_int_equal(pipe2(orders.order, O_CLOEXEC), 0);
	assert_int_equal(pipe2(orders.answer, O_CLOEXEC), 0);
	child.pid = forked_start(obey, &orders);
	fixture->child = child.pid;
	close(orders.order[0]);
	close(orders.answer[1]);
	child.order_fd = orders.order[1];
	child.answer_fd = orders.answer[0];
	return child;
}

/* False if the child died. */
static inline bool child_does(const struct child *child, char order)
{
	char answer = 0;

	assert_int_equal(write(child->order_fd, &order, 1), 1);
	return read(child->answer_fd, &answer, 1) == 1 && answer == order;
}

static inline int child_end(struct fixture *fixture, struct child *child)
{
	int status;

	close(child->order_fd);
	close(child->answer_fd);
	status = forked_wait(child->pid);
	fixture->child = 0;
	return status;
}

static inline uint64_t current_bytes(const struct slice *slice)
{
	uint64_t bytes;

	assert_int_equal(slice_current_bytes(slice, &bytes), 0);
	return bytes;
}

static inline uint64_t peak_bytes(const struct slice *slice)
{
	uint64_t bytes;

	assert_int_equal(slice_peak_bytes(slice, &bytes), 0);
	return bytes;
}
