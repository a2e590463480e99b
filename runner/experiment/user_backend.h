#pragma once

/*
 * User-defined backends, added without compiling: docs/adding-a-backend.md is their manual. A
 * folder has, for each, NAME.toml, which describes it, and one of
 *
 *   NAME.py   an in-process reporter, like those in backends/python/reporters/
 *   NAME      an executable: an external reporter (runner/trial/reporter.h)
 *
 * Names consist of small letters, digits, '-' and '_', at most 32, and start with a letter. Other
 * files in the folder are ignored.
 */

#include "backends/backend.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

#define USER_BACKENDS_OF_SYSTEM "/etc/memcg-run/backends"

struct user_backend {
	struct backend backend; /* its texts are owned by the members below */
	char *name;
	char *summary;
	char *headline;
	char *program; /* absolute */
	char *sidecar;
};

/* Names and folders, in search order. */
struct user_backend_list {
	struct user_backend_place {
		char *name;
		char *folder;
	} * places;
	size_t n;
};

/* Adds the backends of a folder without reading them; a missing folder has none. */
int user_backend_list_add(struct user_backend_list *list, const char *folder, struct error *error);

/* The first backend of that name, or NULL. Borrowed. */
const struct user_backend_place *user_backend_list_find(
	const struct user_backend_list *list, const char *name);
void user_backend_list_release(struct user_backend_list *list);

/*
 * The user's own folder: $XDG_CONFIG_HOME/memcg-run/backends, else ~/.config/memcg-run/backends.
 * NULL for root, for whom no home is searched, and if there is no home. The caller frees.
 */
char *user_backend_home(void);

/*
 * Reads and checks one backend. The error names the file and, for mistakes in NAME.toml, line and
 * column. Root refuses files that others could have changed (runner/experiment/trusted_path.h).
 */
int user_backend_load(const char *folder, const char *name, struct user_backend **ret_backend,
	struct error *error);
void user_backend_free(struct user_backend *backend);
