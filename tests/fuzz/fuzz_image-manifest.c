/*
 * Two manifests of an image's tree: what stands in the image's folder, as a power cut or whoever may write there left
 * it, held against what is there now. An input is two bytes of the first one's length (the lowest first), and both.
 */

#include "runner/container/image_manifest.h"
#include "tests/fuzz/fuzz.h"
#include "util/cleanup.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What has no NUL of its own was cut short, and is no entry. */
static size_t length_of_whole_entries(const char *text, size_t length)
{
	while (length > 0 && text[length - 1] != '\0')
		length--;
	return length;
}

/* Each in memory of its own, for a read past its end to be seen. */
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
	/* Nothing is said of the same entries, and something of any others, whichever were first. */
	whole = length_of_whole_entries(then, then_length);
	assert(!change == (whole == length_of_whole_entries(now, now_length) &&
				  (whole == 0 || memcmp(then, now, whole) == 0)));
	assert(!change == !change_back);
	/* It goes to a terminal. */
	for (const char *c = change; c && *c; c++)
		assert(!iscntrl((unsigned char)*c));
	return 0;
}
