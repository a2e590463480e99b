#include "runner/cli/help.h"

#include <string.h>

/* Column of the summaries. */
#define SUMMARY_COLUMN 24

/* Prints `left`, then each line of the summary in its column: on the next line if `left` is too long. */
static void print_help_row(const char *left, const char *summary, FILE *stream)
{
	if (strlen(left) >= SUMMARY_COLUMN)
		fprintf(stream, "%s\n%*s", left, SUMMARY_COLUMN, "");
	else
		fprintf(stream, "%-*s", SUMMARY_COLUMN, left);
	for (;;) {
		int length = (int)strcspn(summary, "\n");

		fprintf(stream, "%.*s\n", length, summary);
		if (!summary[length])
			return;
		summary += length + 1;
		fprintf(stream, "%*s", SUMMARY_COLUMN, "");
	}
}

static void print_command_row(enum command command, FILE *stream)
{
	const struct command_row *row = &command_rows[command];
	char left[64];

	snprintf(left, sizeof(left), "  %s %s", command_words(command).text,
		operand_placeholder(row->operand));
	print_help_row(left, row->summary, stream);
}

static void print_option_row(const struct option_row *row, FILE *stream)
{
	const char letter[] = {'-', row->letter, ',', '\0'};
	char left[64];

	snprintf(left, sizeof(left), "  %3s --%s%s%s", row->letter ? letter : "", row->name,
		row->value ? " " : "", row->value ? row->value : "");
	print_help_row(left, row->summary, stream);
}

void help_print_overview(FILE *stream)
{
	fputs("usage: memcg-run [OPTION...] EXPERIMENT\n"
	      "       memcg-run [OPTION...] -- COMMAND ARG...\n"
	      "       memcg-run COMMAND [OPTION...] [OPERAND]\n"
	      "\n"
	      "Measures the memory of a task, trial by trial, each in its own container and\n"
	      "cgroup, and compares memory reporters with the kernel's account and the truth.\n"
	      "\n"
	      "Commands:\n",
		stream);
	for (enum command command = 0; command < N_COMMANDS; command++)
		print_command_row(command, stream);
	fputs("\nOptions (`memcg-run help COMMAND` lists those of a command):\n", stream);
	for (size_t i = 0; i < N_OPTIONS; i++)
		print_option_row(&option_rows[i], stream);
	fputs("\n"
	      "Exit codes: 0 all trials ok, 1 a trial not ok or a task's file changed, 2 the\n"
	      "command line or the experiment is wrong, 3 system error, 4 compare: worse\n"
	      "and 5 undecided, 130 interrupted, and 141 standard output closed\n"
	      "\n"
	      "An experiment is a TOML file, - for standard input, or a command after --: see\n"
	      "memcg-run.toml(5), and start with experiments/ramp.toml or\n"
	      "`memcg-run -- COMMAND`.\n",
		stream);
}

static void print_command(enum command command, FILE *stream)
{
	const struct command_row *row = &command_rows[command];
	const char *operand = operand_placeholder(row->operand);
	bool optional = row->operand == OPERAND_COMMAND;

	fprintf(stream, "usage: memcg-run %s [OPTION...]%s%s%s%s\n", command_words(command).text,
		*operand ? " " : "", optional ? "[" : "", operand, optional ? "]" : "");
	if (row->operand == OPERAND_EXPERIMENT)
		fprintf(stream, "       memcg-run %s [OPTION...] -- COMMAND ARG...\n",
			command_words(command).text);
	fprintf(stream, "\nmemcg-run %s: %s\n", command_words(command).text, row->summary);
	fputs(row->description, stream);
	fputs("\nOptions:\n", stream);
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (option_rows[i].commands & 1U << command)
			print_option_row(&option_rows[i], stream);
}

void help_print_commands(enum command first, size_t n, FILE *stream)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			fputc('\n', stream);
		print_command(first + (enum command)i, stream);
	}
	fputs("\nThe manual: man memcg-run\n", stream);
}
