#pragma once

/*
 * An error as one sentence for people and one number for the program.
 *
 * Functions that can fail return 0 (or a documented positive outcome) on success and a negative
 * errno value on failure, and take a caller-owned `struct error *` as their last parameter. The
 * sentence names the operation, the path or value, and the cause: "cannot write
 * /sys/fs/cgroup/memory/x/memory.limit_in_bytes: Permission denied". It has no full stop, no
 * newline and no "error:" prefix; the command line adds what it needs. Paths and values are
 * untrusted: characters that a terminal would interpret are removed from the sentence
 * (text_blank_controls in util/text.h).
 *
 * `error` may be NULL if the caller needs only the number.
 *
 * What happened to a task (an exit code, a signal, OOM, a timeout) is data and never an error.
 */

#include <stdbool.h>
#include <stddef.h>

#define ERROR_TEXT_SIZE 1024

struct error {
	int number; /* a positive errno value; 0 while nothing has failed */
	char text[ERROR_TEXT_SIZE];
};

#define ERROR_INIT ((struct error){.number = 0})

/*
 * Formats the sentence; `number` is positive. Returns -number, for `return error_set(...)`. The old
 * sentence may be among the arguments.
 */
int error_set(struct error *error, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Like error_set, and appends ": " and strerror(number). */
int error_set_errno(struct error *error, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* True if a disk, or a user's quota, is full. */
bool error_is_out_of_room(const struct error *error);

/*
 * Prefixes the sentence with "<formatted>: ", for a caller that knows more than the callee. Returns
 * -number of the error, or -EIO if there is none (`error` is NULL or has no number): a failure
 * never becomes 0. A caller that may get NULL and must forward the number keeps the callee's return
 * value. If the sentence is too long, its middle is cut and the cause kept.
 */
int error_prefix(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
