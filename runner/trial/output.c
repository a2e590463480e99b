#include "runner/trial/output.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A flood is read alternately with everything else that the trial watches: a MiB at a time. */
#define MAX_READS 16

int output_pipe_open(struct output_pipe *ret_pipe, struct error *error)
{
	CLEANUP(cleanup_free)
	char *text = malloc(TRIAL_OUTPUT_MAX_BYTES + 1 + TRIAL_OUTPUT_LAST_BYTES);
	int fds[2];

	if (!text)
		return error_set_errno(error, ENOMEM, "cannot keep the task's output");
	text[0] = '\0';
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set_errno(error, errno, "cannot make a pipe for the task's output");
	/* Only the runner's end: the task's end is another open file, which must block. */
	if (fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0) {
		int number = errno;

		close(fds[0]);
		close(fds[1]);
		return error_set_errno(error, number, "cannot read the task's output");
	}
	*ret_pipe = (struct output_pipe){
		.read_fd = fds[0],
		.write_fd = fds[1],
		.output = {.text = TAKE_PTR(text)},
	};
	return 0;
}

void output_pipe_hand_over(struct output_pipe *pipe)
{
	if (pipe->write_fd >= 0)
		close(TAKE_FD(pipe->write_fd));
}

/* `data` was cut: it moves what is kept of the end on. */
static void keep_end(struct trial_output *output, const char *data, size_t length)
{
	const size_t n = length < TRIAL_OUTPUT_LAST_BYTES ? length : TRIAL_OUTPUT_LAST_BYTES;

	if (length == 0)
		return;
	if (!output->last) {
		output->last = output->text + TRIAL_OUTPUT_MAX_BYTES + 1;
		memcpy(output->last,
			output->text + TRIAL_OUTPUT_MAX_BYTES - TRIAL_OUTPUT_LAST_BYTES,
			TRIAL_OUTPUT_LAST_BYTES);
	}
	memmove(output->last, output->last + n, TRIAL_OUTPUT_LAST_BYTES - n);
	memcpy(output->last + TRIAL_OUTPUT_LAST_BYTES - n, data + length - n, n);
}

static void keep_output(struct trial_output *output, const char *data, size_t length)
{
	size_t room = TRIAL_OUTPUT_MAX_BYTES - output->length;
	size_t kept = length < room ? length : room;

	memcpy(output->text + output->length, data, kept);
	output->length += kept;
	output->text[output->length] = '\0';
	output->cut_bytes += length - kept;
	keep_end(output, data + kept, length - kept);
}

int output_pipe_receive(struct output_pipe *pipe, struct error *error)
{
	char data[65536];

	for (unsigned i = 0; i < MAX_READS && pipe->read_fd >= 0; i++) {
		ssize_t length = read(pipe->read_fd, data, sizeof(data));

		if (length > 0)
			keep_output(&pipe->output, data, (size_t)length);
		else if (length == 0)
			close(TAKE_FD(pipe->read_fd));
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			return error_set_errno(error, errno, "cannot read the task's output");
	}
	return 0;
}

struct trial_output output_pipe_close(struct output_pipe *pipe)
{
	struct trial_output output = pipe->output;

	output_pipe_hand_over(pipe);
	if (pipe->read_fd >= 0)
		close(TAKE_FD(pipe->read_fd));
	pipe->output = (struct trial_output){.text = NULL};
	return output;
}

/* ---- the last lines, for a person */

/* Room for a line of it: a character that is blanked, to one byte, had four at most. */
#define LINE_SIZE (4 * OUTPUT_EXCERPT_WIDTH + 1)

/* A line as it is shown, OUTPUT_EXCERPT_WIDTH bytes at most. */
static void show_output_line(const char *line, size_t length, char ret_shown[LINE_SIZE])
{
	size_t width = OUTPUT_EXCERPT_WIDTH - strlen("...");

	if (length > LINE_SIZE - 1)
		length = LINE_SIZE - 1;
	for (size_t i = 0; i < length; i++)
		ret_shown[i] = line[i] ? line[i] : ' ';
	ret_shown[length] = '\0';
	text_blank_controls(ret_shown);
	if (strlen(ret_shown) <= OUTPUT_EXCERPT_WIDTH)
		return;
	while (((unsigned char)ret_shown[width] & 0xc0) == 0x80)
		width--;
	memcpy(ret_shown + width, "...", sizeof("..."));
}

/* The line that ends before `end`, without its newline. */
static const char *line_before(const char *text, const char *end, size_t *ret_length)
{
	const char *newline = end > text ? memrchr(text, '\n', (size_t)(end - text)) : NULL;
	const char *start = newline ? newline + 1 : text;

	*ret_length = (size_t)(end - start);
	return start;
}

/* Cuts blanks at its end, and what was written over. False: nothing is left. */
static bool trim_line(const char **line, size_t *length)
{
	const char *over;

	while (*length > 0 && strchr(" \t\r", (*line)[*length - 1]))
		--*length;
	over = memrchr(*line, '\r', *length);
	if (over) {
		*length -= (size_t)(over + 1 - *line);
		*line = over + 1;
	}
	return *length > 0;
}

struct output_excerpt output_excerpt_of(const char *text, size_t length)
{
	struct {
		const char *start;
		size_t length;
	} lines[OUTPUT_EXCERPT_LINES];
	struct output_excerpt excerpt = {.text = ""};
	const char *end = text + length;
	size_t n = 0, used = 0;
	bool more = true;

	while (more && n < OUTPUT_EXCERPT_LINES) {
		size_t line_length;
		const char *line = line_before(text, end, &line_length);

		more = line > text;
		end = more ? line - 1 : text;
		if (!trim_line(&line, &line_length))
			continue;
		lines[n].start = line;
		lines[n++].length = line_length;
	}
	while (n-- > 0) {
		char shown[LINE_SIZE];

		show_output_line(lines[n].start, lines[n].length, shown);
		used += (size_t)snprintf(
			excerpt.text + used, sizeof(excerpt.text) - used, "%s\n", shown);
	}
	return excerpt;
}

struct output_excerpt output_excerpt(const struct trial_output *output)
{
	if (output->last)
		return output_excerpt_of(output->last, TRIAL_OUTPUT_LAST_BYTES);
	return output_excerpt_of(output->text ? output->text : "", output->length);
}

struct output_excerpt output_excerpt_of_either(const struct trial_output *stderr_output,
	const struct trial_output *stdout_output, const char **ret_stream)
{
	struct output_excerpt excerpt = output_excerpt(stderr_output);
	const bool from_stderr = *excerpt.text;

	if (!from_stderr)
		excerpt = output_excerpt(stdout_output);
	*ret_stream = from_stderr ? "stderr" : *excerpt.text ? "stdout" : "";
	return excerpt;
}
