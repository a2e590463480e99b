#include "runner/host/installation.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define IMAGE_CACHE "/var/cache/memcg-run/images"
#define DATA "share/memcg-run"
#define PROGRAMS "libexec/memcg-run"

/* From the program in build/ or PREFIX/bin, and from the unit tests in build/tests/unit. */
#define MAX_LEVELS_UP 2

void installation_free(struct installation *installation)
{
	if (!installation)
		return;
	free(installation->python);
	free(installation->phenomena);
	free(installation->seccomp);
	free(installation->images);
	free(installation->launcher);
	free(installation->image_cache);
	free(installation);
}

CLEANUP_POINTER(cleanup_installation, struct installation, installation_free)

static bool has_data(const char *prefix)
{
	CLEANUP(cleanup_free) char *data = string_format("%s/%s", prefix, DATA);

	return data && access(data, F_OK) == 0;
}

/* Removes the last component: "/usr/bin" becomes "/usr", and "/usr" becomes "". */
static bool cut_last_name(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

static int installation_fill(
	struct installation *installation, const char *prefix, struct error *error)
{
	installation->python = string_format("%s/%s/python", prefix, PROGRAMS);
	installation->phenomena = string_format("%s/%s/phenomena", prefix, PROGRAMS);
	installation->seccomp = string_format("%s/%s/seccomp", prefix, DATA);
	installation->images = string_format("%s/%s/images", prefix, DATA);
	installation->launcher = string_format("%s/%s/launcher", prefix, PROGRAMS);
	installation->image_cache = strdup(IMAGE_CACHE);
	if (!installation->python || !installation->phenomena || !installation->seccomp ||
		!installation->images || !installation->launcher || !installation->image_cache)
		return error_set_errno(error, ENOMEM, "cannot find the installation");
	if (access(installation->launcher, X_OK) < 0)
		return error_set_errno(error, errno, "cannot execute %s", installation->launcher);
	return 0;
}

int installation_find_from(
	const char *directory, struct installation **ret_installation, struct error *error)
{
	CLEANUP(cleanup_installation) struct installation *installation = NULL;
	CLEANUP(cleanup_free) char *prefix = strdup(directory);
	bool found = prefix && has_data(prefix);
	int r;

	installation = calloc(1, sizeof(*installation));
	if (!prefix || !installation)
		return error_set_errno(error, ENOMEM, "cannot find the installation");
	for (unsigned level = 0; !found && level < MAX_LEVELS_UP; level++)
		found = cut_last_name(prefix) && has_data(prefix);
	if (!found)
		return error_set(error, ENOENT,
			"cannot find the folder " DATA " next to or above %s: reinstall memcg-run",
			directory);
	r = installation_fill(installation, prefix, error);
	if (r < 0)
		return r;
	*ret_installation = TAKE_PTR(installation);
	return 0;
}

int installation_find(struct installation **ret_installation, struct error *error)
{
	char program[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (length < 0)
		return error_set_errno(error, errno, "cannot read /proc/self/exe");
	program[length] = '\0';
	cut_last_name(program);
	return installation_find_from(program, ret_installation, error);
}
