#pragma once

/*
 * The cache of built images. Each image has a folder <name>/ with root/, the tree; image.json, its
 * metadata; and manifest, the list of its files. Builds and removals in progress use <name>.part.
 * Image names contain no '.', so an incomplete tree is never mistaken for an image.
 */

#include "runner/host/installation.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/format.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define IMAGE_HOST "host"

/*
 * Next to the tree: runner/container/image_manifest.h. Image python has 11,282 entries in 1.1 MB.
 */
#define IMAGE_MANIFEST "manifest"
#define IMAGE_MANIFEST_MAX_BYTES (64 * 1024 * 1024)

struct image_record {
	char digest[sizeof("sha256:") + DIGEST_TEXT_SIZE];
	char manifest[sizeof("sha256:") + DIGEST_TEXT_SIZE]; /* of its manifest; "": no manifest */
	uint64_t size_bytes;
	struct formatted built; /* UTC */
	char *suite;
	/* {"python3": "3.13.5-1", ...}: all packages of the tree. NULL: not read */
	json_t *packages;
};

/* The image's folder in the cache; `suffix` is "", "/root", ".part"... The caller frees. */
char *image_cache_path(
	const struct installation *installation, const char *name, const char *suffix);

/*
 * Locks the cache for one change at a time, so that any .part found while locked is a leftover.
 * Creates the cache if missing. Returns a descriptor; closing it unlocks. -EAGAIN if another
 * process holds the lock.
 */
int image_cache_lock(const struct installation *installation, struct error *error);

/* -ENOENT if the image is not built. */
int image_record_read(const struct installation *installation, const char *name,
	struct image_record *ret_record, struct error *error);
int image_record_write(
	const char *directory, const struct image_record *record, struct error *error);
void image_record_release(struct image_record *record);
