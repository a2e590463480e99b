#include "runner/cli/completion_shells.h"

#include <string.h>

/* Within '...': 'run\'s folder'. */
#define APOSTROPHE "\\'"

/* `condition` is a call of a function below, whose words are the command's. */
static void print_fish_line(const char *condition, const char *words, FILE *stream)
{
	fprintf(stream, "complete -c memcg-run -n '%s \"%s\"'", condition, words);
}

static void print_fish_summary(const char *summary, FILE *stream)
{
	fputs(" -d '", stream);
	completion_print_quoted(summary, APOSTROPHE, stream);
	fputs("'", stream);
}

/* The words of a command, where the command line is complete up to them. */
static void print_fish_words(const struct command_row *row, FILE *stream)
{
	print_fish_line("__memcg_run_is", row->subword ? row->word : "", stream);
	fprintf(stream, " -a %s", row->subword ? row->subword : row->word);
	print_fish_summary(row->summary, stream);
	fputs("\n", stream);
	/* The words of the first "image" command bring "image" itself. */
	if (row->subword && strcmp(row->word, row[-1].word) != 0) {
		print_fish_line("__memcg_run_is", "", stream);
		fprintf(stream, " -a %s\n", row->word);
	}
}

static void print_fish_operand(const struct command_row *row, const char *words, FILE *stream)
{
	static const char *const actions[] = {
		[OPERAND_NONE] = NULL,
		[OPERAND_EXPERIMENT] = "-F",
		[OPERAND_RUN] = "-a '(__fish_complete_directories)'",
		[OPERAND_RUN_TRIAL] = "-a '(__fish_complete_directories)'",
		[OPERAND_RUNS] = "-a '(__fish_complete_directories)'",
		[OPERAND_IMAGE] = "-a '(memcg-run image list 2>/dev/null | tail -n +2 | string "
				  "replace -r \"\\\\s.*\" \"\")'",
		[OPERAND_SHELL] = "-a '" COMPLETION_SHELL_WORDS "'",
		[OPERAND_COMMAND] = "-a",
	};

	if (!actions[row->operand])
		return;
	print_fish_line("__memcg_run_in", words, stream);
	fprintf(stream, " %s", actions[row->operand]);
	if (row->operand == OPERAND_COMMAND) {
		fputs(" '", stream);
		completion_print_words(NULL, stream);
		fputs("'", stream);
	}
	fputs("\n", stream);
}

static void print_fish_options(
	enum command command, const char *condition, const char *words, FILE *stream)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option_row *row = &option_rows[i];

		if (!(row->commands & 1U << command))
			continue;
		print_fish_line(condition, words, stream);
		if (row->letter)
			fprintf(stream, " -s %c", row->letter);
		fprintf(stream, " -l %s", row->name);
		print_fish_summary(row->summary, stream);
		if (row->value)
			fputs(" -x", stream);
		if (row->value && strcmp(row->value, "DIR") == 0)
			fputs(" -a '(__fish_complete_directories)'", stream);
		else if (row->choices)
			fprintf(stream, " -a '%s'", row->choices);
		fputs("\n", stream);
	}
}

void completion_print_fish(FILE *stream)
{
	fputs("# fish completion for memcg-run, made by `memcg-run completion fish`.\n"
	      "\n"
	      "# The words before the cursor that are neither options nor their values, or -- "
	      "alone.\n"
	      "function __memcg_run_words\n"
	      "\tset -l words\n"
	      "\tset -l value no\n"
	      "\tif contains -- -- (commandline -opc)\n"
	      "\t\techo --\n"
	      "\t\treturn\n"
	      "\tend\n"
	      "\tfor word in (commandline -opc)[2..-1]\n"
	      "\t\tif test $value = yes\n"
	      "\t\t\tset value no\n"
	      "\t\telse if contains -- $word ",
		stream);
	completion_print_options_with_values(" ", stream);
	fputs("\n"
	      "\t\t\tset value yes\n"
	      "\t\telse if not string match -q -- '-*' $word\n"
	      "\t\t\tset -a words $word\n"
	      "\t\tend\n"
	      "\tend\n"
	      "\tstring join ' ' -- $words\n"
	      "\ttrue\n"
	      "end\n"
	      "\n"
	      "# Whether they are these.\n"
	      "function __memcg_run_is\n"
	      "\ttest \"$(__memcg_run_words)\" = $argv[1]\n"
	      "end\n"
	      "\n"
	      "# Whether they begin with these.\n"
	      "function __memcg_run_in\n"
	      "\tstring match -q -- \"$argv[1] *\" \"$(__memcg_run_words) \"\n"
	      "end\n"
	      "\n"
	      "# Whether they begin with no command, or are none.\n"
	      "function __memcg_run_in_none\n"
	      "\tnot contains -- (string split ' ' (__memcg_run_words))[1] -- ",
		stream);
	completion_print_words(NULL, stream);
	fputs("\n"
	      "end\n"
	      "\n"
	      "complete -c memcg-run -f\n",
		stream);
	/* An experiment needs no command. */
	print_fish_line("__memcg_run_is", "", stream);
	fputs(" -F\n", stream);
	print_fish_line("__memcg_run_is", "--", stream);
	fputs(" -F -a '(__fish_complete_command)'\n", stream);
	print_fish_options(COMMAND_RUN, "__memcg_run_in_none", "", stream);
	for (enum command command = 0; command < N_COMMANDS; command++) {
		const struct command_row *row = &command_rows[command];

		print_fish_words(row, stream);
		print_fish_operand(row, command_words(command).text, stream);
		print_fish_options(command, "__memcg_run_in", command_words(command).text, stream);
	}
}
