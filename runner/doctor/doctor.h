#pragma once

/*
 * What a host offers to memcg-run, and how to get what is missing: `memcg-run doctor`, and the attribute
 * "doctor" of every results.h5. memcg-run(1) says what each line means.
 *
 * Most is read from /proc and /sys. What no file tells is tried out: a slice of the doctor's own is
 * made, a process of 4 MiB is put into it, and both are gone before the examination returns.
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

/* 0.3 s of the timer; the rest of an examination takes less than half a second. */
#define DOCTOR_TIMER_NS UINT64_C(300000000)

/* The same within a run: each trial has the lateness of its own samples. */
#define DOCTOR_RUN_TIMER_NS UINT64_C(50000000)

struct doctor_options {
	/* Before every path that is looked at: "" for this host; a folder in tests. */
	const char *root;
	/* Open already, so that its version need not be asked for again; NULL: none. */
	const struct runtime *runtime;
	const char *path; /* where programs are looked for, as PATH; NULL: nowhere */
	const struct installation *installation;
	/* Why nothing may be tried out now, as "another run is under way": NULL where it may. */
	const char *reason_not_to_try;
	enum delegation delegation; /* what this process has entered */
	/* Why it could not enter what it would have to, as delegation_enter says: NULL where it could. */
	const char *delegation_refusal;
	uint64_t timer_ns; /* for how long the timer is watched */
	struct run_journal
		*journal; /* where its slice is noted, until it is removed; NULL: nowhere */
};

enum finding_state {
	FINDING_OK,
	FINDING_WARNING, /* it works, and the numbers suffer or something is refused */
	FINDING_MISSING,
	FINDING_UNKNOWN, /* could not be found out; the value says why */
};

struct finding {
	const char *
		group; /* "cgroup", "memory", "machine", "measured", "tools", "images", "backends" */
	char *name;    /* unique in its group */
	enum finding_state state;
	bool required;	   /* where it is missing, no experiment can run */
	char *value;	   /* what was found, or the cause; for people */
	const char *means; /* why one should care: a sentence without its full stop */
	char *remedy;	   /* what to do about it; NULL: nothing */
	json_t *facts;	   /* the same for programs, named with units: {"total_bytes": 0} */
};

struct doctor;

/* Fails for want of memory only: whatever else goes wrong is a finding. */
int doctor_examine(
	const struct doctor_options *options, struct doctor **ret_doctor, struct error *error);
void doctor_free(struct doctor *doctor);

/* Whether an experiment can run: nothing that is required is missing. */
bool doctor_can_run(const struct doctor *doctor);

/* By group, in the order of printing. */
size_t doctor_n_findings(const struct doctor *doctor);
const struct finding *doctor_finding(const struct doctor *doctor, size_t index);

/* "ok", "warning", "missing", "unknown". */
const char *finding_state_name(enum finding_state state);

/* One line a finding, and below a problem its remedy; wrapped at `width` columns, from 60 to 100 (0: 100). */
void doctor_print(const struct doctor *doctor, FILE *stream, unsigned width, bool color);

/*
 * {"can_run": true, "cgroup": {"hierarchy": {"state": "ok", "value": "...", "means": "...", ...}}, ...}:
 * each group and finding by its name; "remedy" where there is one, and the finding's facts beside.
 * *ret_text is the caller's and ends in a newline.
 */
int doctor_json(const struct doctor *doctor, char **ret_text, struct error *error);
