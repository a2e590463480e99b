#include "runner/cli/operand.h"
#include "runner/cli/console.h"
#include "runner/host/run_files.h"

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
		return check_run_operand(&options->operand, error);
	case OPERAND_RUNS:
		r = check_run_operand(&options->operand, error);
		return r < 0 || !options->other_operand
			       ? r
			       : check_run_operand(&options->other_operand, error);
	case OPERAND_NONE:
	case OPERAND_IMAGE:
	case OPERAND_SHELL:
	case OPERAND_COMMAND:
		break;
	}
	return 0;
}
