#pragma once

/*
 * The interval of a trial: where it begins and ends, with what is read at each of its ends while the task is
 * held. At the gate it begins for every task, and anew at task_begin where the task has one; it ends at
 * task_end, or when the task has ended or is about to be killed.
 */

#include "runner/trial/trial_state.h"

/* At the gate, with the task held and its reporter ready. */
int measurement_begin_at_gate(struct trial *trial, struct error *error);

/* At task_begin: what came before is forgotten. */
int measurement_begin(struct trial *trial, struct error *error);

/* Sets the result's end_ns, and reads what the leaf holds. The external reporter is asked, and ended. */
int measurement_end(struct trial *trial, uint64_t end_ns, struct error *error);

/* What disturbs trials on this host, and this one's groups, as it stands now. */
struct disturbance measurement_disturbance(const struct trial *trial);
