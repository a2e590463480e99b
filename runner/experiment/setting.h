#pragma once

/*
 * One key of an experiment file with its value, and the ways to read it. Each setting_* reader either
 * writes its output and returns true, or reports what it found and what was expected at the value's
 * place and returns false with the output untouched, so that the default stays.
 *
 * Private to the reading of experiments.
 */

#include "cgroup/slice.h"
#include "runner/experiment/diagnostics.h"
#include "runner/experiment/experiment.h"
#include "runner/experiment/toml.h"

#include <stdbool.h>
#include <stdint.h>

/* What all parts of the reading share. */
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

/* How a key of a section is read. A NULL key ends a list. */
struct field {
	const char *key;
	void (*read)(const struct setting *setting);
};

/* The setting of a key that may be missing: false then. */
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

/* strdup that notes in the loader that there was no memory; NULL then. */
char *loader_copy(struct loader *loader, const char *text);

bool setting_boolean(const struct setting *setting, bool *ret_value);
bool setting_integer(
	const struct setting *setting, uint64_t least, uint64_t most, uint64_t *ret_value);

/* A number of seconds, integer or float, in [least_s, most_s]. */
bool setting_seconds(
	const struct setting *setting, double least_s, double most_s, uint64_t *ret_ns);

/* Not empty. The copy replaces what *text had. */
bool setting_string(const struct setting *setting, char **text);

/* A string that is one of a NULL-terminated list: its index. Suggests one for a misspelt word. */
bool setting_choice(const struct setting *setting, const char *const *choices, unsigned *ret_index);

/* Bytes: an integer, a size as "512MiB", or "max". At least `least_bytes`. */
bool setting_size(const struct setting *setting, uint64_t least_bytes, struct amount *ret_amount);

/* An array; `of` says of what, and with examples: "strings such as [\"psutil\"]". */
bool setting_array(const struct setting *setting, const char *of);

/* An array of strings: NULL-terminated copy, which replaces what *strings had. */
bool setting_strings(const struct setting *setting, const char *of, char ***strings);
