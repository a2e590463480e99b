#pragma once

/* The oracle's counts, as the group oracle/ of a trial. */

#include "runner/store/columns.h"
#include "runner/trial/trial.h"
#include "util/error.h"

/*
 * The kinds of pages with a row in /summary each, named LAYOUT_ORACLE_METRIC with the kind
 * inserted.
 */
extern const char *const oracle_kinds[];
#define ORACLE_N_KINDS 4

/* The attributes of a kind: "anon_initial_bytes", "anon_largest_bytes", "anon_final_bytes". */
enum oracle_attribute { ORACLE_INITIAL, ORACLE_LARGEST, ORACLE_FINAL, ORACLE_N_ATTRIBUTES };

#define ORACLE_ATTRIBUTE_SIZE 32
void oracle_attribute_name(
	const char *kind, enum oracle_attribute attribute, char ret_name[ORACLE_ATTRIBUTE_SIZE]);

/* Creates no group if nothing was counted. */
int oracle_columns_write(hid_t file, const struct oracle_result *oracle, struct error *error);
