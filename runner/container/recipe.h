#pragma once

/* The recipe of an image, images/<name>/recipe.toml: a Debian suite and its wanted packages. */

#include "util/error.h"

#include <stddef.h>

struct recipe {
	char *suite;	/* "trixie" */
	char *packages; /* in mmdebstrap's format: "python3,python3-numpy" */
	char *mirror;	/* NULL: recipe_mirror() finds it */
};

/* Parses a buffer as if it were the file `path`. Mistakes are reported with path:line:column. */
int recipe_parse(const char *path, const char *text, size_t length, struct recipe **ret_recipe,
	struct error *error);
void recipe_free(struct recipe *recipe);

/*
 * The archive to build from: MEMCG_RUN_MIRROR, else the recipe's, else the mirror of Debian's main
 * archive in the host's apt configuration. The caller frees.
 */
int recipe_mirror(const struct recipe *recipe, char **ret_mirror, struct error *error);
