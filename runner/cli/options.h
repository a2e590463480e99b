#pragma once

/* Command line parser, driven by the tables of command_line.h. */

#include "runner/cli/command_line.h"
#include "runner/datasheet/datasheet.h"
#include "runner/experiment/limit_settings.h"
#include "runner/limit/answer.h"
#include "util/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How often --predict may be given. */
#define OPTIONS_MAX_PREDICT 32

/* How many options may describe an experiment: each variable, mount and parameter is one. */
#define OPTIONS_MAX_DESCRIBING 256

/* An option that describes an experiment (option_describes). */
struct describing_option {
	enum option_id id;
	const char *value; /* "" if it takes none */
};

/* Strings point into argv. */
struct options {
	enum command command;
	const char *operand;	   /* NULL if the command takes none */
	uint64_t trial;		   /* 0: not given */
	const char *other_operand; /* the second run; NULL: not given */
	char stored[2][PATH_MAX];  /* the two where operand_check changes them */

	/* For COMMAND_HELP: n_topics commands, the first of which is `topic`; 0: an overview. */
	enum command topic;
	size_t n_topics;

	const char *output_directory; /* default "output" */
	bool quiet;
	bool verbose;
	bool json;
	bool pictures; /* draw pictures when a run ends; default true, with words false */
	bool force;
	bool quick;
	enum truth_kind truth; /* default TRUTH_CHARGED */
	bool all_metrics;
	const char *x;	    /* NULL: not given */
	const char *metric; /* NULL: not given */
	const char *predict[OPTIONS_MAX_PREDICT];
	size_t n_predict;
	const char *by;	     /* NULL: not given */
	double max_increase; /* 0.02: 2 %; NaN: not given */
	bool markdown;
	const char *junit; /* NULL: not given */
	bool picture;
	struct limit_choices limit; /* but for `by` */
	bool emits;		    /* --emit, as: */
	enum limit_emit emit;
	bool color_allowed; /* neither --no-color nor NO_COLOR (no-color.org) */

	/* -- COMMAND ARG..., and the options that describe it, in their order; NULL: none. No words with --command. */
	const char *const *words;
	size_t n_words;
	struct describing_option describing[OPTIONS_MAX_DESCRIBING];
	size_t n_describing;
};

/* The last value of an option that describes the experiment; NULL if it is not given. */
const char *options_described(const struct options *options, enum option_id id);

/*
 * Options may precede or follow the command and its operand. After "--" every word is an operand,
 * or, of a command that takes an experiment, a word of the command to measure. An option that the
 * command does not take is an error that names the commands that do. -EINVAL with a sentence that
 * says what is expected and what was likely meant.
 */
int options_parse(int argc, char **argv, struct options *ret_options, struct error *error);
