#pragma once

/*
 * Strict parsers of numbers, sizes and durations. They accept the whole text or fail: leading or
 * trailing blanks, signs, empty text and overflow are errors. Return 0, or -EINVAL (malformed) or
 * -ERANGE (well-formed, but too large); the output is written only on success.
 */

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only: "0", "4096". */
int parse_u64(const char *text, uint64_t *ret_value);

/*
 * The same for the digits at the beginning of a text; advances *cursor past them, only on success.
 */
int parse_leading_u64(const char **cursor, uint64_t *ret_value);

/*
 * The next column of a line of /proc: blanks or tabs, one at least, then digits up to the next of them or the line's
 * end. *cursor is moved behind the digits, on success only.
 */
int parse_column_u64(const char **cursor, uint64_t *ret_value);

/* Digits of base 16 in either case, up to 16 of them, that end with the line: "000001ffffffffff". */
int parse_hex_line(const char *text, uint64_t *ret_value);

struct version {
	uint64_t major;
	uint64_t minor;
};

/* What a kernel's release begins with: 6.12 of "6.12.48+deb13-amd64". *cursor is moved behind it, on success only. */
int parse_leading_version(const char **cursor, struct version *ret_version);
bool version_is_at_least(const struct version *version, const struct version *least);

/*
 * A finite decimal number >= 0 with an optional fraction and exponent: "0.25", "1e-3". The point
 * must have digits on both sides. Too small for a double gives 0.
 */
int parse_decimal(const char *text, double *ret_value);

/*
 * Bytes: a number with a unit. "4096", "4096B", "64KiB", "512MiB", "1.5GiB" are powers of 1024
 * (KiB, MiB, GiB, TiB; Ki, Mi, Gi, Ti as in Kubernetes; K, M, G, T or k, m, g, t as in Docker,
 * which are decimal in Kubernetes); "1kB", "1GB" are powers of 1000 (kB/KB, MB, GB, TB). One blank
 * may precede the unit. The result must be a whole number of bytes; the number may have a fraction
 * of at most 18 digits but no exponent.
 */
int parse_size(const char *text, uint64_t *ret_bytes);

/*
 * Nanoseconds from "800ns", "250us", "10ms", "1.5s", "2min", "1h"; a bare number is seconds. One
 * blank may precede the unit, and the result must be a whole number of nanoseconds.
 */
int parse_duration(const char *text, uint64_t *ret_ns);
