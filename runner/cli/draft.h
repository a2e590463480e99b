#pragma once

/*
 * The experiment that a command line gives without a file: from standard input, or described by
 * options and words, as in `memcg-run -r 5 -P size=1,2 -- ./prog {size}`. The latter is written as
 * the TOML file that a user would write for it, so that the one reader checks, completes and records
 * it. Each line of that text comes from one option or from the words, and messages name it.
 *
 * Braces in the words are literal unless there is a parameter. Values of a parameter are integers,
 * floats or booleans if all of them are, else strings; the task gets each as it was typed: "3.10" is
 * a string, because as a float it would be printed as 3.1.
 */

#include "runner/cli/options.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"

struct draft {
	struct experiment_text
		text; /* points into the others; its `text` is NULL: there is a file */
	char *owned;
	char **origins;
};

/*
 * -EINVAL with a sentence if an option has not the form that it needs to become text; another
 * negative errno if standard input cannot be read. The caller releases the draft.
 */
int draft_make(const struct options *options, struct draft *ret_draft, struct error *error);
void draft_release(struct draft *draft);

/* Whether draft_save can be expected to succeed: -EINVAL for a path, -EEXIST. */
int draft_check_name(const char *name, struct error *error);

/*
 * Writes the text to a new file in the current folder, from which its relative names are resolved.
 * Root gives it to the owner of that folder.
 */
int draft_save(const struct draft *draft, const char *name, struct error *error);
