/*
 * Injects machine faults into a runner, as a library to preload (LD_PRELOAD, ld.so(8)). It affects
 * only the program memcg-run, as the environment requests:
 *
 *   FAULT_WRITE=TEXT     writes to files whose path contains TEXT fail with EIO, as on a broken disk
 *   FAULT_SYNC=TEXT      fsync fails with EIO, writes do not
 *   FAULT_FULL=TEXT      writes to files whose path contains TEXT fail with ENOSPC, as on a full disk, from
 *                        the one numbered FAULT_FULL_AT=N on. Their number is written to the file
 *                        FAULT_COUNT=FILE when the program ends
 *   FAULT_CLOCK_BACK=S   CLOCK_REALTIME jumps back by S seconds at every reading
 *   FAULT_JUMP=S         CLOCK_MONOTONIC is S seconds ahead from the third second on: a wait of a minute
 *                        ends soon
 */

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *ret_time);
time_t time(time_t *ret_time);

static const char *asked(const char *name)
{
	return strcmp(program_invocation_short_name, "memcg-run") == 0 ? getenv(name) : NULL;
}

/* Whether operations on this descriptor are to fail. */
static bool is_broken(const char *fault, int fd)
{
	const char *part = asked(fault);
	char link[64];
	char path[4096];
	ssize_t length;

	if (!part)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return false;
	path[length] = '\0';
	return strstr(path, part) != NULL;
}

static ssize_t fail(int number)
{
	errno = number;
	return -1;
}

static unsigned long n_writes;

/* Whether this write finds the disk full. Counts it. */
static bool is_full(int fd)
{
	const char *at = asked("FAULT_FULL_AT");

	return is_broken("FAULT_FULL", fd) && __atomic_add_fetch(&n_writes, 1, __ATOMIC_SEQ_CST) >=
						      (at ? strtoul(at, NULL, 10) : ULONG_MAX);
}

/* 0 if the write is to be done. */
static int write_fault(int fd)
{
	if (is_broken("FAULT_WRITE", fd))
		return EIO;
	return is_full(fd) ? ENOSPC : 0;
}

#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t length)
{
	int fault = write_fault(fd);

	return fault ? fail(fault) : REAL(write)(fd, data, length);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
	int fault = write_fault(fd);

	return fault ? fail(fault) : REAL(pwrite)(fd, data, length, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset)
{
	int fault = write_fault(fd);

	return fault ? fail(fault) : REAL(pwrite64)(fd, data, length, offset);
}

/* The C library writes its streams by internal calls. */
int fflush(FILE *stream)
{
	int fault = stream ? write_fault(fileno(stream)) : 0;

	return fault ? (int)fail(fault) : REAL(fflush)(stream);
}

static void __attribute__((destructor)) tell_count(void)
{
	const char *path = asked("FAULT_COUNT");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return;
	fprintf(file, "%lu\n", n_writes);
	fclose(file);
}

int fsync(int fd)
{
	return is_broken("FAULT_SYNC", fd) ? (int)fail(EIO) : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
	return is_broken("FAULT_SYNC", fd) ? (int)fail(EIO) : REAL(fdatasync)(fd);
}

static void set_back(struct timespec *now, long seconds)
{
	static int n_looks;

	now->tv_sec -= seconds * __atomic_add_fetch(&n_looks, 1, __ATOMIC_RELAXED);
}

static void jump(struct timespec *now, long seconds)
{
	static long began_s;
	long expected = 0;

	__atomic_compare_exchange_n(
		&began_s, &expected, now->tv_sec, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	if (now->tv_sec - began_s > 2)
		now->tv_sec += seconds;
}

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	const char *back = clock == CLOCK_REALTIME ? asked("FAULT_CLOCK_BACK") : NULL;
	const char *ahead = clock == CLOCK_MONOTONIC ? asked("FAULT_JUMP") : NULL;
	int r = REAL(clock_gettime)(clock, ret_time);

	if (r == 0 && back)
		set_back(ret_time, strtol(back, NULL, 10));
	if (r == 0 && ahead)
		jump(ret_time, strtol(ahead, NULL, 10));
	return r;
}

time_t time(time_t *ret_time)
{
	struct timespec now = {.tv_sec = -1};

	clock_gettime(CLOCK_REALTIME, &now);
	if (ret_time)
		*ret_time = now.tv_sec;
	return now.tv_sec;
}
