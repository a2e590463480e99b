#pragma once

/*
 * The JSON of a seccomp profile, with the semantics of Go's encoding/json, which Docker, Podman and
 * runc use: keys are case-insensitive, the last of duplicate keys wins, null means missing, and
 * numbers may be unsigned 64-bit, which jansson's are not.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The profile with keys in Docker's spelling; NULL, with the place, if it is not JSON. */
json_t *seccomp_json_load(const char *text, size_t length, json_error_t *ret_place);

/* A whole number from 0 to 2^64 - 1 in a profile loaded by seccomp_json_load. */
bool seccomp_json_u64(const json_t *value, uint64_t *ret_number);
