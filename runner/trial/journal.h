#pragma once

/*
 * What is known of a trial in addition to its samples, as notes of its spool, one JSON object each:
 * which trial it is, when it was released, when its measurement began and ended, its marks. A
 * runner that completes the trial has all of this in memory; the notes are for recovery after it
 * was killed.
 *
 * Notes are buffered like samples, and trial_watch flushes both. The notes about the trial's
 * description and its end flush the spool themselves: nothing is being measured then.
 */

#include "runner/trial/description.h"
#include "runner/trial/trial.h"
#include "util/error.h"

#include <stddef.h>

int journal_describe(
	struct spool *spool, const struct trial_description *description, struct error *error);

/* For the trial of result->spool, with what is known at the time of each call. */
int journal_gate(const struct trial_result *result, struct error *error);
int journal_begin(const struct trial_result *result, struct error *error);
int journal_end(const struct trial_result *result, struct error *error);

int journal_mark(struct spool *spool, const struct trial_mark *mark, struct error *error);
int journal_kind(
	struct spool *spool, const char *metric, enum metric_kind kind, struct error *error);

/*
 * Reads them back, up to the first that is incomplete or invalid. Sets in the result: the start,
 * begin and end, the marks, the kinds of the series of result->spool, and reference.begun; end_ns
 * is 0 if there was no end. *ret_torn_bytes is the number of bytes not read. -EINVAL if they do not
 * identify the trial.
 */
int journal_read(const char *text, size_t length, struct trial_description *ret_description,
	struct trial_result *result, uint64_t *ret_torn_bytes, struct error *error);
