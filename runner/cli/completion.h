#pragma once

/*
 * Shell completion, made from the tables of command_line.h: commands, the options of the command at hand, and what
 * its operand is (experiment files, run folders, image names).
 */

#include "util/error.h"

#include <stdio.h>

/* Prints the script for a shell; -EINVAL where there is none for it. */
int completion_print(const char *shell, FILE *stream, struct error *error);
