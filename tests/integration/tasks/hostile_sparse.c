/*
 * hostile_sparse [FILE]: creates a file that takes no space and hours to read, in each folder that
 * it may write to, or the given one.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* 15 TiB: ext4's maximum is 16. */
#define HOLE_BYTES (15LL << 40)

static int make_hole(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	if (fd < 0 || ftruncate(fd, HOLE_BYTES) < 0) {
		printf("%s: %s\n", path, strerror(errno));
		return 1;
	}
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return make_hole(argv[1]);
	make_hole("/tmp/hole");
	make_hole("/dev/shm/hole");
	make_hole("/run/memcg-run/hole");
	return 0;
}
