#pragma once

/*
 * Cleanup of JSON values (jansson), beside util/cleanup.h: CLEANUP(cleanup_json) json_t *value gives its
 * reference back when it leaves scope.
 */

#include <jansson.h>

CLEANUP_POINTER(cleanup_json, json_t, json_decref)
