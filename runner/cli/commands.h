#pragma once

/*
 * Executes the command. Only the command line prints; nothing below it does. Returns the exit code.
 */

#include "runner/cli/exit_code.h"
#include "runner/cli/options.h"

enum exit_code command_execute(const struct options *options);
