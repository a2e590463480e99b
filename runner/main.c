/*
 * memcg-run: parse the command line, execute it, return the exit code.
 */

#include "runner/cli/caller.h"
#include "runner/cli/commands.h"
#include "runner/cli/console.h"
#include "runner/cli/operand.h"
#include "runner/cli/options.h"

#include <signal.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct error error = ERROR_INIT;
	struct options options;
	enum exit_code code;

	/* Both also make the write fail, and must not kill a run before it has cleaned up. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (caller_limits(&error) < 0) {
		say_error(error.text);
		return EXIT_CODE_SYSTEM;
	}
	if (options_parse(argc, argv, &options, &error) < 0 ||
		operand_check(&options, &error) < 0) {
		say_error(error.text);
		fputs("try: memcg-run --help\n", stderr);
		return EXIT_CODE_USAGE;
	}
	code = command_execute(&options);
	return code == EXIT_CODE_OK ? output_end() : code;
}
