#pragma once

/*
 * What a host offers memcg-run, and how to get what is missing: `memcg-run doctor`, and the
 * attribute "doctor" of every results.h5. memcg-run-doctor(1) explains each line.
 *
 * Most findings come from /proc and /sys. What no file reports is tested: the doctor makes a slice
 * of its own, puts a process of 4 MiB into it, and removes both before it returns.
 */

#include "cgroup/delegation.h"
#include "runner/container/runtime.h"
#include "runner/host/installation.h"
#include "runner/host/run_journal.h"
#include "util/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* 0.3 s for the timer; the rest of an examination takes less than 0.5 s. */
#define DOCTOR_TIMER_NS UINT64_C(300000000)

/* The same within a run, where each trial records the lateness of its own samples. */
#define DOCTOR_RUN_TIMER_NS UINT64_C(50000000)

struct doctor_options {
	/* Prefix of every path that is read: "" for this host; a folder in tests. */
	const char *root;
	/* Already open, so that its version need not be queried again; NULL: none. */
	const struct runtime *runtime;
	const char *path; /* where to look for programs, in the format of PATH; NULL: nowhere */
	const struct installation *installation;
	/* Why testing is not possible now, such as "another run is under way"; NULL: possible. */
	const char *reason_not_to_try;
	enum delegation delegation; /* what this process has entered */
	/* Why this process could not enter its cgroup, from delegation_enter; NULL: it could. */
	const char *delegation_refusal;
	uint64_t timer_ns; /* how long to watch the timer */
	/* Where runs keep what they find by trying (run_directory.h); NULL: try it, keep nothing. */
	const char *kept_directory;
	struct run_journal *journal; /* records its slice until it is removed; NULL: not recorded */
};

enum finding_state {
	FINDING_OK,
	FINDING_WARNING, /* works, but numbers suffer or a feature is refused */
	FINDING_MISSING,
	FINDING_UNKNOWN, /* could not be determined; the value says why */
};

struct finding {
	const char *
		group; /* "cgroup", "memory", "machine", "measured", "tools", "images", "backends" */
	char *name;    /* unique in its group */
	enum finding_state state;
	bool required;	   /* if missing, no experiment can run */
	char *value;	   /* what was found, or the cause; for people */
	const char *means; /* why it matters: a sentence without its full stop */
	char *remedy;	   /* what to do about it; NULL: nothing */
	json_t *facts;	   /* the same for programs, with units in the names: {"total_bytes": 0} */
};

struct doctor;

/* Fails only on ENOMEM: any other failure becomes a finding. */
int doctor_examine(
	const struct doctor_options *options, struct doctor **ret_doctor, struct error *error);
void doctor_free(struct doctor *doctor);

/* True if an experiment can run: nothing required is missing. */
bool doctor_can_run(const struct doctor *doctor);

/* Grouped, in printing order. */
size_t doctor_n_findings(const struct doctor *doctor);
const struct finding *doctor_finding(const struct doctor *doctor, size_t index);

/* "ok", "warning", "missing", "unknown". */
const char *finding_state_name(enum finding_state state);

/*
 * One line per finding, followed by the remedy of a problem; wrapped at `width` columns, from 60 to
 * 100 (0: 100).
 */
void doctor_print(const struct doctor *doctor, FILE *stream, unsigned width, bool color);

/*
 * {"can_run": true, "cgroup": {"hierarchy": {"state": "ok", "value": "...", "means": "...", ...}},
 * ...}: groups and findings by name, each finding with its facts and, if it has one, its "remedy".
 * *ret_text ends in a newline; the caller frees.
 */
int doctor_json(const struct doctor *doctor, char **ret_text, struct error *error);
