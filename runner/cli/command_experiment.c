/* Commands on an experiment or a run of it: run, resume, report, check. */

#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/experiment/check.h"
#include "runner/experiment/plan.h"
#include "runner/report/report.h"
#include "runner/run/run.h"
#include "util/cleanup.h"
#include "util/format.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- report */

static int print_report(const struct options *options, struct results *results,
	const char *run_path, struct error *error)
{
	const struct report_options report = {
		.run_path = run_path,
		.table_width = terminal_width(stdout),
		.color = wants_color(options, stdout),
	};

	return report_table(results, &report, stdout, error);
}

static void print_report_paths(const char *run_path)
{
	print_files(run_path, (const char *const[]){"memory-usage-comparison.png",
				      "execution-time-comparison.png", "report.html", "results.h5",
				      "summary.csv", "run.log", NULL});
}

int command_open_results(const char *run_path, struct results **ret_results, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/results.h5", run_path);

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot report");
	return results_open(path, ret_results, error);
}

/* Pictures that cannot be drawn are no reason to keep the table back. */
static int draw_and_print(const struct options *options, struct results *results,
	const char *run_path, struct error *error)
{
	const struct report_options drawing = {.run_path = run_path};
	int drawn = report_write(results, &drawing, error);
	int printed = 0;

	if (!options->quiet) {
		printed = print_report(options, results, run_path, drawn < 0 ? NULL : error);
		print_report_paths(run_path);
	}
	return drawn < 0 ? drawn : printed;
}

/* An as_owner_work. */
static int report_run(void *context)
{
	const struct options *options = context;
	const char *run_path = options->operand;
	struct error error = ERROR_INIT;
	struct results *results;
	int r = command_open_results(run_path, &results, &error);

	if (r < 0) {
		say_error(error.text);
		return EXIT_CODE_USAGE;
	}
	r = draw_and_print(options, results, run_path, &error);
	results_close(results);
	if (r == 0)
		return output_end();
	say_error(error.text);
	return EXIT_CODE_SYSTEM;
}

enum exit_code command_as_owner(const struct options *options, as_owner_work work)
{
	struct options copy = *options;
	struct error error = ERROR_INIT;
	int code;

	if (as_owner(options->operand, as_owner_read_limit_s(options->operand), work, &copy, &code,
		    &error) == 0)
		return (enum exit_code)code;
	say_error(error.text);
	return EXIT_CODE_SYSTEM;
}

enum exit_code report_command(const struct options *options)
{
	return command_as_owner(options, report_run);
}

/* ---- run */

/* Over the whole run: a single trial that fell short is marked in the results. */
static void print_shortfall(const struct run_outcome *outcome)
{
	const struct sampler_stats *sampling = &outcome->sampling;

	if (!sampler_fell_short(sampling))
		return;
	fprintf(stderr,
		"memcg-run: warning: sampling fell short: %" PRIu64 " of %" PRIu64
		" deadlines missed, %" PRIu64 " samples dropped, and in %" PRIu64 " of %" PRIu64
		" trials so many that they are marked; the kernel's own peaks are not touched by "
		"this, the traces "
		"are: sample at a lower rate, or on a machine that does less beside\n",
		sampling->n_missed, sampling->n_scheduled, sampling->n_dropped,
		outcome->n_fell_short, outcome->n_ok + outcome->n_not_ok);
}

static void print_gaps(const struct run_outcome *outcome)
{
	if (outcome->n_gaps == 0)
		return;
	fprintf(stderr,
		"memcg-run: warning: nothing was sampled for up to %s, %" PRIu64
		" time%s in %" PRIu64 " of %" PRIu64
		" trials: the machine or memcg-run stood still; the kernel's own peaks are not "
		"touched by this, the traces have gaps there, and times may be longer for it\n",
		format_duration(outcome->longest_gap_ns).text, outcome->n_gaps,
		outcome->n_gaps == 1 ? "" : "s", outcome->n_with_gaps,
		outcome->n_ok + outcome->n_not_ok);
}

static void print_suspects(const struct run_outcome *outcome)
{
	if (outcome->n_suspect == 0 || !outcome->first_suspect)
		return;
	fprintf(stderr,
		"memcg-run: warning: %" PRIu64 " of %" PRIu64
		" trials are suspect, the first: %s; they are marked in the results: measure "
		"again on a machine that is not disturbed\n",
		outcome->n_suspect, outcome->n_ok + outcome->n_not_ok, outcome->first_suspect);
}

static void print_reporter_failures(const struct run_outcome *outcome)
{
	if (outcome->n_reporter_failed == 0 || !outcome->first_reporter_failure)
		return;
	fprintf(stderr,
		"memcg-run: warning: in %" PRIu64 " of %" PRIu64
		" trials the reporter failed; the first: %s (those trials have no peak "
		"of it)\n",
		outcome->n_reporter_failed, outcome->n_ok + outcome->n_not_ok,
		outcome->first_reporter_failure);
}

static void print_failed_trials(const struct run_outcome *outcome)
{
	if (outcome->n_not_ok == 0)
		return;
	fprintf(stderr,
		"memcg-run: warning: %" PRIu64 " of %" PRIu64
		" trials were not ok; the first: %s (what the task printed is in results.h5)\n",
		outcome->n_not_ok, outcome->n_ok + outcome->n_not_ok, outcome->first_failure);
}

static void print_leftovers(const struct options *options, const struct leftovers *leftovers)
{
	if (options->quiet ||
		leftovers->n_slices + leftovers->n_containers + leftovers->n_folders == 0)
		return;
	fprintf(stderr,
		"memcg-run: note: an earlier run was killed; what it left was removed: cgroups: "
		"%zu, containers: %zu, folders: %zu (run.log names them)\n",
		leftovers->n_slices, leftovers->n_containers, leftovers->n_folders);
}

struct run_table {
	const struct options *options;
	const char *run_path;
};

/* An as_owner_work, in the run's folder. */
static int print_run_table(void *context)
{
	const struct run_table *table = context;
	struct error error = ERROR_INIT;
	struct results *results;

	if (command_open_results(".", &results, NULL) < 0)
		return EXIT_CODE_OK;
	printf("\n");
	if (print_report(table->options, results, table->run_path, &error) < 0)
		say_error(error.text);
	results_close(results);
	return EXIT_CODE_OK;
}

/* Of a folder that is its owner's by now, who may have put another file there. */
static void print_report_table(const struct options *options, const char *run_path)
{
	CLEANUP(cleanup_close) int fd = open(run_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct as_owner_limits limits = {
		.cpu_s = as_owner_read_limit_s(run_path), .end_fd = -1};
	struct run_table table = {.options = options, .run_path = run_path};
	struct error error = ERROR_INIT;
	int code;

	if (fd >= 0 &&
		as_owner_in(fd, run_path, &limits, print_run_table, &table, &code, &error) < 0)
		say_error(error.text);
}

static void print_outcome(const struct options *options, const struct run_outcome *outcome)
{
	print_leftovers(options, &outcome->leftovers);
	print_failed_trials(outcome);
	print_suspects(outcome);
	print_reporter_failures(outcome);
	print_shortfall(outcome);
	print_gaps(outcome);
	if (options->quiet || !outcome->path)
		return;
	print_report_table(options, outcome->path);
	print_report_paths(outcome->path);
}

static struct run_options run_options(const struct options *options)
{
	return (struct run_options){
		.output_directory = options->output_directory,
		.pictures = options->pictures,
		.verbose_fd = options->verbose ? STDERR_FILENO : -1,
		.diagnostics = stderr,
		.progress =
			{
				.stream = stderr,
				.quiet = options->quiet || options->verbose,
				.terminal = isatty(STDERR_FILENO),
				.color = wants_color(options, stderr),
				.width = terminal_width(stderr),
			},
	};
}

/* As a shell takes it: a word, or one in quotes. */
static void print_shell_word(FILE *stream, const char *word)
{
	if (*word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789/._+:@%-") == strlen(word)) {
		fputs(word, stream);
		return;
	}
	fputc('\'', stream);
	for (; *word; word++)
		fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, stream);
	fputc('\'', stream);
}

/* A run that was ended before it was complete, or all of it was drawn, by its user or by its machine. */
static void print_way_on(const struct run_outcome *outcome)
{
	if (outcome->path && outcome->complete && outcome->undrawn) {
		fputs("memcg-run: interrupted while the pictures were drawn: the results are "
		      "complete; to draw them: memcg-run report ",
			stderr);
		print_shell_word(stderr, outcome->path);
		fputc('\n', stderr);
		return;
	}
	if (outcome->exit_code == EXIT_CODE_INTERRUPTED)
		fprintf(stderr,
			"memcg-run: interrupted: %" PRIu64 " of %" PRIu64
			" trials were finished and are kept\n",
			outcome->n_ok, outcome->n_planned);
	if (!outcome->path || outcome->complete)
		return;
	fputs("memcg-run: to go on with this run: memcg-run resume ", stderr);
	print_shell_word(stderr, outcome->path);
	fputc('\n', stderr);
}

static enum exit_code run_and_print(const struct options *options, const struct run_options *run)
{
	struct run_outcome outcome;
	struct error error = ERROR_INIT;
	enum exit_code code;
	int r = run_experiment(run, &outcome, &error);

	print_outcome(options, &outcome);
	if (r < 0)
		say_error(error.text);
	if (outcome.was_complete && !options->quiet)
		printf("%s is complete: there is nothing to go on with\n", run->resumed_path);
	else if (!outcome.was_complete)
		print_way_on(&outcome);
	code = outcome.exit_code;
	run_outcome_release(&outcome);
	return code;
}

enum exit_code run_command(const struct options *options)
{
	struct run_options run = run_options(options);

	run.experiment_path = options->operand;
	run.quick = options->quick;
	return run_and_print(options, &run);
}

enum exit_code resume_command(const struct options *options)
{
	struct run_options run = run_options(options);

	run.resumed_path = options->operand;
	run.force = options->force;
	return run_and_print(options, &run);
}

/* ---- check */

static int print_experiment_check(const struct options *options, struct error *error)
{
	struct installation *installation;
	struct experiment *experiment;
	struct plan *plan;
	int r = installation_find(&installation, error);

	if (r < 0)
		return r;
	r = experiment_load(options->operand,
		&(struct experiment_options){
			.seccomp_directory = installation->seccomp, .quick = options->quick},
		stderr, &experiment, error);
	installation_free(installation);
	if (r < 0)
		return r;
	r = plan_new(experiment, &plan, error);
	if (r == 0) {
		r = check_print(experiment, plan, options->verbose, stdout, error);
		plan_free(plan);
	}
	experiment_free(experiment);
	return r;
}

enum exit_code check_command(const struct options *options)
{
	struct error error = ERROR_INIT;

	if (print_experiment_check(options, &error) == 0)
		return EXIT_CODE_OK;
	if (output_is_closed())
		return EXIT_CODE_PIPE;
	say_error(error.text);
	return EXIT_CODE_USAGE;
}
