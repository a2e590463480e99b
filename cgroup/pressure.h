#pragma once

/*
 * The text of memory.pressure, and of /proc/pressure/memory: a line "some" and a line "full", each as
 * "some avg10=0.12 avg60=0.05 avg300=0.01 total=34567".
 */

#include "cgroup/slice.h"

/*
 * Takes NUL-terminated text. -EBADMSG for another form; a line or a field that is missing or stands there
 * twice is one. Fields and lines of other names are passed over.
 */
int memory_pressure_parse(const char *text, struct memory_pressure *ret_pressure);
