/* A run, or one of its trials. */

#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/report/show.h"

#include <errno.h>

static enum exit_code show_results(
	const struct options *options, int run_fd, struct results *results, struct error *error)
{
	const struct report_options report = {
		.run_fd = -1,
		.run_path = options->operand,
		.table_width = terminal_width(stdout),
		.color = wants_color(options, stdout),
	};
	int r = options->trial > 0 ? show_trial(results, options->trial, stdout, error)
				   : show_run(results, &report, stdout, error);

	(void)run_fd;
	if (r == 0)
		return output_end();
	return r == -ENOENT ? EXIT_CODE_USAGE : EXIT_CODE_SYSTEM;
}

enum exit_code show_command(const struct options *options)
{
	return command_on_results(options, show_results);
}
