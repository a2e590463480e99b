#include "util/parse.h"

#include "util/clock.h"
#include "util/digits.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* More decimals cannot be scaled in 128 bits: 10^18 * 2^40 < 2^128. */
#define MAX_FRACTION_DIGITS 18

struct unit {
	const char *name; /* "" for a bare number */
	uint64_t scale;
};

static const struct unit size_units[] = {
	{"", 1},
	{"B", 1},
	{"KiB", UINT64_C(1) << 10},
	{"MiB", UINT64_C(1) << 20},
	{"GiB", UINT64_C(1) << 30},
	{"TiB", UINT64_C(1) << 40},
	{"K", UINT64_C(1) << 10},
	{"M", UINT64_C(1) << 20},
	{"G", UINT64_C(1) << 30},
	{"T", UINT64_C(1) << 40},
	{"k", UINT64_C(1) << 10},
	{"m", UINT64_C(1) << 20},
	{"g", UINT64_C(1) << 30},
	{"t", UINT64_C(1) << 40},
	{"Ki", UINT64_C(1) << 10},
	{"Mi", UINT64_C(1) << 20},
	{"Gi", UINT64_C(1) << 30},
	{"Ti", UINT64_C(1) << 40},
	{"kB", UINT64_C(1000)},
	{"KB", UINT64_C(1000)},
	{"MB", UINT64_C(1000000)},
	{"GB", UINT64_C(1000000000)},
	{"TB", UINT64_C(1000000000000)},
	{NULL, 0},
};

static const struct unit duration_units[] = {
	{"", NS_PER_S},
	{"ns", 1},
	{"us", 1000},
	{"ms", NS_PER_MS},
	{"s", NS_PER_S},
	{"min", 60 * NS_PER_S},
	{"h", 3600 * NS_PER_S},
	{NULL, 0},
};

/* The three parts of "1.5 GiB", as pointers into the text. */
struct quantity {
	const char *whole;
	size_t n_whole;
	const char *fraction;
	size_t n_fraction;
	const char *unit;
};

static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

int parse_u64(const char *text, uint64_t *ret_value)
{
	size_t n_digits = count_digits(text);

	return text[n_digits] == '\0' ? digits_parse(text, n_digits, ret_value) : -EINVAL;
}

int parse_leading_u64(const char **cursor, uint64_t *ret_value)
{
	size_t n_digits = count_digits(*cursor);
	int r = digits_parse(*cursor, n_digits, ret_value);

	if (r == 0)
		*cursor += n_digits;
	return r;
}

int parse_column_u64(const char **cursor, uint64_t *ret_value)
{
	size_t n_blanks = strspn(*cursor, " \t");
	const char *digits = *cursor + n_blanks;
	size_t n_digits = strcspn(digits, " \t\n");
	int r = n_blanks > 0 ? digits_parse(digits, n_digits, ret_value) : -EINVAL;

	if (r == 0)
		*cursor = digits + n_digits;
	return r;
}

int parse_hex_line(const char *text, uint64_t *ret_value)
{
	static const char digits[] = "0123456789abcdef";
	size_t n_digits = strcspn(text, "\n");
	uint64_t value = 0;

	if (n_digits == 0)
		return -EINVAL;
	for (size_t i = 0; i < n_digits; i++) {
		const char *digit = strchr(digits, tolower((unsigned char)text[i]));

		if (!digit)
			return -EINVAL;
		value = value << 4 | (uint64_t)(digit - digits);
	}
	if (n_digits > 16)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

int parse_leading_version(const char **cursor, struct version *ret_version)
{
	const char *rest = *cursor;
	struct version version;
	int r = parse_leading_u64(&rest, &version.major);

	if (r == 0)
		r = *rest++ == '.' ? parse_leading_u64(&rest, &version.minor) : -EINVAL;
	if (r < 0)
		return r;
	*cursor = rest;
	*ret_version = version;
	return 0;
}

bool version_is_at_least(const struct version *version, const struct version *least)
{
	return version->major != least->major ? version->major > least->major
					      : version->minor >= least->minor;
}

/* digits [ "." digits ]; returns the rest, or NULL if the text does not start like that. */
static const char *split_number(const char *text, struct quantity *ret_quantity)
{
	struct quantity quantity = {.whole = text, .fraction = ""};

	quantity.n_whole = count_digits(text);
	if (quantity.n_whole == 0)
		return NULL;
	text += quantity.n_whole;

	if (*text == '.') {
		quantity.fraction = text + 1;
		quantity.n_fraction = count_digits(text + 1);
		if (quantity.n_fraction == 0)
			return NULL;
		text += 1 + quantity.n_fraction;
	}
	*ret_quantity = quantity;
	return text;
}

static bool is_exponent(const char *text)
{
	size_t n_digits;

	if (*text != 'e' && *text != 'E')
		return false;
	text++;
	if (*text == '+' || *text == '-')
		text++;
	n_digits = count_digits(text);
	return n_digits > 0 && text[n_digits] == '\0';
}

int parse_decimal(const char *text, double *ret_value)
{
	struct quantity quantity;
	const char *rest = split_number(text, &quantity);
	char *end;
	double value;

	if (!rest || (*rest != '\0' && !is_exponent(rest)))
		return -EINVAL;

	/*
	 * The format is checked; strtod only converts. In a locale with a decimal comma it stops
	 * early.
	 */
	value = strtod(text, &end);
	if (*end != '\0')
		return -EINVAL;
	if (!isfinite(value))
		return -ERANGE;
	*ret_value = value;
	return 0;
}

static int split_quantity(const char *text, struct quantity *ret_quantity)
{
	struct quantity quantity;
	const char *rest = split_number(text, &quantity);

	if (!rest)
		return -EINVAL;
	if (rest[0] == ' ' && rest[1] != '\0')
		rest++;
	quantity.unit = rest;
	*ret_quantity = quantity;
	return 0;
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (strcmp(units->name, name) == 0)
			return units;
	return NULL;
}

/*
 * "0." followed by these digits, times the scale, exactly; -EINVAL if that is not a whole number.
 */
static int scale_fraction(const char *digits, size_t n_digits, uint64_t scale, uint64_t *ret_value)
{
	uint64_t divisor = 1;
	uint64_t numerator = 0;
	unsigned __int128 product;

	while (n_digits > 0 && digits[n_digits - 1] == '0')
		n_digits--;
	if (n_digits > MAX_FRACTION_DIGITS)
		return -EINVAL;

	for (size_t i = 0; i < n_digits; i++) {
		numerator = numerator * 10 + (uint64_t)(digits[i] - '0');
		divisor *= 10;
	}
	product = (unsigned __int128)numerator * scale;
	if (product % divisor != 0)
		return -EINVAL;
	*ret_value = (uint64_t)(product / divisor);
	return 0;
}

/* The format of the whole text is checked before the range. */
static int parse_scaled(const char *text, const struct unit *units, uint64_t *ret_value)
{
	struct quantity quantity;
	const struct unit *unit;
	uint64_t fraction;
	uint64_t whole;
	int result = split_quantity(text, &quantity);

	if (result < 0)
		return result;
	unit = find_unit(units, quantity.unit);
	if (!unit)
		return -EINVAL;
	result = scale_fraction(quantity.fraction, quantity.n_fraction, unit->scale, &fraction);
	if (result < 0)
		return result;

	result = digits_parse(quantity.whole, quantity.n_whole, &whole);
	if (result < 0)
		return result;
	if (__builtin_mul_overflow(whole, unit->scale, &whole) ||
		__builtin_add_overflow(whole, fraction, &whole))
		return -ERANGE;
	*ret_value = whole;
	return 0;
}

int parse_size(const char *text, uint64_t *ret_bytes)
{
	return parse_scaled(text, size_units, ret_bytes);
}

int parse_duration(const char *text, uint64_t *ret_ns)
{
	return parse_scaled(text, duration_units, ret_ns);
}
