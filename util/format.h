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
