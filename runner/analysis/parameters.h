#pragma once

/*
 * The parameter values of a point, as /summary has them: a compact JSON object.
 */

#include <jansson.h>

/* For a person: {"size_mib": 64, "mode": "fast"} is "size_mib=64 mode=fast", {} is "", and what is no
 * object stays as it is. Control characters are blanks. NULL on ENOMEM; the caller frees. */
char *parameters_label(const char *json);

/* The object as text again, with its numbers as they were written: 0.1, which is {"alpha":0.1}. NULL on ENOMEM;
 * the caller frees. */
char *parameters_json(const json_t *object);

/* The texts of each sweep of an experiment by their places in it, for parameters_compare(): {"mode": {"slow": 0,
 * "fast": 1}}. Empty where the text is no experiment. The caller releases it. */
json_t *parameters_places(const char *experiment);

/* Parameter by parameter in the order of the first; numbers by value, texts as the sweep has them and where it has
 * not, "64k" before "256k". For sorting: 0 for equal texts only. */
int parameters_compare(const char *a_json, const char *b_json, const json_t *places);
