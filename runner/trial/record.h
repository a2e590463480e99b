#pragma once

/*
 * Interprets a task's records for its trial. Nothing from a task is trusted: a record whose time is
 * not between the opening of the gate and now is rejected, and so is a metric without an owner.
 */

#include "runner/trial/trial.h"

#include <stdbool.h>
#include <stdint.h>

enum record_use {
	RECORD_REJECTED,
	RECORD_MARK,
	RECORD_TRUTH,
	RECORD_SAMPLE,
	RECORD_KIND, /* declares a metric's kind */
};

/* `opened_ns`: when the gate opened; UINT64_MAX while it is closed. */
enum record_use record_use(
	const struct memcg_run_record *record, uint64_t opened_ns, uint64_t now_ns);

/* True if the sender waits for an acknowledgement, even if its record was rejected. */
bool record_awaits_answer(const struct memcg_run_record *record);

/* The progress of the measurement. */
struct measurement {
	bool begin_seen; /* task_begin */
	/* task_end after it, or it was stopped: even before its task_begin was read */
	bool end_seen;
	/* records that arrive now were sent before, but nothing is held for them */
	bool task_ended;
};

enum mark_role { MARK_ONLY, MARK_BEGIN, MARK_END };

/*
 * The first task_begin and the first task_end after it bound the measurement; all others are plain
 * marks.
 */
enum mark_role mark_role(const char *name, const struct measurement *measurement);

/* Stores a mark in the result; beyond TRIAL_MAX_MARKS it counts as a rejected record. */
int result_add_mark(
	struct trial_result *result, const struct memcg_run_record *record, struct error *error);
