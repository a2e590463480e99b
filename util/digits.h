#pragma once

/*
 * The one conversion of decimal digits to a number. In a header, so that libraries preloaded into
 * tasks need no other object; util/parse.h has the rest.
 */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Parses exactly `length` digits, at least one. -EINVAL for any other character, -ERANGE for
 * overflow, whichever comes first in the text. Sets *ret_value only on success.
 */
static inline int digits_parse(const char *text, size_t length, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (length == 0)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		unsigned digit = (unsigned char)text[i] - (unsigned)'0';

		if (digit > 9)
			return -EINVAL;
		if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
			__builtin_add_overflow(value, (uint64_t)digit, &value))
			return -ERANGE;
	}
	*ret_value = value;
	return 0;
}
