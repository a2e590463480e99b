#pragma once

/*
 * The one place where decimal digits become a number. In a header, so that what is preloaded into tasks needs no
 * other object for it; util/parse.h has the rest.
 */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Exactly `length` digits, one at least. -EINVAL: there is something else among them; -ERANGE: they are too many.
 * Which of both is wrong first decides. *ret_value is set on success only.
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
