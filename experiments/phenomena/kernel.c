/* Memory that the kernel holds for a task, in no process's address space. */

#include "experiments/phenomena/phenomenon.h"
#include "util/digits.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* The limit for one pipe of an unprivileged user; the soft limit for all is 64 MiB. */
#define PIPE_BYTES MIB
#define MAX_PIPES 16
#define MAX_SOCKETS 128
#define MAX_FILES 4096
/* Packets of this size fill whole kernel pages, except a part of the first. */
#define PACKET_BYTES ((size_t)32 << 10)

static struct truth truth_of_kernel(size_t requested, size_t charged)
{
	return (struct truth){.requested = requested, .charged = charged};
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* Number of bytes until it was full. The descriptor is non-blocking. */
static size_t fill_socket(int fd)
{
	static const char packet[PACKET_BYTES];
	size_t bytes = 0;
	ssize_t n;

	while ((n = write(fd, packet, sizeof(packet))) > 0)
		bytes += (size_t)n;
	return bytes;
}

static int pipes(struct stage *stage)
{
	int fds[2 * MAX_PIPES];
	size_t bytes = 0, n = 0;

	for (; n < MAX_PIPES && bytes < stage->size_bytes; n++) {
		if (pipe2(fds + 2 * n, O_NONBLOCK | O_CLOEXEC) < 0)
			return stage_failed("pipe2");
		if (fcntl(fds[2 * n + 1], F_SETPIPE_SZ, (int)PIPE_BYTES) < 0)
			return stage_failed("F_SETPIPE_SZ");
		bytes += fill_socket(fds[2 * n + 1]);
	}
	stage_enter(stage, "held", truth_of_kernel(bytes, bytes));
	close_all(fds, 2 * n);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* Unread data in UNIX domain sockets. */
static int sockets(struct stage *stage)
{
	int fds[2 * MAX_SOCKETS];
	size_t bytes = 0, n = 0;

	for (; n < MAX_SOCKETS && bytes < stage->size_bytes; n++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			    fds + 2 * n) < 0)
			return stage_failed("socketpair");
		bytes += fill_socket(fds[2 * n]);
	}
	stage_enter(stage, "held", truth_of_kernel(bytes, bytes));
	close_all(fds, 2 * n);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* ---- kernel objects */

/* "CACHE ACTIVE OBJECTS SIZE ...": the size; `otherwise` for another cache's line. */
static size_t object_bytes_of(const char *line, const char *cache, size_t otherwise)
{
	const size_t length = strlen(cache);
	uint64_t number = 0;

	if (strncmp(line, cache, length) != 0 || line[length] != ' ')
		return otherwise;
	line += length;
	for (int column = 0; column < 3; column++) {
		size_t n_digits;

		line += strspn(line, " ");
		n_digits = strcspn(line, " \n");
		if (digits_parse(line, n_digits, &number) < 0)
			return otherwise;
		line += n_digits;
	}
	return number;
}

/* The size of a cache's object from /proc/slabinfo; if unreadable, that of Linux 6.12 on x86-64. */
static size_t object_bytes(const char *cache, size_t otherwise)
{
	FILE *slabs = fopen("/proc/slabinfo", "re");
	size_t found = otherwise;
	char line[256];

	while (slabs && fgets(line, sizeof(line), slabs))
		found = object_bytes_of(line, cache, found);
	if (slabs)
		fclose(slabs);
	return found;
}

/* An inode, a dentry and an open file, each with a pointer to the cgroup that it is charged to. */
static size_t open_file_bytes(void)
{
	return object_bytes("shmem_inode_cache", 744) + object_bytes("dentry", 192) +
	       object_bytes("filp", 256) + 3 * sizeof(void *);
}

static size_t file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < 128)
		return 0;
	return limit.rlim_cur - 64 < MAX_FILES ? limit.rlim_cur - 64 : MAX_FILES;
}

/* Empty files: each a dentry, an inode and an open file. */
static int dentries(struct stage *stage)
{
	const size_t each_bytes = open_file_bytes();
	const size_t n_wanted = file_limit();
	static int fds[MAX_FILES];
	size_t n = 0;

	for (; n < n_wanted && n * each_bytes < stage->size_bytes; n++) {
		fds[n] = memfd_create("phenomena", MFD_CLOEXEC);
		if (fds[n] < 0)
			return stage_failed("memfd_create");
	}
	stage_enter(stage, "held", truth_of_kernel(0, n * each_bytes));
	close_all(fds, n);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

const struct phenomenon kernel_phenomena[] = {
	{"pipes", pipes, 0},
	{"sockets", sockets, 0},
	{"dentries", dentries, 0},
	{NULL, NULL, 0},
};
