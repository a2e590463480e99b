#pragma once

/*
 * The command line in one place: a table of commands and a table of options. Parsing (options.h), help
 * (help.h), shell completion (completion.h) and error messages are made from them, and a unit test compares
 * docs/man/memcg-run.1 with them. To add a command or an option, add its row here, its action in commands.c
 * or options.c, and its text in the manual.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Commands that share a first word (the "image" commands) are adjacent. */
enum command {
	COMMAND_RUN, /* may be omitted: a first operand that names no command is an experiment */
	COMMAND_RESUME,
	COMMAND_CHECK,
	COMMAND_LIMIT,
	COMMAND_REPORT,
	COMMAND_SHOW,
	COMMAND_DATASHEET,
	COMMAND_FIT,
	COMMAND_COMPARE,
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

/* A command's operand: exactly one of these, or none. help takes a command or none. */
enum operand_kind {
	OPERAND_NONE,
	OPERAND_EXPERIMENT, /* a file, "-", or -- COMMAND ARG... instead */
	OPERAND_RUN,
	OPERAND_RUN_TRIAL,
	OPERAND_RUNS, /* one, or two */
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
	OPTION_BY,
	OPTION_MAX_INCREASE,
	OPTION_MARKDOWN,
	OPTION_JUNIT,
	OPTION_PICTURE,
	OPTION_SURVIVAL,
	OPTION_CONFIDENCE,
	OPTION_SLOWDOWN,
	OPTION_CURVE,
	OPTION_EMIT,
	OPTION_REPETITIONS, /* to OPTION_SAVE: see option_describes */
	OPTION_WARMUPS,
	OPTION_COMMAND,
	OPTION_BACKENDS,
	OPTION_PARAMETER,
	OPTION_MEMORY_MAX,
	OPTION_CPUS,
	OPTION_RUNTIME,
	OPTION_IMAGE,
	OPTION_MOUNT,
	OPTION_ENV,
	OPTION_WRITABLE,
	OPTION_PREPARE,
	OPTION_CHECK,
	OPTION_SETUP,
	OPTION_TEARDOWN,
	OPTION_PYTHON,
	OPTION_RATE,
	OPTION_TIMEOUT,
	OPTION_NAME,
	OPTION_SAVE,
	OPTION_NO_COLOR,
	OPTION_HELP,
	OPTION_VERSION,
	N_OPTIONS,
};

struct option_row {
	char letter; /* '\0': no short form */
	const char *name;
	const char *value;   /* placeholder of its value; NULL: it takes no value */
	const char *choices; /* allowed values, separated by blanks; NULL: any */
	unsigned commands;   /* bit COMMAND_X is set if COMMAND_X takes it */
	const char *summary; /* at most 55 columns */
};

/* A set of options: bit OPTION_X. */
typedef uint64_t option_set;
#define OPTION_BIT(option) (UINT64_C(1) << (option))
_Static_assert(N_OPTIONS <= 64, "an option_set has a bit for each option");

/* Whether an option is part of an experiment on the command line, and so needs -- COMMAND or -c. */
static inline bool option_describes(enum option_id option)
{
	return option >= OPTION_REPETITIONS && option <= OPTION_SAVE;
}

/* The shells that `completion` has a script for: in a message, and as words to complete. */
#define COMPLETION_SHELLS "bash, fish or zsh"
#define COMPLETION_SHELL_WORDS "bash fish zsh"

/* Bits of all commands: for --help and --version. */
#define EVERY_COMMAND ((1U << N_COMMANDS) - 1)

extern const struct command_row command_rows[N_COMMANDS];
extern const struct option_row option_rows[N_OPTIONS];

/* "EXPERIMENT", "RUN", "NAME" ...; "" if there is no operand. */
const char *operand_placeholder(enum operand_kind kind);

/* A command's words, "fit" or "image list", for a message. */
struct command_words {
	char text[32];
};
struct command_words command_words(enum command command);

/*
 * Finds the commands named `word` and, for commands of two words, `subword`; with subword NULL,
 * every command with this first word. Returns their number and the first one; the others follow it.
 */
size_t command_find(const char *word, const char *subword, enum command *ret_first);

/* The command whose first word a misspelt one most likely meant; NULL if none is close. */
const char *command_suggest(const char *word);

/* The same for the name of an option, without its dashes. */
const char *option_suggest(const char *name);
