#pragma once

/*
 * Cleanup of JSON values (jansson), like util/cleanup.h: CLEANUP(cleanup_json) json_t *value drops
 * its reference when it leaves scope.
 */

#include <jansson.h>

CLEANUP_POINTER(cleanup_json, json_t, json_decref)
