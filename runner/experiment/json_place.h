#pragma once

/*
 * Finds the place of a value in a JSON text. jansson gives places for syntax errors only; messages
 * about well-formed but wrong values need one too.
 */

#include <stdbool.h>
#include <stddef.h>

#define JSON_PATH_MAX 6

/* From the root: members by key, elements by index. */
struct json_path {
	struct {
		const char *key; /* NULL: an array element */
		size_t index;
	} steps[JSON_PATH_MAX];
	size_t n;
	bool at_key; /* the place of the last key, not of its value */
};

/* The path extended by one step; unchanged if it is full. `key` is borrowed. */
struct json_path json_path_key(struct json_path path, const char *key);
struct json_path json_path_index(struct json_path path, size_t index);
/* Like json_path_key, but for the place of the key itself. */
struct json_path json_path_at_key(struct json_path path, const char *key);

/*
 * Finds the line and column, from 1, of the value at the end of the path, in a text that jansson
 * has accepted. Columns count characters. Returns false, and writes nothing, if there is no such
 * value.
 */
bool json_place(
	const char *text, const struct json_path *path, unsigned *ret_line, unsigned *ret_column);
