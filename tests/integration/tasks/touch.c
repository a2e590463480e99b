/* touch MIB [HOLD_MS]: maps MIB of memory, writes a byte to every page, holds it, and exits. */

#include "memcg_run.h"

#include <sys/mman.h>

static unsigned long number(const char *text)
{
	return strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	size_t size_bytes = (argc > 1 ? number(argv[1]) : 64) << 20;
	unsigned long hold_ms = argc > 2 ? number(argv[2]) : 0;
	struct timespec hold = {
		.tv_sec = (time_t)(hold_ms / 1000),
		.tv_nsec = (long)(hold_ms % 1000) * 1000000,
	};
	struct memcg_run channel = memcg_run_open();
	char *memory =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < size_bytes; i += 4096)
		memory[i] = 1;
	memcg_run_truth(&channel, size_bytes);
	nanosleep(&hold, NULL);
	memcg_run_close(&channel);
	return 0;
}
