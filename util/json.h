#pragma once

/*
 * JSON values (jansson). CLEANUP(cleanup_json) json_t *value, like those of util/cleanup.h, drops its reference when it
 * leaves scope.
 *
 * Values are packed with json_pack, whose result is NULL if any part of it is: one check at the end finds ENOMEM.
 */

#include "util/cleanup.h"

#include <jansson.h>

CLEANUP_POINTER(cleanup_json, json_t, json_decref)

/*
 * Appends an item, which it takes over. If there is no item or no memory, the array becomes NULL and stays it: what is
 * packed from it is then NULL too.
 */
void json_append(json_t **array, json_t *item);

/* A whole number as an integer; null for what is missing (NaN). NULL on ENOMEM. */
json_t *json_from_double(double number);

/* A text, safe to show (text_blank_controls in util/text.h); null for NULL. NULL on ENOMEM. */
json_t *json_from_text(const char *text);

/* Its lines as an array of such texts, without a last empty one. NULL on ENOMEM. */
json_t *json_from_lines(const char *text);

/*
 * The value as a text of several lines, in ASCII, which ends in a newline. Numbers are as format_double (util/format.h)
 * has them: 0.1, where jansson writes 0.10000000000000001. NULL on ENOMEM, and for NULL. The caller frees.
 */
char *json_document(const json_t *value);
