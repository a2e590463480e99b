#pragma once

/*
 * What went wrong, as one sentence for a person and one number for the program.
 *
 * Functions that can fail return 0 (or a documented positive outcome) on success and a negative
 * errno value on failure, and take a caller-owned `struct error *` as their last parameter. The
 * sentence names the operation, the path or value, and the cause: "cannot write
 * /sys/fs/cgroup/memory/x/memory.limit_in_bytes: Permission denied". It has no full stop, no newline
 * and no "error:" in front; the command line adds what it needs. Paths and values may be anybody's: a sentence is kept
 * without what a terminal would act on (text_blank_controls in util/text.h).
 *
 * `error` may be NULL where the caller needs the number only.
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
 * Sets the sentence from a format; `number` is positive. Returns -number, so that a caller can
 * `return error_set(...)`. The arguments may be the old sentence itself.
 */
int error_set(struct error *error, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set, and appends ": " and strerror(number). */
int error_set_errno(struct error *error, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether it is that a disk, or a user's share of it, is full. */
bool error_is_out_of_room(const struct error *error);

/*
 * Puts "<formatted>: " before the sentence, as a failure travels up and a caller knows more than the
 * callee did. Returns -number of the error it was given, or -EIO where there is none to ask (`error`
 * is NULL or holds no number): a failure is never turned into 0. A caller that may be handed NULL and
 * must forward the number keeps what the callee returned. A sentence that grows too long loses its
 * middle and keeps its cause.
 */
int error_prefix(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
