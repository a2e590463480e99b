#pragma once

/*
 * The rules of a profile: the elements of its "syscalls". Private to the reading of profiles.
 */

#include "runner/experiment/seccomp_reader.h"

/*
 * The value SCMP_ACT_* of an action by its name and an errno (-1: not given, EPERM). Reports and
 * returns false for what is no action, or none that can work here.
 */
bool profile_read_action(struct profile_reader *reader, struct json_path path, const char *name,
	int error_number, uint32_t *ret_action);

/*
 * The errno beside an action, member `key` of `object`, or by its name, member `name_key`, as Podman writes it
 * and prefers it: *ret_error_number is -1 where there is neither. Reports and returns false for an impossible one.
 */
bool profile_read_errno(struct profile_reader *reader, struct json_path path, json_t *object,
	const char *key, const char *name_key, int *ret_error_number);

/*
 * Whether a rule's "includes" and "excludes" let it hold here: for this architecture and kernel, and
 * for a task without capabilities. Reports and returns false for what cannot be read.
 */
bool profile_rule_applies(
	struct profile_reader *reader, struct json_path path, json_t *rule, bool *ret_applies);

/* Adds one rule to the filter, or reports what is wrong with it. */
void profile_read_rule(struct profile_reader *reader, struct json_path path, json_t *rule);
