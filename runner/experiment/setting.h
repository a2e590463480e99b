#pragma once

/*
 * One key of an experiment file with its value, and its readers. Each setting_* reader either
 * writes its output and returns true, or reports what it found and what was expected at the value's
 * place and returns false without changing the output, which keeps its default.
 *
 * Private to the experiment reader.
 */

#include "cgroup/slice.h"
#include "runner/experiment/diagnostics.h"
#include "runner/experiment/experiment.h"
#include "runner/experiment/toml.h"

#include <stdbool.h>
#include <stdint.h>

/* State shared by the whole reader. */
struct loader {
	struct experiment *experiment;
	const struct experiment_options *options;
	struct diagnostics *diagnostics;
	const struct toml_value *root;
	bool out_of_memory;
};

struct setting {
	struct loader *loader;
	const char *section; /* "trials", "task.parameters"; NULL: the top level */
	const char *key;
	const struct toml_value *value;
};

/* How to read a key of a section. A NULL key ends a list. */
struct field {
	const char *key;
	void (*read)(const struct setting *setting);
};

/* Finds a key; false if it is missing. */
bool setting_find(
	struct loader *loader, const char *section, const char *key, struct setting *ret_setting);

/* The same key, with one element of its array as the value. */
struct setting setting_element(const struct setting *setting, size_t index);

/* Reports "section.key: <sentence>" where the value stands. */
void setting_refuse(const struct setting *setting, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Reports "section.key: found <the value>; expected <sentence>". */
void setting_expected(const struct setting *setting, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* strdup that records ENOMEM in the loader and returns NULL. */
char *loader_copy(struct loader *loader, const char *text);

bool setting_boolean(const struct setting *setting, bool *ret_value);
bool setting_integer(
	const struct setting *setting, uint64_t least, uint64_t most, uint64_t *ret_value);

/* A number of seconds, integer or float, in [least_s, most_s]. */
bool setting_seconds(
	const struct setting *setting, double least_s, double most_s, uint64_t *ret_ns);

/* Non-empty. The copy replaces *text. */
bool setting_string(const struct setting *setting, char **text);

/* A string from a NULL-terminated list: returns its index. Suggests a word for a misspelt one. */
bool setting_choice(const struct setting *setting, const char *const *choices, unsigned *ret_index);

/* Bytes: an integer, a size such as "512MiB", or "max". At least `least_bytes`. */
bool setting_size(const struct setting *setting, uint64_t least_bytes, struct amount *ret_amount);

/* An array; `of` describes its elements with an example: "strings such as [\"psutil\"]". */
bool setting_array(const struct setting *setting, const char *of);

/* An array of strings: the NULL-terminated copy replaces *strings. */
bool setting_strings(const struct setting *setting, const char *of, char ***strings);
