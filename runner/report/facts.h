#pragma once

/* Facts about a run as a whole, for its report. */

#include "runner/store/results.h"
#include "runner/trial/tally.h"

/*
 * The experiment's name: the attribute, else the name of the run's folder without its date. NULL on
 * ENOMEM; the caller frees.
 */
char *facts_name(struct results *results, const char *run_path);

/*
 * "Linux 6.12.48, cgroup v2; AMD EPYC, 2 CPUs, 7.75 GiB; runc 1.1.15; image host; memcg-run 0.1.0;
 * 2026-11-22T17:53:21Z": the recorded facts; "measured on 1 of 2 CPUs (0)" if the task did not have
 * all of them. NULL on ENOMEM; the caller frees.
 */
char *facts_machine(struct results *results);

/*
 * "reading untouched memory maps ...": what `memcg-run doctor` found on the run's host. NULL if the
 * run has no record of it, or on ENOMEM. The caller frees.
 */
char *facts_zero_page(struct results *results);

/*
 * "Watching used 1.3 % of a CPU (the sampler's thread 0.9 %) and 14.2 MiB at most.": over all
 * trials for which it is known; "" if there are none. NULL on ENOMEM; the caller frees.
 */
char *facts_watching(const struct results *results);

/*
 * "Measured on 1 of 2 CPUs (0): ...": for the first trial for which it is known, if its task did
 * not have all CPUs of the machine; else "". NULL on ENOMEM; the caller frees.
 */
char *facts_cpus(struct results *results);

/*
 * tally_sentence of the kind, capitalised for the report. NULL if there is none, or on ENOMEM. The
 * caller frees.
 */
char *facts_warning(struct results *results, enum tally_kind kind);

/* The kinds in a report start here; trials that were not ok are listed at their point. */
#define FACTS_FIRST_WARNING TALLY_SUSPECT

/* True for a run with --quick: FACTS_QUICK explains that. */
bool facts_quick(struct results *results);
#define FACTS_QUICK "quick: one repetition and no warm-up, regardless of the experiment"

/* True if the run ended before all planned trials had run. */
bool facts_incomplete(struct results *results);

/* Why there is nothing to compare: no trial was recorded, or only warm-ups, which are left out. */
const char *facts_no_trial(const struct results *results);
