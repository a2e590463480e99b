/*
 * fault MIB ROUNDS: repeatedly maps that much memory, touches every page, and unmaps it. It does
 * nothing but page faults and charges to the cgroup, which a sampler of that cgroup can disturb
 * most.
 */

#include "tests/bench/programs/loop.h"

#include <sys/mman.h>

int main(int argc, char **argv)
{
	size_t bytes;
	int rounds;

	if (argc != 3)
		errx(2, "usage: fault MIB ROUNDS");
	bytes = (size_t)loop_number(argv[1]) << 20;
	rounds = (int)loop_number(argv[2]);
	for (int round = 0; round < rounds; round++) {
		volatile char *memory = mmap(
			NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			err(2, "cannot map %zu bytes", bytes);
		/* Otherwise the kernel may back 2 MiB at a time, with hardly any faults. */
		madvise((void *)memory, bytes, MADV_NOHUGEPAGE);
		for (size_t i = 0; i < bytes; i += 4096)
			memory[i] = 1;
		munmap((void *)memory, bytes);
	}
	return 0;
}
