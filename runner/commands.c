#include "runner/commands.h"

#include "runner/container/image.h"
#include "runner/doctor/doctor.h"
#include "runner/experiment/check.h"
#include "runner/experiment/plan.h"
#include "runner/lock.h"
#include "runner/report/report.h"
#include "runner/run.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/format.h"
#include "util/run_directory.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

void say_error(const char *sentence)
{
	/* Where both go to one file, what was printed before stands before it. */
	fflush(stdout);
	fprintf(stderr, "memcg-run: error: %s\n", sentence);
}

/* Columns of the terminal that the stream is, or 0. */
static unsigned terminal_width(FILE *stream)
{
	struct winsize size;

	if (!isatty(fileno(stream)) || ioctl(fileno(stream), TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

static bool wants_color(const struct options *options, FILE *stream)
{
	return options->color_allowed && isatty(fileno(stream));
}

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

static void print_paths(const char *run_path)
{
	static const char *const names[] = {"memory-usage-comparison.png",
		"execution-time-comparison.png", "report.html", "results.h5", "summary.csv",
		"run.log"};

	printf("\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP(cleanup_free) char *path = string_format("%s/%s", run_path, names[i]);

		if (path && access(path, F_OK) == 0)
			printf("  %s\n", path);
	}
}

static int open_results(const char *run_path, struct results **ret_results, struct error *error)
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
		print_paths(run_path);
	}
	return drawn < 0 ? drawn : printed;
}

static enum exit_code report_command(const struct options *options)
{
	const char *run_path = options->operands[0];
	struct error error = ERROR_INIT;
	struct results *results;
	int r = open_results(run_path, &results, &error);

	if (r < 0) {
		say_error(error.text);
		return EXIT_CODE_USAGE;
	}
	r = draw_and_print(options, results, run_path, &error);
	results_close(results);
	if (r == 0)
		return EXIT_CODE_OK;
	say_error(error.text);
	return EXIT_CODE_SYSTEM;
}

/* ---- run */

/* Over the whole run: a single trial that fell short is marked in the results. */
static void print_shortfall(const struct run_outcome *outcome)
{
	const struct sampler_stats *sampling = &outcome->sampling;

	if (!sampler_fell_short(sampling))
		return;
	fprintf(stderr,
		"memcg-run: warning: sampling fell short in %" PRIu64 " of %" PRIu64
		" trials: %" PRIu64 " of %" PRIu64 " deadlines missed, %" PRIu64
		" samples dropped; the kernel's own peaks are not touched by this, the traces "
		"are: sample at a lower rate, or on a machine that does less beside\n",
		outcome->n_fell_short, outcome->n_ok + outcome->n_not_ok, sampling->n_missed,
		sampling->n_scheduled, sampling->n_dropped);
}

static void print_failures(const struct run_outcome *outcome)
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

static void print_outcome(const struct options *options, const struct run_outcome *outcome)
{
	struct error error = ERROR_INIT;
	struct results *results;

	print_leftovers(options, &outcome->leftovers);
	print_failures(outcome);
	print_shortfall(outcome);
	if (options->quiet || !outcome->path)
		return;
	if (open_results(outcome->path, &results, NULL) == 0) {
		printf("\n");
		if (print_report(options, results, outcome->path, &error) < 0)
			say_error(error.text);
		results_close(results);
	}
	print_paths(outcome->path);
}

static enum exit_code run_command(const struct options *options)
{
	const struct run_options run = {
		.experiment_path = options->operands[0],
		.output_directory = options->output_directory,
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
	struct run_outcome outcome;
	struct error error = ERROR_INIT;
	enum exit_code code;
	int r = run_experiment(&run, &outcome, &error);

	print_outcome(options, &outcome);
	if (r < 0)
		say_error(error.text);
	code = outcome.exit_code;
	if (code == EXIT_CODE_INTERRUPTED)
		fprintf(stderr,
			"memcg-run: interrupted: %" PRIu64 " of %" PRIu64
			" trials were finished and are kept\n",
			outcome.n_ok, outcome.n_planned);
	run_outcome_release(&outcome);
	return code;
}

/* ---- check */

static int check_experiment(const struct options *options, struct error *error)
{
	struct installation *installation;
	struct experiment *experiment;
	struct plan *plan;
	int r = installation_find(&installation, error);

	if (r < 0)
		return r;
	r = experiment_load(options->operands[0],
		&(struct experiment_options){.seccomp_directory = installation->seccomp}, stderr,
		&experiment, error);
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

static enum exit_code check_command(const struct options *options)
{
	struct error error = ERROR_INIT;

	if (check_experiment(options, &error) == 0)
		return EXIT_CODE_OK;
	say_error(error.text);
	return EXIT_CODE_USAGE;
}

/* ---- image */

static int print_images(const struct installation *installation, struct error *error)
{
	struct image_listing *listing;
	size_t n;
	int r = image_list(installation, &listing, &n, error);

	if (r < 0)
		return r;
	printf("%-12s %-10s %12s  %s\n", "IMAGE", "STATE", "SIZE", "CONTENT");
	for (size_t i = 0; i < n; i++)
		printf("%-12s %-10s %12s  %s\n", listing[i].name,
			listing[i].built ? "built" : "not built",
			listing[i].size_bytes ? format_bytes(listing[i].size_bytes).text : "-",
			listing[i].built ? listing[i].digest : "-");
	image_listing_free(listing, n);
	return 0;
}

static int act_on_image(
	const struct options *options, const struct installation *installation, struct error *error)
{
	const char *action = options->operands[0];
	const char *name = options->operands[1];
	int r;

	if (strcmp(action, "remove") == 0)
		return image_remove(installation, name, error);
	if (!options->quiet)
		printf("building image %s ...\n", name);
	fflush(stdout);
	r = image_build(installation, name, error);
	return r == 0 && !options->quiet ? print_images(installation, error) : r;
}

static enum exit_code image_command(const struct options *options)
{
	struct installation *installation;
	struct error error = ERROR_INIT;
	int r = installation_find(&installation, &error);

	if (r == 0) {
		r = strcmp(options->operands[0], "list") == 0
			    ? print_images(installation, &error)
			    : act_on_image(options, installation, &error);
		installation_free(installation);
	}
	if (r == 0)
		return EXIT_CODE_OK;
	say_error(error.text);
	return EXIT_CODE_SYSTEM;
}

static int take_lock(const char *name, int *ret_fd, struct error *error)
{
	CLEANUP(cleanup_free) char *directory = NULL;
	int r = run_directory_find(&directory, error);

	if (r == 0)
		r = file_make_directories(AT_FDCWD, directory, 0700, error);
	return r == 0 ? lock_take(directory, name, ret_fd, error) : r;
}

/* ---- clean */

static void print_removed(void *context, const char *what)
{
	const struct options *options = context;

	if (!options->quiet)
		printf("removed %s\n", what);
}

static int clean(const struct options *options, struct error *error)
{
	CLEANUP(cleanup_close) int lock_fd = -1;
	CLEANUP(cleanup_free) char *directory = NULL;
	struct hierarchy *hierarchy;
	struct leftovers removed;
	int r;

	if (geteuid() != 0)
		return error_set(error, EPERM,
			"removing containers and cgroups needs root: run it with sudo");
	r = run_directory_find(&directory, error);
	if (r == 0)
		r = take_lock("memcg-run clean", &lock_fd, error);
	if (r == 0)
		r = hierarchy_find(&hierarchy, error);
	if (r < 0)
		return r;
	r = leftovers_remove(directory, hierarchy, print_removed, (void *)options, &removed, error);
	hierarchy_free(hierarchy);
	if (r == 0 && !options->quiet &&
		removed.n_slices + removed.n_containers + removed.n_folders == 0)
		printf("nothing was left by an earlier run\n");
	return r;
}

static enum exit_code clean_command(const struct options *options)
{
	struct error error = ERROR_INIT;

	if (clean(options, &error) == 0)
		return EXIT_CODE_OK;
	say_error(error.text);
	return EXIT_CODE_SYSTEM;
}

/* ---- doctor */

/*
 * The lock, and the cgroups, as a run gets them. Where they cannot be got at all (no memory controller,
 * neither root nor systemd), that is the doctor's to tell. `reason` is what the options borrow.
 */
static void get_ready(struct doctor_options *examined, int *ret_lock_fd, struct error *reason)
{
	struct hierarchy *hierarchy;
	enum delegation delegation;

	if (hierarchy_find_below("", &hierarchy, NULL) < 0)
		return;
	delegation = delegation_choose(hierarchy);
	if (geteuid() != 0 && delegation != DELEGATION_USER) {
		hierarchy_free(hierarchy);
		return;
	}
	if (take_lock("memcg-run doctor", ret_lock_fd, reason) < 0)
		examined->reason_not_to_try = reason->text;
	else if (delegation_enter(delegation, hierarchy, reason) < 0)
		examined->delegation_refusal = reason->text;
	else
		examined->delegation = delegation;
	hierarchy_free(hierarchy);
}

static int print_doctor(
	const struct options *options, const struct doctor *doctor, struct error *error)
{
	CLEANUP(cleanup_free) char *json = NULL;
	int r;

	if (!options->json) {
		doctor_print(doctor, stdout, terminal_width(stdout), wants_color(options, stdout));
		return 0;
	}
	r = doctor_json(doctor, &json, error);
	if (r == 0)
		fputs(json, stdout);
	return r;
}

/*
 * With the lock, or the doctor's slice and a run's first trial would disturb each other. What keeps it
 * from being taken keeps the doctor from trying anything out, and is told as the reason.
 */
static int examine(const struct options *options, bool *ret_can_run, struct error *error)
{
	CLEANUP(cleanup_close) int lock_fd = -1;
	struct error reason = ERROR_INIT;
	struct doctor_options examined = {
		.root = "", .path = getenv("PATH"), .timer_ns = DOCTOR_TIMER_NS};
	struct installation *installation;
	struct doctor *doctor;
	int r = installation_find(&installation, error);

	if (r < 0)
		return r;
	examined.installation = installation;
	get_ready(&examined, &lock_fd, &reason);
	r = doctor_examine(&examined, &doctor, error);
	installation_free(installation);
	if (r < 0)
		return r;
	*ret_can_run = doctor_can_run(doctor);
	r = print_doctor(options, doctor, error);
	doctor_free(doctor);
	return r;
}

static enum exit_code doctor_command(const struct options *options)
{
	struct error error = ERROR_INIT;
	bool can_run;

	if (examine(options, &can_run, &error) == 0)
		return can_run ? EXIT_CODE_OK : EXIT_CODE_SYSTEM;
	say_error(error.text);
	return EXIT_CODE_SYSTEM;
}

enum exit_code command_execute(const struct options *options)
{
	switch (options->command) {
	case COMMAND_RUN:
		return run_command(options);
	case COMMAND_CHECK:
		return check_command(options);
	case COMMAND_REPORT:
		return report_command(options);
	case COMMAND_IMAGE:
		return image_command(options);
	case COMMAND_CLEAN:
		return clean_command(options);
	case COMMAND_DOCTOR:
		return doctor_command(options);
	case COMMAND_HELP:
		fputs(options_help(), stdout);
		return EXIT_CODE_OK;
	case COMMAND_VERSION:
		printf("memcg-run %s\n", MEMCG_RUN_VERSION);
		return EXIT_CODE_OK;
	}
	return EXIT_CODE_USAGE;
}
