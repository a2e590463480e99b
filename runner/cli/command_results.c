/* What the commands on a run's results share, and the first of them: report. */

#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/host/as_owner.h"
#include "runner/host/run_files.h"
#include "runner/limit/limit_read.h"
#include "runner/report/answer.h"
#include "runner/report/report.h"
#include "runner/report/summary_json.h"
#include "util/cleanup.h"

#include <errno.h>
#include <fcntl.h>

struct on_run {
	const char *run_path;
	run_work work;
	void *context;
};

/* An as_owner_work. */
static int open_results(int run_fd, void *context)
{
	const struct on_run *on = context;
	struct error error = ERROR_INIT;
	struct results *results;
	enum exit_code code = EXIT_CODE_USAGE;

	if (results_open(run_fd, on->run_path, &results, &error) == 0) {
		code = on->work(run_fd, results, on->context, &error);
		results_close(results);
	}
	if (error.number != 0)
		say_error(error.text);
	return code;
}

enum exit_code command_on_run(const char *run_path, run_work work, void *context)
{
	CLEANUP(cleanup_close) int run_fd = open(run_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct as_owner_limits limits = {
		.cpu_s = as_owner_read_limit_s(run_fd), .end_fd = -1};
	struct on_run on = {run_path, work, context};
	struct error error = ERROR_INIT;
	int code = EXIT_CODE_USAGE;
	int r;

	if (run_fd < 0) {
		error_set_errno(&error, errno, "cannot open %s", run_path);
		say_error(error.text);
		return EXIT_CODE_USAGE;
	}
	r = as_owner_in(run_fd, run_path, &limits, open_results, &on, &code, &error);
	if (r == 0)
		return (enum exit_code)code;
	say_error(error.text);
	return EXIT_CODE_SYSTEM;
}

struct on_results {
	const struct options *options;
	results_work work;
};

static enum exit_code work_on_results(
	int run_fd, struct results *results, void *context, struct error *error)
{
	const struct on_results *on = context;

	return on->work(on->options, run_fd, results, error);
}

enum exit_code command_on_results(const struct options *options, results_work work)
{
	struct on_results on = {options, work};

	return command_on_run(options->operand, work_on_results, &on);
}

/* ---- report */

int command_print_report(const struct options *options, struct results *results,
	const char *run_path, struct error *error)
{
	const struct report_options report = {
		.run_fd = -1,
		.run_path = run_path,
		.table_width = terminal_width(stdout),
		.color = wants_color(options, stdout),
	};

	return options->words ? answer_print(results, &report, stdout, error)
			      : report_table(results, &report, stdout, error);
}

void command_print_report_paths(int run_fd, const char *run_path)
{
	print_files(run_fd, run_path,
		(const char *const[]){RUN_LIMIT_PICTURE, RUN_LIMIT, RUN_LIMIT_JSON,
			RUN_MEMORY_PICTURE ".png", RUN_COMPOSITION_PICTURE ".png",
			RUN_TIME_PICTURE ".png", RUN_REPORT, RUN_RESULTS, RUN_SUMMARY,
			RUN_SUMMARY_JSON, RUN_LOG, NULL});
}

int command_print_summary(struct results *results, const char *run_path, struct error *error)
{
	json_t *summary;
	int r = summary_json(results, run_path, &summary, error);

	return r == 0 ? print_json(summary, error) : r;
}

/* Everything is tried; the first error counts. */
static int write_report(
	struct results *results, int run_fd, const char *run_path, struct error *error)
{
	const struct report_options drawing = {.run_fd = run_fd, .run_path = run_path};
	int summarized = summary_json_write(results, run_fd, run_path, error);
	int drawn = report_write(results, &drawing, summarized < 0 ? NULL : error);

	return summarized < 0 ? summarized : drawn;
}

/* If drawing fails, the table is printed anyway. */
static int draw_and_print(
	const struct options *options, struct results *results, int run_fd, struct error *error)
{
	const char *run_path = options->operand;
	int written = write_report(results, run_fd, run_path, error);
	struct error *printing = written < 0 ? NULL : error;
	bool found;
	int printed = 0;

	if (limit_read_is_search(results)) {
		printed = command_print_limit(options, results, &found, printing);
	} else if (options->emits) {
		printed = error_set(
			printing, EINVAL, "--emit: %s is not the run of a search", run_path);
	} else if (options->json) {
		printed = command_print_summary(results, run_path, printing);
	} else if (!options->quiet) {
		printed = command_print_report(options, results, run_path, printing);
		command_print_report_paths(run_fd, run_path);
	}
	return written < 0 ? written : printed;
}

static enum exit_code report_results(
	const struct options *options, int run_fd, struct results *results, struct error *error)
{
	int r = draw_and_print(options, results, run_fd, error);

	/* There is no limit to emit: the trials have not shown one. */
	if (r == -ENODATA)
		return EXIT_CODE_TRIALS;
	return r == 0 ? output_end() : EXIT_CODE_SYSTEM;
}

enum exit_code report_command(const struct options *options)
{
	return command_on_results(options, report_results);
}
