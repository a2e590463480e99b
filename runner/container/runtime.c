#include "runner/container/runtime.h"

#include "runner/container/runtime_ops.h"
#include "runner/host/run_directory.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#define MAX_LOG_BYTES (1024 * 1024)

struct runtime {
	const struct runtime_ops *ops;
	char *version;
	char *state_directory;
};

static const struct runtime_ops *const all_ops[] = {[RUNTIME_RUNC] = &runtime_runc,
	[RUNTIME_CRUN] = &runtime_crun,
	[RUNTIME_NONE] = &runtime_none};

int runtime_open(enum runtime_kind kind, enum hierarchy_version hierarchy,
	struct runtime **ret_runtime, struct error *error)
{
	const struct runtime_ops *ops = all_ops[kind];
	CLEANUP(cleanup_free) char *version = NULL;
	CLEANUP(cleanup_free) char *directory = NULL;
	CLEANUP(cleanup_free) char *state_directory = NULL;
	struct runtime *runtime;
	int r = ops->check_host ? ops->check_host(hierarchy, error) : 0;

	if (r == 0)
		r = ops->read_version(ops, &version, error);
	if (r == 0)
		r = run_directory_find(&directory, error);
	if (r < 0)
		return r;
	state_directory = string_format("%s/%s", directory, runtime_kind_names[kind]);
	runtime = state_directory ? calloc(1, sizeof(*runtime)) : NULL;
	if (!runtime)
		return error_set_errno(error, ENOMEM, "cannot open the runtime");
	runtime->ops = ops;
	runtime->version = TAKE_PTR(version);
	runtime->state_directory = TAKE_PTR(state_directory);
	*ret_runtime = runtime;
	return 0;
}

void runtime_free(struct runtime *runtime)
{
	if (!runtime)
		return;
	free(runtime->version);
	free(runtime->state_directory);
	free(runtime);
}

const char *runtime_name(const struct runtime *runtime)
{
	return runtime_kind_names[runtime->ops->kind];
}

const char *runtime_version(const struct runtime *runtime)
{
	return runtime->version;
}

int runtime_start(const struct runtime *runtime, const struct runtime_start *start,
	struct process *ret_process, struct error *error)
{
	return runtime->ops->start(
		runtime->ops, runtime->state_directory, start, ret_process, error);
}

int runtime_delete(const struct runtime *runtime, const char *container, struct error *error)
{
	return runtime->ops->delete (runtime->ops, runtime->state_directory, container, error);
}

/* The message in a line {"level": "error", "msg": "..."}; NULL for any other. */
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

/* Makes one line without trailing blanks, as in `struct error`. */
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
	/* The last error: those before led to it. */
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
