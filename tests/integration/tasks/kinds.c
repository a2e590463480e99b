/*
 * kinds anon MIB | tmpfs MIB | file MIB PATH | memfd MIB | huge MIB: allocates MIB of memory of
 * that kind, and waits at the mark "filled"; "tmpfs" writes a file in /tmp, "file" reads PATH
 * through the page cache, "huge" requests transparent huge pages. Also waits at task_begin before,
 * and at task_end after releasing it.
 */

#include "memcg_run.h"

#include <fcntl.h>
#include <sys/mman.h>

static char block[1 << 20];

static char *map(size_t size_bytes, int flags, int fd)
{
	char *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (memory == MAP_FAILED)
		_exit(1);
	return memory;
}

static void touch(char *memory, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i += 4096)
		memory[i] = 1;
}

static void hold_anonymous(struct memcg_run *channel, size_t size_bytes, int advice)
{
	const size_t alignment = 2 << 20;
	char *memory = map(size_bytes + alignment, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *aligned = memory + alignment - (uintptr_t)memory % alignment;

	madvise(aligned, size_bytes, advice);
	touch(aligned, size_bytes);
	memcg_run_mark_and_wait(channel, "filled");
	munmap(memory, size_bytes + alignment);
}

static void hold_file_of_tmpfs(struct memcg_run *channel, size_t size_bytes)
{
	int fd = open("/tmp/kinds", O_RDWR | O_CREAT | O_EXCL, 0600);

	for (size_t done = 0; done < size_bytes; done += sizeof(block))
		if (write(fd, block, sizeof(block)) != sizeof(block))
			_exit(1);
	close(fd);
	memcg_run_mark_and_wait(channel, "filled");
	unlink("/tmp/kinds");
}

static void hold_page_cache(struct memcg_run *channel, size_t size_bytes, const char *path)
{
	int fd = open(path, O_RDONLY);

	for (size_t done = 0; done < size_bytes; done += sizeof(block))
		if (read(fd, block, sizeof(block)) != sizeof(block))
			_exit(1);
	memcg_run_mark_and_wait(channel, "filled");
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

static void hold_memfd(struct memcg_run *channel, size_t size_bytes)
{
	int fd = memfd_create("kinds", MFD_CLOEXEC);
	char *memory;

	if (ftruncate(fd, (off_t)size_bytes) < 0)
		_exit(1);
	memory = map(size_bytes, MAP_SHARED, fd);
	touch(memory, size_bytes);
	memcg_run_mark_and_wait(channel, "filled");
	munmap(memory, size_bytes);
	close(fd);
}

int main(int argc, char **argv)
{
	struct memcg_run channel = memcg_run_open();
	const char *kind = argc > 2 ? argv[1] : "";
	size_t size_bytes = argc > 2 ? strtoul(argv[2], NULL, 10) << 20 : 0;

	/* Touched before and kept: otherwise the block would be counted. */
	touch(block, sizeof(block));
	memcg_run_mark_and_wait(&channel, "task_begin");
	if (strcmp(kind, "anon") == 0)
		hold_anonymous(&channel, size_bytes, MADV_NOHUGEPAGE);
	else if (strcmp(kind, "huge") == 0)
		hold_anonymous(&channel, size_bytes, MADV_HUGEPAGE);
	else if (strcmp(kind, "tmpfs") == 0)
		hold_file_of_tmpfs(&channel, size_bytes);
	else if (strcmp(kind, "file") == 0 && argc > 3)
		hold_page_cache(&channel, size_bytes, argv[3]);
	else if (strcmp(kind, "memfd") == 0)
		hold_memfd(&channel, size_bytes);
	else
		return 2;
	memcg_run_mark_and_wait(&channel, "task_end");
	memcg_run_close(&channel);
	return 0;
}
