/* hostile_descriptors: closes all descriptors, then opens as many as possible, and exits with 0. */

#include <fcntl.h>
#include <unistd.h>

int main(void)
{
	for (int fd = 0; fd < 4096; fd++)
		close(fd);
	for (int i = 0; i < 100000; i++)
		if (open("/dev/null", O_RDWR) < 0)
			break;
	return 0;
}
