/* The task's files: a part of run_identity.h. */

#include "runner/experiment/plan.h"
#include "runner/run/interpreter.h"
#include "runner/run/run_identity.h"
#include "util/cleanup.h"
#include "util/digest.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* The digest takes a second; larger files are data. */
#define MAX_DIGESTED_BYTES (64 * 1024 * 1024)

/* For nested packages: a link may lead in a circle. */
#define MAX_DEPTH 16

static char *describe_file(const char *path, const struct stat *status, struct error *error)
{
	char digest[DIGEST_TEXT_SIZE];

	if (status->st_size > MAX_DIGESTED_BYTES)
		return string_format("%" PRIu64 " bytes of %" PRIu64 ".%09ld",
			(uint64_t)status->st_size, (uint64_t)status->st_mtim.tv_sec,
			status->st_mtim.tv_nsec);
	if (digest_file(AT_FDCWD, path, digest, error) < 0)
		return NULL;
	return string_format("sha256:%s", digest);
}

int run_identity_add_file(json_t *identity, const char *path, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	struct error failure = ERROR_INIT;
	struct stat status;

	if (json_object_get(identity, path) || stat(path, &status) < 0 || !S_ISREG(status.st_mode))
		return 0;
	text = describe_file(path, &status, &failure);
	if (failure.number)
		return error_set(error, failure.number, "%s", failure.text);
	if (!text)
		return error_set_errno(error, ENOMEM, "cannot record the task's file %s", path);
	/* Fails for a name that is not UTF-8, which no module has. */
	(void)json_object_set_new(identity, path, json_string(text));
	return 0;
}

/* ---- what the task sees, and what of it it may write to */

/* The last of those that lie over each other. */
static const struct experiment_mount *mount_at(
	const struct experiment *experiment, const char *path)
{
	const struct experiment_mount *found = NULL;

	for (size_t i = 0; i < experiment->container.n_mounts; i++) {
		const struct experiment_mount *mount = &experiment->container.mounts[i];

		if (path_is_below(path, mount->destination) &&
			(!found || strlen(mount->destination) >= strlen(found->destination)))
			found = mount;
	}
	return found;
}

/* What /proc and /sys have is another's for every reader. */
static bool is_of_kernel(const char *path)
{
	return path_is_below(path, "/proc") || path_is_below(path, "/sys");
}

/* An image's own files are the image's, whose digest is another property; /tmp and /dev/shm are empty at first. */
static bool is_of_host(const struct experiment *experiment, const char *path)
{
	return path_is_below(path, experiment->directory) ||
	       (strcmp(experiment->container.image, "host") == 0 && !path_is_below(path, "/tmp") &&
		       !path_is_below(path, "/dev") && !is_of_kernel(path));
}

/* Where a path of the task lies on the host. 0: it is a file of the image, or hidden by the container. */
static int path_on_host(const struct experiment *experiment, const char *path, char **ret_path,
	bool *ret_writable, struct error *error)
{
	const bool contained = experiment->container.runtime != RUNTIME_NONE;
	const struct experiment_mount *mount = contained ? mount_at(experiment, path) : NULL;

	if (!mount && (contained ? !is_of_host(experiment, path) : is_of_kernel(path)))
		return 0;
	*ret_path = mount ? string_format("%s%s", mount->source, path + strlen(mount->destination))
			  : string_format("%s", path);
	*ret_writable = mount ? mount->writable : !contained;
	return *ret_path ? 1 : error_set_errno(error, ENOMEM, "cannot record the task's files");
}

static bool is_module_name(const char *name)
{
	size_t length = strlen(name);

	return length > 3 && strcmp(name + length - 3, ".py") == 0;
}

/* A program is never a result, wherever it is. */
static bool is_program(const char *path)
{
	return is_module_name(path) || access(path, X_OK) == 0;
}

/* ---- its words */

enum word_kind {
	WORD_ARGUMENT,
	WORD_PROGRAM,
	WORD_OF_RUNNER, /* which opens it on the host, for reading */
};

struct task_files {
	const struct plan *plan;
	const struct task *task;
	json_t *identity;
	bool sources_only; /* without what the task may write to */
	bool names_only;   /* without a digest */
};

static int add_task_file(const struct task_files *files, const char *path, struct error *error)
{
	struct stat status;

	if (!files->names_only)
		return run_identity_add_file(files->identity, path, error);
	if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
		json_object_set_new(files->identity, path, json_true()) < 0)
		return error_set_errno(error, ENOMEM, "cannot record the task's file %s", path);
	return 0;
}

static int identity_add_word(
	const struct task_files *files, const char *word, enum word_kind kind, struct error *error)
{
	const struct experiment *experiment = plan_experiment(files->plan);
	CLEANUP(cleanup_free)
	char *path = *word == '/' ? string_format("%s", word)
				  : string_format("%s/%s", experiment->directory, word);
	CLEANUP(cleanup_free) char *host_path = NULL;
	bool writable = false;
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot record the task's files");
	if (kind == WORD_OF_RUNNER)
		return add_task_file(files, path, error);
	r = path_on_host(experiment, path, &host_path, &writable, error);
	if (r <= 0)
		return r;
	if (writable && kind == WORD_ARGUMENT && !is_program(host_path) &&
		(files->sources_only || experiment->container.runtime != RUNTIME_NONE))
		return 0;
	return add_task_file(files, host_path, error);
}

/* At every point of the task; a word without parameters is the same at each. */
static int add_template(const struct task_files *files, const char *template, enum word_kind kind,
	struct error *error)
{
	const size_t n_points = plan_n_points(files->plan);
	bool more = true;
	int r = 0;

	for (size_t point = 0; point < n_points && more && r == 0; point++) {
		CLEANUP(cleanup_free) char *word = NULL;

		if (plan_task(files->plan, point) != files->task)
			continue;
		more = strpbrk(template, "{}");
		r = plan_expand(files->plan, point, template, &word, error);
		if (r == 0)
			r = identity_add_word(files, word, kind, error);
	}
	return r;
}

static int add_words(
	const struct task_files *files, char *const *words, bool has_program, struct error *error)
{
	int r = 0;

	for (size_t i = 0; words && words[i] && r == 0; i++)
		r = add_template(files, words[i],
			has_program && i == 0 ? WORD_PROGRAM : WORD_ARGUMENT, error);
	return r;
}

/* Files that the task may write to are results, and may change. */
static int add_mounts(const struct task_files *files, struct error *error)
{
	const struct experiment *experiment = plan_experiment(files->plan);
	int r = 0;

	for (size_t i = 0; i < experiment->container.n_mounts && r == 0; i++)
		if (!experiment->container.mounts[i].writable)
			r = add_task_file(files, experiment->container.mounts[i].source, error);
	return r;
}

/* ---- modules and reporters */

static bool is_package(const char *path)
{
	CLEANUP(cleanup_free) char *marker = string_format("%s/__init__.py", path);

	return marker && access(marker, F_OK) == 0;
}

static int add_modules(
	const struct task_files *files, const char *folder, unsigned depth, struct error *error)
{
	CLEANUP(cleanup_closedir) DIR *listing = opendir(folder);
	const struct dirent *entry;
	int r = 0;

	if (!listing)
		return error_set_errno(error, errno, "cannot list %s", folder);
	while (r == 0 && (entry = file_next(listing))) {
		CLEANUP(cleanup_free) char *path = NULL;

		if (entry->d_name[0] == '.')
			continue;
		path = string_format("%s/%s", folder, entry->d_name);
		if (!path)
			return error_set_errno(error, ENOMEM, "cannot list %s", folder);
		if (is_module_name(entry->d_name))
			r = add_task_file(files, path, error);
		else if (depth < MAX_DEPTH && is_package(path))
			r = add_modules(files, path, depth + 1, error);
	}
	if (r == 0 && errno != 0)
		return error_set_errno(error, errno, "cannot list %s", folder);
	return r;
}

static int add_script(const struct task_files *files, struct error *error)
{
	const struct experiment *experiment = plan_experiment(files->plan);
	const char *script = files->task->python;
	CLEANUP(cleanup_free)
	char *folder = *script == '/' ? string_format("%s", script)
				      : string_format("%s/%s", experiment->directory, script);
	int r = identity_add_word(files, script, WORD_PROGRAM, error);

	if (!folder)
		return error_set_errno(error, ENOMEM, "cannot record the task's files");
	*strrchr(folder, '/') = '\0';
	return r == 0 ? add_modules(files, *folder ? folder : "/", 0, error) : r;
}

/* The interpreter, and what an environment of its own has: pyvenv.cfg, and what pip wrote of each package. */
static int add_interpreter(const struct task_files *files, struct error *error)
{
	static const char packages[] = "lib/python3*/site-packages/*.dist-info/METADATA";
	const char *prefix = files->task->interpreter_prefix;
	CLEANUP(cleanup_free) char *settings = string_format("%s/pyvenv.cfg", prefix ? prefix : "");
	CLEANUP(globfree) glob_t found = {.gl_pathc = 0};
	int r;

	if (!files->task->interpreter)
		return 0;
	if (!settings)
		return error_set_errno(error, ENOMEM, "cannot record the task's interpreter");
	r = add_task_file(files, files->task->interpreter, error);
	if (r < 0 || !prefix)
		return r;
	r = add_task_file(files, settings, error);
	if (r == 0 && interpreter_find(prefix, packages, &found) < 0)
		return error_set_errno(error, ENOMEM, "cannot record the task's interpreter");
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
		r = add_task_file(files, found.gl_pathv[i], error);
	return r;
}

/* A changed reporter reports something else. */
static int add_backends(const struct task_files *files, struct error *error)
{
	const struct experiment *experiment = plan_experiment(files->plan);
	int r = 0;

	for (size_t i = 0; i < experiment->n_user_backends && r == 0; i++)
		r = add_task_file(files, experiment->user_backends[i]->program, error);
	return r;
}

static int add_own_files(const struct task_files *files, struct error *error)
{
	const struct task *task = files->task;
	int r = add_words(files, task->command, true, error);

	if (r == 0)
		r = add_words(files, task->arguments, false, error);
	if (r == 0)
		r = add_words(files, task->prepare, true, error);
	if (r == 0)
		r = add_words(files, task->check, true, error);
	if (r == 0)
		r = add_words(files, task->cleanup, true, error);
	if (r == 0)
		r = add_words(files, task->setup, true, error);
	if (r == 0)
		r = add_words(files, task->teardown, true, error);
	if (r == 0 && task->stdin_file)
		r = add_template(files, task->stdin_file, WORD_OF_RUNNER, error);
	if (r == 0)
		r = add_interpreter(files, error);
	if (r == 0 && task->module)
		r = add_modules(files, plan_experiment(files->plan)->directory, 0, error);
	return r == 0 && task->python ? add_script(files, error) : r;
}

/* Of one task; of all, `task` being NULL. */
static int add_task_files(struct task_files files, struct error *error)
{
	const struct experiment *experiment = plan_experiment(files.plan);
	const struct task *only = files.task;
	int r = add_mounts(&files, error);

	if (r == 0)
		r = add_backends(&files, error);
	for (size_t i = 0; i < experiment->n_tasks && r == 0; i++) {
		files.task = &experiment->tasks[i];
		r = only && files.task != only ? 0 : add_own_files(&files, error);
	}
	return r;
}

int run_identity_add_task(const struct plan *plan, json_t *identity, struct error *error)
{
	return add_task_files((struct task_files){.plan = plan, .identity = identity}, error);
}

int run_identity_add_sources(
	const struct plan *plan, const struct task *task, json_t *identity, struct error *error)
{
	return add_task_files(
		(struct task_files){
			.plan = plan, .task = task, .identity = identity, .sources_only = true},
		error);
}

int run_identity_name_sources(
	const struct plan *plan, const struct task *task, json_t *names, struct error *error)
{
	return add_task_files((struct task_files){.plan = plan,
				      .task = task,
				      .identity = names,
				      .sources_only = true,
				      .names_only = true},
		error);
}
