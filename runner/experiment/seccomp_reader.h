#pragma once

/* A profile being read, and how its mistakes are reported. Private to the profile reader. */

#include "runner/experiment/diagnostics.h"
#include "runner/experiment/json_place.h"
#include "runner/experiment/seccomp_filter.h"

#include <jansson.h>

struct profile_reader {
	const char *text;
	struct diagnostics *diagnostics;
	struct seccomp_filter *filter;
};

/* Reports a mistake at the place of the value at the end of `path`. */
void profile_report(struct profile_reader *reader, struct json_path path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Warns about a value that is accepted but may not do what the profile means. */
void profile_warn(struct profile_reader *reader, struct json_path path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Warns about members of an object that are not in a NULL-terminated list of keys: Docker ignores
 * them.
 */
void profile_check_keys(struct profile_reader *reader, struct json_path path, json_t *object,
	const char *const *keys);
