/* Runs a helper program to its end and collects its output: a part of util/process.h. */

#include "util/process.h"

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/format.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_BYTES (64 * 1024)

/* The last OUTPUT_BYTES of a stream, and room to read as many again. */
struct tail {
	char *data;
	size_t length;
};

static void tail_release(struct tail *tail)
{
	free(tail->data);
}

static void tail_trim(struct tail *tail)
{
	if (tail->length <= OUTPUT_BYTES)
		return;
	memmove(tail->data, tail->data + tail->length - OUTPUT_BYTES, OUTPUT_BYTES);
	tail->length = OUTPUT_BYTES;
}

/*
 * Reads what is available. Returns 1 at the end of the stream, 0 if there is no more for now. A
 * writer that never pauses holds it only for as long as it takes to read the largest pipe (1 MiB,
 * pipe(7)).
 */
static int tail_read(struct tail *tail, int fd)
{
	for (int i = 0; i < 16; i++) {
		ssize_t n;

		tail_trim(tail);
		n = read(fd, tail->data + tail->length, OUTPUT_BYTES);

		if (n == 0)
			return 1;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			tail->length += (size_t)n;
	}
	return 0;
}

/*
 * Reads until the stream or the process ends: a process that the helper left running may hold the
 * stream open forever.
 */
static int collect_output(int fd, int pidfd, uint64_t deadline_ns, struct tail *tail)
{
	struct pollfd events[] = {
		{.fd = pidfd, .events = POLLIN},
		{.fd = fd, .events = POLLIN},
	};

	for (;;) {
		const struct timespec left = timespec_from_ns(clock_left_ns(deadline_ns));
		int result = ppoll(events, 2, deadline_ns == UINT64_MAX ? NULL : &left, NULL);

		if (result < 0 && errno == EINTR)
			continue;
		if (result <= 0)
			return result < 0 ? -errno : -ETIMEDOUT;
		result = tail_read(tail, fd);
		if (result != 0 || events[0].revents != 0)
			return result < 0 ? result : 0;
	}
}

static int check_end(const char *name, int status, char *output, struct error *error)
{
	const char *line;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	line = text_last_line(output);
	if (WIFSIGNALED(status)) {
		const char *abbreviation = sigabbrev_np(WTERMSIG(status));

		return error_set(error, EIO, "%s was ended by signal %d (SIG%s)%s%s", name,
			WTERMSIG(status), abbreviation ? abbreviation : "?", *line ? ": " : "",
			line);
	}
	return error_set(error, EIO, "%s exited with code %d%s%s", name, WEXITSTATUS(status),
		*line ? ": " : "", line);
}

static int start_helper(const struct process_helper *helper, int *ret_output_fd,
	struct process *ret_process, struct error *error)
{
	const char *const *argv = helper->argv;
	CLEANUP(cleanup_close) int read_fd = -1;
	CLEANUP(cleanup_close) int write_fd = -1;
	struct process_options options = {
		.argv = argv,
		.stdin_fd = helper->streams ? helper->streams[0] : -1,
		.directory = helper->directory,
		.own_session = helper->own_session,
	};
	int fds[2];
	int result;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set_errno(
			error, errno, "cannot start %s: cannot make a pipe", argv[0]);
	read_fd = fds[0];
	write_fd = fds[1];
	/* Only this end: the helper's must block. */
	if (fcntl(read_fd, F_SETFL, O_NONBLOCK) < 0)
		return error_set_errno(error, errno, "cannot start %s", argv[0]);

	options.stdout_fd = helper->streams ? helper->streams[1] : write_fd;
	options.stderr_fd = write_fd;
	result = process_start(&options, ret_process, error);
	if (result < 0)
		return result;
	*ret_output_fd = TAKE_FD(read_fd);
	return 0;
}

int process_run(const struct process_helper *helper, char **ret_output, struct error *error)
{
	const uint64_t deadline_ns =
		helper->limit_ns ? clock_deadline_ns(helper->limit_ns) : UINT64_MAX;
	const char *const *argv = helper->argv;
	CLEANUP(tail_release) struct tail tail = {.data = malloc(2 * OUTPUT_BYTES + 1)};
	CLEANUP(cleanup_close) int output_fd = -1;
	struct process process = PROCESS_NONE;
	int status = 0;
	int collected;
	int result;

	if (!tail.data)
		return error_set_errno(error, ENOMEM, "cannot run %s", argv[0]);
	result = start_helper(helper, &output_fd, &process, error);
	if (result < 0)
		return result;

	collected = collect_output(output_fd, process.pidfd, deadline_ns, &tail);
	if (collected < 0)
		process_kill(&process, NULL);
	result = process_wait(&process, &status, error);
	if (result < 0)
		return result;
	if (collected == -ETIMEDOUT)
		return error_set(error, ETIMEDOUT, "%s did not end within %s, and was killed",
			argv[0], format_duration(helper->limit_ns).text);
	if (collected < 0)
		return error_set_errno(error, -collected, "cannot read the output of %s", argv[0]);

	tail_trim(&tail);
	tail.data[tail.length] = '\0';
	result = check_end(argv[0], status, tail.data, error);
	if (result == 0 && ret_output)
		*ret_output = TAKE_PTR(tail.data);
	return result;
}
