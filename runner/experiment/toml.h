#pragma once

/*
 * A TOML 1.0 document as a tree of values that know their place. Implemented by the project's one
 * C++ file (toml.cc) with toml++: Debian has no C library for TOML.
 *
 * The document owns its values. No exception crosses this interface.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum toml_kind {
	TOML_TABLE,
	TOML_ARRAY,
	TOML_STRING,
	TOML_INTEGER,
	TOML_FLOAT,
	TOML_BOOLEAN,
	/* dates and times: recognised so that errors can name them; they have no value */
	TOML_DATETIME,
};

struct toml_document;
struct toml_value;

struct toml_error {
	char text[512]; /* a sentence without its place */
	unsigned line;	/* from 1 */
	unsigned column;
};

/* Parses `length` bytes. Returns 0; -EINVAL with *ret_error set; -ENOMEM. */
int toml_parse(const char *text, size_t length, struct toml_document **ret_document,
	struct toml_error *ret_error);
void toml_free(struct toml_document *document);

/* The root table. */
const struct toml_value *toml_root(const struct toml_document *document);

enum toml_kind toml_value_kind(const struct toml_value *value);
/* "table", "array", "string", "integer", "float", "boolean", "date or time" */
const char *toml_kind_name(enum toml_kind kind);

/* The place of the value; toml_key_* gives the place of a member's key. */
unsigned toml_value_line(const struct toml_value *value);
unsigned toml_value_column(const struct toml_value *value);

/* Number of members of a table, in file order, or elements of an array. 0 for other kinds. */
size_t toml_size(const struct toml_value *value);
const struct toml_value *toml_at(const struct toml_value *value, size_t index);
/* The key of a member of a table, NUL-terminated (a key containing NUL is a parse error). */
const char *toml_key_at(const struct toml_value *table, size_t index);
unsigned toml_key_line(const struct toml_value *table, size_t index);
unsigned toml_key_column(const struct toml_value *table, size_t index);

/* The member of that name, or NULL. */
const struct toml_value *toml_get(const struct toml_value *table, const char *key);

/* Call each only on a value of its kind. */
const char *toml_string(const struct toml_value *value); /* NUL-terminated; no NUL within */
int64_t toml_integer(const struct toml_value *value);
double toml_float(const struct toml_value *value);
bool toml_boolean(const struct toml_value *value);

#ifdef __cplusplus
}
#endif
