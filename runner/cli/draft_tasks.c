#include "runner/cli/draft_tasks.h"

#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct draft_name draft_program_name(const char *program, bool is_script)
{
	const char *slash = strrchr(program, '/');
	const char *base = slash ? slash + 1 : program;
	struct draft_name name;
	size_t length;

	snprintf(name.text, sizeof(name.text), "%s", *base ? base : "command");
	for (char *at = name.text; *at; at++)
		if (!strchr(DRAFT_NAME_LETTERS, *at))
			*at = '_';
	length = strlen(name.text);
	if (is_script && length > 3 && strcmp(name.text + length - 3, ".py") == 0)
		name.text[length - 3] = '\0';
	return name;
}

/* ---- words */

struct splitting {
	const char *value; /* for messages */
	const char *at;
	char *word; /* the end of the one under way */
};

static int refuse_for_shell(const struct splitting *splitting, struct error *error)
{
	return error_set(error, EINVAL,
		"--command %s: found %c, which needs a shell; quote it, or run one, which is "
		"measured too: sh -c '...'",
		splitting->value, *splitting->at);
}

/* Up to the closing quote, which is passed. */
static int split_quoted(struct splitting *splitting, struct error *error)
{
	const char quote = *splitting->at++;

	for (; *splitting->at != quote; splitting->at++) {
		if (*splitting->at == '\0')
			return error_set(error, EINVAL, "--command %s: found no closing %c",
				splitting->value, quote);
		if (quote == '"' && strchr("$`", *splitting->at))
			return refuse_for_shell(splitting, error);
		if (quote == '"' && *splitting->at == '\\' && splitting->at[1] != '\0' &&
			strchr("\"\\$`", splitting->at[1]))
			splitting->at++;
		*splitting->word++ = *splitting->at;
	}
	splitting->at++;
	return 0;
}

static int split_word(struct splitting *splitting, struct error *error)
{
	if (strchr("~#", *splitting->at))
		return refuse_for_shell(splitting, error);
	while (*splitting->at != '\0' && !strchr(" \t\n", *splitting->at)) {
		int r = 0;

		if (strchr("'\"", *splitting->at)) {
			r = split_quoted(splitting, error);
		} else if (strchr("|&;<>()$`*?[", *splitting->at)) {
			r = refuse_for_shell(splitting, error);
		} else {
			if (*splitting->at == '\\' && splitting->at[1] != '\0')
				splitting->at++;
			*splitting->word++ = *splitting->at++;
		}
		if (r < 0)
			return r;
	}
	*splitting->word++ = '\0';
	return 0;
}

/* Without its quotes a word is no longer than it was. */
static int split_command(struct draft_task *task, const char *command, struct error *error)
{
	CLEANUP(cleanup_free) char *buffer = malloc(strlen(command) + 1);
	struct splitting splitting = {.value = task->value, .at = command};

	for (;;) {
		int r;

		splitting.at += strspn(splitting.at, " \t\n");
		if (*splitting.at == '\0')
			break;
		splitting.word = buffer;
		r = buffer ? split_word(&splitting, error) : 0;
		if (r < 0)
			return r;
		/* The NULL at the end has its place. */
		if (!buffer || !ARRAY_GROW(task->words, task->n_words + 1))
			return error_set_errno(error, ENOMEM, "cannot write the experiment");
		task->words[task->n_words + 1] = NULL;
		task->words[task->n_words] = strdup(buffer);
		if (!task->words[task->n_words++])
			return error_set_errno(error, ENOMEM, "cannot write the experiment");
	}
	return task->n_words > 0
		       ? 0
		       : error_set(error, EINVAL, "--command %s: expected a command", task->value);
}

/* ---- names */

static int read_draft_task(
	const char *value, bool is_script, struct draft_task *task, struct error *error)
{
	const size_t length = strspn(value, DRAFT_NAME_LETTERS);
	const bool named = length > 0 && length <= DRAFT_NAME_MAX && value[length] == '=';
	int r;

	task->value = value;
	r = split_command(task, named ? value + length + 1 : value, error);
	if (r == 0 && named)
		snprintf(task->name.text, sizeof(task->name.text), "%.*s", (int)length, value);
	else if (r == 0)
		task->name = draft_program_name(task->words[0], is_script);
	return r < 0 ? r : named;
}

/* Numbers those that are called the same and were not given a name. */
static void number_alike(struct draft_task *tasks, const bool *named, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct draft_name name = tasks[i].name;
		unsigned n_alike = 0;

		for (size_t j = i; j < n && !named[i]; j++)
			n_alike += !named[j] && strcmp(tasks[j].name.text, name.text) == 0;
		if (n_alike < 2)
			continue;
		n_alike = 0;
		for (size_t j = i; j < n; j++)
			if (!named[j] && strcmp(tasks[j].name.text, name.text) == 0)
				snprintf(tasks[j].name.text, sizeof(tasks[j].name.text), "%.*s-%u",
					DRAFT_NAME_MAX - 4, name.text, ++n_alike);
	}
}

static int refuse_same_name(const struct draft_task *tasks, size_t n, struct error *error)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(tasks[i].name.text, tasks[j].name.text) == 0)
				return error_set(error, EINVAL,
					"--command %s: another is called %s too; expected "
					"NAME=COMMAND with a name of its own",
					tasks[i].value, tasks[i].name.text);
	return 0;
}

void draft_tasks_free(struct draft_task *tasks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		string_list_free(tasks[i].words);
	free(tasks);
}

int draft_tasks_read(const struct options *options, struct draft_task **ret_tasks, size_t *ret_n,
	struct error *error)
{
	const bool is_script = options_described(options, OPTION_PYTHON) != NULL;
	struct draft_task *tasks = calloc(OPTIONS_MAX_DESCRIBING, sizeof(*tasks));
	bool named[OPTIONS_MAX_DESCRIBING] = {false};
	size_t n = 0;
	int r = tasks ? 0 : error_set_errno(error, ENOMEM, "cannot write the experiment");

	for (size_t i = 0; i < options->n_describing && r >= 0; i++) {
		if (options->describing[i].id != OPTION_COMMAND)
			continue;
		r = read_draft_task(options->describing[i].value, is_script, &tasks[n], error);
		named[n++] = r > 0;
	}
	if (r >= 0) {
		number_alike(tasks, named, n);
		r = refuse_same_name(tasks, n, error);
	}
	if (r < 0) {
		draft_tasks_free(tasks, n);
		return r;
	}
	*ret_tasks = tasks;
	*ret_n = n;
	return 0;
}
