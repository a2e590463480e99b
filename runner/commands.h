#pragma once

/*
 * What the program does for each command, and the only place that prints. Each returns the exit code.
 */

#include "runner/exit_code.h"
#include "runner/options.h"

enum exit_code command_execute(const struct options *options);

/* "memcg-run: error: ..." on stderr. */
void say_error(const char *sentence);
