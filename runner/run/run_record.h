#pragma once

/*
 * run.json: what a run was begun with, written before its first trial, so that it can be gone on with after
 * any end (runner/run/run_resume.c): where its experiment stands, what makes the numbers of two of its parts
 * comparable, what results.h5 says of the whole, and each time that it was gone on with.
 */

#include "runner/store/results.h"
#include "util/error.h"

#include <jansson.h>
#include <stdbool.h>

#define RUN_RECORD_NAME "run.json"

struct run_record;

/*
 * `identity` is a flat object, what -> how it is: {"kernel": "Linux 6.12...", ...}, see runner/run/run_identity.h.
 * `facts` are taken but for `resumptions` and `complete`. Everything is copied.
 */
struct run_beginning {
	const char *experiment_path; /* absolute */
	const char *experiment_text;
	bool quick; /* runner/experiment/experiment.h */
	json_t *identity;
	const struct run_facts *facts;
};

int run_record_new(
	const struct run_beginning *beginning, struct run_record **ret_record, struct error *error);
void run_record_free(struct run_record *record);

/* -ENOENT where the folder has none; -EBADMSG where that is no record, or one of a newer version. */
int run_record_read(int run_fd, struct run_record **ret_record, struct error *error);

/*
 * Every trial is sealed: from here on one that is missing is lost, and not one to run. Written before they are
 * gathered. False in a record of an older version.
 */
void run_record_set_measured(struct run_record *record);
bool run_record_is_measured(const struct run_record *record);

/* Durable when it returns: the old record or the new one is there at any time. */
int run_record_write(int run_fd, const struct run_record *record, struct error *error);

/* Borrowed. */
const char *run_record_experiment_path(const struct run_record *record);

/* Its plan is not that of the experiment alone. False in a record of an older version, which knew no other. */
bool run_record_is_quick(const struct run_record *record);

/* Whether this is the text that the run was begun with. */
bool run_record_has_text(const struct run_record *record, const char *experiment_text);

/*
 * What is not as it was, a sentence each: "kernel: was Linux 6.1.0, is Linux 6.12.48". An array of texts that
 * the caller frees with json_decref; empty where all is as it was. NULL on ENOMEM.
 */
json_t *run_record_changes(const struct run_record *record, const json_t *identity);

/* One time that the run was gone on with. */
struct run_resumption {
	const char *time; /* ISO 8601, UTC */
	uint64_t n_kept;  /* trials that were sealed before */
	json_t *changes;  /* as from run_record_changes: what was accepted; borrowed */
};

int run_record_add_resumption(
	struct run_record *record, const struct run_resumption *resumption, struct error *error);

/*
 * For results.h5, borrowed from the record, `complete` false. `resumptions` is NULL where there were none;
 * else the caller frees *ret_resumptions, which is the same.
 */
int run_record_facts(const struct run_record *record, struct run_facts *ret_facts,
	char **ret_resumptions, struct error *error);
