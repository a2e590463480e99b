#pragma once

/*
 * A TOML 1.0 document as a tree of values that know where they stand. The one C++ file of the project
 * (toml.cc) is behind it: Debian has no C library for TOML, so toml++ does the parsing.
 *
 * Values belong to the document and live as long as it does. No exception crosses this interface.
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
	TOML_DATETIME, /* dates and times: known, so that an error can name them; no value is given */
};

struct toml_document;
struct toml_value;

struct toml_error {
	char text[512]; /* a sentence without place */
	unsigned line;	/* from 1 */
	unsigned column;
};

/* Parses `length` bytes. Returns 0; -EINVAL with *ret_error set; -ENOMEM. */
int toml_parse(const char *text, size_t length, struct toml_document **ret_document,
	struct toml_error *ret_error);
void toml_free(struct toml_document *document);

/* The document itself, a table. */
const struct toml_value *toml_root(const struct toml_document *document);

enum toml_kind toml_value_kind(const struct toml_value *value);
/* "table", "array", "string", "integer", "float", "boolean", "date or time" */
const char *toml_kind_name(enum toml_kind kind);

/* Where the value stands; for a table's member, toml_key_* is where its key stands. */
unsigned toml_value_line(const struct toml_value *value);
unsigned toml_value_column(const struct toml_value *value);

/* Members of a table in the order of the file, or elements of an array. 0 for other kinds. */
size_t toml_size(const struct toml_value *value);
const struct toml_value *toml_at(const struct toml_value *value, size_t index);
/* The key of a table's member, NUL-terminated (a key with a NUL in it is a parse error). */
const char *toml_key_at(const struct toml_value *table, size_t index);
unsigned toml_key_line(const struct toml_value *table, size_t index);
unsigned toml_key_column(const struct toml_value *table, size_t index);

/* The member of that name, or NULL. */
const struct toml_value *toml_get(const struct toml_value *table, const char *key);

/* Each must be called on a value of its kind. */
const char *toml_string(const struct toml_value *value); /* NUL-terminated; no NUL within */
int64_t toml_integer(const struct toml_value *value);
double toml_float(const struct toml_value *value);
bool toml_boolean(const struct toml_value *value);

#ifdef __cplusplus
}
#endif
