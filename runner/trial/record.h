#pragma once

/*
 * What a record of the task means for its trial. Nothing that a task says is trusted: a record of a time
 * that is not between the gate's opening and now is rejected, and so is a metric without an owner.
 */

#include "runner/trial/trial.h"

#include <stdbool.h>
#include <stdint.h>

enum record_use {
	RECORD_REJECTED,
	RECORD_MARK,
	RECORD_TRUTH,
	RECORD_SAMPLE,
	RECORD_KIND, /* says of a metric how it moves */
};

/* `opened_ns`: when the gate opened; UINT64_MAX while it is closed. */
enum record_use record_use(
	const struct memcg_run_record *record, uint64_t opened_ns, uint64_t now_ns);

/* A sender that asked for an acknowledgement waits for it, also where its record was rejected. */
bool record_awaits_answer(const struct memcg_run_record *record);

/* How far the measurement has come. */
struct measurement {
	bool begin_seen; /* task_begin */
	bool end_seen; /* task_end after it, or it was stopped: also before its task_begin was read */
	bool task_ended; /* what arrives now was sent before, but nothing is held for it */
};

enum mark_role { MARK_ONLY, MARK_BEGIN, MARK_END };

/* The first task_begin and the first task_end after it bound the measurement; all else are marks only. */
enum mark_role mark_role(const char *name, const struct measurement *measurement);

/* Keeps a mark in the result; one more than TRIAL_MAX_MARKS is counted among the rejected records. */
int result_add_mark(
	struct trial_result *result, const struct memcg_run_record *record, struct error *error);
