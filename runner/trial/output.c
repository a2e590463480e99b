#include "runner/trial/output.h"

#include "util/cleanup.h"

#include <fcntl.h>
#include <string.h>

/* A flood is read in turns with everything else that the trial watches: a MiB at a time. */
#define MAX_READS 16

int output_pipe_open(struct output_pipe *ret_pipe, struct error *error)
{
	CLEANUP(cleanup_free) char *text = malloc(TRIAL_OUTPUT_MAX_BYTES + 1);
	int fds[2];

	if (!text)
		return error_set_errno(error, ENOMEM, "cannot keep the task's output");
	text[0] = '\0';
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set_errno(error, errno, "cannot make a pipe for the task's output");
	/* Only the runner's end: the open file of the other is the task's, which expects to block. */
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

static void keep_output(struct trial_output *output, const char *data, size_t length)
{
	size_t room = TRIAL_OUTPUT_MAX_BYTES - output->length;
	size_t kept = length < room ? length : room;

	memcpy(output->text + output->length, data, kept);
	output->length += kept;
	output->text[output->length] = '\0';
	output->cut_bytes += length - kept;
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
