/* A run, or one of its trials. */

#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/report/show.h"

#include <errno.h>

static int show(const struct options *options, struct results *results, struct error *error)
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

/* An as_owner_work. */
static int show_from_folder(int run_fd, void *context)
{
	const struct options *options = context;
	struct error error = ERROR_INIT;
	struct results *results;
	int r = results_open(run_fd, options->operand, &results, &error);

	if (r < 0) {
		say_error(error.text);
		return EXIT_CODE_USAGE;
	}
	r = show(options, results, &error);
	results_close(results);
	if (r == 0)
		return output_end();
	say_error(error.text);
	return r == -ENOENT ? EXIT_CODE_USAGE : EXIT_CODE_SYSTEM;
}

enum exit_code show_command(const struct options *options)
{
	return command_as_owner(options, show_from_folder);
}
