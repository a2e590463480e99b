#pragma once

/*
 * Shell completion, generated from the tables of command_line.h: commands, the options of the
 * current command, and its operand (experiment files, run folders, image names).
 */

#include "util/error.h"

#include <stdio.h>

/* Prints the script for a shell; -EINVAL for an unknown shell. */
int completion_print(const char *shell, FILE *stream, struct error *error);
