/* File-backed memory: files in memory or on a disk. */

#include "experiments/phenomena/phenomenon.h"

#include <fcntl.h>
#include <sys/mman.h>

/* The host's disk in a container (experiments/datasheet.toml mounts it); else the host itself. */
#define DISK "/disk"
#define DISK_OF_HOST "/var/tmp"
#define MEMORY "/dev/shm"
/* Files are written and read in blocks of this size, small compared to what is held. */
#define BLOCK_BYTES ((size_t)64 << 10)

/* An unnamed file: it vanishes with its descriptor, even after a crash. */
static int make_file(const char *directory)
{
	return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static int make_disk_file(void)
{
	return make_file(access(DISK, W_OK) == 0 ? DISK : DISK_OF_HOST);
}

static int write_blocks(int fd, size_t bytes)
{
	static const char block[BLOCK_BYTES] = {1};

	for (size_t done = 0; done < bytes;) {
		size_t left = bytes - done;
		ssize_t n = write(fd, block, left < sizeof(block) ? left : sizeof(block));

		if (n <= 0)
			return stage_failed("write");
		done += (size_t)n;
	}
	return 0;
}

static int read_all(int fd)
{
	char block[BLOCK_BYTES];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return stage_failed("lseek");
	while ((n = read(fd, block, sizeof(block))) > 0)
		;
	return n < 0 ? stage_failed("read") : 0;
}

static int tmpfs(struct stage *stage)
{
	struct truth truth = truth_of(stage->size_bytes);
	int fd = make_file(MEMORY);

	if (fd < 0)
		return stage_failed("a file in " MEMORY);
	if (write_blocks(fd, stage->size_bytes) < 0)
		return -1;
	truth.touched = 0;
	truth.charged = stage->size_bytes;
	stage_enter(stage, "held", truth);
	close(fd);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* Mapped, and so in the process's resident set, unlike tmpfs. */
static int memfd(struct stage *stage)
{
	int fd = memfd_create("phenomena", MFD_CLOEXEC);
	char *memory = MAP_FAILED;

	if (fd < 0 || ftruncate(fd, (off_t)stage->size_bytes) < 0)
		return stage_failed("memfd_create");
	memory = mmap(NULL, stage->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return stage_failed("mmap");
	memory_touch(memory, stage->size_bytes);
	stage_enter(stage, "held", truth_of(stage->size_bytes));
	munmap(memory, stage->size_bytes);
	close(fd);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* Unmapped pages are charged too. */
static struct truth truth_of_cache(size_t bytes)
{
	return (struct truth){.charged = bytes, .unique = bytes};
}

/* How much of a file is in memory, regardless of who read it. */
static size_t cached_bytes(int fd, size_t bytes)
{
	char *memory = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	size_t resident;

	if (memory == MAP_FAILED)
		return bytes;
	resident = memory_resident(memory, bytes);
	munmap(memory, bytes);
	return resident;
}

/* The kernel skips pages that are in use: measures what stays. */
static int drop(int fd, size_t bytes, size_t *ret_left_bytes)
{
	/* Only pages that are on the disk can be dropped. */
	if (fdatasync(fd) < 0)
		return -1;
	errno = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (errno)
		return -1;
	*ret_left_bytes = cached_bytes(fd, bytes);
	return 0;
}

/* A file of the stage's size, on the disk but not in memory. -1 on failure. */
static int make_cold_file(struct stage *stage)
{
	int fd = make_disk_file();
	size_t left_bytes;

	if (fd < 0)
		return stage_failed("a file in " DISK " or " DISK_OF_HOST);
	if (write_blocks(fd, stage->size_bytes) == 0) {
		stage_enter(stage, "written", truth_of_cache(stage->size_bytes));
		if (drop(fd, stage->size_bytes, &left_bytes) == 0) {
			stage_enter(stage, "dropped", truth_of_cache(left_bytes));
			return fd;
		}
		stage_failed("dropping a file from the page cache");
	}
	close(fd);
	return -1;
}

static int page_cache(struct stage *stage)
{
	int fd = make_cold_file(stage);

	if (fd < 0 || read_all(fd) < 0)
		return -1;
	stage_enter(stage, "held", truth_of_cache(stage->size_bytes));
	close(fd);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* Reads everything, then writes half of it: private copies without a backing file. */
static int map_private(struct stage *stage)
{
	const size_t half_bytes = stage->size_bytes / 2;
	struct truth truth = truth_of(stage->size_bytes);
	int fd = make_cold_file(stage);
	char *memory;

	if (fd < 0)
		return -1;
	memory = mmap(NULL, stage->size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		return stage_failed("mmap");
	memory_read(memory, stage->size_bytes);
	stage_enter(stage, "read", truth);
	memory_touch(memory, half_bytes);
	truth.charged += half_bytes;
	truth.unique += half_bytes;
	stage_enter(stage, "held", truth);
	munmap(memory, stage->size_bytes);
	close(fd);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

static int map_shared(struct stage *stage)
{
	int fd = make_cold_file(stage);
	char *memory;

	if (fd < 0)
		return -1;
	memory = mmap(NULL, stage->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return stage_failed("mmap");
	memory_touch(memory, stage->size_bytes);
	stage_enter(stage, "held", truth_of(stage->size_bytes));
	munmap(memory, stage->size_bytes);
	stage_enter(stage, "unmapped", truth_of_cache(stage->size_bytes));
	close(fd);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

const struct phenomenon file_phenomena[] = {
	{"tmpfs", tmpfs, 0},
	{"memfd", memfd, 0},
	{"page_cache", page_cache, 0},
	{"map_private", map_private, 0},
	{"map_shared", map_shared, 0},
	{NULL, NULL, 0},
};
