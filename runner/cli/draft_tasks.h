#pragma once

/*
 * The named tasks of --command, private to draft.c. Each value is split into words by the quoting rules of a shell, but
 * no shell is run: in the task's container it would be measured with the command, and the words are known to `check`
 * and to the record of the run. What only a shell can do (pipes, redirections, variables, patterns) is refused with the
 * way to ask for one.
 *
 * A name is what stands before the first '=', if it is one ("old=./prog 1"); else the program's own name, and where
 * several have that, each with its number: "sort-1", "sort-2".
 */

#include "runner/cli/options.h"
#include "util/error.h"

#define DRAFT_NAME_LETTERS                                                                         \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"                                     \
	"0123456789-_."
#define DRAFT_NAME_MAX 64

struct draft_name {
	char text[DRAFT_NAME_MAX + 1];
};

/* What a program is called without its folder, in the letters that a name may have; of a script without ".py". */
struct draft_name draft_program_name(const char *program, bool is_script);

struct draft_task {
	struct draft_name name;
	const char *value; /* of the option; borrowed */
	char **words;	   /* at least one, NULL-terminated */
	size_t n_words;
};

/* *ret_n is 0 if there are none. -EINVAL with a sentence. The caller frees. */
int draft_tasks_read(const struct options *options, struct draft_task **ret_tasks, size_t *ret_n,
	struct error *error);
void draft_tasks_free(struct draft_task *tasks, size_t n);
