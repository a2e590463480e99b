/*
 * Compares two manifests of an image's tree: the stored one, possibly damaged by a power cut or by
 * anyone who may write there, and the current one. An input is the length of the first in two bytes
 * (little-endian), and both.
 */

#include "runner/container/image_manifest.h"
#include "tests/fuzz/fuzz.h"
#include "util/cleanup.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* An entry without a NUL is truncated and does not count. */
static size_t length_of_whole_entries(const char *text, size_t length)
{
	while (length > 0 && text[length - 1] != '\0')
		length--;
	return length;
}

/* Each in its own allocation, so that reads past its end are detected. */
static char *copy(const uint8_t *data, size_t size)
{
	char *text = malloc(size);

	assert(text || size == 0);
	if (size > 0)
		memcpy(text, data, size);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_free) char *then = NULL;
	CLEANUP(cleanup_free) char *now = NULL;
	CLEANUP(cleanup_free) char *change = NULL;
	CLEANUP(cleanup_free) char *change_back = NULL;
	size_t then_length, now_length, whole;

	if (size < 2)
		return 0;
	then_length = data[0] | (size_t)data[1] << 8;
	data += 2;
	size -= 2;
	if (then_length > size)
		then_length = size;
	now_length = size - then_length;
	then = copy(data, then_length);
	now = copy(data + then_length, now_length);
	change = image_manifest_change(then, then_length, now, now_length);
	change_back = image_manifest_change(now, now_length, then, then_length);
	/* A difference is reported exactly if the entries differ, in either order. */
	whole = length_of_whole_entries(then, then_length);
	assert(!change == (whole == length_of_whole_entries(now, now_length) &&
				  (whole == 0 || memcmp(then, now, whole) == 0)));
	assert(!change == !change_back);
	/* It is printed to a terminal. */
	for (const char *c = change; c && *c; c++)
		assert(!iscntrl((unsigned char)*c));
	return 0;
}
