#include "runner/experiment/json_place.h"

#include <string.h>

struct json_path json_path_key(struct json_path path, const char *key)
{
	if (path.n < JSON_PATH_MAX)
		path.steps[path.n++].key = key;
	return path;
}

struct json_path json_path_index(struct json_path path, size_t index)
{
	if (path.n < JSON_PATH_MAX) {
		path.steps[path.n].key = NULL;
		path.steps[path.n++].index = index;
	}
	return path;
}

struct json_path json_path_at_key(struct json_path path, const char *key)
{
	path = json_path_key(path, key);
	path.at_key = true;
	return path;
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

static const char *skip_json_string(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		if (*at == '\\' && at[1])
			at++;
	return *at ? at + 1 : at;
}

/* Skips one value of any kind, without recursion, by matching brackets. */
static const char *skip_value(const char *at)
{
	size_t depth = 0;

	do {
		if (*at == '"') {
			at = skip_json_string(at);
			continue;
		}
		if (*at == '{' || *at == '[') {
			depth++;
			at++;
		} else if (*at == '}' || *at == ']') {
			depth--;
			at++;
		} else if (depth > 0) {
			at++;
		} else {
			at += strcspn(at, ",]} \t\r\n");
		}
	} while (depth > 0 && *at);
	return at;
}

/* A key without escapes, like all that are searched; case-insensitive, like Go's encoding/json. */
static bool is_key(const char *at, const char *key)
{
	size_t length = strlen(key);

	return strncasecmp(at + 1, key, length) == 0 && at[1 + length] == '"';
}

/* From an opening bracket to the first character of a member's key or value, or of an element. */
static const char *enter(const char *at, const char *key, size_t index, bool at_key)
{
	if (*at != (key ? '{' : '['))
		return NULL;
	for (size_t i = 0;; i++) {
		bool found = i == index;

		at = skip_blanks(at + 1);
		if (key) {
			if (*at != '"')
				return NULL;
			found = is_key(at, key);
			if (found && at_key)
				return at;
			at = skip_blanks(skip_json_string(at));
			at = skip_blanks(at + 1);
		}
		if (found && *at != ']')
			return at;
		at = skip_blanks(skip_value(at));
		if (*at != ',')
			return NULL;
	}
}

bool json_place(
	const char *text, const struct json_path *path, unsigned *ret_line, unsigned *ret_column)
{
	const char *at = skip_blanks(text);
	unsigned line = 1, column = 1;

	for (size_t i = 0; i < path->n && at; i++)
		at = enter(at, path->steps[i].key, path->steps[i].index,
			path->at_key && i + 1 == path->n);
	if (!at)
		return false;
	for (; text < at; text++) {
		if (*text == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*text & 0xc0) != 0x80) {
			column++;
		}
	}
	*ret_line = line;
	*ret_column = column;
	return true;
}
