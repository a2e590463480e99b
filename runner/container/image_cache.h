#pragma once

/*
 * The cache of built images: a folder an image, <name>/ with root/, the tree, image.json, what is known of it,
 * and manifest, what stands in it. A build in progress, and a removal, stand in <name>.part, and a name of an
 * image has no '.': what is half there is never taken for an image.
 */

#include "runner/host/installation.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/format.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define IMAGE_HOST "host"

/* Beside the tree: runner/container/image_manifest.h. That of image python, of 11,282 entries, has 1.1 MB. */
#define IMAGE_MANIFEST "manifest"
#define IMAGE_MANIFEST_MAX_BYTES (64 * 1024 * 1024)

struct image_record {
	char digest[sizeof("sha256:") + DIGEST_TEXT_SIZE];
	char manifest[sizeof("sha256:") + DIGEST_TEXT_SIZE]; /* of its manifest; "": it has none */
	uint64_t size_bytes;
	struct formatted built; /* UTC */
	char *suite;
	json_t *packages; /* {"python3": "3.13.5-1", ...}: every one in the tree. NULL: not read */
};

/* The image's folder in the cache; `suffix` is "", "/root", ".part"... The caller frees. */
char *image_cache_path(
	const struct installation *installation, const char *name, const char *suffix);

/*
 * Takes the cache for a change: one at a time, so that a .part that is found then is nobody's. Makes
 * the cache where it is missing. Returns a descriptor whose close lets go; -EAGAIN when another
 * process is at it.
 */
int image_cache_lock(const struct installation *installation, struct error *error);

/* -ENOENT where the image is not built. */
int image_record_read(const struct installation *installation, const char *name,
	struct image_record *ret_record, struct error *error);
int image_record_write(
	const char *directory, const struct image_record *record, struct error *error);
void image_record_release(struct image_record *record);
