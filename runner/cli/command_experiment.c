/* Commands on an experiment or a run of it: run, resume, check. */

#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/cli/draft.h"
#include "runner/container/writable.h"
#include "runner/experiment/check.h"
#include "runner/experiment/plan.h"
#include "runner/host/as_owner.h"
#include "runner/limit/limit_read.h"
#include "runner/report/failures.h"
#include "runner/run/run.h"
#include "util/cleanup.h"
#include "util/text.h"
#include "util/unblocked.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* ---- run */

/* One line for each kind of trial that a reader of the results must know about. */
static void print_run_tally(const struct tally *tally)
{
	for (unsigned kind = 0; kind < TALLY_N_KINDS; kind++) {
		CLEANUP(cleanup_free) char *sentence = tally_sentence(tally, kind);

		if (sentence)
			fprintf(stderr, "memcg-run: warning: %s\n", sentence);
	}
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

static void print_run_failures(struct results *results, const char *run_path)
{
	struct failure_kinds failures;

	failure_kinds_read(results, &failures);
	failures_print(&failures, stderr);
	if (failures.n > 0) {
		fputs("memcg-run: to print a trial in full: memcg-run show ", stderr);
		print_shell_word(stderr, run_path);
		fprintf(stderr, " %" PRIu64 "\n", failures.kinds[0].first);
	}
}

struct run_print {
	const struct options *options;
	const char *run_path;
	bool failures; /* below the warning that trials are not ok, why */
};

static enum exit_code print_run_answer(
	const struct run_print *print, struct results *results, struct error *error)
{
	int r;

	if (limit_read_is_search(results)) {
		bool found = false;

		r = command_print_limit(print->options, results, &found, error);
		if (r < 0 && r != -ENODATA)
			return EXIT_CODE_SYSTEM;
		return found ? EXIT_CODE_OK : EXIT_CODE_TRIALS;
	}
	if (print->options->json)
		r = command_print_summary(results, print->run_path, error);
	else if (print->options->quiet)
		return EXIT_CODE_OK;
	else {
		printf("\n");
		r = command_print_report(print->options, results, print->run_path, error);
	}
	return r == 0 ? EXIT_CODE_OK : EXIT_CODE_SYSTEM;
}

/* An as_owner_work. */
static int print_run_results(int run_fd, void *context)
{
	const struct run_print *print = context;
	struct error error = ERROR_INIT;
	enum exit_code code;
	struct results *results;

	if (results_open(run_fd, print->run_path, &results, NULL) < 0)
		return EXIT_CODE_OK;
	if (print->failures)
		print_run_failures(results, print->run_path);
	code = print_run_answer(print, results, &error);
	if (error.number != 0)
		say_error(error.text);
	results_close(results);
	return code;
}

/* From a folder that is its owner's by now, who may have put another file there. */
static enum exit_code print_from_results(
	const struct options *options, const struct run_outcome *outcome, bool failures)
{
	const struct as_owner_limits limits = {
		.cpu_s = as_owner_read_limit_s(outcome->folder_fd), .end_fd = -1};
	struct run_print print = {
		.options = options, .run_path = outcome->path, .failures = failures};
	struct error error = ERROR_INIT;
	int code;

	if (as_owner_in(outcome->folder_fd, outcome->path, &limits, print_run_results, &print,
		    &code, &error) == 0)
		return (enum exit_code)code;
	say_error(error.text);
	return EXIT_CODE_SYSTEM;
}

/* SYSTEM if the table could not be printed. */
static enum exit_code print_outcome(
	const struct options *options, const struct run_outcome *outcome)
{
	const bool failures = outcome->tally.of[TALLY_NOT_OK].n > outcome->tally.n_interrupted;
	enum exit_code code;

	print_leftovers(options, &outcome->leftovers);
	print_run_tally(&outcome->tally);
	if (!outcome->path)
		return EXIT_CODE_OK;
	code = options->quiet && !options->json && !failures && !outcome->is_search
		       ? EXIT_CODE_OK
		       : print_from_results(options, outcome, failures);
	if (options->json || options->emits)
		return code;
	if (options->quiet) {
		puts(outcome->path);
		return code;
	}
	command_print_report_paths(outcome->folder_fd, outcome->path);
	return code;
}

/* "memcg-run resume RUN", for a terminal; NULL: no memory. The caller frees. */
static char *resume_line(const char *run_path)
{
	char *line = NULL;
	size_t length;
	FILE *stream = open_memstream(&line, &length);

	if (!stream)
		return NULL;
	fputs("memcg-run: to resume this run: memcg-run resume ", stream);
	print_shell_word(stream, run_path);
	fputc('\n', stream);
	if (fclose(stream) == 0)
		return line;
	free(line);
	return NULL;
}

/*
 * Runs in a thread of the run: must not block, not even on the lock of a stream that another writes to. What is left
 * has paths in it.
 */
static void end_at_once(const char *run_path, const char *left)
{
	CLEANUP(cleanup_free)
	char *sentence =
		string_format("memcg-run: ended at once; the next run, or memcg-run clean, will "
			      "remove: %s",
			*left ? left : "nothing");
	CLEANUP(cleanup_free) char *resume = resume_line(run_path);
	CLEANUP(cleanup_free) char *text = NULL;
	int fd = unblocked_open(STDERR_FILENO);

	if (sentence)
		text_blank_controls(sentence);
	text = sentence && resume ? string_format("\n%s\n%s", sentence, resume) : NULL;
	if (text && fd >= 0)
		unblocked_write(fd, text, strlen(text));
	_exit(EXIT_CODE_INTERRUPTED);
}

/* All but its streams. */
static struct run_options run_options(const struct options *options)
{
	return (struct run_options){
		.output_directory = options->output_directory,
		.pictures = options->pictures,
		.end_at_once = end_at_once,
		.progress =
			{
				.quiet = options->quiet || options->verbose,
				.terminal = isatty(STDERR_FILENO),
				.color = wants_color(options, stderr),
				.width = terminal_width(stderr),
			},
	};
}

static void print_kept(uint64_t n_finished, uint64_t n_planned)
{
	if (n_planned == 0)
		fprintf(stderr,
			"memcg-run: interrupted: %" PRIu64
			" trial%s of the search %s finished and kept\n",
			n_finished, n_finished == 1 ? "" : "s", n_finished == 1 ? "is" : "are");
	else if (n_planned == 1)
		fprintf(stderr, "memcg-run: interrupted: the only trial was %s\n",
			n_finished == 1 ? "finished and is kept" : "not finished");
	else
		fprintf(stderr,
			"memcg-run: interrupted: %" PRIu64 " of %" PRIu64
			" trials were finished and are kept\n",
			n_finished, n_planned);
}

/*
 * How to continue a run that ended, by its user or with the machine, before it was complete or
 * fully drawn. One that did not begin counted no trials.
 */
static void print_way_on(const struct run_outcome *outcome, bool began)
{
	CLEANUP(cleanup_free) char *line = NULL;

	if (outcome->path && outcome->complete && outcome->undrawn) {
		fputs("memcg-run: interrupted while the pictures were drawn: the results are "
		      "complete; to draw them: memcg-run report ",
			stderr);
		print_shell_word(stderr, outcome->path);
		fputc('\n', stderr);
		return;
	}
	if (outcome->end == RUN_INTERRUPTED && began)
		print_kept(
			outcome->tally.n_trials - outcome->tally.n_interrupted, outcome->n_planned);
	/* The error of a refused run already says what to do. */
	if (!outcome->path || outcome->complete || outcome->end == RUN_REFUSED)
		return;
	line = resume_line(outcome->path);
	if (line)
		fputs(line, stderr);
}

static enum exit_code exit_code_of(const struct run_outcome *outcome)
{
	switch (outcome->end) {
	case RUN_ENDED:
		return tally_is_good(&outcome->tally) && !outcome->not_torn_down ? EXIT_CODE_OK
										 : EXIT_CODE_TRIALS;
	case RUN_NOT_SET_UP:
		return EXIT_CODE_TRIALS;
	case RUN_INTERRUPTED:
		return EXIT_CODE_INTERRUPTED;
	case RUN_REFUSED:
		return EXIT_CODE_USAGE;
	case RUN_FAILED:
		break;
	}
	return EXIT_CODE_SYSTEM;
}

/* A results_work: a run with nothing left to resume has its summary all the same. */
static enum exit_code print_complete(
	const struct options *options, int run_fd, struct results *results, struct error *error)
{
	(void)run_fd;
	return command_print_summary(results, options->operand, error) == 0 ? output_end()
									    : EXIT_CODE_SYSTEM;
}

static enum exit_code run_and_print(const struct options *options, struct run_options *run)
{
	struct messages messages = messages_open();
	struct run_outcome outcome;
	struct error error = ERROR_INIT;
	enum exit_code code, printed;
	int r;

	run->verbose_fd = options->verbose ? messages.fd : -1;
	run->diagnostics = messages.stream;
	run->progress.stream = messages.stream;
	r = run_experiment(run, &outcome, &error);
	messages_close(&messages);
	printed = print_outcome(options, &outcome);
	if (r < 0)
		say_error(error.text);
	if (outcome.was_complete && !options->quiet) {
		FILE *stream = options->json ? stderr : stdout;

		text_print_lines(run->resumed_path, stream);
		fputs(" is complete: nothing to resume\n", stream);
	} else if (!outcome.was_complete)
		print_way_on(&outcome, r == 0);
	if (outcome.was_complete && options->json)
		printed = command_on_results(options, print_complete);
	code = exit_code_of(&outcome);
	if (code == EXIT_CODE_OK)
		code = printed;
	run_outcome_release(&outcome);
	return code;
}

struct saving {
	const struct draft *draft;
	const char *name;
};

/* run_options.begun */
static int save_begun(void *context, struct error *error)
{
	const struct saving *saving = context;

	return draft_save(saving->draft, saving->name, error);
}

static enum exit_code run_draft(
	const struct options *options, const struct draft *draft, const char *saved)
{
	struct saving saving = {draft, saved};
	struct run_options run = run_options(options);

	run.experiment_path = options->operand;
	run.experiment_text = draft->text.text ? &draft->text : NULL;
	run.quick = options->quick;
	run.limit = options->command == COMMAND_LIMIT ? &options->limit : NULL;
	if (saved) {
		run.begun = save_begun;
		run.begun_context = &saving;
	}
	return run_and_print(options, &run);
}

enum exit_code run_command(const struct options *options)
{
	const char *saved = options_described(options, OPTION_SAVE);
	struct error error = ERROR_INIT;
	struct draft draft;
	enum exit_code code = EXIT_CODE_USAGE;
	int r = draft_make(options, &draft, &error);

	if (r == 0) {
		r = saved ? draft_check_name(saved, &error) : 0;
		if (r == 0)
			code = run_draft(options, &draft, saved);
		draft_release(&draft);
	}
	if (r < 0)
		say_error(error.text);
	return code;
}

enum exit_code limit_command(const struct options *options)
{
	return run_command(options);
}

enum exit_code resume_command(const struct options *options)
{
	struct run_options run = run_options(options);

	run.resumed_path = options->operand;
	run.force = options->force;
	return run_and_print(options, &run);
}

/* ---- check */

/* Words of the task and parameter values are arbitrary text. */
static int print_plan(const struct experiment *experiment, const struct plan *plan, bool verbose,
	struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	int r;

	if (!stream)
		return error_set_errno(error, ENOMEM, "cannot print the plan");
	r = check_print(experiment, plan, verbose, stream, error);
	if (fclose(stream) != 0 && r == 0)
		r = error_set_errno(error, ENOMEM, "cannot print the plan");
	if (r < 0)
		return r;
	text_print_lines(text, stdout);
	if (fflush(stdout) != 0 || ferror(stdout))
		return error_set_errno(error, errno ? errno : EIO, "cannot print the plan");
	return 0;
}

static int print_plan_json(
	const struct experiment *experiment, const struct plan *plan, struct error *error)
{
	json_t *json;
	int r = check_json(experiment, plan, &json, error);

	return r == 0 ? print_json(json, error) : r;
}

static int read_checked(
	const struct options *options, struct experiment **ret_experiment, struct error *error)
{
	struct experiment_options reading = {.quick = options->quick};
	struct installation *installation;
	struct draft draft;
	int r = installation_find(&installation, error);

	if (r < 0)
		return r;
	reading.seccomp_directory = installation->seccomp;
	r = draft_make(options, &draft, error);
	if (r == 0) {
		r = draft.text.text
			    ? experiment_read(&draft.text, &reading, stderr, ret_experiment, error)
			    : experiment_load(
				      options->operand, &reading, stderr, ret_experiment, error);
		draft_release(&draft);
	}
	installation_free(installation);
	return r;
}

static int print_experiment_check(const struct options *options, struct error *error)
{
	struct experiment *experiment;
	struct plan *plan;
	int r = read_checked(options, &experiment, error);

	if (r < 0)
		return r;
	r = writable_check(experiment, error);
	if (r == 0)
		r = plan_new(experiment, &plan, error);
	if (r == 0) {
		r = options->json ? print_plan_json(experiment, plan, error)
				  : print_plan(experiment, plan, options->verbose, error);
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
	return experiment_is_system_error(-error.number) ? EXIT_CODE_SYSTEM : EXIT_CODE_USAGE;
}
