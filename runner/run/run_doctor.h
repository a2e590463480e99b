#pragma once

/*
 * What the host offers, for a run's record: the doctor's findings, taken once at its beginning.
 */

#include "cgroup/delegation.h"
#include "runner/container/runtime.h"
#include "runner/host/installation.h"
#include "runner/host/run_journal.h"
#include "runner/host/run_log.h"
#include "util/error.h"

#include <stdio.h>

/* All borrowed. */
struct run_doctor {
	const struct installation *installation;
	const struct runtime *runtime;
	enum delegation delegation;
	struct run_log *log;
	FILE *diagnostics;
	struct run_journal *journal;
};

/*
 * As JSON (docs/hdf5-schema.md), which the caller frees; what is not as it should be goes to the log
 * too, and what makes times differ from trial to trial to `diagnostics`. Only for a run that has the lock and
 * has entered `delegation`. Stops a run for want of memory only.
 */
int run_doctor(const struct run_doctor *run, char **ret_json, struct error *error);
