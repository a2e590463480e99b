/* mprofile.dat, in a folder that the task can write to. */

#include "backends/mprof.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_folder.h"

#include <string.h>

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error error = ERROR_INIT;
	uint64_t last_ns = 0;
	int r = file_write(fuzz_folder(), MPROF_FILE, data, size, 0600, NULL);

	assert(r == 0);
	mprof_collect(fuzz_folder(), 0, check_sample, &last_ns, &error);
	return 0;
}
