#include "util/format.h"

#include "util/clock.h"
#include "util/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Rounds to nearest, halves up, without the overflow of adding half a unit first. */
static uint64_t divide_rounded(uint64_t value, uint64_t unit)
{
	return value / unit + (value % unit >= (unit + 1) / 2 ? 1 : 0);
}

/*
 * The value in units of 2^shift bytes, as a number of tenths or hundredths. The remainder is below
 * 2^40, so a hundred times it fits.
 */
static uint64_t scale_bytes(uint64_t bytes, unsigned int shift, uint64_t parts)
{
	uint64_t unit = UINT64_C(1) << shift;

	return (bytes >> shift) * parts + divide_rounded((bytes & (unit - 1)) * parts, unit);
}

static struct formatted format_magnitude(uint64_t bytes, const char *sign)
{
	static const struct {
		const char *name;
		unsigned int shift;
		uint64_t parts;
	} units[] = {{"KiB", 10, 10}, {"MiB", 20, 100}, {"GiB", 30, 100}, {"TiB", 40, 100}};
	const size_t n_units = sizeof(units) / sizeof(units[0]);
	struct formatted formatted;
	uint64_t scaled = 0;
	uint64_t parts;
	size_t i;

	if (bytes < 1024) {
		snprintf(formatted.text, FORMAT_SIZE, "%s%" PRIu64 " B", sign, bytes);
		return formatted;
	}

	/*
	 * 1048575 B rounds to 1024.0 KiB, which is 1.00 MiB: the rounded value determines the unit.
	 */
	for (i = 0;; i++) {
		scaled = scale_bytes(bytes, units[i].shift, units[i].parts);
		if (scaled < 1024 * units[i].parts || i + 1 == n_units)
			break;
	}
	parts = units[i].parts;
	snprintf(formatted.text, FORMAT_SIZE, "%s%" PRIu64 ".%0*" PRIu64 " %s", sign,
		scaled / parts, parts == 10 ? 1 : 2, scaled % parts, units[i].name);
	return formatted;
}

struct formatted format_bytes(uint64_t bytes)
{
	return format_magnitude(bytes, "");
}

struct formatted format_bytes_difference(int64_t bytes)
{
	/* Negated as unsigned: INT64_MIN has no positive counterpart. */
	if (bytes < 0)
		return format_magnitude(-(uint64_t)bytes, "-");
	return format_magnitude((uint64_t)bytes, bytes > 0 ? "+" : "");
}

/* Three significant digits in the smallest unit that shows the value below 1000. */
static struct formatted format_below_minute(uint64_t ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {{"us", 1000}, {"ms", NS_PER_MS}, {"s", NS_PER_S}};
	static const uint64_t parts[] = {100, 10, 1};
	struct formatted formatted = {.text = ""};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		for (int j = 0; j < 3; j++) {
			uint64_t scaled = divide_rounded(ns * parts[j], units[i].ns);

			if (scaled >= 1000)
				continue;
			snprintf(formatted.text, FORMAT_SIZE, "%.*f %s", 2 - j,
				(double)scaled / (double)parts[j], units[i].name);
			return formatted;
		}
	}
	return formatted;
}

static struct formatted format_minutes(uint64_t ns)
{
	struct formatted formatted;
	uint64_t seconds = divide_rounded(ns, NS_PER_S);
	uint64_t minutes = divide_rounded(ns, 60 * NS_PER_S);

	if (seconds < 3600)
		snprintf(formatted.text, FORMAT_SIZE, "%" PRIu64 " min %02" PRIu64 " s",
			seconds / 60, seconds % 60);
	else
		snprintf(formatted.text, FORMAT_SIZE, "%" PRIu64 " h %02" PRIu64 " min",
			minutes / 60, minutes % 60);
	return formatted;
}

struct formatted format_duration(uint64_t ns)
{
	struct formatted formatted;

	if (ns < 1000) {
		snprintf(formatted.text, FORMAT_SIZE, "%" PRIu64 " ns", ns);
		return formatted;
	}
	/* From here on three digits of seconds would print "60.0 s". */
	if (ns >= 59950 * NS_PER_MS)
		return format_minutes(ns);
	return format_below_minute(ns);
}

/* For "1.5e-07", as printf writes it: a sign and at least two digits. */
static int decimal_exponent(const char *text)
{
	const char *sign = strchr(text, 'e') + 1;
	uint64_t exponent = 0;

	(void)parse_u64(sign + 1, &exponent);
	return *sign == '-' ? -(int)exponent : (int)exponent;
}

/*
 * The fewest digits that suffice; 17 always do. Numbers below 1e16 have at most 16 digits before
 * the point.
 */
struct formatted format_double(double number)
{
	struct formatted formatted;
	int n_digits = 1;
	int exponent;

	do {
		snprintf(formatted.text, FORMAT_SIZE, "%.*e", n_digits - 1, number);
	} while (strtod(formatted.text, NULL) != number && n_digits++ < 17);
	exponent = decimal_exponent(formatted.text);
	if (exponent >= -4 && exponent < 16)
		snprintf(formatted.text, FORMAT_SIZE, "%.*f",
			n_digits - 1 > exponent ? n_digits - 1 - exponent : 1, number);
	return formatted;
}

/* gmtime_r fails for years beyond int, but 64 bits of nanoseconds end in 2554. */
static struct formatted format_utc(uint64_t realtime_ns, const char *format)
{
	const time_t seconds = (time_t)(realtime_ns / NS_PER_S);
	struct formatted formatted;
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(formatted.text, sizeof(formatted.text), format, &utc);
	return formatted;
}

struct formatted format_time(uint64_t realtime_ns)
{
	return format_utc(realtime_ns, "%Y-%m-%dT%H:%M:%SZ");
}

struct formatted format_time_basic(uint64_t realtime_ns)
{
	return format_utc(realtime_ns, "%Y%m%dT%H%M%SZ");
}
