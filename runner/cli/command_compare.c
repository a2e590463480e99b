/* The command on two runs: compare. */

#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/compare/compare.h"
#include "runner/host/run_files.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>

/* For the text of a run: 100 bytes a trial. The kernel allocates pages on first use. */
#define TEXT_SIZE (64 * 1024 * 1024)

/* Memory that the child who reads a run shares. */
struct shared_text {
	const char *run_path;
	size_t length;
	char text[TEXT_SIZE];
};

/* ---- reading: each run with the rights of its owner */

/* A run_work. */
static enum exit_code write_run_text(
	int run_fd, struct results *results, void *context, struct error *error)
{
	struct shared_text *shared = context;
	size_t length;

	(void)run_fd;
	if (compare_run_write(results, shared->run_path, shared->text, TEXT_SIZE, &length, error) <
		0)
		return EXIT_CODE_SYSTEM;
	shared->length = length;
	return EXIT_CODE_OK;
}

static enum exit_code read_run(const char *run_path, struct compare_run **ret_run)
{
	struct shared_text *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct error error = ERROR_INIT;
	enum exit_code code;
	size_t length;

	if (shared == MAP_FAILED) {
		error_set_errno(&error, errno, "cannot read %s", run_path);
		say_error(error.text);
		return EXIT_CODE_SYSTEM;
	}
	shared->run_path = run_path;
	code = command_on_run(run_path, write_run_text, shared);
	/*
	 * The child has ended; its text is checked like any other user's. What is checked is what is used: a reader
	 * that a file took over may have left a process with the memory.
	 */
	length = __atomic_load_n(&shared->length, __ATOMIC_RELAXED);
	if (code == EXIT_CODE_OK &&
		compare_run_parse(shared->text, length <= TEXT_SIZE ? length : 0, run_path, ret_run,
			&error) < 0) {
		say_error(error.text);
		code = EXIT_CODE_SYSTEM;
	}
	munmap(shared, sizeof(*shared));
	return code;
}

/* ---- writing */

/* A run_work: with the rights of the new run's owner. */
static enum exit_code draw_compare(
	int run_fd, struct results *results, void *context, struct error *error)
{
	return compare_draw(context, results, run_fd, error) == 0 ? EXIT_CODE_OK : EXIT_CODE_SYSTEM;
}

/* In a folder that the caller names, whose owner gets it. */
static int write_junit(const struct compare *compare, const char *path, struct error *error)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(cleanup_free)
	char *folder =
		slash ? string_format("%.*s", (int)(slash + 1 - path), path) : string_format(".");
	CLEANUP(cleanup_close)
	int folder_fd = folder ? open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return error_set_errno(error, ENOMEM, "cannot write %s", path);
	if (folder_fd < 0) {
		(void)fclose(stream);
		return error_set_errno(error, errno, "cannot write %s", path);
	}
	compare_junit(compare, stream);
	if (fclose(stream) != 0)
		return error_set_errno(error, ENOMEM, "cannot write %s", path);
	return file_replace(folder_fd, slash ? slash + 1 : path, text, length, 0644, error);
}

static int print_compare(const struct options *options, const struct compare *compare)
{
	if (options->json)
		return compare_json(compare, stdout);
	if (options->markdown) {
		compare_markdown(compare, stdout);
		return 0;
	}
	return options->quiet ? 0
			      : compare_print(compare, terminal_width(stdout),
					wants_color(options, stdout), stdout);
}

static enum exit_code compare_exit_code(const struct compare *compare)
{
	static const enum exit_code codes[] = {
		[COMPARE_WITHIN] = EXIT_CODE_OK,
		[COMPARE_WORSE] = EXIT_CODE_WORSE,
		[COMPARE_UNDECIDED] = EXIT_CODE_UNDECIDED,
	};

	return codes[compare->verdicts[compare->options.metric]];
}

/* What cannot be written or drawn is an error, but the comparison is printed all the same. */
static enum exit_code write_and_print_compare(
	const struct options *options, struct compare *compare)
{
	struct error error = ERROR_INIT;
	enum exit_code code = compare_exit_code(compare), ended;
	int r = print_compare(options, compare);

	if (r < 0)
		error_set_errno(&error, -r, "cannot print the comparison");
	else if (options->junit)
		r = write_junit(compare, options->junit, &error);
	if (r < 0) {
		say_error(error.text);
		return EXIT_CODE_SYSTEM;
	}
	/* The run's own path may have characters that its shown one has not. */
	if (options->picture &&
		command_on_run(options->other_operand ? options->other_operand : options->operand,
			draw_compare, compare) != EXIT_CODE_OK)
		return EXIT_CODE_SYSTEM;
	ended = output_end();
	return ended == EXIT_CODE_OK ? code : ended;
}

/* ---- the command */

/* "kernel (Linux 6.1; Linux 6.12), image (a; b)" */
static int refuse_differences(const struct compare *compare, struct error *error)
{
	error_set(error, EINVAL, "%s and %s cannot be compared: they differ in",
		compare->base->path, compare->new->path);
	for (size_t i = 0; i < compare->n_differences; i++) {
		const struct compare_difference *difference = &compare->differences[i];

		error_set(error, EINVAL, "%s%s %s (%s; %s)", error->text, i == 0 ? "" : ",",
			difference->name, *difference->base ? difference->base : "none",
			*difference->new ? difference->new : "none");
	}
	return error_set(error, EINVAL, "%s; measure both alike, or pass --force", error->text);
}

static int compare_options_of(
	const struct options *options, struct compare_options *how, struct error *error)
{
	*how = (struct compare_options){
		.by = options->by,
		.max_increase = isnan(options->max_increase) ? COMPARE_DEFAULT_INCREASE
							     : options->max_increase,
	};
	if (options->metric && !compare_metric_find(options->metric, &how->metric))
		return error_set(error, EINVAL,
			"--metric %s: expected one of peak, unreclaimable, wall", options->metric);
	return 0;
}

static enum exit_code compare_runs(const struct options *options, const struct compare_options *how,
	const struct compare_run *base, const struct compare_run *new)
{
	struct error error = ERROR_INIT;
	struct compare *compare = NULL;
	enum exit_code code = EXIT_CODE_USAGE;
	int r = compare_make(base, new, how, &compare, &error);

	if (r == 0 && compare->n_differences > 0 && !options->force)
		r = refuse_differences(compare, &error);
	if (r == 0)
		code = write_and_print_compare(options, compare);
	else
		say_error(error.text);
	compare_free(compare);
	return code;
}

enum exit_code compare_command(const struct options *options)
{
	struct compare_run *base = NULL, *new = NULL;
	struct error error = ERROR_INIT;
	struct compare_options how;
	enum exit_code code;

	if (compare_options_of(options, &how, &error) < 0) {
		say_error(error.text);
		return EXIT_CODE_USAGE;
	}
	code = read_run(options->operand, &base);
	if (code == EXIT_CODE_OK && options->other_operand)
		code = read_run(options->other_operand, &new);
	if (code == EXIT_CODE_OK)
		code = compare_runs(options, &how, base, new ? new : base);
	compare_run_free(base);
	compare_run_free(new);
	return code;
}
