/*
 * spike MIB HOLD_MS SECONDS: holds that much memory for that many milliseconds, in the middle of
 * that many idle seconds. HOLD_MS does not include the time of filling it.
 */

#include "tests/bench/programs/loop.h"

#include <sys/mman.h>

int main(int argc, char **argv)
{
	uint64_t hold_ns, full_ns;
	double seconds;
	size_t bytes;
	void *memory;

	if (argc != 4)
		errx(2, "usage: spike MIB HOLD_MS SECONDS");
	bytes = (size_t)loop_number(argv[1]) << 20;
	hold_ns = (uint64_t)(loop_number(argv[2]) * 1e6);
	seconds = loop_number(argv[3]);
	loop_idle(seconds / 2);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		err(2, "cannot map %zu bytes", bytes);
	full_ns = loop_clock_ns(CLOCK_MONOTONIC);
	while (loop_clock_ns(CLOCK_MONOTONIC) - full_ns < hold_ns)
		;
	munmap(memory, bytes);
	loop_idle(seconds / 2);
	return 0;
}
