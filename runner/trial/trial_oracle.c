/* The oracle at a mark: counts the leaf's pages while the sender of the mark is held. */

#include "runner/trial/samples.h"
#include "util/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

int trial_open_oracle(struct trial *trial, struct error *error)
{
	if (!trial->context->experiment->oracle.counts)
		return 0;
	return page_counter_open("", &trial->page_counter, error);
}

static int keep_up(void *context, struct error *error)
{
	return samples_keep_up(context, error);
}

static int oracle_read_current(const struct trial *trial, uint64_t *ret_bytes, struct error *error)
{
	int r = slice_current_bytes(trial->slice, ret_bytes);

	if (r < 0)
		return error_set_errno(error, -r, "cannot read the current use of %s",
			slice_task_directory(trial->slice));
	return 0;
}

static int take_count(struct trial *trial, struct oracle_count *count, struct error *error)
{
	struct slow_row_numbers rows;
	int r = slow_sampler_take(trial->slow_sampler, &rows, error);

	if (r == 0)
		count->stat_row = rows.row[SLOW_STAT];
	if (r == 0)
		r = oracle_read_current(trial, &count->current_before_bytes, error);
	if (r == 0)
		r = page_counter_count(trial->page_counter, slice_task_directory(trial->slice),
			keep_up, trial, &count->pages, error);
	if (r == 0)
		r = oracle_read_current(trial, &count->current_after_bytes, error);
	return r;
}

/*
 * That time is not the task's; but a task that marks forever must not extend it beyond the
 * experiment's budget for counts.
 */
static void lift_deadline(struct trial *trial, uint64_t held_ns)
{
	const uint64_t left_ns =
		trial->context->experiment->oracle.timeout_ns - trial->oracle_lifted_ns;
	const uint64_t lifted_ns = held_ns < left_ns ? held_ns : left_ns;

	trial->deadline_ns += lifted_ns;
	trial->oracle_lifted_ns += lifted_ns;
	if (lifted_ns < held_ns)
		run_log_step(trial->context->log,
			"trial %06" PRIu64 ": its counts exceeded oracle.timeout_s: from here on "
			"they count as the task's time",
			trial->planned->number);
}

static int keep_count(
	struct trial *trial, struct oracle_count *count, enum mark_role role, struct error *error)
{
	count->place = role == MARK_BEGIN ? ORACLE_AT_BEGIN
		       : role == MARK_END ? ORACLE_AT_END
					  : ORACLE_AT_MARK;
	count->held_ns = clock_monotonic_ns() - count->time_ns;
	if (oracle_add(&trial->result->oracle, count) < 0)
		return error_set_errno(error, ENOMEM, "cannot keep a count of pages");
	lift_deadline(trial, count->held_ns);
	run_log_step(trial->context->log,
		"trial %06" PRIu64 ": %s: counted %" PRIu64 " bytes of anon, %" PRIu64
		" of files, %" PRIu64 " of shmem in %" PRIu64 " page frames, %" PRIu64 " ns",
		trial->planned->number, count->mark, count->pages.anon_bytes,
		count->pages.file_bytes, count->pages.shmem_bytes, count->pages.n_frames,
		count->pages.duration_ns);
	return 0;
}

int trial_count_pages(
	struct trial *trial, const char *mark, enum mark_role role, struct error *error)
{
	struct oracle_count count = {.time_ns = clock_monotonic_ns()};
	int r;

	/*
	 * Once the time is over the loop ends the trial: pending counts of further senders are
	 * skipped.
	 */
	if (!trial->page_counter || trial_is_stopping(trial) || trial->evidence.exit_seen ||
		count.time_ns >= trial->deadline_ns ||
		!oracle_wants(&trial->context->experiment->oracle, mark))
		return 0;
	snprintf(count.mark, sizeof(count.mark), "%s", mark);
	r = take_count(trial, &count, error);
	/* The loop will also see the signal and end the trial. */
	if (r == -EINTR)
		return 0;
	return r < 0 ? r : keep_count(trial, &count, role, error);
}
