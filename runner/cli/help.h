#pragma once

/* Help, generated from the tables of command_line.h. Lines are at most 80 columns wide. */

#include "runner/cli/command_line.h"

#include <stdio.h>

/* The text of `memcg-run --help`: all commands, all options, the exit codes. */
void help_print_overview(FILE *stream);

/*
 * The text of `memcg-run help COMMAND`, for n commands starting at `first`: each with its options.
 */
void help_print_commands(enum command first, size_t n, FILE *stream);
