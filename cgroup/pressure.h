#pragma once

/*
 * The format of memory.pressure and /proc/pressure/memory: a line "some" and a line "full", such as
 * "some avg10=0.12 avg60=0.05 avg300=0.01 total=34567".
 */

#include "cgroup/slice.h"

/*
 * Parses NUL-terminated text. -EBADMSG if malformed, or if a line or field is missing or duplicate.
 * Skips lines and fields of other names.
 */
int memory_pressure_parse(const char *text, struct memory_pressure *ret_pressure);
