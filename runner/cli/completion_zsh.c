#include "runner/cli/completion_shells.h"

#include "runner/cli/command_line.h"

#include <string.h>

/* Within '...': 'run'\''s folder'. */
#define APOSTROPHE "'\\''"

static const char *zsh_values(const struct option_row *row)
{
	return strcmp(row->value, "DIR") == 0 ? "_files -/" : " ";
}

/* "'(-o --output)--output=[create the run's folder in DIR]:DIR:_files -/'"; `dashed` has "-o+" or "--output=". */
static void print_zsh_spec(const struct option_row *row, const char *dashed, FILE *stream)
{
	fputs(" \\\n\t\t\t'", stream);
	/* One that may be repeated says so itself. */
	if (strstr(row->summary, "may be repeated"))
		fputs("*", stream);
	else if (row->letter)
		fprintf(stream, "(-%c --%s)", row->letter, row->name);
	fprintf(stream, "%s[", dashed);
	completion_print_quoted(row->summary, APOSTROPHE, stream);
	fputs("]", stream);
	if (row->value && row->choices)
		fprintf(stream, ":%s:(%s)", row->value, row->choices);
	else if (row->value)
		fprintf(stream, ":%s:%s", row->value, zsh_values(row));
	fputs("'", stream);
}

static void print_zsh_options(enum command command, FILE *stream)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option_row *row = &option_rows[i];
		char dashed[64];

		if (!(row->commands & 1U << command))
			continue;
		if (row->letter) {
			snprintf(dashed, sizeof(dashed), "-%c%s", row->letter,
				row->value ? "+" : "");
			print_zsh_spec(row, dashed, stream);
		}
		snprintf(dashed, sizeof(dashed), "--%s%s", row->name, row->value ? "=" : "");
		print_zsh_spec(row, dashed, stream);
	}
}

static const char *zsh_operand(enum operand_kind kind)
{
	static const char *const actions[] = {
		[OPERAND_NONE] = "",
		[OPERAND_EXPERIMENT] = "*:experiment:_files",
		[OPERAND_RUN] = "*:run:_files -/",
		[OPERAND_RUN_TRIAL] = "*:run:_files -/",
		[OPERAND_RUNS] = "*:run:_files -/",
		[OPERAND_IMAGE] = "*:image:_memcg_run_images",
		[OPERAND_SHELL] = "*:shell:(" COMPLETION_SHELL_WORDS ")",
		[OPERAND_COMMAND] = "*:command:_memcg_run_commands",
	};

	return actions[kind];
}

/* Lines of _describe: the first words, or the second ones of `word`. */
static void print_zsh_words(const char *word, FILE *stream)
{
	const struct command_row *row;

	for (size_t i = 0; (row = completion_next_word(word, &i));) {
		fprintf(stream, "\t\t'%s", word ? row->subword : row->word);
		/* The summary of the first "image" command is not that of "image". */
		if (word || !row->subword) {
			fputs(":", stream);
			completion_print_quoted(row->summary, APOSTROPHE, stream);
		}
		fputs("'\n", stream);
	}
}

static void print_zsh_case(enum command command, const char *operand, FILE *stream)
{
	fputs("\t\t_arguments -S", stream);
	print_zsh_options(command, stream);
	if (*operand)
		fprintf(stream, " \\\n\t\t\t'%s'", operand);
	fputs("\n\t\t;;\n", stream);
}

static void print_zsh_cases(FILE *stream)
{
	const char *last = "";

	for (enum command command = 0; command < N_COMMANDS; command++) {
		const struct command_row *row = &command_rows[command];

		if (row->subword && strcmp(row->word, last) != 0) {
			fprintf(stream, "\t%s)\n\t\tchoices=(\n", row->word);
			print_zsh_words(row->word, stream);
			fputs("\t\t)\n\t\t_describe command choices\n\t\t;;\n", stream);
		}
		fprintf(stream, "\t'%s' | '%s '*)\n", command_words(command).text,
			command_words(command).text);
		print_zsh_case(command, zsh_operand(row->operand), stream);
		last = row->word;
	}
	fputs("\t*)\n", stream);
	print_zsh_case(COMMAND_RUN, "*:experiment or command:_memcg_run_first", stream);
}

void completion_print_zsh(FILE *stream)
{
	fputs("#compdef memcg-run\n"
	      "# zsh completion for memcg-run, made by `memcg-run completion zsh`.\n"
	      "\n"
	      "_memcg_run_images()\n"
	      "{\n"
	      "\tcompadd -- ${(f)\"$(memcg-run image list 2>/dev/null | awk 'NR > 1 { print $1 "
	      "}')\"}\n"
	      "}\n"
	      "\n"
	      "_memcg_run_commands()\n"
	      "{\n"
	      "\tlocal -a choices\n"
	      "\tchoices=(\n",
		stream);
	print_zsh_words(NULL, stream);
	fputs("\t)\n"
	      "\t_describe command choices\n"
	      "}\n"
	      "\n"
	      "# The commands, and files: an experiment needs no command.\n"
	      "_memcg_run_first()\n"
	      "{\n"
	      "\t_memcg_run_commands\n"
	      "\t_files\n"
	      "}\n"
	      "\n"
	      "_memcg_run()\n"
	      "{\n"
	      "\tlocal command= i\n"
	      "\tlocal -a choices\n"
	      "\tfor ((i = 2; i < CURRENT; i++)); do\n"
	      "\t\tcase $words[i] in\n"
	      "\t\t--)\n"
	      "\t\t\twords=(\"${(@)words[i+1,-1]}\")\n"
	      "\t\t\t((CURRENT -= i))\n"
	      "\t\t\t_normal\n"
	      "\t\t\treturn\n"
	      "\t\t\t;;\n"
	      "\t\t",
		stream);
	completion_print_options_with_values(" | ", stream);
	fputs(") ((i++)) ;;\n"
	      "\t\t-*) ;;\n"
	      "\t\t*) command+=${command:+ }$words[i] ;;\n"
	      "\t\tesac\n"
	      "\tdone\n"
	      "\tcase $command in\n",
		stream);
	print_zsh_cases(stream);
	fputs("\tesac\n"
	      "}\n"
	      "\n"
	      "# Loaded by the shell as the function itself, or by source.\n"
	      "if [[ $funcstack[1] == _memcg_run ]]; then\n"
	      "\t_memcg_run \"$@\"\n"
	      "else\n"
	      "\tcompdef _memcg_run memcg-run\n"
	      "fi\n",
		stream);
}
