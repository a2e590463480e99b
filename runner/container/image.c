#include "runner/container/image.h"

#include "runner/container/image_cache.h"
#include "runner/experiment/container_rules.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* Changes whenever a package is installed, removed or upgraded. */
#define DPKG_STATUS "/var/lib/dpkg/status"
#define INTERPRETER "/usr/bin/python3"

void image_free(struct image *image)
{
	if (!image)
		return;
	free(image->name);
	free(image->root);
	free(image->interpreter);
	free(image);
}

CLEANUP_POINTER(cleanup_image, struct image, image_free)

bool image_is_host(const struct image *image)
{
	return strcmp(image->root, "/") == 0;
}

/* ---- opening */

static int host_digest(char ret_digest[sizeof("sha256:") + DIGEST_TEXT_SIZE], struct error *error)
{
	char digits[DIGEST_TEXT_SIZE];
	int r = digest_file(AT_FDCWD, DPKG_STATUS, digits, error);

	if (r < 0) {
		error_prefix(error, "cannot list what this host has installed");
		return r;
	}
	snprintf(ret_digest, sizeof("sha256:") + DIGEST_TEXT_SIZE, "sha256:%s", digits);
	return 0;
}

static int not_there(const struct installation *installation, const char *name, struct error *error)
{
	CLEANUP(cleanup_free)
	char *recipe = string_format("%s/%s/recipe.toml", installation->images, name);

	if (recipe && access(recipe, F_OK) == 0)
		return error_set(error, ENOENT,
			"image \"%s\" is not built: sudo memcg-run image build %s", name, name);
	return error_set(
		error, ENOENT, "no image \"%s\"; memcg-run image list lists the images", name);
}

static int fill_built(struct image *image, const struct installation *installation,
	const char *name, struct error *error)
{
	struct image_record record = {.size_bytes = 0};
	int r = image_record_read(installation, name, &record, error);

	if (r == -ENOENT)
		return not_there(installation, name, error);
	if (r < 0)
		return r;
	memcpy(image->digest, record.digest, sizeof(image->digest));
	image_record_release(&record);
	image->digest_of = "tree";
	image->root = image_cache_path(installation, name, "/root");
	return 0;
}

int image_open(const struct installation *installation, const char *name, struct image **ret_image,
	struct error *error)
{
	CLEANUP(cleanup_image) struct image *image = NULL;
	int r;

	if (!image_name_is_valid(name))
		return not_there(installation, name, error);
	image = calloc(1, sizeof(*image));
	if (!image)
		return error_set_errno(error, ENOMEM, "cannot open image %s", name);
	if (strcmp(name, IMAGE_HOST) == 0) {
		image->digest_of = "dpkg-status";
		image->root = strdup("/");
		r = host_digest(image->digest, error);
	} else {
		r = fill_built(image, installation, name, error);
	}
	if (r < 0)
		return r;
	image->name = strdup(name);
	image->interpreter = strdup(INTERPRETER);
	if (!image->name || !image->root || !image->interpreter)
		return error_set_errno(error, ENOMEM, "cannot open image %s", name);
	*ret_image = TAKE_PTR(image);
	return 0;
}

/* ---- listing */

struct names {
	char **names;
	size_t n;
};

static void names_release(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->names[i]);
	free(names->names);
}

static int names_add(struct names *names, const char *name)
{
	char *copy;

	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->names[i], name) == 0)
			return 0;
	copy = ARRAY_GROW(names->names, names->n) ? strdup(name) : NULL;
	if (!copy)
		return -ENOMEM;
	names->names[names->n++] = copy;
	return 0;
}

/* The folders in `directory` that contain a file `mark` and have a valid image name. */
static int names_add_from(struct names *names, const char *directory, const char *mark)
{
	CLEANUP(cleanup_closedir) DIR *stream = opendir(directory);
	struct dirent *entry;
	int r = 0;

	if (!stream)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (entry = file_next(stream))) {
		CLEANUP(cleanup_free) char *path = string_format("%s/%s", entry->d_name, mark);

		if (!path)
			return -ENOMEM;
		if (image_name_is_valid(entry->d_name) &&
			faccessat(dirfd(stream), path, F_OK, 0) == 0)
			r = names_add(names, entry->d_name);
	}
	return r < 0 ? r : -errno;
}

/* The host first, the others by name. */
static int names_collect(
	struct names *names, const struct installation *installation, struct error *error)
{
	int r = names_add(names, IMAGE_HOST);

	if (r == 0)
		r = names_add_from(names, installation->images, "recipe.toml");
	if (r == 0)
		r = names_add_from(names, installation->image_cache, "image.json");
	if (r < 0)
		return error_set_errno(error, -r, "cannot list the images");
	qsort(names->names + 1, names->n - 1, sizeof(*names->names), string_compare_pointed);
	return 0;
}

static int describe_image(
	struct image_listing *listing, const struct installation *installation, struct error *error)
{
	struct image_record record = {.size_bytes = 0};
	int r;

	if (strcmp(listing->name, IMAGE_HOST) == 0)
		return host_digest(listing->digest, error);
	r = image_record_read(installation, listing->name, &record, error);
	if (r < 0)
		return r;
	listing->size_bytes = record.size_bytes;
	memcpy(listing->digest, record.digest, sizeof(listing->digest));
	image_record_release(&record);
	return 0;
}

static int listing_init(struct image_listing *listing, const struct installation *installation,
	const char *name, struct error *error)
{
	struct error damage = ERROR_INIT;
	int r;

	listing->name = strdup(name);
	if (!listing->name)
		return error_set_errno(error, ENOMEM, "cannot list the images");
	r = describe_image(listing, installation, &damage);
	listing->built = r == 0;
	if (r == 0 || (r == -ENOENT && strcmp(name, IMAGE_HOST) != 0))
		return 0;
	listing->damage = strdup(damage.text);
	return listing->damage ? 0 : error_set_errno(error, ENOMEM, "cannot list the images");
}

void image_listing_free(struct image_listing *listing, size_t n)
{
	if (!listing)
		return;
	for (size_t i = 0; i < n; i++) {
		free(listing[i].name);
		free(listing[i].damage);
	}
	free(listing);
}

int image_list(const struct installation *installation, struct image_listing **ret_listing,
	size_t *ret_n, struct error *error)
{
	CLEANUP(names_release) struct names names = {.n = 0};
	struct image_listing *listing;
	int r = names_collect(&names, installation, error);

	if (r < 0)
		return r;
	listing = calloc(names.n, sizeof(*listing));
	if (!listing)
		return error_set_errno(error, ENOMEM, "cannot list the images");
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = listing_init(&listing[i], installation, names.names[i], error);
	if (r < 0) {
		image_listing_free(listing, names.n);
		return r;
	}
	*ret_listing = listing;
	*ret_n = names.n;
	return 0;
}

/* ---- removing */

int image_remove(const struct installation *installation, const char *name, struct error *error)
{
	CLEANUP(cleanup_free) char *path = image_cache_path(installation, name, "");
	CLEANUP(cleanup_free) char *part = image_cache_path(installation, name, ".part");
	CLEANUP(cleanup_close) int lock_fd = -1;
	int r;

	if (!path || !part)
		return error_set_errno(error, ENOMEM, "cannot remove image %s", name);
	if (strcmp(name, IMAGE_HOST) == 0)
		return error_set(error, EINVAL, "image \"host\" is this host: it is not removed");
	if (!image_name_is_valid(name))
		return not_there(installation, name, error);
	lock_fd = image_cache_lock(installation, error);
	if (lock_fd < 0)
		return lock_fd;
	r = file_remove_tree(AT_FDCWD, part, error);
	if (r < 0)
		return r;
	/* After the rename it is no image any more; the removal may then take its time. */
	if (rename(path, part) < 0)
		return errno == ENOENT ? not_there(installation, name, error)
				       : error_set_errno(error, errno, "cannot remove %s", path);
	return file_remove_tree(AT_FDCWD, part, error);
}
