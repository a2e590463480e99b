#pragma once

/*
 * The samples of a trial on their way into its spool: those that the sampler has in its ring, and those that
 * the task and the external reporter send. Below all that waits in a trial, so that nothing is lost
 * meanwhile: whoever is busy for long calls samples_keep_up.
 */

#include "runner/trial/trial_state.h"

/* Moves what the sampler has into the spool. */
int samples_drain(struct trial *trial, struct error *error);

/* What each turn of the poll loop does: samples_drain, the slow sampler, the spool's flush, the user's tick. */
int samples_serve(struct trial *trial, struct error *error);

/* The same while this thread is busy outside the loop. -EINTR when the user wants to end the trial. */
int samples_keep_up(struct trial *trial, struct error *error);

/* A sample of a metric, or the metric's kind. Returns 1 where it is refused: the sender's mistake. */
int samples_keep_metric(
	struct trial *trial, const struct memcg_run_record *record, struct error *error);

/* What the task says that it holds. Returns 1 where it is refused. */
int samples_keep_truth(
	struct trial *trial, const struct memcg_run_record *record, struct error *error);
