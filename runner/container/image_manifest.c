#include "runner/container/image_manifest.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- making one */

static int compare_listed_names(const FTSENT **left, const FTSENT **right)
{
	return strcmp((*left)->fts_name, (*right)->fts_name);
}

static char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return 'f';
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	default:
		return S_ISCHR(mode) ? 'c' : 'b';
	}
}

static void print_entry(FILE *stream, const struct stat *status, const char *path)
{
	const bool is_folder = S_ISDIR(status->st_mode);

	fprintf(stream, "%c %04o %u %u %" PRIu64 " %" PRId64 ".%09ld %s", type_of(status->st_mode),
		status->st_mode & 07777, status->st_uid, status->st_gid,
		is_folder ? 0 : (uint64_t)status->st_size,
		is_folder ? 0 : (int64_t)status->st_mtim.tv_sec,
		is_folder ? 0 : status->st_mtim.tv_nsec, path);
	fputc('\0', stream);
}

/* Returns 0 or -errno. */
static int print_tree(FTS *tree, const char *root, FILE *stream)
{
	const size_t root_length = strlen(root);
	FTSENT *entry;

	while (errno = 0, (entry = fts_read(tree)) != NULL) {
		const char *path = entry->fts_path + root_length;

		if (entry->fts_info == FTS_DP)
			continue;
		if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR ||
			entry->fts_info == FTS_NS)
			return -entry->fts_errno;
		print_entry(stream, entry->fts_statp, *path ? path + 1 : ".");
		if (entry->fts_info == FTS_D && (entry->fts_statp->st_mode & 05) != 05)
			fts_set(tree, entry, FTS_SKIP);
	}
	return -errno;
}

int image_manifest_make(const char *root, char **ret_text, size_t *ret_length, struct error *error)
{
	char *const paths[] = {(char *)root, NULL};
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, compare_listed_names);
	CLEANUP(cleanup_free) char *text = NULL;
	FILE *stream;
	size_t length;
	int r;

	if (!tree)
		return error_set_errno(error, errno, "cannot scan %s", root);
	stream = open_memstream(&text, &length);
	r = stream ? print_tree(tree, root, stream) : -ENOMEM;
	if (stream && fclose(stream) != 0 && r == 0)
		r = -ENOMEM;
	fts_close(tree);
	if (r < 0)
		return error_set_errno(error, -r, "cannot scan %s", root);
	*ret_text = TAKE_PTR(text);
	*ret_length = length;
	return 0;
}

/* ---- what has changed */

/* A position in a manifest. */
struct place {
	const char *entry; /* NULL: at the end */
	const char *path;
	const char *end; /* of the text */
};

static const char *path_of(const char *entry)
{
	for (unsigned field = 0; field < 6; field++) {
		const char *blank = strchr(entry, ' ');

		if (!blank)
			return "";
		entry = blank + 1;
	}
	return entry;
}

/* An entry without a NUL was truncated. */
static struct place place_at(const char *entry, const char *end)
{
	if (entry >= end || !memchr(entry, '\0', (size_t)(end - entry)))
		return (struct place){.end = end};
	return (struct place){.entry = entry, .path = path_of(entry), .end = end};
}

static struct place place_after(const struct place *place)
{
	return place_at(place->entry + strlen(place->entry) + 1, place->end);
}

/* Manifest order: the end of a name sorts before any letter, and "." before all. */
static int compare_manifest_paths(const char *left, const char *right)
{
	if (strcmp(left, ".") == 0 || strcmp(right, ".") == 0)
		return strcmp(right, ".") == 0 ? strcmp(left, ".") != 0 : -1;
	while (*left && *left == *right) {
		left++;
		right++;
	}
	if (*left == *right)
		return 0;
	if (!*left || (*left == '/' && *right))
		return -1;
	if (!*right || *right == '/')
		return 1;
	return (unsigned char)*left < (unsigned char)*right ? -1 : 1;
}

static char *describe_change(const struct place *then, const struct place *now)
{
	static const char *const fields[] = {"type", "mode", "owner", "group", "size", "time"};
	const char *was = then->entry, *is = now->entry;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		size_t was_length = strcspn(was, " "), is_length = strcspn(is, " ");

		if (!was[was_length] || !is[is_length])
			break;
		if (was_length != is_length || memcmp(was, is, was_length) != 0)
			return string_format("the %s of %s was %.*s and is %.*s", fields[i],
				then->path, (int)was_length, was, (int)is_length, is);
		was += was_length + 1;
		is += is_length + 1;
	}
	return string_format("%s has changed", then->path);
}

static char *change(const char *then, size_t then_length, const char *now, size_t now_length)
{
	struct place was = place_at(then, then + then_length);
	struct place is = place_at(now, now + now_length);

	while (was.entry || is.entry) {
		int order = !was.entry	? 1
			    : !is.entry ? -1
					: compare_manifest_paths(was.path, is.path);

		if (order < 0)
			return string_format("%s is missing", was.path);
		if (order > 0)
			return string_format("%s was added", is.path);
		if (strcmp(was.entry, is.entry) != 0)
			return describe_change(&was, &is);
		was = place_after(&was);
		is = place_after(&is);
	}
	return NULL;
}

char *image_manifest_change(
	const char *then, size_t then_length, const char *now, size_t now_length)
{
	char *sentence = change(then, then_length, now, now_length);

	if (sentence)
		text_blank_controls(sentence);
	return sentence;
}
