#pragma once

/*
 * The JSON of a seccomp profile, read as Go's encoding/json reads it for Docker, Podman and runc: keys are the same
 * in any case, of two that are the last counts, null is as good as missing, and a number may be of 64 bits without
 * a sign, which jansson's are not.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The profile with the keys in Docker's own case; NULL, with the place, for what is not JSON. */
json_t *seccomp_json_load(const char *text, size_t length, json_error_t *ret_place);

/* A whole number from 0 to 2^64 - 1 of a profile that was loaded so. */
bool seccomp_json_u64(const json_t *value, uint64_t *ret_number);
