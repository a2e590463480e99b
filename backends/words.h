#pragma once

/* The command prefix of a wrapping backend. */

#include "util/error.h"

#include <stddef.h>

/*
 * Moves `n` allocated words to `ret_argv`, which has room for `n_argv` pointers, and appends NULL.
 * If one of them is NULL (-ENOMEM), or there is no room (-E2BIG), frees all.
 */
int words_hand_over(char **words, size_t n, char **ret_argv, size_t n_argv, struct error *error);
