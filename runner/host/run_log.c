#include "runner/host/run_log.h"

#include "util/beneath.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/format.h"
#include "util/text.h"
#include "util/unblocked.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct run_log {
	int fd;
	int echo_fd;
	uint64_t opened_ns;
	char *name;
	int first_failure; /* a positive errno; 0: all lines were written */
};

static char *line_new(const struct run_log *log, const char *text);

static int open_log(int run_fd, const char *name, bool anew, int echo_fd, struct run_log **ret_log,
	struct error *error)
{
	CLEANUP(cleanup_free) struct run_log *log = calloc(1, sizeof(*log));
	CLEANUP(cleanup_free) char *copy = strdup(name);

	if (!log || !copy)
		return error_set_errno(error, ENOMEM, "cannot open %s", name);
	log->fd = -1;
	if (anew) {
		log->fd = openat(
			run_fd, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_EXCL, 0644);
		if (log->fd < 0)
			return error_set_errno(error, errno, "cannot create %s", name);
	} else {
		int r = beneath_open_log(run_fd, name, name, &log->fd, error);

		if (r < 0)
			return r;
	}
	log->echo_fd = echo_fd;
	log->opened_ns = clock_monotonic_ns();
	log->name = TAKE_PTR(copy);
	*ret_log = TAKE_PTR(log);
	return 0;
}

int run_log_open(
	int run_fd, const char *name, int echo_fd, struct run_log **ret_log, struct error *error)
{
	return open_log(run_fd, name, true, echo_fd, ret_log, error);
}

int run_log_continue(
	int run_fd, const char *name, int echo_fd, struct run_log **ret_log, struct error *error)
{
	return open_log(run_fd, name, false, echo_fd, ret_log, error);
}

void run_log_step(struct run_log *log, const char *format, ...)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *line = NULL;
	va_list arguments;
	int r;

	if (!log)
		return;
	va_start(arguments, format);
	text = string_vformat(format, arguments);
	va_end(arguments);
	line = text ? line_new(log, text) : NULL;
	/*
	 * One write per line: with O_APPEND lines are never torn, and never lost in a buffer when a run
	 * dies.
	 */
	r = line ? file_write_fd(log->fd, line, strlen(line)) : -ENOMEM;
	if (r < 0 && !log->first_failure)
		log->first_failure = -r;
	if (line && log->echo_fd >= 0)
		unblocked_write(log->echo_fd, line, strlen(line));
}

int run_log_close(struct run_log **log, struct error *error)
{
	CLEANUP(cleanup_free) struct run_log *closing = TAKE_PTR(*log);
	CLEANUP(cleanup_free) char *name = NULL;
	int failure;

	if (!closing)
		return 0;
	name = TAKE_PTR(closing->name);
	failure = closing->first_failure;
	if (fsync(closing->fd) < 0 && !failure)
		failure = errno;
	if (close(closing->fd) < 0 && !failure)
		failure = errno;
	if (failure)
		return error_set_errno(error, failure, "cannot write %s", name);
	return 0;
}

static char *line_new(const struct run_log *log, const char *text)
{
	uint64_t elapsed_ms = (clock_monotonic_ns() - log->opened_ns) / NS_PER_MS;
	uint64_t realtime_ns = clock_realtime_ns();
	const struct formatted date = format_time(realtime_ns);
	/* inserts the microseconds before the Z */
	char *line = string_format("%.*s.%06" PRIu64 "Z  +%" PRIu64 ".%03" PRIu64 "s  %s\n",
		(int)strcspn(date.text, "Z"), date.text, realtime_ns % NS_PER_S / 1000,
		elapsed_ms / 1000, elapsed_ms % 1000, text);

	if (line) {
		size_t length = strlen(line);

		/* A step is one line, even if a task's or tool's message in it has several. */
		line[length - 1] = '\0';
		text_blank_controls(line);
		line[length - 1] = '\n';
	}
	return line;
}
