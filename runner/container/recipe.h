#pragma once

/*
 * The recipe of an image, images/<name>/recipe.toml: a Debian suite and the packages wanted of it.
 */

#include "util/error.h"

#include <stddef.h>

struct recipe {
	char *suite;	/* "trixie" */
	char *packages; /* as mmdebstrap takes them: "python3,python3-numpy" */
	char *mirror;	/* NULL: found by recipe_mirror() */
};

/* From a buffer, as if it stood at `path`. Mistakes are told with path:line:column. */
int recipe_parse(const char *path, const char *text, size_t length, struct recipe **ret_recipe,
	struct error *error);
void recipe_free(struct recipe *recipe);

/*
 * The archive to build from: MEMCG_RUN_MIRROR, or the recipe's, or the one of Debian's main archive
 * that the host's own apt is configured with. The caller frees.
 */
int recipe_mirror(const struct recipe *recipe, char **ret_mirror, struct error *error);
