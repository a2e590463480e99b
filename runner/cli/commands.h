#pragma once

/*
 * What the program does for each command. The command line prints, and nothing below it does. Returns the
 * exit code.
 */

#include "runner/cli/exit_code.h"
#include "runner/cli/options.h"

enum exit_code command_execute(const struct options *options);
