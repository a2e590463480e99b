/*
 * The external observers of a trial: the reporter, which is asked at the marks while the task is
 * held, and the one number that the runner itself provides for a backend, from the task's rusage.
 */

#include "runner/trial/journal.h"
#include "runner/trial/process_files.h"
#include "runner/trial/samples.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#define HOST_PYTHON "/usr/bin/python3"
/* Python starts in 50 ms here; a loaded or emulated host may need seconds. */
#define READY_LIMIT_NS (30 * NS_PER_S)
/* smaps_rollup takes 50 ms per GiB (docs/backends/kernel.md): allows a task of 100 GiB. */
#define ANSWER_LIMIT_NS (5 * NS_PER_S)
/* While waiting for it, the ring is emptied at the usual rate. */
#define WAIT_NS (50 * NS_PER_MS)

/* ---- receiving */

static int keep_record(void *context, const struct memcg_run_record *record, struct error *error)
{
	struct trial *trial = context;
	int r;

	/* Values from before the task was at the gate belong to no trial. */
	if (record->type == MEMCG_RUN_SAMPLE &&
		(trial->result->start_monotonic_ns == 0 ||
			record->time_ns < trial->result->start_monotonic_ns))
		return 0;
	if (!quota_take_record(&trial->reporter_quota, record)) {
		reporter_refuse(trial->reporter, "sent more data than backends.files_max allows");
		return 0;
	}
	r = samples_keep_metric(trial, record, error);
	if (r > 0)
		reporter_refuse(
			trial->reporter, "sent too many metrics, or one with an invalid name");
	return r < 0 ? r : 0;
}

/* Reported once: a failed reporter sends nothing more. */
static void note_failure(struct trial *trial)
{
	struct trial_result *result = trial->result;
	const char *failure = reporter_failure(trial->reporter);

	if (!failure || *result->reporter_failure)
		return;
	snprintf(result->reporter_failure, sizeof(result->reporter_failure), "%s", failure);
	run_log_step(
		trial->context->log, "trial %06" PRIu64 ": %s", trial->planned->number, failure);
}

int trial_receive_reporter(struct trial *trial, struct error *error)
{
	int r;

	if (!trial->reporter)
		return 0;
	r = reporter_receive(trial->reporter, keep_record, trial, error);
	note_failure(trial);
	return r;
}

/* ---- the protocol */

int trial_start_reporter(struct trial *trial, struct error *error)
{
	const struct trial_context *context = trial->context;
	const struct backend *backend = trial->planned->backend;
	CLEANUP(cleanup_free) char *program = NULL;
	const char *argv[] = {HOST_PYTHON, "-s", NULL, NULL};
	const struct reporter_options options = {
		.argv = argv,
		.backend = backend,
		.python = context->installation->python,
		.leaf = slice_task_directory(trial->slice),
		.hierarchy = hierarchy_version(context->hierarchy),
		.interval_ns = context->experiment->interval_ns,
		.cpu = context->placement->sampler_cpu,
		.ready_limit_ns = READY_LIMIT_NS,
		.answer_limit_ns = ANSWER_LIMIT_NS,
	};
	int r;

	if (!backend->external)
		return 0;
	program = string_format("%s/%s", context->installation->python, backend->external);
	if (!program)
		return error_set_errno(error, ENOMEM, "cannot start the reporter");
	argv[2] = program;
	if (*backend->external == '/') {
		argv[0] = backend->external;
		argv[1] = NULL;
	}
	r = reporter_start(&options, &trial->reporter, error);
	if (r == 0)
		note_failure(trial);
	return r;
}

static void wait_a_little(const struct trial *trial)
{
	const uint64_t left_ns = clock_left_ns(reporter_limit_ns(trial->reporter));
	const struct timespec time = timespec_from_ns(left_ns < WAIT_NS ? left_ns : WAIT_NS);
	struct pollfd fds[] = {
		{.fd = reporter_fd(trial->reporter), .events = POLLIN},
		{.fd = reporter_output_fd(trial->reporter), .events = POLLIN},
	};

	/* All descriptors are checked below, however the wait ended. */
	(void)ppoll(fds, 2, &time, NULL);
}

int trial_await_reporter(struct trial *trial, struct error *error)
{
	while (trial->reporter && reporter_is_awaited(trial->reporter)) {
		int r;

		wait_a_little(trial);
		r = trial_receive_reporter(trial, error);
		if (r == 0)
			r = samples_keep_up(trial, error);
		/* The loop will also see the signal and end the trial. */
		if (r == -EINTR) {
			reporter_forget(trial->reporter);
			return 0;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

int trial_ask_reporter(struct trial *trial, const char *mark, uint64_t at_ns, struct error *error)
{
	const uint64_t before_ns = clock_monotonic_ns();
	int r;

	if (!trial->reporter)
		return 0;
	reporter_ask(trial->reporter, mark, at_ns, trial->task_pid);
	r = trial_await_reporter(trial, error);
	note_failure(trial);
	/* that time is not the task's */
	if (trial->deadline_ns != UINT64_MAX)
		trial->deadline_ns += clock_monotonic_ns() - before_ns;
	return r;
}

void trial_end_reporter(struct trial *trial)
{
	if (!trial->reporter)
		return;
	note_failure(trial);
	reporter_end(trial->reporter);
}

/* ---- the rusage */

static int add_rusage(struct trial *trial, uint64_t time_ns, uint64_t bytes, struct error *error)
{
	const struct sample sample = {.time_ns = time_ns, .value = bytes};
	const char *metric = trial->planned->backend->rusage_metric;
	struct series *series;
	int r = spool_metric(trial->result->spool, metric, &series, error);

	if (r < 0)
		return r;
	series_set_kind(series, METRIC_HIGH_WATER);
	r = journal_kind(trial->result->spool, metric, METRIC_HIGH_WATER, error);
	return r == 0 ? series_append(series, &sample, 1, error) : r;
}

int trial_begin_rusage(struct trial *trial, uint64_t at_ns, struct error *error)
{
	struct process_usage usage;

	if (!trial->planned->backend->rusage_metric ||
		process_usage_read(trial->task_pid, &usage) < 0)
		return 0;
	return add_rusage(trial, at_ns, usage.peak_rss_bytes, error);
}

int trial_end_rusage(struct trial *trial, struct error *error)
{
	const struct trial_result *result = trial->result;

	if (!trial->planned->backend->rusage_metric || !result->usage_known)
		return 0;
	return add_rusage(trial, result->end_ns, result->maxrss_bytes, error);
}
