/* vfork: touches 64 MiB, and for half a second has a child of vfork(2), which shares them. */

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIZE_BYTES ((size_t)64 << 20)

int main(void)
{
	const struct timespec half_second = {.tv_nsec = 500000000};
	char *memory = malloc(SIZE_BYTES);
	pid_t child;

	if (!memory)
		return 1;
	memset(memory, 1, SIZE_BYTES);
	child = vfork();
	if (child == 0) {
		nanosleep(&half_second, NULL);
		_exit(0);
	}
	if (child < 0 || waitpid(child, NULL, 0) != child)
		return 1;
	free(memory);
	return 0;
}
