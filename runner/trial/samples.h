#pragma once

/*
 * Moves the samples of a trial into its spool: those in the sampler's ring, and those that the task
 * and the external reporter send. It is below all modules of a trial that wait, so that nothing is
 * lost meanwhile: any long operation calls samples_keep_up.
 */

#include "runner/trial/trial_state.h"

/* Moves the sampler's samples into the spool, with the rows that it read at new maxima. */
int samples_drain(struct trial *trial, struct error *error);

/*
 * The periodic work of the poll loop: samples_drain, the slow sampler, the spool's flush, the
 * user's tick.
 */
int samples_serve(struct trial *trial, struct error *error);

/* The same for long operations outside the loop. -EINTR if the user wants to end the trial. */
int samples_keep_up(struct trial *trial, struct error *error);

/*
 * Stores a sample of a metric, or the metric's kind. Returns 1 if rejected: the sender's mistake.
 */
int samples_keep_metric(
	struct trial *trial, const struct memcg_run_record *record, struct error *error);

/* Stores a truth declared by the task. Returns 1 if rejected. */
int samples_keep_truth(
	struct trial *trial, const struct memcg_run_record *record, struct error *error);
