#include "runner/trial/tally.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *mark;
	const char *count;
	const char *first;
	/* The text around tally_share and the first of them. */
	const char *before;
	const char *after;
	const char *advice;
} kinds[TALLY_N_KINDS] = {
	[TALLY_NOT_OK] = {NULL, "trials_not_ok", "first_not_ok", "", "not ok", ""},
	[TALLY_SUSPECT] = {"suspect", "trials_suspect", "first_suspect", "", "suspect",
		"; measure again on an undisturbed machine"},
	[TALLY_WIDENED] = {"widened", "trials_widened", "first_widened",
		"the task widened its CPU affinity to the sampler's CPU in ", "",
		"; they disturb each other there: give limits.cpus a list"},
	[TALLY_REPORTER_FAILED] = {"reporter_failure", "trials_reporter_failed",
		"first_reporter_failure", "the reporter failed in ", "", "; it has no peak there"},
	[TALLY_UNDERSAMPLED] = {"undersampled", "trials_undersampled", "first_undersampled", "",
		"undersampled",
		"; traces lack samples there: sample at a lower rate, or on an idle machine"},
	[TALLY_GAPS] = {"gaps", "trials_with_gaps", "first_with_gaps",
		"the machine or memcg-run stood still in ", "",
		"; traces have gaps there, and times may be longer"},
	[TALLY_REMAINDER] = {"remainder", "trials_with_remainder", "first_with_remainder",
		"memory was used after the task's end in ", "",
		"; the peak is that of the time before: have the task wait for what it starts"},
	[TALLY_OTHER_INPUTS] = {"other_inputs", "trials_with_other_inputs",
		"first_with_other_inputs", "the task's files had changed by the end of ", "",
		"; not all trials measured the same task: run it again without changing its files"},
};

const char *tally_mark_name(enum tally_kind kind)
{
	return kinds[kind].mark;
}

const char *tally_count_name(enum tally_kind kind)
{
	return kinds[kind].count;
}

const char *tally_first_name(enum tally_kind kind)
{
	return kinds[kind].first;
}

const char *tally_mark_of(const struct trial_result *result, enum tally_kind kind)
{
	switch (kind) {
	case TALLY_SUSPECT:
		return result->suspect;
	case TALLY_WIDENED:
		return result->widened;
	case TALLY_REPORTER_FAILED:
		return result->reporter_failure;
	case TALLY_UNDERSAMPLED:
		return result->undersampled;
	case TALLY_GAPS:
		return result->gapped;
	case TALLY_REMAINDER:
		return result->remainder;
	case TALLY_OTHER_INPUTS:
		return result->other_inputs;
	case TALLY_NOT_OK:
	case TALLY_N_KINDS:
		break;
	}
	return "";
}

struct tally_trial tally_trial_of(
	const struct planned_trial *planned, const struct trial_result *result)
{
	struct tally_trial trial = {
		.number = planned->number,
		.backend = planned->backend->name,
		.status = result->status,
		.cause = result->cause,
	};

	for (unsigned kind = 0; kind < TALLY_N_KINDS; kind++)
		trial.marks[kind] = tally_mark_of(result, kind);
	return trial;
}

/* A cause may contain text from a task. */
static void count(struct tally *tally, enum tally_kind kind, const struct tally_trial *trial,
	const char *mark)
{
	const bool not_ok = kind == TALLY_NOT_OK;
	char *first = tally->of[kind].first;

	if (tally->of[kind].n++ > 0)
		return;
	snprintf(first, TALLY_FIRST_SIZE, "trial %06" PRIu64 " (%s): %s%s%.*s", trial->number,
		trial->backend, not_ok ? trial_status_name(trial->status) : "", not_ok ? ": " : "",
		not_ok ? ERROR_TEXT_SIZE - 1 : TALLY_MARK_SIZE - 1, mark);
	text_blank_controls(first);
}

void tally_add(struct tally *tally, const struct tally_trial *trial)
{
	tally->n_trials++;
	tally->n_interrupted += trial->status == TRIAL_INTERRUPTED;
	if (trial->status != TRIAL_OK &&
		(!trial->is_evidence || trial->status == TRIAL_INTERRUPTED))
		count(tally, TALLY_NOT_OK, trial, trial->cause);
	for (unsigned kind = TALLY_NOT_OK + 1; kind < TALLY_N_KINDS; kind++)
		if (trial->marks[kind] && *trial->marks[kind])
			count(tally, kind, trial, trial->marks[kind]);
}

bool tally_is_good(const struct tally *tally)
{
	return tally->of[TALLY_NOT_OK].n == 0 && tally->of[TALLY_OTHER_INPUTS].n == 0;
}

char *tally_share(uint64_t n, uint64_t n_trials)
{
	return n_trials == 1 ? string_format("the only trial")
			     : string_format("%" PRIu64 " of %" PRIu64 " trials", n, n_trials);
}

char *tally_sentence(const struct tally *tally, enum tally_kind kind)
{
	const uint64_t n = tally->of[kind].n;
	const char *after = kinds[kind].after;
	CLEANUP(cleanup_free) char *share = n > 0 ? tally_share(n, tally->n_trials) : NULL;

	if (!share)
		return NULL;
	return string_format("%s%s%s%s%s: %s%s", kinds[kind].before, share,
		!*after	 ? ""
		: n == 1 ? " is "
			 : " are ",
		after, tally->n_trials == 1 ? "" : "; the first", tally->of[kind].first,
		kinds[kind].advice);
}
