#pragma once

/*
 * The command line in one place: a table of commands and a table of options. Parsing (options.h), help
 * (help.h), shell completion (completion.h) and error messages are made from them, and a unit test compares
 * docs/man/memcg-run.1 with them. To add a command or an option, add its row here, its action in commands.c
 * or options.c, and its text in the manual.
 */

#include <stdbool.h>
#include <stddef.h>

/* Rows of one first word (the "image" commands) are neighbours. */
enum command {
	COMMAND_RUN, /* also without its word: a first operand that names no command is an experiment */
	COMMAND_RESUME,
	COMMAND_CHECK,
	COMMAND_REPORT,
	COMMAND_DATASHEET,
	COMMAND_FIT,
	COMMAND_DOCTOR,
	COMMAND_CLEAN,
	COMMAND_IMAGE_LIST,
	COMMAND_IMAGE_BUILD,
	COMMAND_IMAGE_VERIFY,
	COMMAND_IMAGE_REMOVE,
	COMMAND_COMPLETION,
	COMMAND_VERSION,
	COMMAND_HELP,
	N_COMMANDS,
};

/* What a command takes besides options: exactly one of these, or none. help takes a command or none. */
enum operand_kind {
	OPERAND_NONE,
	OPERAND_EXPERIMENT,
	OPERAND_RUN,
	OPERAND_IMAGE,
	OPERAND_SHELL,
	OPERAND_COMMAND,
};

struct command_row {
	const char *word;
	const char *subword; /* NULL: the command is one word */
	enum operand_kind operand;
	const char *summary; /* one line, at most 55 columns */
	const char
		*description; /* what `memcg-run help COMMAND` adds; lines of at most 80 columns */
};

enum option_id {
	OPTION_OUTPUT,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_QUICK,
	OPTION_NO_PICTURES,
	OPTION_FORCE,
	OPTION_TRUTH,
	OPTION_ALL_METRICS,
	OPTION_JSON,
	OPTION_X,
	OPTION_METRIC,
	OPTION_PREDICT,
	OPTION_NO_COLOR,
	OPTION_HELP,
	OPTION_VERSION,
	N_OPTIONS,
};

struct option_row {
	char letter; /* '\0': no short form */
	const char *name;
	const char *value;   /* placeholder of its value; NULL: it takes none */
	const char *choices; /* the values there are, with blanks between; NULL: any */
	unsigned commands;   /* bit COMMAND_X is set where COMMAND_X takes it */
	const char *summary; /* at most 55 columns */
};

/* Bits of every command: --help and --version. */
#define EVERY_COMMAND ((1U << N_COMMANDS) - 1)

extern const struct command_row command_rows[N_COMMANDS];
extern const struct option_row option_rows[N_OPTIONS];

/* "EXPERIMENT", "RUN", "NAME" ...; "" for none. */
const char *operand_placeholder(enum operand_kind kind);

/* A command's words, "fit" or "image list", for a message. */
struct command_words {
	char text[32];
};
struct command_words command_words(enum command command);

/*
 * The commands whose words are `word` and, where a command has two, `subword`; with subword NULL, every command
 * with this first word. Returns how many there are and the first of them, which the others follow.
 */
size_t command_find(const char *word, const char *subword, enum command *ret_first);

/* The first word of the command that a misspelt one was most likely meant to be; NULL where none is near. */
const char *command_suggest(const char *word);

/* The same for an option's name, without its dashes. */
const char *option_suggest(const char *name);
