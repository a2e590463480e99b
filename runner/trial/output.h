#pragma once

/*
 * The output of a task, through a pipe. The first TRIAL_OUTPUT_MAX_BYTES are kept; the rest is read
 * and counted, so that a task that floods its stdout neither blocks nor fills the disk or the
 * runner. The end of the rest is kept too: the last lines say why a task failed.
 */

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

#define TRIAL_OUTPUT_MAX_BYTES 65536
#define TRIAL_OUTPUT_LAST_BYTES 4096

struct trial_output {
	char *text; /* NUL-terminated; never NULL in a result */
	size_t length;
	uint64_t cut_bytes; /* bytes after those kept */
	char *last; /* the last TRIAL_OUTPUT_LAST_BYTES printed; part of `text`, NULL unless cut_bytes > 0 */
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

/*
 * The last lines of an output, for a person: OUTPUT_EXCERPT_LINES of those that hold anything, each made safe for a
 * terminal (util/text.h) and cut, with "...", to OUTPUT_EXCERPT_WIDTH bytes. Of a line that was written over, as
 * progress bars are, the last state. Every line ends in a newline; "" where nothing was printed.
 */
#define OUTPUT_EXCERPT_LINES 10
#define OUTPUT_EXCERPT_WIDTH 160
struct output_excerpt {
	char text[OUTPUT_EXCERPT_LINES * (OUTPUT_EXCERPT_WIDTH + 1) + 1];
};

struct output_excerpt output_excerpt(const struct trial_output *output);

/* The same of any text. */
struct output_excerpt output_excerpt_of(const char *text, size_t length);

/* The same of stderr, or of stdout where stderr is empty: *ret_stream is "stderr", "stdout", or "" for neither. */
struct output_excerpt output_excerpt_of_either(const struct trial_output *stderr_output,
	const struct trial_output *stdout_output, const char **ret_stream);
