#include "runner/container/mount_list.h"

#include "runner/experiment/container_rules.h"
#include "util/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* "/a//b/./c/" becomes "/a/b/c". NULL with errno EINVAL for a relative path or one with "..". */
static char *clean_path(const char *path)
{
	char *clean = malloc(strlen(path) + 2);
	char *end = clean;

	if (!clean)
		return NULL;
	if (*path != '/') {
		free(clean);
		errno = EINVAL;
		return NULL;
	}
	while (*(path += strspn(path, "/")) != '\0') {
		size_t length = strcspn(path, "/");

		if (length == 2 && strncmp(path, "..", 2) == 0) {
			free(clean);
			errno = EINVAL;
			return NULL;
		}
		if (length > 1 || *path != '.') {
			*end++ = '/';
			memcpy(end, path, length);
			end += length;
		}
		path += length;
	}
	if (end == clean)
		*end++ = '/';
	*end = '\0';
	return clean;
}

static int check_source(const char *source, struct error *error)
{
	struct stat status;

	if (stat(source, &status) < 0)
		return error_set_errno(error, errno, "cannot mount %s", source);
	return 0;
}

static int mount_init(struct rootfs_mount *mount, const char *source, const char *destination,
	bool writable, struct error *error)
{
	CLEANUP(cleanup_free) char *clean = clean_path(destination);
	int r;

	if (!clean && errno == EINVAL)
		return error_set(error, EINVAL,
			"cannot mount at %s: the path must be absolute and without \"..\"",
			destination);
	mount->source = strdup(source);
	mount->writable = writable;
	if (!clean || !mount->source)
		return error_set_errno(error, ENOMEM, "cannot mount %s", source);
	r = check_source(source, error);
	if (r == 0)
		mount->destination = TAKE_PTR(clean);
	return r;
}

/*
 * The task is root without capabilities: it may use other users' files only like anyone else.
 * Reported here, since its own message would be "cannot open script".
 */
static int check_may_enter(const char *directory, struct error *error)
{
	struct stat status;
	mode_t readable = S_IROTH | S_IXOTH;

	if (stat(directory, &status) < 0)
		return error_set_errno(
			error, errno, "cannot mount the experiment's folder %s", directory);
	if (!S_ISDIR(status.st_mode))
		return error_set_errno(
			error, ENOTDIR, "cannot mount the experiment's folder %s", directory);
	if (status.st_uid == 0)
		readable = S_IRUSR | S_IXUSR;
	else if (status.st_gid == 0)
		readable = S_IRGRP | S_IXGRP;
	if ((status.st_mode & readable) == readable)
		return 0;
	return error_set(error, EACCES,
		"the task could not enter the experiment's folder %s, mode %04o: it runs as root "
		"without capabilities, so the folder must be readable by others (chmod o+rx)",
		directory, status.st_mode & 07777);
}

static int check_places(
	const struct rootfs_mount *mounts, size_t n, const char *directory, struct error *error)
{
	if (container_path_is_reserved(directory))
		return error_set(error, EINVAL,
			"the experiment's folder is %s, which the container needs for itself: put "
			"the "
			"experiment into a folder of its own",
			directory);
	for (size_t i = 0; i < n; i++) {
		if (container_path_is_reserved(mounts[i].destination))
			return error_set(error, EINVAL,
				"cannot mount %s at %s: the container needs that place for itself",
				mounts[i].source, mounts[i].destination);
		if (i > 0 && strcmp(mounts[i - 1].destination, mounts[i].destination) == 0)
			return error_set(error, EEXIST, "cannot mount both %s and %s at %s",
				mounts[i - 1].source, mounts[i].source, mounts[i].destination);
	}
	return 0;
}

static int compare_destinations(const void *left, const void *right)
{
	const struct rootfs_mount *a = left;
	const struct rootfs_mount *b = right;

	return strcmp(a->destination, b->destination);
}

void mount_list_free(struct rootfs_mount *mounts, size_t n)
{
	if (!mounts)
		return;
	for (size_t i = 0; i < n; i++) {
		free(mounts[i].source);
		free(mounts[i].destination);
	}
	free(mounts);
}

/* What another user may enter, only the image's groups tell; a writable folder is shown as the task's own. */
static bool must_enter_as_root(const struct experiment *experiment)
{
	for (size_t i = 0; i < experiment->n_tasks; i++)
		if (!experiment->tasks[i].user &&
			experiment->tasks[i].working_directory != WORKING_DIRECTORY_WRITABLE)
			return true;
	return false;
}

static int mount_list_fill(
	struct rootfs_mount *mounts, const struct experiment *experiment, struct error *error)
{
	const size_t n = experiment->container.n_mounts;
	int r = mount_init(&mounts[0], experiment->directory, experiment->directory, false, error);

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct experiment_mount *mount = &experiment->container.mounts[i];

		r = mount_init(
			&mounts[i + 1], mount->source, mount->destination, mount->writable, error);
	}
	return r;
}

int mount_list_new(const struct experiment *experiment, struct rootfs_mount **ret_mounts,
	size_t *ret_n, struct error *error)
{
	const size_t n = 1 + experiment->container.n_mounts;
	struct rootfs_mount *mounts = calloc(n, sizeof(*mounts));
	int r;

	if (!mounts)
		return error_set_errno(error, ENOMEM, "cannot list the mounts");
	r = must_enter_as_root(experiment) ? check_may_enter(experiment->directory, error) : 0;
	if (r == 0)
		r = mount_list_fill(mounts, experiment, error);
	if (r == 0) {
		/* Sorting by name puts parents first: "/a" is a prefix of "/a/b". */
		qsort(mounts, n, sizeof(*mounts), compare_destinations);
		r = check_places(mounts, n, experiment->directory, error);
	}
	if (r < 0) {
		mount_list_free(mounts, n);
		return r;
	}
	*ret_mounts = mounts;
	*ret_n = n;
	return 0;
}

const struct rootfs_mount *mount_list_parent(const struct rootfs_mount *mounts, size_t n,
	const struct rootfs_mount *mount, const char **ret_rest)
{
	const struct rootfs_mount *parent = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(mounts[i].destination);

		if (strncmp(mount->destination, mounts[i].destination, length) != 0 ||
			mount->destination[length] != '/')
			continue;
		/* The list is sorted: of two matches the later is the inner one. */
		parent = &mounts[i];
		*ret_rest = mount->destination + length + 1;
	}
	return parent;
}
