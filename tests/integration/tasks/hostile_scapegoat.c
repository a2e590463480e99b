/*
 * hostile_scapegoat: tries to make the OOM killer choose the launcher, as any process of the same
 * user may (proc(5), oom_score_adj). Then several processes allocate memory until the kernel kills
 * one: none of them is as large as the limit, which is the size that the launcher is made to seem.
 */

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEP_BYTES (1 << 20)

int main(void)
{
	int fd = open("/proc/1/oom_score_adj", O_WRONLY);

	if (fd >= 0)
		(void)!write(fd, "1000", 4);
	fork();
	fork();
	for (;;) {
		char *memory = mmap(NULL, STEP_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			return 1;
		for (int i = 0; i < STEP_BYTES; i += 4096)
			memory[i] = 1;
	}
}
