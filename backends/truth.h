#pragma once

/*
 * The kinds of truth that a task declares. docs/channel.md defines them; their names are those of
 * the channel, from memcg_run.h.
 */

#include <stdbool.h>

enum truth_kind { TRUTH_REQUESTED, TRUTH_TOUCHED, TRUTH_CHARGED, TRUTH_UNIQUE, N_TRUTH_KINDS };

/* "requested", "touched", "charged", "unique". */
const char *truth_kind_name(enum truth_kind kind);

/* The kind of that name; "", which tasks may send, is touched. */
bool truth_kind_find(const char *name, enum truth_kind *ret_kind);

#define TRUTH_PLACE_SIZE 32

struct truth_place {
	char text[TRUTH_PLACE_SIZE];
};

/*
 * Where declarations of a kind are stored: "truth" for touched; for others "truth/charged", or
 * "truth.charged" with a point as separator.
 */
struct truth_place truth_kind_place(enum truth_kind kind, char separator);
