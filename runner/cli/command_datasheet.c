/* The data sheet of a run. */

#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/datasheet/writers.h"
#include "runner/report/facts.h"
#include "util/cleanup.h"

#include <errno.h>

/* If drawing fails, the tables are printed anyway. */
static int write_and_print_datasheet(const struct options *options, int run_fd,
	struct results *results, const struct datasheet *datasheet, struct error *error)
{
	CLEANUP(cleanup_free) char *machine = facts_machine(results);
	CLEANUP(cleanup_free) char *zero_page = facts_zero_page(results);
	const struct datasheet_writing writing = {
		.run_fd = run_fd,
		.machine = machine,
		.zero_page = zero_page,
		.incomplete = facts_incomplete(results),
		.terminal_width = terminal_width(stdout),
		.color = wants_color(options, stdout),
	};
	int r = datasheet_write(datasheet, &writing, error);
	int printed = 0;

	if (options->json) {
		printed = print_json(datasheet_json(datasheet, &writing), r < 0 ? NULL : error);
	} else if (!options->quiet) {
		printed = datasheet_print(datasheet, &writing, stdout, r < 0 ? NULL : error);
		print_files(run_fd, options->operand,
			(const char *const[]){DATASHEET_PICTURE, DATASHEET_MARKDOWN, DATASHEET_CSV,
				DATASHEET_REPORTERS_CSV, NULL});
	}
	return r < 0 ? r : printed;
}

static enum exit_code make_sheet(
	const struct options *options, int run_fd, struct results *results, struct error *error)
{
	const struct datasheet_options how = {
		.kind = options->truth, .all_metrics = options->all_metrics};
	struct datasheet *datasheet;
	int r = datasheet_make(results, &how, &datasheet, error);

	if (r < 0) {
		error_prefix(error, "%s has no data sheet", options->operand);
		return r == -ENODATA ? EXIT_CODE_USAGE : EXIT_CODE_SYSTEM;
	}
	r = write_and_print_datasheet(options, run_fd, results, datasheet, error);
	datasheet_free(datasheet);
	if (r < 0)
		return EXIT_CODE_SYSTEM;
	return output_end();
}

enum exit_code datasheet_command(const struct options *options)
{
	return command_on_results(options, make_sheet);
}
