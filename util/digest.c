#include "util/digest.h"

#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define READ_BYTES (64 * 1024)

static void digest_finish(SHA2_CTX *context, char ret_text[DIGEST_TEXT_SIZE])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256Final(digest, context);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(ret_text + 2 * i, 3, "%02x", digest[i]);
}

void digest_data(const void *data, size_t length, char ret_text[DIGEST_TEXT_SIZE])
{
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, data, length);
	digest_finish(&context, ret_text);
}

static int digest_fd(int fd, char ret_text[DIGEST_TEXT_SIZE])
{
	CLEANUP(cleanup_free) uint8_t *data = malloc(READ_BYTES);
	SHA2_CTX context;

	if (!data)
		return -ENOMEM;
	SHA256Init(&context);
	for (;;) {
		ssize_t n = read(fd, data, READ_BYTES);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		SHA256Update(&context, data, (size_t)n);
	}
	digest_finish(&context, ret_text);
	return 0;
}

int digest_head(int fd, uint64_t length, char ret_text[DIGEST_TEXT_SIZE])
{
	CLEANUP(cleanup_free) uint8_t *data = malloc(READ_BYTES);
	uint64_t offset = 0;
	SHA2_CTX context;

	if (!data)
		return -ENOMEM;
	SHA256Init(&context);
	while (offset < length) {
		uint64_t left = length - offset;
		size_t wanted = left < READ_BYTES ? (size_t)left : READ_BYTES;
		ssize_t n = pread(fd, data, wanted, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		SHA256Update(&context, data, (size_t)n);
		offset += (uint64_t)n;
	}
	digest_finish(&context, ret_text);
	return 0;
}

/* Whether any of its pages is in the page cache (mincore(2)); also where that cannot be found out. */
static bool is_cached(int fd)
{
	const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	CLEANUP(cleanup_free) unsigned char *pages = NULL;
	bool cached = true;
	struct stat status;
	size_t n_pages;
	void *memory;

	if (fstat(fd, &status) < 0 || status.st_size <= 0)
		return true;
	n_pages = ((size_t)status.st_size + page_bytes - 1) / page_bytes;
	pages = malloc(n_pages);
	memory = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return true;
	if (pages && mincore(memory, (size_t)status.st_size, pages) == 0) {
		cached = false;
		for (size_t i = 0; i < n_pages; i++)
			cached = cached || pages[i] & 1;
	}
	munmap(memory, (size_t)status.st_size);
	return cached;
}

int digest_file(
	int directory_fd, const char *path, char ret_text[DIGEST_TEXT_SIZE], struct error *error)
{
	CLEANUP(cleanup_close) int fd = openat(directory_fd, path, O_RDONLY | O_CLOEXEC);
	bool was_cached;
	int result;

	if (fd < 0)
		return error_set_errno(error, errno, "cannot open %s", path);
	was_cached = is_cached(fd);
	result = digest_fd(fd, ret_text);
	if (!was_cached)
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (result < 0)
		return error_set_errno(error, -result, "cannot read %s", path);
	return 0;
}

/* Every path below a root, relative to it; the root itself is ".". */
struct tree {
	int root_fd;
	char **paths;
	size_t n_paths;
};

static void tree_release(struct tree *tree)
{
	cleanup_close(&tree->root_fd);
	for (size_t i = 0; i < tree->n_paths; i++)
		free(tree->paths[i]);
	free(tree->paths);
}

static int tree_add(struct tree *tree, const char *parent, const char *name)
{
	char *path = strcmp(parent, ".") == 0 ? strdup(name) : string_format("%s/%s", parent, name);

	if (!path || !ARRAY_GROW(tree->paths, tree->n_paths)) {
		free(path);
		return -ENOMEM;
	}
	tree->paths[tree->n_paths++] = path;
	return 0;
}

/* Adds the entries of a directory; nothing for other files and for mounts. */
static int tree_list(struct tree *tree, const char *path)
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	int fd = file_open_beneath(tree->root_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	struct dirent *entry;
	int result;

	if (fd == -ENOTDIR || fd == -ELOOP || fd == -EXDEV)
		return 0;
	if (fd < 0)
		return fd;
	result = file_list_fd(fd, &directory);
	if (result < 0)
		return result;
	while ((entry = file_next(directory))) {
		result = tree_add(tree, path, entry->d_name);
		if (result < 0)
			return result;
	}
	return -errno;
}

/* One digested line: all of an entry except its path. */
struct entry {
	char type;
	struct stat status;
	char content[PATH_MAX]; /* a file's digest, a link's target, a device's numbers */
};

static int entry_read_link(struct entry *entry, int fd)
{
	ssize_t length = readlinkat(fd, "", entry->content, sizeof(entry->content) - 1);

	if (length < 0)
		return -errno;
	entry->content[length] = '\0';
	return 0;
}

static int entry_read_content(struct entry *entry, int root_fd, int fd, const char *path)
{
	CLEANUP(cleanup_close) int file_fd = -1;

	switch (entry->status.st_mode & S_IFMT) {
	case S_IFREG:
		entry->type = 'f';
		file_fd = file_open_beneath(root_fd, path, O_RDONLY | O_NONBLOCK);
		return file_fd < 0 ? file_fd : digest_fd(file_fd, entry->content);
	case S_IFLNK:
		entry->type = 'l';
		return entry_read_link(entry, fd);
	case S_IFDIR:
		entry->type = 'd';
		return 0;
	case S_IFIFO:
		entry->type = 'p';
		return 0;
	case S_IFSOCK:
		entry->type = 's';
		return 0;
	default:
		entry->type = S_ISCHR(entry->status.st_mode) ? 'c' : 'b';
		snprintf(entry->content, sizeof(entry->content), "%u:%u",
			major(entry->status.st_rdev), minor(entry->status.st_rdev));
		return 0;
	}
}

static int entry_read(struct entry *entry, int root_fd, const char *path)
{
	CLEANUP(cleanup_close) int fd = file_open_beneath(root_fd, path, O_PATH | O_NOFOLLOW);

	memset(entry, 0, sizeof(*entry));
	if (fd == -EXDEV) {
		entry->type = 'm';
		return 0;
	}
	if (fd < 0)
		return fd;
	if (fstat(fd, &entry->status) < 0)
		return -errno;
	return entry_read_content(entry, root_fd, fd, path);
}

/*
 * "f 0644 0 0 <content>" NUL path NUL: neither paths nor link targets contain NUL, so that
 * different trees cannot give the same bytes.
 */
static void entry_digest(const struct entry *entry, const char *path, SHA2_CTX *context)
{
	char fields[64];
	int length = snprintf(fields, sizeof(fields), "%c %04o %u %u ", entry->type,
		entry->status.st_mode & 07777, entry->status.st_uid, entry->status.st_gid);

	SHA256Update(context, (const uint8_t *)fields, (size_t)length);
	SHA256Update(context, (const uint8_t *)entry->content, strlen(entry->content) + 1);
	SHA256Update(context, (const uint8_t *)path, strlen(path) + 1);
}

/* The list is its own queue: directories are listed when their turn comes. */
static int tree_collect(struct tree *tree, const char *path, struct error *error)
{
	int result = tree_add(tree, ".", ".");

	for (size_t i = 0; result == 0 && i < tree->n_paths; i++) {
		result = tree_list(tree, tree->paths[i]);
		if (result < 0)
			return error_set_errno(
				error, -result, "cannot list %s in %s", tree->paths[i], path);
	}
	if (result < 0)
		return error_set_errno(error, -result, "cannot list %s", path);
	qsort(tree->paths, tree->n_paths, sizeof(tree->paths[0]), string_compare_pointed);
	return 0;
}

int digest_tree(
	int directory_fd, const char *path, char ret_text[DIGEST_TEXT_SIZE], struct error *error)
{
	CLEANUP(tree_release) struct tree tree = {.root_fd = -1};
	struct entry entry;
	SHA2_CTX context;
	int result;

	tree.root_fd = openat(directory_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree.root_fd < 0)
		return error_set_errno(error, errno, "cannot open directory %s", path);
	result = tree_collect(&tree, path, error);
	if (result < 0)
		return result;

	SHA256Init(&context);
	for (size_t i = 0; i < tree.n_paths; i++) {
		result = entry_read(&entry, tree.root_fd, tree.paths[i]);
		if (result < 0)
			return error_set_errno(
				error, -result, "cannot read %s in %s", tree.paths[i], path);
		entry_digest(&entry, tree.paths[i], &context);
	}
	digest_finish(&context, ret_text);
	return 0;
}
