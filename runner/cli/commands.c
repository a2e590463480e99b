#include "runner/cli/commands.h"

#include "runner/cli/command.h"

#include <stdio.h>

enum exit_code command_execute(const struct options *options)
{
	switch (options->command) {
	case COMMAND_RUN:
		return run_command(options);
	case COMMAND_RESUME:
		return resume_command(options);
	case COMMAND_CHECK:
		return check_command(options);
	case COMMAND_REPORT:
		return report_command(options);
	case COMMAND_DATASHEET:
		return datasheet_command(options);
	case COMMAND_FIT:
		return fit_command(options);
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
