/* A seccomp profile, up to the compiled program. */

#include "runner/experiment/seccomp_profile.h"
#include "tests/fuzz/fuzz.h"
#include "util/cleanup.h"

#include <assert.h>
#include <linux/filter.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_free) char *text = malloc(size + 1);
	struct error error = ERROR_INIT;
	struct seccomp_profile *profile;

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (seccomp_profile_parse("fuzz", "fuzz.json", text, size, fuzz_sink(), &profile, &error) <
		0)
		return 0;
	assert(profile->program_bytes > 0 &&
		profile->program_bytes % sizeof(struct sock_filter) == 0);
	seccomp_profile_free(profile);
	return 0;
}
