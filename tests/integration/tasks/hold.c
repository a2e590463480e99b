/*
 * hold MIB FOLDER: touches MIB of memory, creates FOLDER/held, and waits for FOLDER/go, so that a
 * test can act during a trial.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const struct timespec nap = {.tv_nsec = 10000000};
	size_t size_bytes;
	char *memory;
	int fd;

	if (argc != 3 || chdir(argv[2]) < 0)
		return 1;
	size_bytes = strtoul(argv[1], NULL, 10) << 20;
	memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return 2;
	for (size_t i = 0; i < size_bytes; i += 4096)
		memory[i] = 1;
	fd = open("held", O_WRONLY | O_CREAT, 0644);
	if (fd < 0)
		return 3;
	close(fd);
	while (access("go", F_OK) != 0)
		nanosleep(&nap, NULL);
	return 0;
}
