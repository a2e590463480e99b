#pragma once

/*
 * The output of a task, through a pipe. The first TRIAL_OUTPUT_MAX_BYTES are kept; the rest is read
 * and counted, so that a task that floods its stdout neither blocks nor fills the disk or the
 * runner.
 */

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

#define TRIAL_OUTPUT_MAX_BYTES 65536

struct trial_output {
	char *text; /* NUL-terminated; never NULL in a result */
	size_t length;
	uint64_t cut_bytes; /* bytes after those kept */
};

struct output_pipe {
	int read_fd;  /* -1 at the end of the stream */
	int write_fd; /* for the task; -1 once handed over */
	struct trial_output output;
};

#define OUTPUT_PIPE_CLOSED ((struct output_pipe){.read_fd = -1, .write_fd = -1})

int output_pipe_open(struct output_pipe *ret_pipe, struct error *error);

/* Call it after the start: only the task may hold the writing end. */
void output_pipe_hand_over(struct output_pipe *pipe);

/* Reads without blocking; sets read_fd to -1 at the end of the stream. */
int output_pipe_receive(struct output_pipe *pipe, struct error *error);

/* Closes the pipe and returns the kept output; the caller frees the text. */
struct trial_output output_pipe_close(struct output_pipe *pipe);
