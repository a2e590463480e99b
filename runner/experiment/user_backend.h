#pragma once

/*
 * Backends that a user adds, without compiling: docs/adding-a-backend.md is their manual. A folder has, for
 * each, NAME.toml with what there is to say of it and one of
 *
 *   NAME.py   an in-process reporter, as those in backends/python/reporters/
 *   NAME      an executable: an external reporter (runner/trial/reporter.h)
 *
 * Their names are small letters, digits, '-' and '_', 32 at most, and begin with a letter. Anything else in
 * the folder is passed over.
 */

#include "backends/backend.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

#define USER_BACKENDS_OF_SYSTEM "/etc/memcg-run/backends"

struct user_backend {
	struct backend backend; /* its texts are those below */
	char *name;
	char *summary;
	char *headline;
	char *program; /* absolute */
	char *sidecar;
};

/* Names and folders, in the order in which they are looked through. */
struct user_backend_list {
	struct user_backend_place {
		char *name;
		char *folder;
	} * places;
	size_t n;
};

/* Adds those of a folder, without looking into them; one that is not there has none. */
int user_backend_list_add(struct user_backend_list *list, const char *folder, struct error *error);

/* The first of that name; NULL when there is none. Borrowed. */
const struct user_backend_place *user_backend_list_find(
	const struct user_backend_list *list, const char *name);
void user_backend_list_release(struct user_backend_list *list);

/*
 * The folder of who runs this: $XDG_CONFIG_HOME/memcg-run/backends, ~/.config else. NULL for root, which
 * looks in no home, and where there is none. The caller frees.
 */
char *user_backend_home(void);

/*
 * Reads and checks one. The error names the file, and its line and column where a sidecar is wrong. Root
 * refuses what others could have changed (runner/experiment/trusted_path.h).
 */
int user_backend_load(const char *folder, const char *name, struct user_backend **ret_backend,
	struct error *error);
void user_backend_free(struct user_backend *backend);
