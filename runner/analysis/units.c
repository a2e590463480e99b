#include "runner/analysis/units.h"

#include "util/clock.h"

#include <math.h>
#include <stdio.h>

#define KIB 1024.0
#define MIB (1024.0 * KIB)
#define GIB (1024.0 * MIB)

struct unit unit_of_bytes(double largest_bytes)
{
	if (largest_bytes < MIB)
		return (struct unit){.name = "KiB", .size = KIB};
	if (largest_bytes >= 10.0 * GIB)
		return (struct unit){.name = "GiB", .size = GIB};
	return (struct unit){.name = "MiB", .size = MIB};
}

struct unit unit_of_time(double largest_ns)
{
	const double second = (double)NS_PER_S;

	if (largest_ns < second / 1000.0)
		return (struct unit){.name = "us", .size = second / 1e6};
	if (largest_ns < second)
		return (struct unit){.name = "ms", .size = second / 1e3};
	if (largest_ns >= 36000.0 * second)
		return (struct unit){.name = "h", .size = 3600.0 * second};
	if (largest_ns >= 600.0 * second)
		return (struct unit){.name = "min", .size = 60.0 * second};
	return (struct unit){.name = "s", .size = second};
}

struct formatted format_number(double value)
{
	struct formatted formatted = {.text = "-"};
	double size = fabs(value);
	int decimals = 0;

	if (isnan(value))
		return formatted;
	if (size < 99.995)
		decimals = 2;
	else if (size < 9999.95)
		decimals = 1;
	snprintf(formatted.text, FORMAT_SIZE, "%.*f", decimals, value);
	return formatted;
}

struct formatted format_percent(double fraction)
{
	struct formatted formatted = {.text = "-"};
	double percent = 100.0 * fraction;
	double size = fabs(percent);

	if (!isnan(percent))
		snprintf(formatted.text, FORMAT_SIZE, "%+.*f %%",
			size < 0.95   ? 2
			: size < 99.5 ? 1
				      : 0,
			percent);
	return formatted;
}
