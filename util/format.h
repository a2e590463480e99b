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

/* "512 B", "4.0 KiB", "64.25 MiB", "1.50 GiB": always a unit, at most 4 significant decimals. */
struct formatted format_bytes(uint64_t bytes);

/* As format_bytes with a sign: "+1.20 MiB", "-4.0 KiB". */
struct formatted format_bytes_difference(int64_t bytes);

/* "812 ns", "12.3 us", "4.56 ms", "1.23 s", "2 min 05 s", "1 h 02 min". */
struct formatted format_duration(uint64_t ns);
