/* Scalene's output, in a folder that the task can write to. */

#include "backends/scalene.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_folder.h"

#include <string.h>

static int check_sample(void *context, const char *metric, enum metric_kind kind,
	const struct sample *sample, struct error *error)
{
	unsigned *n = context;

	(void)error;
	assert(strcmp(metric, "scalene.max_footprint_bytes") == 0 && kind == METRIC_HIGH_WATER);
	assert(sample->time_ns == SAMPLE_AT_END);
	++*n;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error error = ERROR_INIT;
	unsigned n = 0;
	int r = file_write(fuzz_folder(), SCALENE_FILE, data, size, 0600, NULL);

	assert(r == 0);
	r = scalene_collect(fuzz_folder(), 0, check_sample, &n, &error);
	assert(n == (r == 0));
	return 0;
}
