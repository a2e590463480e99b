#pragma once

/*
 * What a report says of a run as a whole.
 */

#include "runner/store/results.h"
#include "runner/trial/tally.h"

/* The experiment's name: the attribute, or what the run's folder is named after its date. NULL on
 * ENOMEM; the caller frees. */
char *facts_name(struct results *results, const char *run_path);

/* "Linux 6.12.48, cgroup v2; AMD EPYC, 2 CPUs, 7.75 GiB; runc 1.1.15; image host; memcg-run 0.1.0;
 * 2026-11-22T17:53:21Z": what is known of it. NULL on ENOMEM; the caller frees. */
char *facts_machine(struct results *results);

/* "reading untouched memory maps ...": what `memcg-run doctor` found where the run was made. NULL where the run does
 * not have it, or on ENOMEM. The caller frees. */
char *facts_zero_page(struct results *results);

/* "Watching used 1.3 % of a CPU (the sampler's thread 0.9 %) and 14.2 MiB at most.": over all trials of which
 * it is known; "" where it is of none. NULL on ENOMEM; the caller frees. */
char *facts_watching(const struct results *results);

/* "Measured on 1 of 2 CPUs (0): ...": of the first trial of which it is known, where the task did not have all CPUs of
 * the machine; "" where it had. NULL on ENOMEM; the caller frees. */
char *facts_cpus(struct results *results);

/* tally_sentence of the kind, for the report, with a capital. NULL where there is none, or on ENOMEM. The caller
 * frees. */
char *facts_warning(struct results *results, enum tally_kind kind);

/* Those that a report tells of; of trials that were not ok it says more at their point. */
#define FACTS_FIRST_WARNING TALLY_SUSPECT

/* Whether it was run with --quick: FACTS_QUICK says what that is. */
bool facts_quick(struct results *results);
#define FACTS_QUICK "quick: one repetition and no warm-up, regardless of the experiment"

/* Whether the run was ended before every planned trial had run. */
bool facts_incomplete(struct results *results);

/* Why there is nothing to compare: no trial was recorded, or warm-ups alone, which are left out. */
const char *facts_no_trial(const struct results *results);
