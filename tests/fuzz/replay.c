/*
 * Runs a target on the saved inputs of a corpus, without a fuzzer, as a regression test. Prints TAP
 * like the other tests.
 */

#include "tests/fuzz/fuzz.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX_BYTES (4 * 1024 * 1024)

static bool replay(int corpus_fd, const char *name)
{
	CLEANUP(cleanup_free) char *data = NULL;
	struct error error = ERROR_INIT;
	size_t size;

	if (file_read(corpus_fd, name, INPUT_MAX_BYTES, &data, &size, &error) < 0) {
		printf("# %s\n", error.text);
		return false;
	}
	/* If the target crashes, this line names the input: tests/tap then shows only it. */
	printf("# %s\n", name);
	LLVMFuzzerTestOneInput((const uint8_t *)data, size);
	return true;
}

static bool replay_all(const char *folder, unsigned *ret_n)
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	const struct dirent *entry;
	bool all = true;

	*ret_n = 0;
	if (file_list(AT_FDCWD, folder, &directory) < 0)
		return false;
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		all &= replay(dirfd(directory), entry->d_name);
		++*ret_n;
	}
	return all;
}

int main(void)
{
	const char *target = strstr(program_invocation_short_name, "fuzz_");
	char folder[128];
	unsigned n = 0;
	bool all;

	/* Output must be written before the target runs. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(folder, sizeof(folder), "tests/fuzz/corpus/%s", target ? target + 5 : "");
	all = replay_all(folder, &n) && n > 0;
	printf("1..1\n%s 1 - %u inputs of %s\n", all ? "ok" : "not ok", n, folder);
	return all ? EXIT_SUCCESS : EXIT_FAILURE;
}
