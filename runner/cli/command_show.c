/* A run, or one of its trials. */

#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/report/show.h"

#include <errno.h>

static int show_as_json(const struct options *options, struct results *results, struct error *error)
{
	json_t *json;
	int r = options->trial > 0 ? show_trial_json(results, options->trial, &json, error)
				   : show_run_json(results, options->operand, &json, error);

	return r == 0 ? print_json(json, error) : r;
}

static int show_as_text(const struct options *options, struct results *results, struct error *error)
{
	const struct report_options report = {
		.run_fd = -1,
		.run_path = options->operand,
		.table_width = terminal_width(stdout),
		.color = wants_color(options, stdout),
	};

	return options->trial > 0 ? show_trial(results, options->trial, stdout, error)
				  : show_run(results, &report, stdout, error);
}

static enum exit_code show_results(
	const struct options *options, int run_fd, struct results *results, struct error *error)
{
	int r = options->json ? show_as_json(options, results, error)
			      : show_as_text(options, results, error);

	(void)run_fd;
	if (r == 0)
		return output_end();
	return r == -ENOENT ? EXIT_CODE_USAGE : EXIT_CODE_SYSTEM;
}

enum exit_code show_command(const struct options *options)
{
	return command_on_results(options, show_results);
}
