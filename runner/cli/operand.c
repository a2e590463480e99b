#include "runner/cli/operand.h"
#include "runner/cli/console.h"
#include "runner/host/run_files.h"
#include "runner/run/run_latest.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_suffix(const char *text, const char *suffix)
{
	size_t length = strlen(text);
	size_t suffix_length = strlen(suffix);

	return length >= suffix_length && strcmp(text + length - suffix_length, suffix) == 0;
}

static bool is_run_folder(const char *path)
{
	static const char *const names[] = {RUN_RESULTS, RUN_RECORD};
	bool found = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !found; i++) {
		CLEANUP(cleanup_free) char *file = string_format("%s/%s", path, names[i]);

		found = file && access(file, F_OK) == 0;
	}
	return found;
}

/* ---- an experiment */

enum content { CONTENT_OTHER, CONTENT_PROGRAM, CONTENT_SCRIPT, CONTENT_RESULTS };

/* By its first bytes. A TOML comment may also look like the first line of a script. */
static enum content content_of(const char *path)
{
	CLEANUP(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char start[9] = "";

	if (fd < 0 || read(fd, start, sizeof(start) - 1) < 0)
		return CONTENT_OTHER;
	if (strncmp(start, "\177ELF", 4) == 0)
		return CONTENT_PROGRAM;
	if (strncmp(start, "\211HDF\r\n\032\n", 8) == 0)
		return CONTENT_RESULTS;
	if (has_suffix(path, ".py") || has_suffix(path, ".sh") ||
		(strncmp(start, "#!", 2) == 0 && !has_suffix(path, ".toml")))
		return CONTENT_SCRIPT;
	return CONTENT_OTHER;
}

/* The words before and of the path, for a shell. NULL on ENOMEM; the caller frees. */
static char *task_words(const char *path)
{
	const bool python = has_suffix(path, ".py");
	const bool shell = has_suffix(path, ".sh") && access(path, X_OK) < 0;
	CLEANUP(cleanup_free)
	char *word = string_format("%s%s", python || shell || strchr(path, '/') ? "" : "./", path);
	char *words = NULL;
	size_t length;
	FILE *stream = word ? open_memstream(&words, &length) : NULL;

	if (!stream)
		return NULL;
	fputs(python ? "--python -- " : shell ? "-- sh " : "-- ", stream);
	print_shell_word(stream, word);
	if (fclose(stream) == 0)
		return words;
	free(words);
	return NULL;
}

/* "program" or "script", and the command line that measures it. */
static int refuse_task(const char *path, const char *kind, struct error *error)
{
	CLEANUP(cleanup_free) char *words = task_words(path);

	if (!words)
		return error_set_errno(error, ENOMEM, "cannot read %s", path);
	return error_set(error, EINVAL,
		"%s is a %s, not an experiment; to measure it: memcg-run %s", path, kind, words);
}

static int check_experiment_content(const char *path, struct error *error)
{
	switch (content_of(path)) {
	case CONTENT_PROGRAM:
		return refuse_task(path, "program", error);
	case CONTENT_SCRIPT:
		return refuse_task(path, "script", error);
	case CONTENT_RESULTS:
		return error_set(error, EINVAL,
			"%s has a run's results, not an experiment; to show them, give the run's "
			"folder to memcg-run report",
			path);
	case CONTENT_OTHER:
		break;
	}
	return 0;
}

static int check_experiment_operand(const char *path, struct error *error)
{
	struct stat status;
	const char *meant;

	if (strcmp(path, "-") == 0)
		return 0;
	if (stat(path, &status) < 0) {
		meant = errno == ENOENT ? command_suggest(path) : NULL;
		return meant ? error_set(error, EINVAL,
				       "no command and no file %s; did you mean %s?", path, meant)
			     : 0;
	}
	if (S_ISREG(status.st_mode))
		return check_experiment_content(path, error);
	if (S_ISDIR(status.st_mode) && is_run_folder(path))
		return error_set(error, EINVAL,
			"%s is a run's folder, not an experiment; did you mean memcg-run resume or "
			"memcg-run report?",
			path);
	return 0;
}

/* ---- a run */

static void cut_results_name(const char **operand)
{
	char *slash = (char *)strrchr(*operand, '/');

	if (!slash)
		*operand = ".";
	else if (slash == *operand)
		*operand = "/";
	else
		*slash = '\0';
}

/* How long the part of a path before its last name is, if that is "latest"; slashes may follow it. SIZE_MAX: it is not. */
static size_t latest_prefix(const char *path)
{
	size_t length = strlen(path);

	while (length > 0 && path[length - 1] == '/')
		length--;
	if (length < strlen(RUN_LATEST) ||
		strncmp(path + length - strlen(RUN_LATEST), RUN_LATEST, strlen(RUN_LATEST)) != 0)
		return SIZE_MAX;
	length -= strlen(RUN_LATEST);
	return length == 0 || path[length - 1] == '/' ? length : SIZE_MAX;
}

/* So that messages name the run itself, and nothing opened after this follows a link. */
static void resolve_latest(
	const char *output_directory, const char **operand, char stored[PATH_MAX])
{
	const size_t prefix = latest_prefix(*operand);
	char link[PATH_MAX];
	char target[NAME_MAX + 1];
	int length;
	ssize_t n;

	if (prefix == SIZE_MAX || prefix >= sizeof(link) - sizeof(RUN_LATEST))
		return;
	snprintf(link, sizeof(link), "%.*s" RUN_LATEST, (int)prefix, *operand);
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0 && errno == ENOENT && strcmp(*operand, RUN_LATEST) == 0) {
		snprintf(link, sizeof(link), "%s/" RUN_LATEST, output_directory);
		n = readlink(link, target, sizeof(target) - 1);
	}
	if (n < 0)
		return;
	target[n] = '\0';
	link[strlen(link) - strlen(RUN_LATEST)] = '\0';
	length = snprintf(stored, PATH_MAX, "%s%s", link, target);
	if (run_latest_is_run(target) && length < PATH_MAX)
		*operand = stored;
}

static int check_run_operand(const char **operand, struct error *error)
{
	const char *path = *operand;
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct stat status;

	if (stat(path, &status) < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? error_set_errno(error, errno, "cannot open the run %s", path)
			       : 0;
	if (S_ISDIR(status.st_mode))
		return 0;
	if (strcmp(base, RUN_RESULTS) != 0)
		return error_set(error, EINVAL,
			"%s is not a run's folder; expected one such as "
			"output/20261122T175321Z-ramp",
			path);
	cut_results_name(operand);
	return 0;
}

/* latest/results.h5 names the link when its last name is cut off. */
static int take_run(const struct options *options, const char **operand, char stored[PATH_MAX],
	struct error *error)
{
	int r;

	resolve_latest(options->output_directory, operand, stored);
	r = check_run_operand(operand, error);
	resolve_latest(options->output_directory, operand, stored);
	return r;
}

int operand_check(struct options *options, struct error *error)
{
	int r;

	if (!options->operand)
		return 0;
	switch (command_rows[options->command].operand) {
	case OPERAND_EXPERIMENT:
		return check_experiment_operand(options->operand, error);
	case OPERAND_RUN:
	case OPERAND_RUN_TRIAL:
		return take_run(options, &options->operand, options->stored[0], error);
	case OPERAND_RUNS:
		r = take_run(options, &options->operand, options->stored[0], error);
		return r < 0 || !options->other_operand ? r
							: take_run(options, &options->other_operand,
								  options->stored[1], error);
	case OPERAND_NONE:
	case OPERAND_IMAGE:
	case OPERAND_SHELL:
	case OPERAND_COMMAND:
		break;
	}
	return 0;
}
