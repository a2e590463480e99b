#include "runner/experiment/seccomp_json.h"

#include "util/array.h"
#include "util/cleanup.h"
#include "util/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Numbers above INT64_MAX are replaced by such a string, which Docker would not accept as a number.
 */
#define LARGE_PREFIX "u64 "
#define QUOTED_PREFIX "\"" LARGE_PREFIX
/* Fewer digits are never above INT64_MAX. */
#define LARGE_DIGITS 19
#define U64_DIGITS 20

static const char *const keys[] = {"defaultAction", "defaultErrnoRet", "defaultErrno",
	"architectures", "archMap", "architecture", "subArchitectures", "syscalls", "flags",
	"comment", "names", "name", "action", "errnoRet", "errno", "args", "index", "value",
	"valueTwo", "op", "includes", "excludes", "caps", "arches", "minKernel"};

/*
 * The length of a whole number at the cursor that is above INT64_MAX but fits in 64 bits; else 0.
 */
static size_t large_number(const char *at)
{
	size_t length = strspn(at, "0123456789");
	char digits[U64_DIGITS + 1];
	uint64_t number;

	if (length < LARGE_DIGITS || length > U64_DIGITS ||
		strchr(".eE", at[length] ? at[length] : ' '))
		return 0;
	memcpy(digits, at, length);
	digits[length] = '\0';
	return parse_u64(digits, &number) == 0 && number > INT64_MAX ? length : 0;
}

static const char *string_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\' && at + 1 < end)
			at++;
	return at < end ? at + 1 : end;
}

/* Copies the text, turning each number that is too large for jansson into a string. */
static int write_without_large_numbers(const char *text, size_t length, FILE *stream)
{
	const char *const end = text + length;

	for (const char *at = text; at < end;) {
		const char *next = at + 1;
		size_t large =
			at == text || !strchr("-+.0123456789eE", at[-1]) ? large_number(at) : 0;

		if (large > 0) {
			fprintf(stream, QUOTED_PREFIX "%.*s\"", (int)large, at);
			at += large;
			continue;
		}
		if (*at == '"')
			next = string_end(at, end);
		fwrite(at, 1, (size_t)(next - at), stream);
		at = next;
	}
	return ferror(stream) ? -1 : 0;
}

static const char *canonical_key(const char *key)
{
	for (size_t i = 0; i < LENGTH(keys); i++)
		if (strcasecmp(keys[i], key) == 0)
			return keys[i];
	return key;
}

static json_t *canonical(json_t *value);

static json_t *canonical_object(json_t *object)
{
	json_t *result = json_object();
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (json_is_null(value))
			continue;
		if (json_object_set_new(result, canonical_key(key), canonical(value)) < 0) {
			json_decref(result);
			return NULL;
		}
	}
	return result;
}

static json_t *canonical_array(json_t *array)
{
	json_t *result = json_array();
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
	{
		if (json_array_append_new(result, canonical(value)) < 0) {
			json_decref(result);
			return NULL;
		}
	}
	return result;
}

static json_t *canonical(json_t *value)
{
	if (json_is_object(value))
		return canonical_object(value);
	if (json_is_array(value))
		return canonical_array(value);
	return json_incref(value);
}

json_t *seccomp_json_load(const char *text, size_t length, json_error_t *ret_place)
{
	CLEANUP(cleanup_free) char *readable = NULL;
	size_t readable_length = 0;
	FILE *stream = open_memstream(&readable, &readable_length);
	json_t *loaded, *result;
	int r;

	*ret_place = (json_error_t){.text = "out of memory"};
	if (!stream)
		return NULL;
	r = write_without_large_numbers(text, length, stream);
	if (fclose(stream) != 0 || r < 0)
		return NULL;
	loaded = json_loadb(readable, readable_length, 0, ret_place);
	if (!loaded)
		return NULL;
	result = canonical(loaded);
	json_decref(loaded);
	return result;
}

bool seccomp_json_u64(const json_t *value, uint64_t *ret_number)
{
	const size_t prefix = strlen(LARGE_PREFIX);
	const char *text = json_string_value(value);

	if (text)
		return strncmp(text, LARGE_PREFIX, prefix) == 0 &&
		       parse_u64(text + prefix, ret_number) == 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*ret_number = (uint64_t)json_integer_value(value);
	return true;
}
