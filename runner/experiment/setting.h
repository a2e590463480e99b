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

#define SECTION_SIZE 96

/* State shared by the whole reader. */
struct loader {
	struct experiment *experiment;
	const struct experiment_options *options;
	struct diagnostics *diagnostics;
	const struct toml_value *root;
	/* The task that is read or completed: tasks_section.c. */
	struct task *task;
	const struct toml_value *task_table; /* of its own; NULL: it has none */
	char task_section[SECTION_SIZE];     /* "task", "tasks.before" */
	bool out_of_memory;
	struct error system_error; /* of the system, not a mistake in the file; number 0: none */
};

struct setting {
	struct loader *loader;
	const char *section; /* "trials", "task.parameters"; NULL: the top level */
	const char *key;
	const struct toml_value *value;
};

/*
 * How to read a key of a section: by a reader of the section's own, or by the setting_* reader of its
 * kind into a member of the experiment. A NULL key ends a list.
 */
struct field {
	const char *key;
	enum field_kind {
		FIELD_OWN,
		FIELD_BOOLEAN,
		FIELD_CHOICE,
		FIELD_INTEGER,
		FIELD_RATE,
		FIELD_SECONDS,
		FIELD_SIZE,
		FIELD_STRING,
		FIELD_STRINGS,
	} kind;
	void (*read)(const struct setting *setting); /* FIELD_OWN only */
	size_t offset;		    /* of the member in struct experiment, or struct task */
	uint64_t least, most;	    /* of an integer; for a size in pages, for strings in number */
	double least_s;		    /* of seconds */
	const char *const *choices; /* as for setting_choice() */
	const char *text;	    /* of strings: what they are; of a rate: what 0 means */
};

/* The offset of a member, which must be of this type. */
#define FIELD_MEMBER(owner, type, member)                                                          \
	(offsetof(owner, member) + 0 * sizeof(char[_Generic(((owner *)NULL)->member, type : 1)]))

#define FIELD_OF(owner, name, what, type, member, ...)                                             \
	{                                                                                          \
		.key = name, .kind = what, .offset = FIELD_MEMBER(owner, type, member),            \
		__VA_ARGS__                                                                        \
	}
#define FIELD(name, what, type, member, ...)                                                       \
	FIELD_OF(struct experiment, name, what, type, member, __VA_ARGS__)
#define READ_OWN(name, reader)                                                                     \
	{                                                                                          \
		.key = name, .read = reader                                                        \
	}
#define READ_BOOLEAN(name, member) FIELD(name, FIELD_BOOLEAN, bool, member, )
#define READ_CHOICE(name, member, of) FIELD(name, FIELD_CHOICE, unsigned, member, .choices = of)
#define READ_INTEGER(name, member, least_, most_)                                                  \
	FIELD(name, FIELD_INTEGER, uint64_t, member, .least = least_, .most = most_)
#define READ_RATE(name, member, zero) FIELD(name, FIELD_RATE, double, member, .text = zero)
#define READ_SECONDS(name, member, least)                                                          \
	FIELD(name, FIELD_SECONDS, uint64_t, member, .least_s = least)
#define READ_SIZE(name, member, least_pages)                                                       \
	FIELD(name, FIELD_SIZE, struct amount, member, .least = least_pages)
#define READ_STRING(name, member) FIELD(name, FIELD_STRING, char *, member, )
/* Of a task. */
#define TASK_CHOICE(name, member, of)                                                              \
	FIELD_OF(struct task, name, FIELD_CHOICE, unsigned, member, .choices = of)
#define TASK_BOOLEAN(name, member) FIELD_OF(struct task, name, FIELD_BOOLEAN, bool, member, )
#define TASK_STRING(name, member) FIELD_OF(struct task, name, FIELD_STRING, char *, member, )
#define TASK_STRINGS(name, member, least_, of)                                                     \
	FIELD_OF(struct task, name, FIELD_STRINGS, char **, member, .least = least_, .text = of)

/*
 * Reads the value into the experiment or the task that the field is a member of; what does not fit is reported, and
 * leaves it as it was.
 */
void setting_read(const struct setting *setting, const struct field *field, void *owner);

/* Finds a key; false if it is missing. */
bool setting_find(
	struct loader *loader, const char *section, const char *key, struct setting *ret_setting);

/*
 * Finds a key of the loader's task: in its own table, else in [task], whose keys are the defaults of all. python, module
 * and command are one choice: a task that has one of them takes none of the others from [task].
 */
bool setting_find_of_task(struct loader *loader, const char *key, struct setting *ret_setting);

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

/* An integer or a float; NaN for other kinds. */
double setting_number(const struct setting *setting);

/* A number of seconds, integer or float, from `least_s` to 1e9 (31 years). */
bool setting_seconds(const struct setting *setting, double least_s, uint64_t *ret_ns);

/* The hertz at which the thread that watches the task reads a file, or 0, whose meaning is `zero`. */
bool setting_rate(const struct setting *setting, const char *zero, double *ret_rate_hz);

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
