#include "runner/cli/commands.h"

#include "runner/cli/command.h"
#include "runner/cli/completion.h"
#include "runner/cli/console.h"
#include "runner/cli/help.h"

#include <stdio.h>

static enum exit_code print_completion(const struct options *options)
{
	struct error error = ERROR_INIT;

	if (completion_print(options->operand, stdout, &error) == 0)
		return EXIT_CODE_OK;
	say_error(error.text);
	return EXIT_CODE_USAGE;
}

enum exit_code command_execute(const struct options *options)
{
	switch (options->command) {
	case COMMAND_RUN:
		return run_command(options);
	case COMMAND_LIMIT:
		return limit_command(options);
	case COMMAND_RESUME:
		return resume_command(options);
	case COMMAND_CHECK:
		return check_command(options);
	case COMMAND_REPORT:
		return report_command(options);
	case COMMAND_SHOW:
		return show_command(options);
	case COMMAND_DATASHEET:
		return datasheet_command(options);
	case COMMAND_FIT:
		return fit_command(options);
	case COMMAND_COMPARE:
		return compare_command(options);
	case COMMAND_IMAGE_LIST:
	case COMMAND_IMAGE_BUILD:
	case COMMAND_IMAGE_VERIFY:
	case COMMAND_IMAGE_REMOVE:
		return image_command(options);
	case COMMAND_CLEAN:
		return clean_command(options);
	case COMMAND_DOCTOR:
		return doctor_command(options);
	case COMMAND_HELP:
		if (options->n_topics > 0)
			help_print_commands(options->topic, options->n_topics, stdout);
		else
			help_print_overview(stdout);
		return EXIT_CODE_OK;
	case COMMAND_COMPLETION:
		return print_completion(options);
	case COMMAND_VERSION:
		printf("memcg-run %s\n", MEMCG_RUN_VERSION);
		return EXIT_CODE_OK;
	case N_COMMANDS:
		break;
	}
	return EXIT_CODE_USAGE;
}
