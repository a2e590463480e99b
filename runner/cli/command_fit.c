/* The command on a run's input sizes: fit. */

#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/fit/fit.h"
#include "runner/host/run_files.h"
#include "runner/limit/limit_read.h"
#include "util/cleanup.h"

#include <string.h>

CLEANUP_POINTER(cleanup_fitted_run, struct limit_run, limit_read_free)
CLEANUP_POINTER(cleanup_fitted_answer, struct limit_answer, limit_answer_free)

/* If drawing fails, the model is printed anyway. */
static int write_and_print_fit(const struct options *options, int run_fd, struct results *results,
	const struct fit *fit, struct error *error)
{
	const char *run_path = options->operand;
	int r = fit_write_csv(fit, run_fd, error);
	int printed = 0;

	if (r == 0)
		r = fit_draw(results, fit, run_fd, run_path, error);
	if (options->json) {
		printed = print_json(fit_json(fit), r < 0 ? NULL : error);
	} else if (!options->quiet) {
		printed = fit_print(fit, stdout);
		if (r == 0)
			print_files(run_fd, run_path,
				(const char *const[]){RUN_FIT_PICTURE, RUN_FIT, NULL});
	}
	if (r == 0 && printed < 0)
		r = error_set_errno(error, -printed, "cannot print the fit");
	return r;
}

static enum exit_code fit_results(
	const struct options *options, int run_fd, struct results *results, struct error *error)
{
	const bool limits = options->metric && strcmp(options->metric, FIT_METRIC_LIMIT) == 0;
	CLEANUP(cleanup_fitted_run) struct limit_run *run = NULL;
	CLEANUP(cleanup_fitted_answer) struct limit_answer *answer = NULL;
	struct fit_options how = {
		.x = options->x,
		.metric = options->metric,
		.predict = options->predict,
		.n_predict = options->n_predict,
	};
	struct fit *fit;
	int r = limits ? limit_read_answer(results, &run, &answer, error) : 0;

	how.limits = answer;
	if (r == 0)
		r = fit_make(results, &how, &fit, error);
	if (r < 0)
		return EXIT_CODE_USAGE;
	r = write_and_print_fit(options, run_fd, results, fit, error);
	fit_free(fit);
	return r == 0 ? output_end() : EXIT_CODE_SYSTEM;
}

enum exit_code fit_command(const struct options *options)
{
	return command_on_results(options, fit_results);
}
