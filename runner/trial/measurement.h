#pragma once

/*
 * The measured interval of a trial: where it begins and ends, and what is read at both ends while
 * the task is held. It begins at the gate for every task, and again at task_begin if the task sends
 * one. It ends at task_end, or when the task has ended or is about to be killed.
 */

#include "runner/trial/trial_state.h"

/* At the gate, with the task held and its reporter ready. */
int measurement_begin_at_gate(struct trial *trial, struct error *error);

/* At task_begin: earlier data are discarded. */
int measurement_begin(struct trial *trial, struct error *error);

/* Sets the result's end_ns, and reads the leaf. Queries the external reporter, and ends it. */
int measurement_end(struct trial *trial, uint64_t end_ns, struct error *error);

/*
 * When the task has ended, or is dead: stops the sampler, and records what it did, what the watching cost and what
 * disturbed it. Later calls do nothing.
 */
void measurement_stop(struct trial *trial);
