#include "runner/container/runtime.h"

#include "util/cleanup.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define STATE_DIRECTORY "/run/memcg-run/runc"
#define MAX_LOG_BYTES (1024 * 1024)

/* What differs from runtime to runtime. */
struct runtime_ops {
	const char *name;
	const char *package;
	/* The version from what the program prints of itself; NULL where there is none in it. */
	char *(*parse_version)(const char *output);
	int (*start)(const struct runtime_start *start, struct process *ret_process,
		struct error *error);
	int (*delete)(const char *container, struct error *error);
};

struct runtime {
	const struct runtime_ops *ops;
	char *version;
};

/* ---- runc */

/* "runc version 1.1.5+ds1\ncommit: ...": the third word. */
static char *runc_parse_version(const char *output)
{
	static const char prefix[] = "runc version ";

	if (strncmp(output, prefix, strlen(prefix)) != 0)
		return NULL;
	output += strlen(prefix);
	return strndup(output, strcspn(output, " \n"));
}

static int runc_start(
	const struct runtime_start *start, struct process *ret_process, struct error *error)
{
	char n_preserve_fds[24];
	const char *const argv[] = {"runc", "--root", STATE_DIRECTORY, "--log", start->log_path,
		"--log-format", "json", "run", "--preserve-fds", n_preserve_fds, "--bundle",
		start->bundle, start->container, NULL};
	/* Nothing else of the environment: runc acts on LISTEN_FDS and NOTIFY_SOCKET by itself. */
	CLEANUP(cleanup_free)
	char *path = string_format("PATH=%s", getenv("PATH") ? getenv("PATH") : "/usr/sbin:/sbin");
	const char *const envp[] = {path, NULL};
	const struct process_options options = {
		.argv = argv,
		.envp = envp,
		.stdin_fd = -1,
		.stdout_fd = start->stdout_fd,
		.stderr_fd = start->stderr_fd,
		.preserve_fds = start->preserve_fds,
		.n_preserve_fds = start->n_preserve_fds,
	};

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot start runc");
	snprintf(n_preserve_fds, sizeof(n_preserve_fds), "%zu", start->n_preserve_fds);
	return process_start(&options, ret_process, error);
}

static int runc_delete(const char *container, struct error *error)
{
	const char *const argv[] = {
		"runc", "--root", STATE_DIRECTORY, "delete", "--force", container, NULL};
	CLEANUP(cleanup_free) char *state = string_format(STATE_DIRECTORY "/%s", container);
	int r;

	if (!state)
		return error_set_errno(error, ENOMEM, "cannot delete container %s", container);
	if (access(state, F_OK) < 0)
		return errno == ENOENT ? 0
				       : error_set_errno(error, errno, "cannot look at %s", state);
	r = process_run(argv, NULL, error);
	if (r < 0)
		return r;
	if (access(state, F_OK) == 0)
		return error_set(error, EBUSY, "runc left %s behind", state);
	return 0;
}

static const struct runtime_ops RUNC = {
	.name = "runc",
	.package = "runc",
	.parse_version = runc_parse_version,
	.start = runc_start,
	.delete = runc_delete,
};

/* ---- any */

static const struct runtime_ops *find_ops(enum runtime_kind kind)
{
	switch (kind) {
	case RUNTIME_RUNC:
		return &RUNC;
	case RUNTIME_CRUN:
	case RUNTIME_NONE:
		return NULL;
	}
	return NULL;
}

static int read_version(struct runtime *runtime, struct error *error)
{
	const struct runtime_ops *ops = runtime->ops;
	const char *const argv[] = {ops->name, "--version", NULL};
	CLEANUP(cleanup_free) char *output = NULL;
	int r = process_run(argv, &output, error);

	if (r == -ENOENT)
		return error_set(error, ENOENT, "%s is not installed: apt-get install %s",
			ops->name, ops->package);
	if (r < 0)
		return r;
	runtime->version = ops->parse_version(output);
	if (!runtime->version)
		return error_set(
			error, EPROTO, "cannot find a version in what %s prints", ops->name);
	return 0;
}

int runtime_open(enum runtime_kind kind, struct runtime **ret_runtime, struct error *error)
{
	struct runtime *runtime;
	int r;

	if (!find_ops(kind))
		return error_set(error, ENOTSUP,
			"container.runtime: this memcg-run has \"runc\" and no other");
	runtime = calloc(1, sizeof(*runtime));
	if (!runtime)
		return error_set_errno(error, ENOMEM, "cannot open the runtime");
	runtime->ops = find_ops(kind);
	r = read_version(runtime, error);
	if (r < 0) {
		runtime_free(runtime);
		return r;
	}
	*ret_runtime = runtime;
	return 0;
}

void runtime_free(struct runtime *runtime)
{
	if (!runtime)
		return;
	free(runtime->version);
	free(runtime);
}

const char *runtime_name(const struct runtime *runtime)
{
	return runtime->ops->name;
}

const char *runtime_version(const struct runtime *runtime)
{
	return runtime->version;
}

int runtime_start(const struct runtime *runtime, const struct runtime_start *start,
	struct process *ret_process, struct error *error)
{
	return runtime->ops->start(start, ret_process, error);
}

int runtime_delete(const struct runtime *runtime, const char *container, struct error *error)
{
	return runtime->ops->delete (container, error);
}

/* The message of a line {"level": "error", "msg": "..."}; NULL for any other. */
static char *line_error(const char *line, size_t length)
{
	json_t *entry = json_loadb(line, length, 0, NULL);
	const char *level = json_string_value(json_object_get(entry, "level"));
	const char *message = json_string_value(json_object_get(entry, "msg"));
	char *text = NULL;

	if (level && message && (strcmp(level, "error") == 0 || strcmp(level, "fatal") == 0))
		text = strdup(message);
	json_decref(entry);
	return text;
}

/* One line without blanks at its end, as a sentence in `struct error` is. */
static void make_sentence(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && strchr(" \n.", text[length - 1]))
		text[--length] = '\0';
	for (char *newline = text; (newline = strchr(newline, '\n'));)
		*newline = ' ';
}

char *runtime_log_error(const char *log_path)
{
	CLEANUP(cleanup_free) char *log = NULL;
	char *message = NULL;
	size_t length;

	if (file_read(AT_FDCWD, log_path, MAX_LOG_BYTES, &log, &length, NULL) < 0)
		return NULL;
	/* The last one: those before it are what led to it. */
	for (const char *line = log; *line != '\0';) {
		size_t line_length = strcspn(line, "\n");
		char *found = line_error(line, line_length);

		if (found) {
			free(message);
			message = found;
		}
		line += line_length;
		line += *line == '\n' ? 1 : 0;
	}
	if (message)
		make_sentence(message);
	return message;
}
