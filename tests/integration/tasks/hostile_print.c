/* hostile_print: floods stdout and stderr with FLOOD_MIB each; half of the bytes are not text. */

#include <stddef.h>
#include <unistd.h>

#define FLOOD_MIB 16

static int flood(int fd, const char *block, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, block, size);

		if (n < 0)
			return 1;
		block += n;
		size -= (size_t)n;
	}
	return 0;
}

int main(void)
{
	static char block[1 << 20];
	int failed = 0;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)i;
	for (int i = 0; i < FLOOD_MIB; i++) {
		failed |= flood(STDOUT_FILENO, block, sizeof(block));
		failed |= flood(STDERR_FILENO, block, sizeof(block));
	}
	return failed;
}
