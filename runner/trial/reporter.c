#include "runner/trial/reporter.h"

#include "runner/container/environment.h"
#include "runner/trial/channel.h"
#include "runner/trial/output.h"
#include "runner/trial/verdict.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/format.h"
#include "util/process.h"
#include "util/text.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define REPORTER_FD 3
#define MAX_PACKET_RECORDS (CHANNEL_MAX_PACKET / sizeof(struct memcg_run_record))
#define MAX_PACKETS_PER_CALL 64

/*
 * One packet per reading is normal, and an answer has a few: more than this is a flood. The limit
 * allows for a reporter that sends each metric separately, not only for one that is a little early.
 */
#define FLOOD_PACKETS 4096
#define FLOOD_PACKETS_PER_INTERVAL 64

/* The kernel closes a process's descriptors before it reports its end. */
#define END_LIMIT_MS 1000

enum awaited { AWAITED_NOTHING, AWAITED_READY, AWAITED_ANSWER };

struct reporter {
	struct process process;
	int fd; /* -1: nothing more is wanted or available */
	struct output_pipe output;
	const struct backend *backend;
	uint64_t started_ns;
	uint64_t interval_ns;
	uint64_t answer_limit_ns;
	enum awaited awaited;
	uint64_t limit_ns; /* for the current wait */
	struct memcg_run_record question;
	uint64_t n_packets;
	bool ended; /* its fate is no longer a failure */
	char failure[ERROR_TEXT_SIZE];
	struct memcg_run_record packet[MAX_PACKET_RECORDS];
};

/* ---- failures */

static void reporter_kill(struct reporter *reporter)
{
	if (reporter->process.pid <= 0)
		return;
	(void)process_kill(&reporter->process, NULL);
	/* Kills what it has started. The number stays this group's until it is waited for. */
	(void)kill(-reporter->process.pid, SIGKILL);
}

void reporter_end(struct reporter *reporter)
{
	reporter->ended = true;
	reporter->awaited = AWAITED_NOTHING;
	cleanup_close(&reporter->fd);
	reporter->fd = -1;
	reporter_kill(reporter);
}

static void __attribute__((format(printf, 2, 3)))
reporter_fail(struct reporter *reporter, const char *format, ...)
{
	va_list arguments;

	if (!reporter->ended) {
		va_start(arguments, format);
		vsnprintf(reporter->failure, sizeof(reporter->failure), format, arguments);
		va_end(arguments);
		text_blank_controls(reporter->failure);
	}
	reporter_end(reporter);
}

void reporter_refuse(struct reporter *reporter, const char *cause)
{
	reporter_fail(reporter, "the reporter %s", cause);
}

/* Its end of the socket is closed: it has ended, or closed it. */
static void lose(struct reporter *reporter)
{
	struct pollfd end = {.fd = reporter->process.pidfd, .events = POLLIN};
	char what[128];
	const char *line;
	int status;

	if (poll(&end, 1, END_LIMIT_MS) != 1) {
		reporter_fail(reporter, "the reporter closed its connection");
		return;
	}
	reporter_kill(reporter);
	if (process_wait(&reporter->process, &status, NULL) < 0)
		status = 0;
	(void)output_pipe_receive(&reporter->output, NULL);
	line = text_last_line(reporter->output.output.text);
	verdict_describe_end("the reporter", status, what, sizeof(what));
	reporter_fail(reporter, "%s%s%.512s", what, *line ? ": " : "", line);
}

static void check_time(struct reporter *reporter)
{
	uint64_t limit_ns = reporter->answer_limit_ns;

	if (reporter->awaited == AWAITED_NOTHING || clock_monotonic_ns() < reporter->limit_ns)
		return;
	if (reporter->awaited == AWAITED_ANSWER)
		reporter_fail(reporter, "the reporter did not answer within %s at %s",
			format_duration(limit_ns).text, reporter->question.name);
	else
		reporter_fail(reporter, "the reporter was not ready %s after its start",
			format_duration(reporter->limit_ns - reporter->started_ns).text);
}

/* ---- starting */

static char **make_environment(const struct reporter_options *options, struct error *error)
{
	CLEANUP(cleanup_free)
	char *fd = string_format("MEMCG_RUN_REPORTER=%d", REPORTER_FD);
	CLEANUP(cleanup_free)
	char *backend = string_format("MEMCG_RUN_BACKEND=%s", options->backend->name);
	CLEANUP(cleanup_free) char *leaf = string_format("MEMCG_RUN_LEAF=%s", options->leaf);
	CLEANUP(cleanup_free)
	char *hierarchy = string_format(
		"MEMCG_RUN_HIERARCHY=%s", options->hierarchy == HIERARCHY_V2 ? "v2" : "v1");
	CLEANUP(cleanup_free)
	char *interval = string_format(
		"MEMCG_RUN_INTERVAL_S=%.6f", (double)options->interval_ns / (double)NS_PER_S);
	CLEANUP(cleanup_free) char *python = string_format("PYTHONPATH=%s", options->python);
	const char *const given[] = {fd, backend, leaf, hierarchy, interval, python, NULL};
	char **environment = NULL;

	if (!fd || !backend || !leaf || !hierarchy || !interval || !python)
		error_set_errno(error, ENOMEM, "cannot start the reporter");
	else if (environment_new(given, &environment, error) < 0)
		return NULL;
	return environment;
}

/* On the sampler's CPU if it has one of its own: not on the task's. Otherwise, or if that fails, on any. */
static void reporter_place(const struct reporter *reporter, int cpu)
{
	cpu_set_t cpus;

	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return;
	CPU_ZERO(&cpus);
	CPU_SET((size_t)cpu, &cpus);
	(void)sched_setaffinity(reporter->process.pid, sizeof(cpus), &cpus);
}

static int start_process(struct reporter *reporter, const struct reporter_options *options,
	int child_fd, struct error *error)
{
	char **environment = make_environment(options, error);
	struct process_options process = {
		.argv = options->argv,
		.envp = (const char *const *)environment,
		.stdin_fd = -1,
		.stdout_fd = reporter->output.write_fd,
		.stderr_fd = reporter->output.write_fd,
		.preserve_fds = &child_fd,
		.n_preserve_fds = 1,
		.directory = "/",
		.own_session = true,
	};
	struct error failure = ERROR_INIT;

	if (!environment)
		return -ENOMEM;
	/* Failing to start is the reporter's failure, not the trial's. */
	if (process_start(&process, &reporter->process, &failure) < 0)
		reporter_fail(reporter, "the reporter could not be started: %s", failure.text);
	else
		reporter_place(reporter, options->cpu);
	string_list_free(environment);
	return 0;
}

static int connect_process(
	struct reporter *reporter, const struct reporter_options *options, struct error *error)
{
	CLEANUP(cleanup_close) int child_fd = -1;
	int fds[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return error_set_errno(error, errno, "cannot make the reporter's socket");
	reporter->fd = fds[0];
	child_fd = fds[1];
	r = output_pipe_open(&reporter->output, error);
	if (r == 0)
		r = start_process(reporter, options, child_fd, error);
	/* Only the reporter may hold its ends, so that its death is seen. */
	output_pipe_hand_over(&reporter->output);
	return r;
}

int reporter_start(
	const struct reporter_options *options, struct reporter **ret_reporter, struct error *error)
{
	struct reporter *reporter = calloc(1, sizeof(*reporter));
	int r;

	if (!reporter)
		return error_set_errno(error, ENOMEM, "cannot start the reporter");
	reporter->process = PROCESS_NONE;
	reporter->fd = -1;
	reporter->output = OUTPUT_PIPE_CLOSED;
	reporter->started_ns = clock_monotonic_ns();
	reporter->interval_ns = options->interval_ns;
	reporter->answer_limit_ns = options->answer_limit_ns;
	reporter->awaited = AWAITED_READY;
	reporter->limit_ns = reporter->started_ns + options->ready_limit_ns;
	reporter->backend = options->backend;
	r = connect_process(reporter, options, error);
	if (r < 0) {
		reporter_free(reporter);
		return r;
	}
	*ret_reporter = reporter;
	return 0;
}

/* ---- receiving */

static bool is_answer(const struct reporter *reporter, const struct memcg_run_record *record)
{
	return reporter->awaited == AWAITED_ANSWER &&
	       record->time_ns == reporter->question.time_ns &&
	       memcmp(record->name, reporter->question.name, sizeof(record->name)) == 0;
}

static int reporter_take_metric(struct reporter *reporter, struct memcg_run_record *record,
	reporter_handler handler, void *context, struct error *error)
{
	if (!backend_owns(reporter->backend->name, record->name)) {
		reporter_fail(reporter,
			"the reporter sent the metric %s, which does not begin with \"%s.\"",
			record->name, reporter->backend->name);
		return 0;
	}
	if (record->time_ns < reporter->started_ns || record->time_ns > clock_monotonic_ns()) {
		reporter_fail(reporter,
			"the reporter sent %s at a time that is not between its start and now "
			"(CLOCK_MONOTONIC, in ns)",
			record->name);
		return 0;
	}
	if (reporter->awaited == AWAITED_ANSWER && record->time_ns > reporter->question.time_ns)
		record->time_ns = reporter->question.time_ns;
	return handler(context, record, error);
}

static int take_record(struct reporter *reporter, struct memcg_run_record *record,
	reporter_handler handler, void *context, struct error *error)
{
	if (record->magic == MEMCG_RUN_MAGIC && record->type == MEMCG_RUN_ACK) {
		/* Ignores an answer that nobody waits for any more. */
		if (is_answer(reporter, record))
			reporter->awaited = AWAITED_NOTHING;
		return 0;
	}
	if (!channel_record_is_valid(record)) {
		reporter_fail(reporter, "the reporter sent a malformed record (docs/channel.md)");
		return 0;
	}
	switch (record->type) {
	case MEMCG_RUN_SAMPLE:
	case MEMCG_RUN_METRIC:
		return reporter_take_metric(reporter, record, handler, context, error);
	case MEMCG_RUN_MARK:
		if (reporter->awaited == AWAITED_READY && strcmp(record->name, REPORTER_READY) == 0)
			reporter->awaited = AWAITED_NOTHING;
		return 0;
	default:
		reporter_fail(reporter,
			"the reporter sent a record of type %u, which only a task may send",
			record->type);
		return 0;
	}
}

static void check_flood(struct reporter *reporter)
{
	const uint64_t intervals =
		(clock_monotonic_ns() - reporter->started_ns) / reporter->interval_ns;

	if (++reporter->n_packets > FLOOD_PACKETS + FLOOD_PACKETS_PER_INTERVAL * intervals)
		reporter_fail(reporter,
			"the reporter flooded its socket: %lu packets instead of one every %s",
			(unsigned long)reporter->n_packets,
			format_duration(reporter->interval_ns).text);
}

static int reporter_take_packet(struct reporter *reporter, size_t length, reporter_handler handler,
	void *context, struct error *error)
{
	const size_t n = length / sizeof(reporter->packet[0]);

	if (length % sizeof(reporter->packet[0]) != 0) {
		reporter_fail(reporter,
			"the reporter sent a packet of %zu bytes, which is not a multiple of a "
			"record's %zu",
			length, sizeof(reporter->packet[0]));
		return 0;
	}
	for (size_t i = 0; i < n && !reporter->ended; i++) {
		int r = take_record(reporter, &reporter->packet[i], handler, context, error);

		if (r < 0)
			return r;
	}
	return 0;
}

static int take_packets(
	struct reporter *reporter, reporter_handler handler, void *context, struct error *error)
{
	for (unsigned i = 0; i < MAX_PACKETS_PER_CALL && !reporter->ended; i++) {
		struct iovec data = {
			.iov_base = reporter->packet, .iov_len = sizeof(reporter->packet)};
		/* No room for control data: the kernel closes descriptors that are sent along. */
		struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
		ssize_t length = recvmsg(reporter->fd, &header, MSG_DONTWAIT);
		int r;

		if (length < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (length <= 0) {
			lose(reporter);
			return 0;
		}
		if (header.msg_flags & MSG_TRUNC)
			length = 1;
		check_flood(reporter);
		r = reporter_take_packet(reporter, (size_t)length, handler, context, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int reporter_receive(
	struct reporter *reporter, reporter_handler handler, void *context, struct error *error)
{
	int r;

	if (reporter->ended)
		return 0;
	r = output_pipe_receive(&reporter->output, error);
	if (r == 0)
		r = take_packets(reporter, handler, context, error);
	if (r == 0)
		check_time(reporter);
	return r;
}

int reporter_fd(const struct reporter *reporter)
{
	return reporter->fd;
}

int reporter_output_fd(const struct reporter *reporter)
{
	return reporter->ended ? -1 : reporter->output.read_fd;
}

/* ---- asking */

void reporter_ask(struct reporter *reporter, const char *mark, uint64_t at_ns, pid_t task)
{
	struct memcg_run_record question = {
		.magic = MEMCG_RUN_MAGIC,
		.type = MEMCG_RUN_MARK,
		.time_ns = at_ns,
		.value = (uint64_t)task,
	};

	if (reporter->ended)
		return;
	snprintf(question.name, sizeof(question.name), "%s", mark);
	if (send(reporter->fd, &question, sizeof(question), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		if (errno == EAGAIN)
			reporter_fail(reporter, "the reporter does not read its requests");
		else
			lose(reporter);
		return;
	}
	reporter->question = question;
	reporter->awaited = AWAITED_ANSWER;
	reporter->limit_ns = clock_deadline_ns(reporter->answer_limit_ns);
}

bool reporter_is_awaited(const struct reporter *reporter)
{
	return reporter->awaited != AWAITED_NOTHING;
}

uint64_t reporter_limit_ns(const struct reporter *reporter)
{
	return reporter_is_awaited(reporter) ? reporter->limit_ns : UINT64_MAX;
}

void reporter_forget(struct reporter *reporter)
{
	reporter->awaited = AWAITED_NOTHING;
}

const char *reporter_failure(const struct reporter *reporter)
{
	return *reporter->failure ? reporter->failure : NULL;
}

void reporter_free(struct reporter *reporter)
{
	struct trial_output output;

	if (!reporter)
		return;
	reporter_end(reporter);
	if (reporter->process.pid > 0)
		(void)process_wait(&reporter->process, NULL, NULL);
	output = output_pipe_close(&reporter->output);
	free(output.text);
	free(reporter);
}
