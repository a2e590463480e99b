/*
 * read_loop FILE SECONDS CPU: reads a cgroup's memory file and the clock as fast as possible, and
 * prints the number of reads and their duration in nanoseconds. Nothing is stored: no sampler can
 * be faster.
 */

#include "tests/bench/programs/loop.h"

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	uint64_t begin_ns, now_ns, end_ns, n = 0;
	int fd;

	if (argc != 4)
		errx(2, "usage: read_loop FILE SECONDS CPU");
	fd = loop_open(argv[1]);
	loop_pin((int)loop_number(argv[3]));
	begin_ns = now_ns = loop_clock_ns(CLOCK_MONOTONIC);
	end_ns = begin_ns + (uint64_t)(loop_number(argv[2]) * (double)LOOP_NS_PER_S);
	while (now_ns < end_ns) {
		loop_read(fd);
		now_ns = loop_clock_ns(CLOCK_MONOTONIC);
		n++;
	}
	printf("%" PRIu64 " %" PRIu64 "\n", n, now_ns - begin_ns);
	return 0;
}
