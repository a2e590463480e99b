#include "runner/cli/draft.h"
#include "runner/cli/draft_text.h"

#include "runner/experiment/template.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* As for a file: experiment.c. */
#define TEXT_MAX_BYTES (1024 * 1024)

/* ---- options that may be repeated */

typedef int (*draft_put)(struct draft_writer *writer, const char *value, struct error *error);

/* A line for each time that the option is given, between `before` and `after`. */
static int put_each(
	struct draft_writer *writer, enum option_id id, draft_put put, struct error *error)
{
	const struct options *options = writer->options;
	int r = 0;

	for (size_t i = 0; i < options->n_describing && r == 0; i++) {
		const struct describing_option *given = &options->describing[i];
		CLEANUP(cleanup_free) char *origin = NULL;

		if (given->id != id)
			continue;
		origin = string_format("--%s %s", option_rows[id].name, given->value);
		if (!origin)
			return error_set_errno(error, ENOMEM, "cannot write the experiment");
		r = put(writer, given->value, error);
		draft_end_line(writer, origin);
	}
	return r;
}

static int put_draft_parameter(struct draft_writer *writer, const char *value, struct error *error)
{
	const char *equals = strchr(value, '=');
	CLEANUP(cleanup_free) char *text = equals ? strdup(equals + 1) : NULL;
	CLEANUP(cleanup_free) char **values = NULL;
	size_t n;

	if (!equals || !template_is_name(value, (size_t)(equals - value)))
		return error_set(error, EINVAL,
			"--parameter %s: expected NAME=VALUE,..., with a name of letters, digits "
			"and '_', and no digit first",
			value);
	values = text ? draft_split(text, &n) : NULL;
	if (!values)
		return error_set_errno(error, ENOMEM, "cannot write the experiment");
	fprintf(writer->stream, "%.*s = ", (int)(equals - value), value);
	draft_put_values(writer, values, n);
	return 0;
}

static int put_draft_variable(struct draft_writer *writer, const char *value, struct error *error)
{
	const char *equals = strchr(value, '=');
	CLEANUP(cleanup_free)
	char *name = equals ? strndup(value, (size_t)(equals - value)) : NULL;

	if (!equals || equals == value)
		return error_set(error, EINVAL, "--env %s: expected NAME=VALUE", value);
	if (!name)
		return error_set_errno(error, ENOMEM, "cannot write the experiment");
	draft_put_string(writer, name, false);
	fputs(" = ", writer->stream);
	draft_put_string(writer, equals + 1, true);
	return 0;
}

static int put_draft_mount(struct draft_writer *writer, const char *value, struct error *error)
{
	(void)error;
	fputs("    ", writer->stream);
	draft_put_string(writer, value, false);
	fputc(',', writer->stream);
	return 0;
}

static int put_draft_backends(struct draft_writer *writer, const char *value, struct error *error)
{
	CLEANUP(cleanup_free) char *text = strdup(value);
	CLEANUP(cleanup_free) char **names = NULL;
	size_t n = 0;

	names = text ? draft_split(text, &n) : NULL;
	if (!names)
		return error_set_errno(error, ENOMEM, "cannot write the experiment");
	fputs("   ", writer->stream);
	for (size_t i = 0; i < n; i++) {
		fputc(' ', writer->stream);
		draft_put_string(writer, names[i], false);
		fputc(',', writer->stream);
	}
	return 0;
}

static int put_draft_list(struct draft_writer *writer, const char *key, enum option_id id,
	draft_put put, struct error *error)
{
	CLEANUP(cleanup_free) char *origin = string_format("--%s", option_rows[id].name);
	int r;

	fprintf(writer->stream, "%s = [", key);
	draft_end_line(writer, origin);
	r = put_each(writer, id, put, error);
	fputc(']', writer->stream);
	draft_end_line(writer, NULL);
	return r;
}

/* ---- sections */

#define SECTION_N_KEYS 3

struct draft_key {
	enum option_id option;
	const char *name;
	bool is_number;
};

struct draft_section {
	const char *name;
	struct draft_key keys[SECTION_N_KEYS]; /* a NULL name ends them */
};

static const struct draft_section trials_section = {
	"trials", {{OPTION_REPETITIONS, "repetitions", true}, {OPTION_WARMUPS, "warmups", true},
			  {OPTION_TIMEOUT, "timeout_s", true}}};
static const struct draft_section sampler_section = {"sampler", {{OPTION_RATE, "rate_hz", true}}};
static const struct draft_section limits_section = {
	"limits", {{OPTION_MEMORY_MAX, "memory_max", false}, {OPTION_CPUS, "cpus", false}}};
static const struct draft_section container_section = {
	"container", {{OPTION_RUNTIME, "runtime", false}, {OPTION_IMAGE, "image", false}}};

/* Prints the heading only if there is a key, or always if `more` follows. */
static void put_draft_section(
	struct draft_writer *writer, const struct draft_section *section, bool more)
{
	bool has_heading = more;

	if (more)
		draft_put_heading(writer, section->name);
	for (size_t i = 0; i < SECTION_N_KEYS && section->keys[i].name; i++) {
		const struct draft_key *key = &section->keys[i];
		const char *value = options_described(writer->options, key->option);
		char origin[64];

		if (!value)
			continue;
		if (!has_heading)
			draft_put_heading(writer, section->name);
		has_heading = true;
		fprintf(writer->stream, "%s = ", key->name);
		if (key->is_number)
			draft_put_number(writer, value);
		else
			draft_put_string(writer, value, false);
		snprintf(origin, sizeof(origin), "--%s", option_rows[key->option].name);
		draft_end_line(writer, origin);
	}
}

/* What names the run: the program, of several tasks the first. */
static void put_draft_name(struct draft_writer *writer)
{
	const struct options *options = writer->options;
	const char *given = options_described(options, OPTION_NAME);
	const char *program = writer->n_tasks > 0 ? writer->tasks[0].words[0] : options->words[0];
	const struct draft_name name =
		draft_program_name(program, options_described(options, OPTION_PYTHON));

	fputs("name = ", writer->stream);
	draft_put_string(writer, given ? given : name.text, false);
	draft_end_line(writer, given ? "--name" : NULL);
}

/* What the words are: a command, or a script and its arguments. */
static void put_draft_words(
	struct draft_writer *writer, const char *const *words, size_t n_words, const char *origin)
{
	if (options_described(writer->options, OPTION_PYTHON)) {
		fputs("python = ", writer->stream);
		draft_put_string(writer, words[0], false);
		draft_end_line(writer, origin);
		fputs("arguments = ", writer->stream);
		draft_put_words(writer, words + 1, n_words - 1);
	} else {
		fputs("command = ", writer->stream);
		draft_put_words(writer, words, n_words);
	}
	draft_end_line(writer, origin);
}

static void put_draft_named_task(struct draft_writer *writer, const struct draft_task *task)
{
	/* A dot would part it in two. */
	const char *quote = strchr(task->name.text, '.') ? "\"" : "";
	CLEANUP(cleanup_free)
	char *section = string_format("tasks.%s%s%s", quote, task->name.text, quote);
	CLEANUP(cleanup_free) char *origin = string_format("--command %s", task->value);

	if (!section || !origin) {
		writer->out_of_memory = true;
		return;
	}
	draft_put_heading(writer, section);
	put_draft_words(writer, (const char *const *)task->words, task->n_words, origin);
}

/* The options whose value is a command for a shell; the keys have the same names. */
static const enum option_id shell_options[] = {
	OPTION_PREPARE, OPTION_CHECK, OPTION_SETUP, OPTION_TEARDOWN};

static void put_draft_shell(struct draft_writer *writer, enum option_id option)
{
	const char *command = options_described(writer->options, option);
	char origin[64];

	if (!command)
		return;
	fprintf(writer->stream, "%s = ", option_rows[option].name);
	draft_put_words(writer, (const char *const[]){"/bin/sh", "-c", command}, 3);
	snprintf(origin, sizeof(origin), "--%s", option_rows[option].name);
	draft_end_line(writer, origin);
}

/* Whether all tasks have a key in common. */
static bool draft_has_defaults(const struct options *options)
{
	bool has = options_described(options, OPTION_WRITABLE) != NULL;

	for (size_t i = 0; i < LENGTH(shell_options); i++)
		has |= options_described(options, shell_options[i]) != NULL;
	return has;
}

static void put_draft_task(struct draft_writer *writer)
{
	const struct options *options = writer->options;

	if (writer->n_tasks == 0 || draft_has_defaults(options))
		draft_put_heading(writer, "task");
	if (writer->n_tasks == 0)
		put_draft_words(writer, options->words, options->n_words, "COMMAND");
	if (options_described(options, OPTION_WRITABLE)) {
		fputs("working_directory = \"writable\"", writer->stream);
		draft_end_line(writer, "--writable");
	}
	for (size_t i = 0; i < LENGTH(shell_options); i++)
		put_draft_shell(writer, shell_options[i]);
	for (size_t i = 0; i < writer->n_tasks; i++)
		put_draft_named_task(writer, &writer->tasks[i]);
}

static int put_draft_document(struct draft_writer *writer, struct error *error)
{
	const struct options *options = writer->options;
	int r = 0;

	fputs("# An experiment of memcg-run: see memcg-run.toml(5).", writer->stream);
	draft_end_line(writer, NULL);
	put_draft_name(writer);
	put_draft_task(writer);
	if (options_described(options, OPTION_ENV)) {
		draft_put_heading(writer, "task.environment");
		r = put_each(writer, OPTION_ENV, put_draft_variable, error);
	}
	if (r == 0 && !writer->literal_braces) {
		draft_put_heading(writer, "task.parameters");
		r = put_each(writer, OPTION_PARAMETER, put_draft_parameter, error);
	}
	put_draft_section(writer, &trials_section, false);
	if (r == 0 && options_described(options, OPTION_BACKENDS)) {
		draft_put_heading(writer, "backends");
		r = put_draft_list(writer, "names", OPTION_BACKENDS, put_draft_backends, error);
	}
	put_draft_section(writer, &sampler_section, false);
	put_draft_section(writer, &limits_section, false);
	draft_put_limit(writer);
	put_draft_section(
		writer, &container_section, options_described(options, OPTION_MOUNT) != NULL);
	if (r == 0 && options_described(options, OPTION_MOUNT))
		r = put_draft_list(writer, "mounts", OPTION_MOUNT, put_draft_mount, error);
	return r;
}

/* ---- the draft */

void draft_release(struct draft *draft)
{
	for (size_t i = 0; i < draft->text.n_origins; i++)
		free(draft->origins[i]);
	free(draft->origins);
	free(draft->owned);
	*draft = (struct draft){.owned = NULL};
}

static int draft_write(const struct options *options, const struct draft_task *tasks,
	size_t n_tasks, struct draft *draft, struct error *error)
{
	struct draft_writer writer = {
		.options = options,
		.tasks = tasks,
		.n_tasks = n_tasks,
		.stream = open_memstream(&draft->owned, &draft->text.length),
		.literal_braces = !options_described(options, OPTION_PARAMETER),
	};
	int r;

	if (!writer.stream)
		return error_set_errno(error, ENOMEM, "cannot write the experiment");
	r = put_draft_document(&writer, error);
	if (fclose(writer.stream) != 0 || writer.out_of_memory)
		r = error_set_errno(error, ENOMEM, "cannot write the experiment");
	draft->origins = writer.origins;
	draft->text.origins = (const char *const *)writer.origins;
	draft->text.n_origins = writer.n_lines;
	draft->text.title = "the command line";
	return r;
}

static int draft_words(const struct options *options, struct draft *draft, struct error *error)
{
	struct draft_task *tasks = NULL;
	size_t n_tasks = 0;
	int r = draft_tasks_read(options, &tasks, &n_tasks, error);

	if (r < 0)
		return r;
	r = draft_write(options, tasks, n_tasks, draft, error);
	draft_tasks_free(tasks, n_tasks);
	return r;
}

int draft_make(const struct options *options, struct draft *ret_draft, struct error *error)
{
	struct draft draft = {.text = {.path = "./"}};
	int r = 0;

	if (options->words) {
		r = draft_words(options, &draft, error);
	} else if (strcmp(options->operand, "-") == 0) {
		draft.text.title = "standard input";
		r = file_read_fd(STDIN_FILENO, draft.text.title, TEXT_MAX_BYTES, &draft.owned,
			&draft.text.length, error);
	}
	if (r < 0) {
		draft_release(&draft);
		return r;
	}
	draft.text.text = draft.owned;
	*ret_draft = draft;
	return 0;
}

int draft_check_name(const char *name, struct error *error)
{
	if (strchr(name, '/'))
		return error_set(error, EINVAL,
			"--save %s: expected a name in the current folder, from which the relative "
			"names in it are resolved",
			name);
	if (faccessat(AT_FDCWD, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return error_set_errno(error, EEXIST, "cannot save the experiment in %s", name);
	return 0;
}

int draft_save(const struct draft *draft, const char *name, struct error *error)
{
	CLEANUP(cleanup_close) int folder_fd = -1;
	int fd;
	int r;

	folder_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = folder_fd < 0 ? -1
			   : openat(folder_fd, name,
				     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_set_errno(error, errno, "cannot save the experiment in %s", name);
	r = file_write_fd(fd, draft->text.text, draft->text.length);
	if (r == 0)
		r = file_give(fd, folder_fd);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(folder_fd, name, 0);
	return r < 0 ? error_set_errno(error, -r, "cannot save the experiment in %s", name) : 0;
}
