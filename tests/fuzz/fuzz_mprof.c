/* mprofile.dat, which stands in a folder that the task can write. */

#include "backends/mprof.h"
#include "tests/fuzz/fuzz.h"
#include "util/file.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int check_sample(void *context, const char *metric, enum metric_kind kind,
	const struct sample *sample, struct error *error)
{
	uint64_t *last_ns = context;

	(void)error;
	assert(strcmp(metric, "mprof.rss_bytes") == 0 && kind == METRIC_GAUGE);
	assert(sample->time_ns >= *last_ns);
	*last_ns = sample->time_ns;
	return 0;
}

static char folder[] = "/dev/shm/memcg-run-fuzz-XXXXXX";

static void remove_folder(void)
{
	file_remove_tree(AT_FDCWD, folder, NULL);
}

static int open_folder(void)
{
	int fd = mkdtemp(folder) ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	assert(fd >= 0);
	atexit(remove_folder);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error error = ERROR_INIT;
	uint64_t last_ns = 0;
	static int folder_fd = -1;
	int r;

	if (folder_fd < 0)
		folder_fd = open_folder();
	r = file_write(folder_fd, MPROF_FILE, data, size, 0600, NULL);
	assert(r == 0);
	mprof_collect(folder_fd, 0, check_sample, &last_ns, &error);
	return 0;
}
