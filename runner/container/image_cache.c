#include "runner/container/image_cache.h"

#include "util/cleanup.h"
#include "util/file.h"
#include "util/json.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#define MAX_RECORD_BYTES (1024 * 1024)

char *image_cache_path(
	const struct installation *installation, const char *name, const char *suffix)
{
	return string_format("%s/%s%s", installation->image_cache, name, suffix);
}

int image_cache_lock(const struct installation *installation, struct error *error)
{
	CLEANUP(cleanup_close) int fd = -1;
	int r = file_make_directories(AT_FDCWD, installation->image_cache, 0755, error);

	if (r < 0)
		return r;
	fd = open(installation->image_cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(
			error, errno, "cannot open directory %s", installation->image_cache);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return error_set(error, errno == EWOULDBLOCK ? EAGAIN : errno, "cannot lock %s: %s",
			installation->image_cache,
			errno == EWOULDBLOCK ? "another memcg-run is building or removing an image"
					     : strerror(errno));
	return TAKE_FD(fd);
}

void image_record_release(struct image_record *record)
{
	free(record->suite);
	json_decref(record->packages);
	*record = (struct image_record){.size_bytes = 0};
}

/* "sha256:" and 64 digits: the image's identity in a run's results. */
static bool is_digest(const char *text)
{
	const size_t before = strlen("sha256:");

	return strncmp(text, "sha256:", before) == 0 && strlen(text) == before + 64 &&
	       strspn(text + before, "0123456789abcdef") == 64;
}

static int record_from_json(json_t *json, struct image_record *ret_record)
{
	struct image_record record = {.size_bytes = 0};
	const char *manifest = NULL;
	const char *digest;
	const char *built;
	const char *suite;
	json_int_t size_bytes;

	if (json_unpack(json, "{s:s, s:I, s:s, s:s, s?s}", "digest", &digest, "size_bytes",
		    &size_bytes, "built", &built, "suite", &suite, "manifest", &manifest) < 0)
		return -EBADMSG;
	if (size_bytes < 0 || !is_digest(digest) || strlen(built) >= sizeof(record.built.text) ||
		(manifest && !is_digest(manifest)))
		return -EBADMSG;
	snprintf(record.manifest, sizeof(record.manifest), "%s", manifest ? manifest : "");
	snprintf(record.digest, sizeof(record.digest), "%s", digest);
	snprintf(record.built.text, sizeof(record.built.text), "%s", built);
	record.size_bytes = (uint64_t)size_bytes;
	record.suite = strdup(suite);
	if (!record.suite)
		return -ENOMEM;
	*ret_record = record;
	return 0;
}

int image_record_read(const struct installation *installation, const char *name,
	struct image_record *ret_record, struct error *error)
{
	CLEANUP(cleanup_free) char *path = image_cache_path(installation, name, "/image.json");
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_json) json_t *json = NULL;
	size_t length;
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot read image %s", name);
	r = file_read(AT_FDCWD, path, MAX_RECORD_BYTES, &text, &length, error);
	if (r < 0)
		return r;
	json = json_loadb(text, length, 0, NULL);
	r = json ? record_from_json(json, ret_record) : -EBADMSG;
	if (r == -EBADMSG)
		return error_set(error, EBADMSG,
			"%s is not the record of an image; rebuild it with memcg-run image build "
			"%s",
			path, name);
	return r < 0 ? error_set_errno(error, -r, "cannot read image %s", name) : 0;
}

int image_record_write(
	const char *directory, const struct image_record *record, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/image.json", directory);
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_json)
	json_t *json = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:O}", "digest", record->digest,
		"digest_of", "tree", "manifest", record->manifest, "size_bytes",
		(json_int_t)record->size_bytes, "built", record->built.text, "suite", record->suite,
		"packages", record->packages);

	text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	if (!path || !text)
		return error_set_errno(error, ENOMEM, "cannot write the record of an image");
	return file_write(AT_FDCWD, path, text, strlen(text), 0644, error);
}
