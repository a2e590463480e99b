/* hostile_memory: allocates and touches memory until it is killed. */

#include <stddef.h>
#include <sys/mman.h>

#define STEP_BYTES (1 << 20)

int main(void)
{
	for (;;) {
		char *memory = mmap(NULL, STEP_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			return 1;
		for (int i = 0; i < STEP_BYTES; i += 4096)
			memory[i] = 1;
	}
}
