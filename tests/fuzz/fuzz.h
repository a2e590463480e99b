#pragma once

/*
 * A way into the program for bytes that somebody else wrote. Each target, tests/fuzz/fuzz_NAME.c, is the
 * real reader with nothing stubbed. `make fuzz` links it with libFuzzer, which invents inputs; the
 * test suite links it with replay.c, which gives it the kept ones of tests/fuzz/corpus/NAME.
 *
 * Both work in the repository's root. A target has no result: it must come back, and sanitizers and
 * assertions see to the rest.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The name that libFuzzer calls. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What nobody reads: everything is formatted all the same. */
static inline FILE *fuzz_sink(void)
{
	static FILE *sink;

	if (!sink)
		sink = fopen("/dev/null", "we");
	return sink;
}
