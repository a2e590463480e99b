#pragma once

/*
 * Numbers for people. Bytes are shown in MiB and their like on screen only; files keep bytes.
 */

#include <stddef.h>
#include <stdint.h>

#define FORMAT_SIZE 32

struct formatted {
	char text[FORMAT_SIZE];
};

/*
 * "512 B", "4.0 KiB", "64.25 MiB", "1.50 GiB", up to TiB: always a unit, no decimals in bytes, one in KiB
 * and two above, rounded to nearest. The rounded value picks the unit: 1048575 is "1.00 MiB".
 */
struct formatted format_bytes(uint64_t bytes);

/* As format_bytes with a sign: "+1.20 MiB", "-4.0 KiB"; none is "0 B". */
struct formatted format_bytes_difference(int64_t bytes);

/*
 * "812 ns", "12.3 us", "4.56 ms", "1.23 s", "2 min 05 s", "1 h 02 min": three digits below a minute, whole
 * seconds below an hour, whole minutes above; rounded to nearest.
 */
struct formatted format_duration(uint64_t ns);

/*
 * The shortest decimal text that reads back as the same finite number, and that shows it to be a float: "0.1",
 * not "0.10000000000000001"; "1.0", not "1"; "100000.0"; from 1e16 on and below 0.0001 "1e+16", "1e-05". The
 * same text is right in JSON, TOML and Python, whose repr() it is.
 */
struct formatted format_double(double number);

/*
 * An instant of CLOCK_REALTIME in UTC, to the second: "2026-11-30T11:31:31Z", ISO 8601. And the same in its
 * basic form, which has no sign that a folder's name could not have: "20261130T113131Z".
 */
struct formatted format_time(uint64_t realtime_ns);
struct formatted format_time_basic(uint64_t realtime_ns);
