/*
 * Builds an image. Builds from the same packages are identical bit by bit: mmdebstrap removes apt's
 * and dpkg's traces, and the rest is emptied here. Two builds with mmdebstrap 1.3.5 were compared
 * file by file without a difference. SOURCE_DATE_EPOCH is not needed, and would cost: with it
 * Python checks its compiled modules against a hash of their source, so that each import in a
 * measured task would also read the source.
 */

#include "runner/container/image.h"
#include "runner/container/image_cache.h"
#include "runner/container/image_manifest.h"
#include "runner/container/recipe.h"
#include "runner/experiment/container_rules.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/process.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_RECIPE_BYTES (64 * 1024)
#define MAX_LOG_BYTES (16 * 1024 * 1024)
#define KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"

/*
 * Specific to the building host (its name, its resolver) or to the moment (logs, caches), or
 * created in each container (devices). The folders themselves stay.
 */
static const char *const REMOVED[] = {"etc/hostname", "etc/resolv.conf", "etc/machine-id",
	"etc/apt/sources.list", "etc/apt/sources.list.d", "var/cache", "var/log", "var/lib/apt",
	"dev", "proc", "run", "sys", "tmp"};
static const char *const KEPT_EMPTY[] = {
	"var/cache", "var/log", "var/lib/apt", "dev", "proc", "run", "sys", "tmp"};

struct build {
	const char *name;
	struct recipe *recipe;
	char *mirror;
	char *path; /* of the image in the cache */
	char *part; /* of the build, next to it */
	char *root; /* part/root */
	char *log;  /* part/mmdebstrap.log: kept next to the tree */
};

static void build_release(struct build *build)
{
	recipe_free(build->recipe);
	free(build->mirror);
	free(build->path);
	free(build->part);
	free(build->root);
	free(build->log);
}

static int read_recipe(
	struct build *build, const struct installation *installation, struct error *error)
{
	CLEANUP(cleanup_free)
	char *path = string_format("%s/%s/recipe.toml", installation->images, build->name);
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot build image %s", build->name);
	if (!image_name_is_valid(build->name) || access(path, F_OK) < 0)
		return error_set(error, ENOENT,
			"no recipe for an image \"%s\"; memcg-run image list lists the images",
			build->name);
	r = file_read(AT_FDCWD, path, MAX_RECIPE_BYTES, &text, &length, error);
	return r < 0 ? r : recipe_parse(path, text, length, &build->recipe, error);
}

static int prepare(
	struct build *build, const struct installation *installation, struct error *error)
{
	int r;

	if (strcmp(build->name, IMAGE_HOST) == 0)
		return error_set(error, EINVAL,
			"image \"host\" is this host's own /usr: there is nothing to build");
	r = read_recipe(build, installation, error);
	if (r < 0)
		return r;
	if (geteuid() != 0)
		return error_set(error, EPERM, "building an image needs root: use sudo");
	if (access(KEYRING, R_OK) < 0)
		return error_set(error, ENOENT,
			"cannot read " KEYRING ": apt-get install debian-archive-keyring");
	build->path = image_cache_path(installation, build->name, "");
	build->part = image_cache_path(installation, build->name, ".part");
	build->root = image_cache_path(installation, build->name, ".part/root");
	build->log = image_cache_path(installation, build->name, ".part/mmdebstrap.log");
	if (!build->path || !build->part || !build->root || !build->log)
		return error_set_errno(error, ENOMEM, "cannot build image %s", build->name);
	return recipe_mirror(build->recipe, &build->mirror, error);
}

/* The first error in its log: the last line only says that there was one. */
static int build_failure(const char *log_path, const struct error *failure, struct error *error)
{
	CLEANUP(cleanup_free) char *log = NULL;
	size_t length;
	char *line;

	if (file_read(AT_FDCWD, log_path, MAX_LOG_BYTES, &log, &length, NULL) < 0)
		return error_set(error, failure->number, "%s", failure->text);
	for (line = log; strncmp(line, "E: ", 3) != 0; line++) {
		line += strcspn(line, "\n");
		if (*line == '\0')
			return error_set(error, failure->number, "%s", failure->text);
	}
	line[strcspn(line, "\n")] = '\0';
	return error_set(error, failure->number, "mmdebstrap: %s", line + 3);
}

/*
 * Variant "essential" is the smallest in which packages can be configured: "custom" lacks the
 * essential packages and fails in the first maintainer script for want of a shell.
 */
static int run_mmdebstrap(const struct build *build, struct error *error)
{
	CLEANUP(cleanup_free)
	char *include = string_format("--include=%s", build->recipe->packages);
	CLEANUP(cleanup_free) char *log_option = string_format("--logfile=%s", build->log);
	const char *const argv[] = {"mmdebstrap", "--mode=root", "--format=directory",
		"--variant=essential", "--keyring=" KEYRING,
		"--dpkgopt=path-exclude=/usr/share/doc/*",
		"--dpkgopt=path-exclude=/usr/share/man/*",
		"--dpkgopt=path-exclude=/usr/share/locale/*", include, log_option,
		build->recipe->suite, build->root, build->mirror, NULL};
	struct error failure = ERROR_INIT;
	int r;

	if (!include || !log_option)
		return error_set_errno(error, ENOMEM, "cannot build image %s", build->name);
	r = process_run(&(struct process_helper){.argv = argv}, NULL, &failure);
	if (r == -ENOENT)
		return error_set(error, ENOENT,
			"mmdebstrap is not installed, and builds the images: apt-get install "
			"mmdebstrap");
	return r < 0 ? build_failure(build->log, &failure, error) : 0;
}

static int normalise(const struct build *build, struct error *error)
{
	CLEANUP(cleanup_close)
	int root_fd = open(build->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (root_fd < 0)
		return error_set_errno(error, errno, "cannot open directory %s", build->root);
	for (size_t i = 0; r == 0 && i < LENGTH(REMOVED); i++)
		r = file_remove_tree(root_fd, REMOVED[i], error);
	for (size_t i = 0; r == 0 && i < LENGTH(KEPT_EMPTY); i++)
		r = file_make_directories(root_fd, KEPT_EMPTY[i], 0755, error);
	return r;
}

/* ---- the record */

/* Disk usage of the tree. */
static int tree_size(const char *root, uint64_t *ret_bytes, struct error *error)
{
	char *const paths[] = {(char *)root, NULL};
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	uint64_t bytes = 0;
	FTSENT *entry;
	int number = 0;

	if (!tree)
		return error_set_errno(error, errno, "cannot measure %s", root);
	while (errno = 0, (entry = fts_read(tree)) != NULL) {
		if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR ||
			entry->fts_info == FTS_NS)
			number = entry->fts_errno;
		else if (entry->fts_info != FTS_DP)
			bytes += (uint64_t)entry->fts_statp->st_blocks * 512;
	}
	if (errno)
		number = errno;
	fts_close(tree);
	if (number)
		return error_set_errno(error, number, "cannot measure %s", root);
	*ret_bytes = bytes;
	return 0;
}

/* Parses lines "package version" from dpkg-query. */
static json_t *packages_from_text(char *text)
{
	json_t *packages = json_object();

	for (char *line = text; packages && *line != '\0';) {
		char *end = line + strcspn(line, "\n");
		char *version = memchr(line, ' ', (size_t)(end - line));
		char *next = *end == '\0' ? end : end + 1;

		*end = '\0';
		if (version)
			*version++ = '\0';
		if (version && json_object_set_new(packages, line, json_string(version)) < 0) {
			json_decref(packages);
			return NULL;
		}
		line = next;
	}
	return packages;
}

static int list_packages(const struct build *build, json_t **ret_packages, struct error *error)
{
	CLEANUP(cleanup_free)
	char *database = string_format("--admindir=%s/var/lib/dpkg", build->root);
	const char *const argv[] = {
		"dpkg-query", database, "--show", "--showformat=${Package} ${Version}\n", NULL};
	CLEANUP(cleanup_free) char *output = NULL;
	int r;

	if (!database)
		return error_set_errno(error, ENOMEM, "cannot list the image's packages");
	r = process_run(&(struct process_helper){.argv = argv}, &output, error);
	if (r < 0)
		return r;
	*ret_packages = packages_from_text(output);
	if (!*ret_packages)
		return error_set_errno(error, ENOMEM, "cannot list the image's packages");
	return 0;
}

static int write_manifest(
	const struct build *build, struct image_record *record, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/" IMAGE_MANIFEST, build->part);
	CLEANUP(cleanup_free) char *text = NULL;
	char digits[DIGEST_TEXT_SIZE];
	size_t length;
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot build image %s", build->name);
	r = image_manifest_make(build->root, &text, &length, error);
	if (r < 0)
		return r;
	digest_data(text, length, digits);
	snprintf(record->manifest, sizeof(record->manifest), "sha256:%s", digits);
	return file_write(AT_FDCWD, path, text, length, 0644, error);
}

static int fill_record(const struct build *build, struct image_record *record, struct error *error)
{
	char digits[DIGEST_TEXT_SIZE];
	int r = digest_tree(AT_FDCWD, build->root, digits, error);

	if (r == 0)
		r = write_manifest(build, record, error);
	if (r == 0)
		r = tree_size(build->root, &record->size_bytes, error);
	if (r == 0)
		r = list_packages(build, &record->packages, error);
	if (r < 0)
		return r;
	record->suite = strdup(build->recipe->suite);
	if (!record->suite)
		return error_set_errno(error, ENOMEM, "cannot build image %s", build->name);
	record->built = format_time(clock_realtime_ns());
	snprintf(record->digest, sizeof(record->digest), "sha256:%s", digits);
	return 0;
}

static int write_image_record(const struct build *build, struct error *error)
{
	struct image_record record = {.size_bytes = 0};
	int r = fill_record(build, &record, error);

	if (r == 0)
		r = image_record_write(build->part, &record, error);
	image_record_release(&record);
	return r;
}

/* ---- the whole build */

/* Takes the name atomically; an old tree becomes the part, and is then removed. */
static int take_place(
	const struct build *build, const struct installation *installation, struct error *error)
{
	unsigned flags = access(build->path, F_OK) == 0 ? RENAME_EXCHANGE : RENAME_NOREPLACE;

	if (renameat2(AT_FDCWD, build->part, AT_FDCWD, build->path, flags) < 0)
		return error_set_errno(
			error, errno, "cannot rename %s to %s", build->part, build->path);
	return file_sync_directory(AT_FDCWD, installation->image_cache, error);
}

static int build_beside(
	const struct build *build, const struct installation *installation, struct error *error)
{
	int r = file_make_directories(AT_FDCWD, build->part, 0755, error);

	if (r == 0)
		r = run_mmdebstrap(build, error);
	if (r == 0)
		r = normalise(build, error);
	if (r == 0)
		r = write_image_record(build, error);
	return r == 0 ? take_place(build, installation, error) : r;
}

/*
 * Ctrl-C also reaches mmdebstrap, which then fails; this process must live long enough to remove
 * the partial build. The signal is delivered when the mask is restored.
 */
static void hold_terminal_signals(sigset_t *ret_before)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGQUIT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, ret_before);
}

static int build_and_clean(
	const struct build *build, const struct installation *installation, struct error *error)
{
	struct error clean_error = ERROR_INIT;
	sigset_t before;
	int r;
	int clean;

	hold_terminal_signals(&before);
	r = file_remove_tree(AT_FDCWD, build->part, error);
	if (r == 0)
		r = build_beside(build, installation, error);
	clean = file_remove_tree(AT_FDCWD, build->part, &clean_error);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (r == 0 && clean < 0)
		return error_set(error, -clean, "%s", clean_error.text);
	return r;
}

int image_build(const struct installation *installation, const char *name, struct error *error)
{
	CLEANUP(build_release) struct build build = {.name = name};
	CLEANUP(cleanup_close) int lock_fd = -1;
	int r = prepare(&build, installation, error);

	if (r < 0)
		return r;
	lock_fd = image_cache_lock(installation, error);
	if (lock_fd < 0)
		return lock_fd;
	r = build_and_clean(&build, installation, error);
	if (r < 0)
		error_prefix(error, "image %s", name);
	return r;
}
