/* Checks that an image is still as it was built: by its manifest, and by its whole content. */

#include "runner/container/image.h"
#include "runner/container/image_cache.h"
#include "runner/container/image_manifest.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int image_refuse(const char *name, const char *cause, struct error *error)
{
	return error_set(error, EBADMSG,
		"image \"%s\" is not what was built: %s; rebuild it with sudo memcg-run image "
		"build %s",
		name, cause, name);
}

/* Finds the difference from the manifest of the build. */
static int name_change(const struct installation *installation, const struct image *image,
	const char *digest, const char *now, size_t now_length, struct error *error)
{
	CLEANUP(cleanup_free)
	char *path = image_cache_path(installation, image->name, "/" IMAGE_MANIFEST);
	CLEANUP(cleanup_free) char *then = NULL;
	CLEANUP(cleanup_free) char *cause = NULL;
	char found[IMAGE_DIGEST_SIZE] = "sha256:";
	size_t length;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot check image %s", image->name);
	if (file_read(AT_FDCWD, path, IMAGE_MANIFEST_MAX_BYTES, &then, &length, NULL) == 0) {
		digest_data(then, length, found + strlen("sha256:"));
		if (strcmp(found, digest) == 0)
			cause = image_manifest_change(then, length, now, now_length);
	}
	return image_refuse(image->name,
		cause ? cause : "its files have changed, and its manifest is damaged", error);
}

int image_check(const struct installation *installation, struct image *image, struct error *error)
{
	char digest[IMAGE_DIGEST_SIZE] = "sha256:";
	CLEANUP(image_record_release) struct image_record record = {.size_bytes = 0};
	CLEANUP(cleanup_free) char *now = NULL;
	size_t length;
	int r;

	image->checked = false;
	if (image_is_host(image))
		return 0;
	r = image_record_read(installation, image->name, &record, error);
	if (r < 0)
		return r;
	if (!*record.manifest)
		return 0;
	r = image_manifest_make(image->root, &now, &length, error);
	if (r < 0)
		return r;
	digest_data(now, length, digest + strlen("sha256:"));
	if (strcmp(digest, record.manifest) != 0)
		return name_change(installation, image, record.manifest, now, length, error);
	image->checked = true;
	return 0;
}

static int check_content(const struct image *image, struct error *error)
{
	char digest[IMAGE_DIGEST_SIZE] = "sha256:";
	CLEANUP(cleanup_free) char *cause = NULL;
	int r = digest_tree(AT_FDCWD, image->root, digest + strlen("sha256:"), error);

	if (r < 0 || strcmp(digest, image->digest) == 0)
		return r;
	cause = string_format("its content is %s, and was %s", digest, image->digest);
	return cause ? image_refuse(image->name, cause, error)
		     : error_set_errno(error, ENOMEM, "cannot verify image %s", image->name);
}

int image_verify(const struct installation *installation, const char *name,
	char ret_digest[IMAGE_DIGEST_SIZE], struct error *error)
{
	struct image *image;
	int r = image_open(installation, name, &image, error);

	if (r < 0)
		return r;
	if (image_is_host(image))
		r = error_set(error, EINVAL, "image \"host\" is this host: it was not built");
	/* quick, and names the difference */
	if (r == 0)
		r = image_check(installation, image, error);
	if (r == 0)
		r = check_content(image, error);
	if (r == 0)
		memcpy(ret_digest, image->digest, IMAGE_DIGEST_SIZE);
	image_free(image);
	return r;
}
