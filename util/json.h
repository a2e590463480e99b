#pragma once

/*
 * Cleanup of JSON values (jansson), beside util/cleanup.h: CLEANUP(cleanup_json) json_t *value gives its
 * reference back when it leaves scope.
 */

#include <jansson.h>

static inline void cleanup_json(json_t **value)
{
	json_decref(*value);
}
