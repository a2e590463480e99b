#pragma once

/*
 * A profile while it is read, and how what is wrong with it is reported. Private to the reading of profiles.
 */

#include "runner/experiment/diagnostics.h"
#include "runner/experiment/json_place.h"
#include "runner/experiment/seccomp_filter.h"

#include <jansson.h>

struct profile_reader {
	const char *text;
	struct diagnostics *diagnostics;
	struct seccomp_filter *filter;
};

/* Reports a sentence where the value at the end of `path` stands. */
void profile_report(struct profile_reader *reader, struct json_path path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same of what is taken, but not as the profile may mean it. */
void profile_warn(struct profile_reader *reader, struct json_path path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Warns of the members of an object that are not in a NULL-terminated list of keys: Docker passes over them. */
void profile_check_keys(struct profile_reader *reader, struct json_path path, json_t *object,
	const char *const *keys);
