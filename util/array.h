#pragma once

#include <stdlib.h>

/* Number of elements of an array; not for pointers. */
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Makes room for one more element after the `n` of a list on the heap. False on ENOMEM, which leaves
 * the list as it is.
 */
#define ARRAY_GROW(list, n)                                                                        \
	({                                                                                         \
		void *array_grown_ = reallocarray((list), (n) + 1, sizeof(*(list)));               \
		if (array_grown_)                                                                  \
			(list) = array_grown_;                                                     \
		array_grown_ != NULL;                                                              \
	})
