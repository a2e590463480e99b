#pragma once

/*
 * Shared by the bare loops: the minimum work of any sampler, without the project's code, as a
 * baseline for the sampler.
 */

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOOP_NS_PER_S UINT64_C(1000000000)

static inline uint64_t loop_clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * LOOP_NS_PER_S + (uint64_t)now.tv_nsec;
}

static inline int loop_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		err(2, "cannot open %s", path);
	return fd;
}

/* -1: the scheduler's choice. */
static inline void loop_pin(int cpu)
{
	cpu_set_t cpus;

	if (cpu < 0)
		return;
	CPU_ZERO(&cpus);
	CPU_SET((size_t)cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		err(2, "cannot run on CPU %d", cpu);
}

static inline void loop_read(int fd)
{
	char text[32];

	if (pread(fd, text, sizeof(text), 0) <= 0)
		err(2, "cannot read the memory file");
}

/* Numbers on command lines that only the benchmarks write. */
static inline double loop_number(const char *text)
{
	char *end;
	double number = strtod(text, &end);

	if (*end || end == text)
		errx(2, "not a number: %s", text);
	return number;
}

static inline void loop_idle(double seconds)
{
	const struct timespec duration = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (double)(time_t)seconds) * (double)LOOP_NS_PER_S),
	};

	nanosleep(&duration, NULL);
}
