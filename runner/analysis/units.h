#pragma once

/* One unit for all numbers of a table or an axis, chosen by the largest number. */

#include "util/format.h"

struct unit {
	const char *name;
	double size; /* in bytes, or in nanoseconds */
};

/* KiB below 1 MiB, MiB below 10 GiB, then GiB. NaN gives MiB. */
struct unit unit_of_bytes(double largest_bytes);

/* us below 1 ms, ms below 1 s, s below 10 min, min below 10 h, then h. NaN gives s. */
struct unit unit_of_time(double largest_ns);

/* "9.12", "22.14", "278.2", "20480": at most five digits when there are decimals; "-" for NaN. */
struct formatted format_number(double value);

/* "+2.1 %", "+0.04 %", "-100 %"; "-" for NaN. */
struct formatted format_percent(double fraction);
