#include "util/own_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define PRESENT (UINT64_C(1) << 63)
#define EXCLUSIVELY_MAPPED (UINT64_C(1) << 56)
#define ENTRIES_AT_ONCE 512
#define N_PAGES_READ 16

static int count_own_pages(int fd, uint64_t first, size_t n, size_t *ret_own)
{
	uint64_t entries[ENTRIES_AT_ONCE];
	size_t own = 0;

	for (size_t done = 0; done < n;) {
		size_t n_wanted = n - done < ENTRIES_AT_ONCE ? n - done : ENTRIES_AT_ONCE;
		ssize_t length = pread(fd, entries, n_wanted * sizeof(*entries),
			(off_t)((first + done) * sizeof(*entries)));

		if (length < 0)
			return -errno;
		/*
		 * Whole entries, as the kernel returns only these; none beyond the end of the
		 * address space.
		 */
		if (length < (ssize_t)sizeof(*entries))
			return -ENODATA;
		for (size_t i = 0; i < (size_t)length / sizeof(*entries); i++)
			own += (entries[i] & PRESENT) && (entries[i] & EXCLUSIVELY_MAPPED);
		done += (size_t)length / sizeof(*entries);
	}
	*ret_own = own;
	return 0;
}

int own_pages_bytes(const void *memory, size_t bytes, size_t *ret_bytes)
{
	const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	size_t own;
	int r;

	if (fd < 0)
		return -errno;
	r = count_own_pages(fd, (uintptr_t)memory / page_bytes, bytes / page_bytes, &own);
	close(fd);
	if (r == 0)
		*ret_bytes = own * page_bytes;
	return r;
}

int own_pages_come_by_reading(bool *ret_come)
{
	const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	const size_t bytes = N_PAGES_READ * page_bytes;
	char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t own;
	int r;

	if (memory == MAP_FAILED)
		return -errno;
	/* Fails if the kernel has no huge pages, which is fine too. */
	(void)madvise(memory, bytes, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < bytes; i += page_bytes)
		(void)*(const volatile char *)&memory[i];
	r = own_pages_bytes(memory, bytes, &own);
	munmap(memory, bytes);
	if (r == 0)
		*ret_come = own > 0;
	return r;
}
