#pragma once

/* Command line parser, driven by the tables of command_line.h. */

#include "runner/cli/command_line.h"
#include "runner/datasheet/datasheet.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How often --predict may be given. */
#define OPTIONS_MAX_PREDICT 32

/* Strings point into argv. */
struct options {
	enum command command;
	const char *operand; /* NULL if the command takes none */
	uint64_t trial;	     /* 0: not given */

	/* For COMMAND_HELP: n_topics commands, the first of which is `topic`; 0: an overview. */
	enum command topic;
	size_t n_topics;

	const char *output_directory; /* default "output" */
	bool quiet;
	bool verbose;
	bool json;
	bool pictures; /* draw pictures when a run ends; default true */
	bool force;
	bool quick;
	enum truth_kind truth; /* default TRUTH_CHARGED */
	bool all_metrics;
	const char *x;	    /* NULL: not given */
	const char *metric; /* NULL: not given */
	const char *predict[OPTIONS_MAX_PREDICT];
	size_t n_predict;
	bool color_allowed; /* neither --no-color nor NO_COLOR (no-color.org) */
};

/*
 * Options may precede or follow the command and its operand; after "--" every word is an operand.
 * An option that the command does not take is an error that names the commands that do. -EINVAL
 * with a sentence that says what is expected and what was likely meant.
 */
int options_parse(int argc, char **argv, struct options *ret_options, struct error *error);
