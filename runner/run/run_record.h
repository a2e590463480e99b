#pragma once

/*
 * run.json: the conditions at a run's start, written before its first trial, so that the run can be
 * resumed after any kind of end (runner/run/run_resume.c): the path of its experiment, the identity
 * that makes its parts comparable, the facts for results.h5, and each time that it was resumed.
 */

#include "runner/run/run_owner.h"
#include "runner/store/results.h"
#include "util/error.h"

#include <jansson.h>
#include <stdbool.h>

/* The doctor's findings are some 20 KiB, a resumption 200 bytes. */
#define RUN_RECORD_MAX_BYTES (16 * 1024 * 1024)

struct run_record;

/*
 * `identity` is a flat object, property -> value: {"kernel": "Linux 6.12...", ...}, see
 * runner/run/run_identity.h. `resumptions` and `complete` of `facts` are not used. Everything is
 * copied.
 */
struct run_beginning {
	const char *experiment_path; /* absolute */
	const char *experiment_text;
	bool quick;			     /* runner/experiment/experiment.h */
	const struct limit_settings *search; /* NULL: it is none */
	struct run_owner owner;
	json_t *identity;
	const struct run_facts *facts;
};

int run_record_new(
	const struct run_beginning *beginning, struct run_record **ret_record, struct error *error);
void run_record_free(struct run_record *record);

/* From at most RUN_RECORD_MAX_BYTES of text. -EBADMSG if it is malformed or of a newer version. */
int run_record_parse(
	const char *text, size_t length, struct run_record **ret_record, struct error *error);

/*
 * Records that all trials are sealed: a trial that is missing from here on was lost, and is not run
 * again. Written before the trials are gathered. False in a record of an older version.
 */
void run_record_set_measured(struct run_record *record);
bool run_record_is_measured(const struct run_record *record);

/*
 * Records that the task's files had changed by the end of this trial: a sentence of
 * runner/run/run_inputs.h. Returns false if the last entry is the same, or on ENOMEM: the trial's
 * own file is authoritative.
 */
bool run_record_add_input_change(
	struct run_record *record, uint64_t trial_number, const char *sentence);

/* Atomic and durable: at any time either the old or the new record exists. */
int run_record_write(int run_fd, const struct run_record *record, struct error *error);

/* Borrowed. */
const char *run_record_experiment_path(const struct run_record *record);

/*
 * True if the plan differs from that of the experiment alone. False in a record of an older
 * version, which knew no other.
 */
bool run_record_is_quick(const struct run_record *record);

/* The settings of a search; false if the run is none. */
bool run_record_search(const struct run_record *record, struct limit_settings *ret_settings);

/*
 * Who is to own the folder, while it is root's. False in a record of an older version. Only to be used if
 * root owns the folder: another owner may have written the record.
 */
bool run_record_owner(const struct run_record *record, struct run_owner *ret_owner);

/* Whether the run was started with this text. */
bool run_record_has_text(const struct run_record *record, const char *experiment_text);

/* As given to run_record_new; borrowed. */
const json_t *run_record_identity(const struct run_record *record);

/* Of what: of everything, or without files, which task.setup may be about to make again. */
enum run_change { RUN_CHANGE_ANY, RUN_CHANGE_NO_FILE };

/*
 * The differences, one sentence each: "kernel: was Linux 6.1.0, is Linux 6.12.48". An array of
 * strings that the caller frees with json_decref; empty if there are none. NULL on ENOMEM.
 */
json_t *run_record_changes(
	const struct run_record *record, const json_t *identity, enum run_change of);

/* One time that the run was resumed. */
struct run_resumption {
	const char *time; /* ISO 8601, UTC */
	uint64_t n_kept;  /* trials that were sealed before */
	json_t *changes;  /* from run_record_changes: the accepted differences; borrowed */
};

int run_record_add_resumption(
	struct run_record *record, const struct run_resumption *resumption, struct error *error);

/*
 * For results.h5; borrowed from the record, with `complete` false. `resumptions` is NULL if there
 * were none; else the caller frees *ret_resumptions, the same string.
 */
int run_record_facts(const struct run_record *record, struct run_facts *ret_facts,
	char **ret_resumptions, struct error *error);
