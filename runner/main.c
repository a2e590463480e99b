/*
 * memcg-run: parse, execute, say how it went.
 */

#include "runner/cli/commands.h"
#include "runner/cli/console.h"
#include "runner/cli/options.h"

#include <signal.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct error error = ERROR_INIT;
	struct options options;
	enum exit_code code;

	/* A reader of ours that goes away is a failed write, not the end of a run half undone. */
	signal(SIGPIPE, SIG_IGN);
	if (options_parse(argc, argv, &options, &error) < 0) {
		say_error(error.text);
		fputs("try: memcg-run --help\n", stderr);
		return EXIT_CODE_USAGE;
	}
	code = command_execute(&options);
	if (code == EXIT_CODE_OK && !output_is_written())
		return EXIT_CODE_SYSTEM;
	return code;
}
