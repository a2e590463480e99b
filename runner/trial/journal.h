#pragma once

/*
 * What is known of a trial beside its samples, as notes of its spool, a JSON object each: which trial it
 * is, when it was let go, when its measurement began and ended, its marks. A runner that comes to the end
 * of the trial has all of it in memory; a runner that is killed has not, and this is read.
 *
 * Notes are buffered, as samples are, and trial_watch flushes both. Those on which trial it is and on its
 * end flush the spool themselves: no measurement is under way then.
 */

#include "runner/trial/description.h"
#include "runner/trial/trial.h"
#include "util/error.h"

#include <stddef.h>

int journal_describe(
	struct spool *spool, const struct trial_description *description, struct error *error);

/* From result->spool's trial, as far as it is known when each is written. */
int journal_gate(const struct trial_result *result, struct error *error);
int journal_begin(const struct trial_result *result, struct error *error);
int journal_end(const struct trial_result *result, struct error *error);

int journal_mark(struct spool *spool, const struct trial_mark *mark, struct error *error);
int journal_kind(
	struct spool *spool, const char *metric, enum metric_kind kind, struct error *error);

/*
 * Reads them back, up to the first that is not whole or makes no sense: what stands before it is good.
 * Into the result: the start, begin and end, the marks, the kinds of result->spool's series, and
 * reference.begun; end_ns is 0 where there was no end. *ret_torn_bytes is what was not read. -EINVAL where
 * they do not say which trial it is.
 */
int journal_read(const char *text, size_t length, struct trial_description *ret_description,
	struct trial_result *result, uint64_t *ret_torn_bytes, struct error *error);
