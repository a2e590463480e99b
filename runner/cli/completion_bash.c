#include "runner/cli/completion_shells.h"

#include <string.h>

/* A case of the shell for each option with a value: what may come after it. */
static void print_values(FILE *stream)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option_row *row = &option_rows[i];

		if (!row->value)
			continue;
		fputs("\t", stream);
		completion_print_option_names(row, "|", stream);
		if (row->choices)
			fprintf(stream, ") _memcg_run_words '%s' ;;\n", row->choices);
		else if (strcmp(row->value, "DIR") == 0)
			fputs(") _memcg_run_files -d ;;\n", stream);
		else
			fputs(") COMPREPLY=() ;;\n", stream);
	}
}

static void print_options_of(enum command command, FILE *stream)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (option_rows[i].commands & 1U << command) {
			completion_print_option_names(&option_rows[i], " ", stream);
			fputc(' ', stream);
		}
}

static const char *completion_of(enum operand_kind kind)
{
	static const char *const calls[] = {
		[OPERAND_NONE] = ":",
		[OPERAND_EXPERIMENT] = "_memcg_run_files -f",
		[OPERAND_RUN] = "_memcg_run_files -d",
		[OPERAND_RUN_TRIAL] = "_memcg_run_files -d",
		[OPERAND_RUNS] = "_memcg_run_files -d",
		[OPERAND_IMAGE] = "_memcg_run_words \"$(memcg-run image list 2>/dev/null | "
				  "awk 'NR > 1 { print $1 }')\"",
		[OPERAND_SHELL] = "_memcg_run_words '" COMPLETION_SHELL_WORDS "'",
		[OPERAND_COMMAND] = "_memcg_run_words \"$commands\"",
	};

	return calls[kind];
}

/* A case of the shell for each command: its options, and its operand; for a first of two words, the second. */
static void print_commands(FILE *stream)
{
	const char *last = "";

	for (enum command command = 0; command < N_COMMANDS; command++) {
		const struct command_row *row = &command_rows[command];

		if (row->subword && strcmp(row->word, last) != 0) {
			fprintf(stream, "\t%s) _memcg_run_words '", row->word);
			completion_print_words(row->word, stream);
			fputs("' ;;\n", stream);
		}
		fprintf(stream, "\t'%s' | '%s '*) _memcg_run_options '",
			command_words(command).text, command_words(command).text);
		print_options_of(command, stream);
		fprintf(stream, "' || %s ;;\n", completion_of(row->operand));
		last = row->word;
	}
}

/* What does not depend on the tables. */
static const char bash_helpers[] =
	"# bash completion for memcg-run, made by `memcg-run completion bash`.\n"
	"\n"
	"_memcg_run_words()\n"
	"{\n"
	"\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$current\")\n"
	"}\n"
	"\n"
	"_memcg_run_files()\n"
	"{\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t COMPREPLY < <(compgen \"$1\" -- \"$current\")\n"
	"}\n"
	"\n"
	"# The options, if one is being typed.\n"
	"_memcg_run_options()\n"
	"{\n"
	"\t[[ $current == -* ]] && _memcg_run_words \"$1\"\n"
	"}\n"
	"\n"
	"# After --, whose place is given: the program to measure, and its words.\n"
	"_memcg_run_program()\n"
	"{\n"
	"\t((COMP_CWORD == $1 + 1)) && _memcg_run_files -c\n"
	"\t[[ ${COMPREPLY[*]} ]] || _memcg_run_files -f\n"
	"}\n"
	"\n"
	"# The commands, and files: an experiment needs no command.\n"
	"_memcg_run_first()\n"
	"{\n"
	"\tlocal files\n"
	"\t_memcg_run_files -f\n"
	"\tfiles=(\"${COMPREPLY[@]}\")\n"
	"\t_memcg_run_words \"$commands\"\n"
	"\tCOMPREPLY+=(\"${files[@]}\")\n"
	"}\n";

static const char bash_main[] =
	"\n"
	"_memcg_run()\n"
	"{\n"
	"\tlocal current=${COMP_WORDS[COMP_CWORD]} command='' i\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\t[[ ${COMP_WORDS[i]} == -- ]] && _memcg_run_program \"$i\" && return\n"
	"\tdone\n"
	"\t_memcg_run_value \"${COMP_WORDS[COMP_CWORD - 1]}\" && return\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tif [[ ${COMP_WORDS[i]} != -* ]]; then\n"
	"\t\t\tcommand+=${command:+ }${COMP_WORDS[i]}\n"
	"\t\telif _memcg_run_value \"${COMP_WORDS[i]}\"; then\n"
	"\t\t\t((i++))\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tCOMPREPLY=()\n"
	"\t_memcg_run_operand\n"
	"}\n"
	"\n"
	"complete -F _memcg_run memcg-run\n";

void completion_print_bash(FILE *stream)
{
	fputs(bash_helpers, stream);
	fputs("\n# What may follow an option with a value; fails for any other word.\n"
	      "_memcg_run_value()\n{\n\tcase $1 in\n",
		stream);
	print_values(stream);
	fputs("\t*) return 1 ;;\n\tesac\n}\n"
	      "\n# What may follow the command.\n"
	      "_memcg_run_operand()\n{\n\tlocal commands='",
		stream);
	completion_print_words(NULL, stream);
	fputs("'\n\tcase $command in\n", stream);
	print_commands(stream);
	fputs("\t'') _memcg_run_options '", stream);
	print_options_of(COMMAND_RUN, stream);
	fputs("' || _memcg_run_first ;;\n\t*) _memcg_run_options '", stream);
	print_options_of(COMMAND_RUN, stream);
	fputs("' ;;\n\tesac\n}\n", stream);
	fputs(bash_main, stream);
}
