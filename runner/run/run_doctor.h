#pragma once

/* The doctor's findings about the host, for a run's record, taken once at its start. */

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
	const char *kept_directory; /* doctor.h */
};

/*
 * As JSON (docs/hdf5-schema.md), which the caller frees. Problems are also logged; those that make
 * times vary between trials are also written to `diagnostics`. Call it only when the run holds the
 * lock and has entered `delegation`. Fails only on ENOMEM.
 */
int run_doctor(const struct run_doctor *run, char **ret_json, struct error *error);
