/*
 * hostile_disk [FOLDER]: fills every folder that it may write to, or the given one, until the
 * kernel refuses. Exits with the number of folders in which it could write more than LIMIT_BYTES.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_BYTES (64L << 20)

static int fill(const char *folder)
{
	static const char block[65536];
	char path[256];
	long written_bytes = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/filler", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0) {
		printf("%s: %s\n", folder, strerror(errno));
		return 0;
	}
	while ((n = write(fd, block, sizeof(block))) > 0 && written_bytes <= LIMIT_BYTES)
		written_bytes += n;
	printf("%s: %ld bytes, then %s\n", folder, written_bytes,
		n < 0 ? strerror(errno) : "it was enough");
	return n < 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const char *const folders[] = {"/tmp", "/dev/shm", "/dev", "/run", "/run/memcg-run",
		"/etc", "/usr", "/var/tmp", "."};
	int n_holes = 0;

	if (argc > 1)
		return fill(argv[1]);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		n_holes += fill(folders[i]);
	return n_holes;
}
