/*
 * The spool of a killed runner, possibly damaged by a crash of the machine or by anyone who may
 * write to a run's folder: its index, its notes, the samples. An input is the lengths of index and
 * notes in two bytes each (little-endian), and both; the rest goes to the first files of samples.
 */

#include "runner/store/recovery.h"
#include "runner/trial/spool_state.h"
#include "tests/fuzz/fuzz.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_SAMPLE_FILES 4
#define SPOOL "000001.spool"
#define SEALED "000001.h5"

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

struct input {
	const uint8_t *data;
	size_t size;
};

static struct input take(struct input *input, size_t size)
{
	struct input taken = {input->data, size < input->size ? size : input->size};

	input->data += taken.size;
	input->size -= taken.size;
	return taken;
}

static size_t take_length(struct input *input)
{
	struct input bytes = take(input, 2);

	return bytes.size == 2 ? bytes.data[0] | (size_t)bytes.data[1] << 8 : 0;
}

static void write_file(int spool_fd, const char *name, struct input content)
{
	int r = file_write(spool_fd, name, content.data, content.size, 0600, NULL);

	assert(r == 0);
}

static void write_spool(int folder_fd, struct input input)
{
	size_t index = take_length(&input), notes = take_length(&input);
	CLEANUP(cleanup_close) int fd = -1;
	int r = mkdirat(folder_fd, SPOOL, 0700);

	assert(r == 0);
	fd = openat(folder_fd, SPOOL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(fd >= 0);
	write_file(fd, SPOOL_INDEX, take(&input, index));
	write_file(fd, SPOOL_NOTES, take(&input, notes));
	for (unsigned i = 0; i < N_SAMPLE_FILES; i++) {
		char name[SPOOL_FILE_SIZE];

		snprintf(name, sizeof(name), SPOOL_FILE_FORMAT, i);
		write_file(fd, name, take(&input, input.size / (N_SAMPLE_FILES - i)));
	}
}

static void told(void *context, const char *sentence)
{
	(void)context;
	fputs(sentence, fuzz_sink());
}

static bool is_there(int folder_fd, const char *name)
{
	return faccessat(folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int folder_fd = -1;
	struct error error = ERROR_INIT;
	uint64_t n = 0;
	int r;

	if (folder_fd < 0)
		folder_fd = open_folder();
	write_spool(folder_fd, (struct input){data, size});
	r = recovery_seal_spools(folder_fd, folder, told, NULL, &n, &error);
	/* Either sealed, and the spool removed; or left as it is. */
	assert(r == 0 || error.text[0]);
	assert(n <= 1 && is_there(folder_fd, SEALED) == (n == 1 && r == 0));
	assert(is_there(folder_fd, SPOOL) == (n == 0));
	(void)unlinkat(folder_fd, SEALED, 0);
	r = n == 1 ? 0 : file_remove_tree(folder_fd, SPOOL, NULL);
	assert(r == 0);
	return 0;
}
