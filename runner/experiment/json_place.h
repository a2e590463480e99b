#pragma once

/*
 * Where a value stands in a JSON text. jansson gives places of syntax errors only; a sentence on a
 * value that is well-formed but wrong needs one too.
 */

#include <stdbool.h>
#include <stddef.h>

#define JSON_PATH_MAX 6

/* From the root: members by key, elements by index. */
struct json_path {
	struct {
		const char *key; /* NULL: an array's element */
		size_t index;
	} steps[JSON_PATH_MAX];
	size_t n;
	bool at_key; /* the place of the last step's key, not of its value */
};

/* The path one step further; at its full length, the path itself. `key` is borrowed. */
struct json_path json_path_key(struct json_path path, const char *key);
struct json_path json_path_index(struct json_path path, size_t index);
/* As json_path_key, to where the key itself stands. */
struct json_path json_path_at_key(struct json_path path, const char *key);

/*
 * Finds the place, from 1, of the value at the end of the path in a text that jansson has read
 * without error. Columns count characters. False, with nothing written, where there is no such value.
 */
bool json_place(
	const char *text, const struct json_path *path, unsigned *ret_line, unsigned *ret_column);
