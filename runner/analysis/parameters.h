#pragma once

/* The parameter values of a point, a compact JSON object as stored in /summary. */

#include <jansson.h>

/*
 * For people: {"size_mib": 64, "mode": "fast"} becomes "size_mib=64 mode=fast", {} becomes "". Text
 * that is not an object is returned unchanged. Control characters become blanks. NULL on ENOMEM;
 * the caller frees.
 */
char *parameters_label(const char *json);

/*
 * The object as JSON text, with numbers as they were written: 0.1 stays 0.1, as in {"alpha":0.1}.
 * NULL on ENOMEM; the caller frees.
 */
char *parameters_json(const json_t *object);

/*
 * Maps the string values of each sweep of an experiment to their positions, for
 * parameters_compare(): {"mode": {"slow": 0, "fast": 1}}. Empty if the text is not an experiment.
 * The caller releases it.
 */
json_t *parameters_places(const char *experiment);

/* The places of an experiment's named tasks: {"before": 0, "after": 1}. Empty if they have no names. The caller releases it. */
json_t *parameters_task_places(const char *experiment);

/*
 * Compares parameter by parameter, in the order of the first object: numbers by value, strings by
 * their place in the sweep; strings not in the sweep in natural order, "64k" before "256k". For
 * sorting; returns 0 only for equal texts.
 */
int parameters_compare(const char *a_json, const char *b_json, const json_t *places);
