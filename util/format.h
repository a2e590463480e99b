#pragma once

/* Numbers for people. Only the screen shows bytes in MiB and so on; files store bytes. */

#include <stddef.h>
#include <stdint.h>

#define FORMAT_SIZE 32

struct formatted {
	char text[FORMAT_SIZE];
};

/*
 * "512 B", "4.0 KiB", "64.25 MiB", "1.50 GiB", up to TiB: always a unit, no decimals in bytes, one
 * in KiB and two above, rounded to nearest. The rounded value determines the unit: 1048575 is "1.00
 * MiB".
 */
struct formatted format_bytes(uint64_t bytes);

/* format_bytes with a sign: "+1.20 MiB", "-4.0 KiB"; zero is "0 B". */
struct formatted format_bytes_difference(int64_t bytes);

/*
 * "812 ns", "12.3 us", "4.56 ms", "1.23 s", "2 min 05 s", "1 h 02 min": three digits below a minute, whole
 * seconds below an hour, whole minutes above; rounded to nearest.
 */
struct formatted format_duration(uint64_t ns);

/*
 * The shortest decimal text that parses back to the same finite number and looks like a float:
 * "0.1", not "0.10000000000000001"; "1.0", not "1"; "100000.0"; from 1e16 on and below 0.0001
 * "1e+16", "1e-05". Valid in JSON, TOML and Python, and equal to Python's repr().
 */
struct formatted format_double(double number);

/*
 * A time of CLOCK_REALTIME in UTC, in seconds: "2026-11-30T11:31:31Z", ISO 8601. And in its basic
 * form, which is valid in a folder's name: "20261130T113131Z".
 */
struct formatted format_time(uint64_t realtime_ns);
struct formatted format_time_basic(uint64_t realtime_ns);
