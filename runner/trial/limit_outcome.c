#include "runner/trial/limit_outcome.h"

#include "runner/trial/peak_composition.h"
#include "runner/trial/reclaim.h"
#include "runner/trial/verdict.h"

#include <errno.h>
#include <string.h>

const char *limit_end_name(enum limit_end end)
{
	static const char *const names[LIMIT_N_ENDS] = {
		[LIMIT_SURVIVED] = "survived",
		[LIMIT_OOM_KILLED] = "oom_killed",
		[LIMIT_OWN_ERROR] = "own_error",
		[LIMIT_TIMED_OUT] = "timed_out",
		[LIMIT_INVALID] = "invalid",
	};

	return names[end];
}

bool limit_end_find(const char *name, enum limit_end *ret_end)
{
	for (enum limit_end end = 0; end < LIMIT_N_ENDS; end++) {
		if (strcmp(name, limit_end_name(end)) != 0)
			continue;
		*ret_end = end;
		return true;
	}
	return false;
}

/* Whether the reason is the task's, or its check's, and not a step of the trial that failed. */
static bool is_own_error(const struct trial_evidence *evidence)
{
	if (evidence->failed_step.number || evidence->lost_samples.number || evidence->read_error ||
		evidence->stop != STOP_NONE || verdict_was_check_killed(evidence))
		return false;
	/* No memory for the process, or for what execve maps: the limit's doing, without a kill. */
	if (evidence->failed_stage == CONTROL_STAGE_FORK ||
		evidence->failed_stage == CONTROL_STAGE_EXEC)
		return evidence->failed_errno == ENOMEM;
	return evidence->exit_seen && (evidence->failed_stage == CONTROL_STAGE_NONE ||
					      evidence->failed_stage == CONTROL_STAGE_CHECK);
}

enum limit_end limit_end_of(const struct trial_result *result)
{
	switch (result->status) {
	case TRIAL_OK:
		return LIMIT_SURVIVED;
	case TRIAL_OOM:
		return LIMIT_OOM_KILLED;
	case TRIAL_TIMEOUT:
		return LIMIT_TIMED_OUT;
	case TRIAL_FAILED:
		return is_own_error(&result->evidence) ? LIMIT_OWN_ERROR : LIMIT_INVALID;
	case TRIAL_INTERRUPTED:
		break;
	}
	return LIMIT_INVALID;
}

uint64_t limit_floor_of(const struct composition *composition, uint64_t peak_bytes)
{
	const uint64_t *bytes = composition->bytes;

	if ((double)bytes[COMPOSITION_CURRENT] < LIMIT_FLOOR_READ_AT * (double)peak_bytes)
		return 0;
	if (!composition->present[COMPOSITION_ANON] || !composition->present[COMPOSITION_SHMEM])
		return 0;
	return bytes[COMPOSITION_ANON] + bytes[COMPOSITION_SHMEM] +
	       (composition->present[COMPOSITION_KERNEL] ? bytes[COMPOSITION_KERNEL] : 0);
}

int limit_outcome_of(
	const struct trial_result *result, struct limit_outcome *ret_outcome, struct error *error)
{
	struct limit_outcome outcome = {.end = limit_end_of(result)};
	struct peak_composition peak = {.present = false};
	struct reclaim reclaim;
	int r = reclaim_find(result, &reclaim, error);

	if (r == 0)
		r = peak_composition_find(result, &peak, error);
	if (r < 0)
		return r;
	if (result->reference.begun) {
		outcome.peak_bytes = result->reference.peak_bytes;
		outcome.wall_ns = result->wall_ns;
	}
	outcome.floor_bytes = limit_floor_of(&peak.composition, outcome.peak_bytes);
	outcome.refaults = reclaim.refaults;
	outcome.major_faults = reclaim.major_faults;
	*ret_outcome = outcome;
	return 0;
}
