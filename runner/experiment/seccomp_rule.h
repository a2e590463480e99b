#pragma once

/* The rules of a profile: the elements of its "syscalls". Private to the profile reader. */

#include "runner/experiment/seccomp_reader.h"

/*
 * The SCMP_ACT_* value of a named action with an errno (-1: not given, EPERM). Reports and returns
 * false for an unknown action or one that cannot work here.
 */
bool profile_read_action(struct profile_reader *reader, struct json_path path, const char *name,
	int error_number, uint32_t *ret_action);

/*
 * The errno of an action: member `key` of `object` or, preferred, the errno's name in member
 * `name_key`, as Podman writes it. *ret_error_number is -1 if both are missing. Reports and returns
 * false for an invalid one.
 */
bool profile_read_errno(struct profile_reader *reader, struct json_path path, json_t *object,
	const char *key, const char *name_key, int *ret_error_number);

/*
 * Whether a rule's "includes" and "excludes" make it apply here: this architecture and kernel, a
 * task without capabilities. Reports and returns false if they cannot be parsed.
 */
bool profile_rule_applies(
	struct profile_reader *reader, struct json_path path, json_t *rule, bool *ret_applies);

/* Adds one rule to the filter, or reports its mistakes. */
void profile_read_rule(struct profile_reader *reader, struct json_path path, json_t *rule);
