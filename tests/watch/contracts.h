#pragma once

/*
 * Included before each source that `make analyze` checks, one file at a time, to declare what it
 * cannot see: these functions always return a negative value, so that a caller that forwards it has
 * not set its outputs, and its own caller does not read them.
 */

#include "runner/store/hdf5.h"
#include "util/error.h"

static inline int below_zero(int r)
{
	if (r >= 0)
		__builtin_unreachable();
	return r;
}

#define error_set(...) below_zero(error_set(__VA_ARGS__))
#define error_set_errno(...) below_zero(error_set_errno(__VA_ARGS__))
#define error_prefix(...) below_zero(error_prefix(__VA_ARGS__))
#define hdf5_error(...) below_zero(hdf5_error(__VA_ARGS__))
