#pragma once

/* The words that a wrapping backend puts in front of a task. */

#include "util/error.h"

#include <stddef.h>

/*
 * Hands `n` allocated words over to `ret_argv`, which has room for `n_argv` pointers, and ends them with NULL.
 * Where one of them is NULL (-ENOMEM), or there is no room (-E2BIG), all are freed.
 */
int words_hand_over(char **words, size_t n, char **ret_argv, size_t n_argv, struct error *error);
