#pragma once

/*
 * Images: the root file systems of containers. An image is a recipe, images/<name>/ (a
 * `recipe.toml`; "host" has none), and once built a tree in the cache,
 * /var/cache/memcg-run/images/<name>/.
 *
 *   host     this host's /usr, read-only, and the little else it needs (nothing to build)
 *   python   Debian 13 with Python 3.13 and the reporters, built by mmdebstrap
 *
 * Trials never change an image: its top-level folders are mounted read-only into a bare root
 * (struct rootfs), which also has the mount points.
 */

#include "backends/backend.h"
#include "runner/host/installation.h"
#include "util/digest.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_DIGEST_SIZE (sizeof("sha256:") + DIGEST_TEXT_SIZE)

struct image {
	char *name;
	char *root; /* "/" for host; else the built tree */
	/* "sha256:<64 digits>": of the tree's content; for host, of dpkg's status file. */
	char digest[IMAGE_DIGEST_SIZE];
	const char *digest_of; /* "tree" or "dpkg-status" */
	char *interpreter;     /* the Python of this image: "/usr/bin/python3" */
	bool checked;	       /* image_check found the tree as it was built */
};

/*
 * Opens a built image. -ENOENT if it is unknown or not built (the sentence says how to build it).
 */
int image_open(const struct installation *installation, const char *name, struct image **ret_image,
	struct error *error);
void image_free(struct image *image);

/*
 * Compares the tree with the manifest of its build (runner/container/image_manifest.h) and sets
 * image->checked. -EBADMSG names what is missing, added or changed, and the remedy. Images built by
 * an older memcg-run and "host" have no manifest: not an error, and not checked. Reads no file of
 * the tree: the 11,282 entries of image python took 38 ms, and 121 ms with cold kernel caches.
 */
int image_check(const struct installation *installation, struct image *image, struct error *error);

/* Reads the whole content of a built image and also checks its digest. -EINVAL for "host". */
int image_verify(const struct installation *installation, const char *name,
	char ret_digest[IMAGE_DIGEST_SIZE], struct error *error);

/* True for "host", which shows this host's own folders. */
bool image_is_host(const struct image *image);

/*
 * Whether the image has the top-level Python module: a file or folder in its interpreter's own
 * paths.
 */
int image_has_python_module(
	const struct image *image, const char *module, bool *ret_has, struct error *error);

/* Whether the image has an executable file at that path. */
int image_has_program(
	const struct image *image, const char *path, bool *ret_has, struct error *error);

/* Whether it has what a backend needs: a module or a program. */
int image_has_requirement(const struct image *image, const struct backend_requirement *requirement,
	bool *ret_has, struct error *error);

struct image_listing {
	char *name;
	char *damage;	     /* a sentence: why it is unusable, and the remedy; NULL: usable */
	bool built;	     /* always true for "host"; false if damaged */
	uint64_t size_bytes; /* of the built tree, on disk; 0 if not built */
	char digest[sizeof("sha256:") + DIGEST_TEXT_SIZE]; /* "" if not built */
};

/*
 * "host" first, then every recipe and every built image by name. A damaged image is listed like any
 * other and does not fail the list.
 */
int image_list(const struct installation *installation, struct image_listing **ret_listing,
	size_t *ret_n, struct error *error);
void image_listing_free(struct image_listing *listing, size_t n);

/*
 * Builds, or rebuilds, with mmdebstrap. Builds in a temporary folder and renames it: image_open
 * never finds an interrupted build, and the next build removes its remains. -ENOENT names the
 * package of a missing program; -EAGAIN: another process is building or removing.
 *
 * Neither these two functions nor image_open know whether a run uses an image: if it is rebuilt or
 * removed meanwhile, its files vanish from the run's containers.
 */
int image_build(const struct installation *installation, const char *name, struct error *error);
int image_remove(const struct installation *installation, const char *name, struct error *error);
