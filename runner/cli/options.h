#pragma once

/*
 * The command line, as memcg-run(1) documents it.
 */

#include "runner/datasheet/datasheet.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

enum command {
	COMMAND_RUN,
	COMMAND_RESUME,
	COMMAND_CHECK,
	COMMAND_REPORT,
	COMMAND_DATASHEET,
	COMMAND_FIT,
	COMMAND_IMAGE,
	COMMAND_DOCTOR,
	COMMAND_CLEAN,
	COMMAND_HELP,
	COMMAND_VERSION,
};

/* How often --predict may be given. */
#define OPTIONS_MAX_PREDICT 32

/* Strings are those of argv. */
struct options {
	enum command command;
	const char *output_directory;
	bool quiet;
	bool verbose;
	bool json;
	bool pictures; /* draw a run's at its end */
	bool force;
	bool quick;
	enum truth_kind truth; /* of the data sheet; TRUTH_CHARGED unless another is asked for */
	bool truth_given;
	bool all_metrics;
	const char *x;	    /* of fit; NULL: not given */
	const char *metric; /* likewise */
	const char *predict[OPTIONS_MAX_PREDICT];
	size_t n_predict;
	bool color_allowed;	     /* neither --no-color nor NO_COLOR (no-color.org) */
	const char *const *operands; /* what stands after the options and the command */
	int n_operands;
};

/* -EINVAL with a sentence that says what is expected. */
int options_parse(int argc, char **argv, struct options *ret_options, struct error *error);

/* The text of --help. */
const char *options_help(void);
