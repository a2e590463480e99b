/* Finds modules and programs in an image by its files: nothing of the image is executed. */

#include "runner/container/image.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/*
 * sys.path of Debian's interpreter, from its site.py. Ignores paths added by .pth files: no Debian
 * package that a reporter needs has one.
 */
struct search_directory {
	const char *before;
	bool versioned; /* "python3.13" is inserted between the two */
	const char *after;
};

static const struct search_directory SEARCH_PATH[] = {
	{"usr/local/lib/", true, "/dist-packages"},
	{"usr/lib/python3/dist-packages", false, ""},
	{"usr/lib/", true, ""},
	{"usr/lib/", true, "/lib-dynload"},
};

/* "python3.13": the target of the link python3 in usr/bin. */
static int interpreter_name(
	const struct image *image, int root_fd, char **ret_name, struct error *error)
{
	const char *path = image->interpreter + strspn(image->interpreter, "/");
	char target[PATH_MAX];
	ssize_t length = readlinkat(root_fd, path, target, sizeof(target) - 1);
	const char *name;

	if (length < 0)
		return error_set_errno(error, errno, "cannot find Python in image %s, at %s",
			image->name, image->interpreter);
	target[length] = '\0';
	name = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
	if (strncmp(name, "python3.", strlen("python3.")) != 0)
		return error_set(error, ENOENT,
			"cannot determine the version of Python in image %s: %s leads to %s",
			image->name, image->interpreter, target);
	*ret_name = strdup(name);
	return *ret_name ? 0 : error_set_errno(error, ENOMEM, "cannot find Python");
}

/* Below the image's root, resolving links as the container will. */
static int open_in_root(int root_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT,
	};
	int fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* Whether an entry is the module: "psutil" (a folder), "psutil.py", "psutil.cpython-313-...so". */
static bool is_module_entry(int directory_fd, const struct dirent *entry, const char *module)
{
	size_t length = strlen(module);
	const char *rest = entry->d_name + length;
	struct stat status;

	if (strncmp(entry->d_name, module, length) != 0)
		return false;
	if (*rest == '\0')
		return fstatat(directory_fd, entry->d_name, &status, 0) == 0 &&
		       S_ISDIR(status.st_mode);
	return strcmp(rest, ".py") == 0 || strcmp(rest, ".so") == 0 ||
	       fnmatch(".*.so", rest, 0) == 0;
}

/* Returns 1 or 0, or -errno. */
static int directory_has_module(int root_fd, const char *path, const char *module)
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	struct dirent *entry;
	int fd = open_in_root(root_fd, path, O_RDONLY | O_DIRECTORY);
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = file_list_fd(fd, &directory);
	if (r < 0)
		return r;
	while ((entry = file_next(directory)))
		if (is_module_entry(dirfd(directory), entry, module))
			return 1;
	return -errno;
}

int image_has_python_module(
	const struct image *image, const char *module, bool *ret_has, struct error *error)
{
	CLEANUP(cleanup_close)
	int root_fd = open(image->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_free) char *python = NULL;
	int r;

	if (root_fd < 0)
		return error_set_errno(
			error, errno, "cannot open image %s at %s", image->name, image->root);
	r = interpreter_name(image, root_fd, &python, error);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < LENGTH(SEARCH_PATH); i++) {
		const struct search_directory *searched = &SEARCH_PATH[i];
		CLEANUP(cleanup_free)
		char *path = string_format("%s%s%s", searched->before,
			searched->versioned ? python : "", searched->after);

		if (!path)
			return error_set_errno(error, ENOMEM, "cannot look for %s", module);
		r = directory_has_module(root_fd, path, module);
		if (r < 0)
			return error_set_errno(
				error, -r, "cannot list /%s in image %s", path, image->name);
	}
	*ret_has = r == 1;
	return 0;
}

int image_has_program(
	const struct image *image, const char *path, bool *ret_has, struct error *error)
{
	CLEANUP(cleanup_close)
	int root_fd = open(image->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_close) int fd = -1;
	struct stat status;

	if (root_fd < 0)
		return error_set_errno(
			error, errno, "cannot open image %s at %s", image->name, image->root);
	fd = open_in_root(root_fd, path, O_PATH);
	if (fd < 0 && fd != -ENOENT)
		return error_set_errno(
			error, -fd, "cannot look for %s in image %s", path, image->name);
	if (fd >= 0 && fstat(fd, &status) < 0)
		return error_set_errno(
			error, errno, "cannot look for %s in image %s", path, image->name);
	*ret_has = fd >= 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
	return 0;
}

int image_has_requirement(const struct image *image, const struct backend_requirement *requirement,
	bool *ret_has, struct error *error)
{
	if (requirement->program)
		return image_has_program(image, requirement->program, ret_has, error);
	return image_has_python_module(image, requirement->python_module, ret_has, error);
}
