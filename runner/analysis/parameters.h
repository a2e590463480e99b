#pragma once

/*
 * The parameter values of a point, as /summary has them: a compact JSON object.
 */

/* For a person: {"size_mib": 64, "mode": "fast"} is "size_mib=64 mode=fast", {} is "", and what is no
 * object stays as it is. Control characters are blanks. NULL on ENOMEM; the caller frees. */
char *parameters_label(const char *json);

/* Parameter by parameter in the order of the first; numbers by value, "64k" before "256k". For sorting:
 * 0 for equal texts only. */
int parameters_compare(const char *a_json, const char *b_json);
