#pragma once

/*
 * Images: what a container sees as its root. An image is a recipe, images/<name>/ (a `recipe.toml`
 * or, for "host", none), and once built a tree in the cache, /var/cache/memcg-run/images/<name>/.
 *
 *   host     this host's /usr, read-only, and the little else it needs (nothing to build)
 *   python   Debian 13 with Python 3.13 and the reporters, built by mmdebstrap
 *
 * An image is never changed by a trial: its top-level folders are mounted read-only into a bare root
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
	bool checked;	       /* image_check has found its tree as it was built */
};

/* Opens a built image. -ENOENT where it is not built (the sentence says how to) or unknown. */
int image_open(const struct installation *installation, const char *name, struct image **ret_image,
	struct error *error);
void image_free(struct image *image);

/*
 * Holds the tree against the manifest of its build (runner/container/image_manifest.h), and sets image->checked.
 * -EBADMSG names what is missing, new or another, and the way out. One that an earlier memcg-run built has no manifest,
 * and "host" none: that is no error, and neither is checked. Reads no file of the tree: the 11,282
 * entries of image python took 38 ms, and 121 where the kernel had none of them in its cache.
 */
int image_check(const struct installation *installation, struct image *image, struct error *error);

/*
 * The same of a built image's whole content, which is read for it: against its digest too. -EINVAL for "host".
 */
int image_verify(const struct installation *installation, const char *name,
	char ret_digest[IMAGE_DIGEST_SIZE], struct error *error);

/* Whether it is "host": this host's own folders. */
bool image_is_host(const struct image *image);

/* Whether the image has the top-level Python module: a file or folder in its interpreter's own paths. */
int image_has_python_module(
	const struct image *image, const char *module, bool *ret_has, struct error *error);

/* Whether the image has a program at that path: a file that may be executed. */
int image_has_program(
	const struct image *image, const char *path, bool *ret_has, struct error *error);

/* Whether it has what a backend needs, be it a module or a program. */
int image_has_requirement(const struct image *image, const struct backend_requirement *requirement,
	bool *ret_has, struct error *error);

struct image_listing {
	char *name;
	char *damage;	     /* a sentence: why it cannot be used, and the way out; NULL: it can */
	bool built;	     /* "host" always is; false where it is damaged */
	uint64_t size_bytes; /* of the built tree, on disk; 0 where there is none */
	char digest[sizeof("sha256:") + DIGEST_TEXT_SIZE]; /* "" where it is not built */
};

/*
 * "host" first, then every recipe and every built image by name. One that is damaged is listed with the others: it
 * is no error of theirs.
 */
int image_list(const struct installation *installation, struct image_listing **ret_listing,
	size_t *ret_n, struct error *error);
void image_listing_free(struct image_listing *listing, size_t n);

/*
 * Builds, with mmdebstrap, or builds anew. It is built beside and renamed: a cut build leaves nothing
 * that image_open takes for an image, and what it left the next one removes. -ENOENT names the package
 * of a program that is missing; -EAGAIN: another process is building or removing.
 *
 * Neither these two nor image_open know whether a run uses an image: the files of one that is built
 * anew or removed meanwhile vanish from its containers.
 */
int image_build(const struct installation *installation, const char *name, struct error *error);
int image_remove(const struct installation *installation, const char *name, struct error *error);
