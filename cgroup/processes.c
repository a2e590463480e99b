/* Lists the processes of the task leaf: a part of cgroup/slice.h. */

#include "cgroup/memory_files.h"
#include "cgroup/slice.h"
#include "cgroup/version.h"
#include "util/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_SIZE 4096

/* A line, possibly split between two chunks. */
struct line {
	char text[sizeof("4194304")];
	size_t length;
};

static int visit_line(struct line *line, slice_visit_process visit, void *context)
{
	uint64_t pid;
	int r = memory_value_parse(line->text, line->length, &pid);

	line->length = 0;
	if (r < 0 || pid > INT_MAX)
		return -EBADMSG;
	/* 0: a process of another PID namespace */
	if (pid > 0)
		visit(context, (pid_t)pid);
	return 0;
}

static int visit_chunk(const char *chunk, size_t length, struct line *line,
	slice_visit_process visit, void *context)
{
	for (size_t i = 0; i < length; i++) {
		int r = 0;

		if (chunk[i] == '\n')
			r = visit_line(line, visit, context);
		else if (line->length == sizeof(line->text))
			r = -EBADMSG;
		else
			line->text[line->length++] = chunk[i];
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Opened each time: if a descriptor is read again from its start, v1 returns the list of the first
 * read for a second or more (CGROUP_PIDLIST_DESTROY_DELAY in kernel/cgroup/cgroup-v1.c, Linux
 * 6.12).
 */
int slice_each_process(const struct slice *slice, slice_visit_process visit, void *context)
{
	CLEANUP(cleanup_close)
	int fd = openat(slice->files.task_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	struct line line = {.length = 0};
	char chunk[CHUNK_SIZE];

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		int r;

		if (n < 0)
			return -errno;
		if (n == 0)
			return line.length == 0 ? 0 : -EBADMSG;
		r = visit_chunk(chunk, (size_t)n, &line, visit, context);
		if (r < 0)
			return r;
	}
}
