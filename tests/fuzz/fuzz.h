#pragma once

/*
 * An entry point of the program for untrusted bytes. Each target, tests/fuzz/fuzz_NAME.c, is the
 * real reader without stubs. `make fuzz` links it with libFuzzer, which generates inputs; the test
 * suite links it with replay.c, which runs the saved ones in tests/fuzz/corpus/NAME.
 *
 * Both run in the repository's root. A target has no result: it must return, and sanitizers and
 * assertions check the rest.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Called by libFuzzer. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Discards output, which is still formatted. */
static inline FILE *fuzz_sink(void)
{
	static FILE *sink;

	if (!sink)
		sink = fopen("/dev/null", "we");
	return sink;
}
