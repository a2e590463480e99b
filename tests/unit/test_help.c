/* Help and the manual page contain all commands and options of the command line. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/cli/exit_code.h"
#include "runner/cli/help.h"
#include "util/file.h"

#include <ctype.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Relative to the repository's root, where the tests run. */
#define MANUAL "docs/man/memcg-run.1"

#define TEXT_SIZE (128 * 1024)

static const enum exit_code codes[] = {EXIT_CODE_OK, EXIT_CODE_TRIALS, EXIT_CODE_USAGE,
	EXIT_CODE_SYSTEM, EXIT_CODE_WORSE, EXIT_CODE_UNDECIDED, EXIT_CODE_INTERRUPTED,
	EXIT_CODE_PIPE};
#define N_CODES (sizeof(codes) / sizeof(codes[0]))

struct text {
	char bytes[TEXT_SIZE];
};

static FILE *open_text(struct text *text)
{
	FILE *stream = fmemopen(text->bytes, sizeof(text->bytes), "w");

	assert_non_null(stream);
	return stream;
}

/* Number of lines that begin with `start`, followed by a blank or the end. */
static size_t count_lines(const char *text, const char *start)
{
	size_t length = strlen(start);
	size_t n = 0;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, start, length) == 0 && strchr(" \n", line[length]))
			n++;
	}
	return n;
}

static void assert_has_line(const char *text, const char *start)
{
	if (count_lines(text, start) != 1)
		fail_msg("%zu lines begin with \"%s\"", count_lines(text, start), start);
}

static void assert_lines_fit(const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (length > 80)
			fail_msg("longer than 80 columns: %.*s", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

/* "  -o, --output DIR" */
static const char *option_in_help(const struct option_row *row)
{
	static char text[64];

	snprintf(text, sizeof(text), "  %c%c%c --%s%s%s", row->letter ? '-' : ' ',
		row->letter ? row->letter : ' ', row->letter ? ',' : ' ', row->name,
		row->value ? " " : "", row->value ? row->value : "");
	return text;
}

static const char *command_in_help(enum command command)
{
	static char text[64];
	const char *operand = operand_placeholder(command_rows[command].operand);

	snprintf(text, sizeof(text), "  %s%s%s", command_words(command).text, *operand ? " " : "",
		operand);
	return text;
}

static void test_command_rows__have_all_they_need(void **state)
{
	(void)state;
	for (enum command command = 0; command < N_COMMANDS; command++) {
		enum command found;

		assert_non_null(command_rows[command].word);
		assert_true(strlen(command_rows[command].summary) > 0);
		assert_non_null(command_rows[command].description);
		assert_int_equal(command_find(command_rows[command].word,
					 command_rows[command].subword, &found),
			1);
		assert_int_equal(found, command);
	}
	for (size_t i = 0; i < N_OPTIONS; i++) {
		assert_non_null(option_rows[i].name);
		assert_true(strlen(option_rows[i].summary) > 0);
		assert_true(option_rows[i].commands != 0);
	}
}

static void test_help_print_overview__has_every_command_option_and_exit_code(void **state)
{
	struct text *help = calloc(1, sizeof(*help));
	FILE *stream = open_text(help);

	(void)state;
	help_print_overview(stream);
	fclose(stream);
	for (enum command command = 0; command < N_COMMANDS; command++)
		assert_has_line(help->bytes, command_in_help(command));
	for (size_t i = 0; i < N_OPTIONS; i++)
		assert_has_line(help->bytes, option_in_help(&option_rows[i]));
	for (size_t i = 0; i < N_CODES; i++) {
		char code[16];

		snprintf(code, sizeof(code), " %d ", codes[i]);
		assert_non_null(strstr(help->bytes, code));
	}
	assert_lines_fit(help->bytes);
	free(help);
}

static void test_help_print_commands__has_the_options_of_the_command_alone(void **state)
{
	(void)state;
	for (enum command command = 0; command < N_COMMANDS; command++) {
		struct text *help = calloc(1, sizeof(*help));
		FILE *stream = open_text(help);

		help_print_commands(command, 1, stream);
		fclose(stream);
		assert_non_null(strstr(help->bytes, command_rows[command].summary));
		assert_non_null(strstr(help->bytes, command_rows[command].description));
		for (size_t i = 0; i < N_OPTIONS; i++)
			assert_int_equal(count_lines(help->bytes, option_in_help(&option_rows[i])),
				(option_rows[i].commands >> command) & 1);
		assert_lines_fit(help->bytes);
		free(help);
	}
}

/* ---- the manual page */

static char *read_page(const char *path)
{
	struct error error = ERROR_INIT;
	char *text;

	if (file_read(AT_FDCWD, path, TEXT_SIZE, &text, NULL, &error) < 0)
		fail_msg("%s", error.text);
	return text;
}

static char *read_manual(void)
{
	return read_page(MANUAL);
}

/* From the heading to the next one; the caller frees. */
static char *section_of(const char *manual, const char *heading)
{
	const char *begin = strstr(manual, heading);
	const char *end;

	assert_non_null(begin);
	begin += strlen(heading) + 1;
	end = begin;
	while (strncmp(end, ".Sh ", 4) != 0 && strncmp(end, ".Ss ", 4) != 0) {
		end = strchr(end, '\n');
		assert_non_null(end);
		end++;
	}
	return strndup(begin, (size_t)(end - begin));
}

/* In mdoc, "RUN [TRIAL]" is "run Op Ar trial". */
static void put_lower(const char *text, FILE *stream)
{
	for (; *text; text++) {
		if (*text == '[')
			fputs("Op Ar ", stream);
		else if (*text != ']')
			fputc(tolower(*text), stream);
	}
}

/*
 * In mdoc: single-letter options without a value in one word, then the others. `name` is the line before the command:
 * .Nm, and in another page's synopsis .Nm memcg-run.
 */
static void put_synopsis(enum command command, const char *name, FILE *stream)
{
	const struct command_row *row = &command_rows[command];
	option_set general = OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION);
	bool letters = false;

	fprintf(stream, "%s\n", name);
	fprintf(stream, command == COMMAND_RUN ? ".Op Cm %s\n" : ".Cm %s\n",
		command_words(command).text);
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option_row *option = &option_rows[i];

		if (general & OPTION_BIT(i) || option_describes(i) ||
			!(option->commands & 1U << command) || !option->letter || option->value)
			continue;
		fprintf(stream, letters ? "%c" : ".Op Fl %c", option->letter);
		letters = true;
	}
	fputs(letters ? "\n" : "", stream);
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option_row *option = &option_rows[i];

		if (general & OPTION_BIT(i) || option_describes(i) ||
			!(option->commands & 1U << command) || (option->letter && !option->value))
			continue;
		if (option->letter)
			fprintf(stream, ".Op Fl %c", option->letter);
		else
			fprintf(stream, ".Op Fl -%s", option->name);
		if (option->value) {
			fputs(" Ar ", stream);
			put_lower(option->value, stream);
		}
		fputc('\n', stream);
	}
	if (row->operand != OPERAND_NONE) {
		fputs(row->operand == OPERAND_COMMAND ? ".Op Ar " : ".Ar ", stream);
		put_lower(operand_placeholder(row->operand), stream);
		fputc('\n', stream);
	}
	if (row->operand == OPERAND_EXPERIMENT)
		fprintf(stream, "%s\n%s%s\n.Op Ar option ...\n.Fl -\n.Ar command ...\n", name,
			command == COMMAND_RUN ? ".Op Cm " : ".Cm ", command_words(command).text);
}

static void test_manual__synopsis_is_the_tables(void **state)
{
	char *manual = read_manual();
	char *synopsis = section_of(manual, ".Sh SYNOPSIS");
	struct text *expected = calloc(1, sizeof(*expected));
	FILE *stream = open_text(expected);

	(void)state;
	for (enum command command = 0; command < N_COMMANDS; command++)
		put_synopsis(command, ".Nm", stream);
	fclose(stream);
	assert_string_equal(synopsis, expected->bytes);
	free(expected);
	free(synopsis);
	free(manual);
}

static void test_manual__describes_every_command_and_no_other(void **state)
{
	char *manual = read_manual();
	char *section = section_of(manual, ".Ss Commands");

	(void)state;
	for (enum command command = 0; command < N_COMMANDS; command++) {
		const struct command_row *row = &command_rows[command];
		char item[64] = "";
		FILE *stream = fmemopen(item, sizeof(item), "w");

		fprintf(stream, ".It Cm %s", command_words(command).text);
		if (row->operand != OPERAND_NONE) {
			fputs(row->operand == OPERAND_COMMAND ? " Op Ar " : " Ar ", stream);
			put_lower(operand_placeholder(row->operand), stream);
		}
		fclose(stream);
		assert_has_line(section, item);
	}
	assert_int_equal(count_lines(section, ".It Cm"), N_COMMANDS);
	free(section);
	free(manual);
}

static void test_manual__describes_every_option_and_no_other(void **state)
{
	char *manual = read_manual();
	char *section = section_of(manual, ".Ss Options");

	(void)state;
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option_row *row = &option_rows[i];
		char item[64] = "";
		FILE *stream = fmemopen(item, sizeof(item), "w");

		fputs(".It Fl ", stream);
		if (row->letter)
			fprintf(stream, "%c , Fl ", row->letter);
		fprintf(stream, "-%s", row->name);
		if (row->value) {
			fputs(" Ar ", stream);
			put_lower(row->value, stream);
		}
		fclose(stream);
		assert_has_line(section, item);
	}
	assert_int_equal(count_lines(section, ".It Fl"), N_OPTIONS);
	free(section);
	free(manual);
}

static void test_manual__describes_every_exit_code(void **state)
{
	char *manual = read_manual();
	char *section = section_of(manual, ".Sh EXIT STATUS");

	(void)state;
	for (size_t i = 0; i < N_CODES; i++) {
		char item[16];

		snprintf(item, sizeof(item), ".It %d", codes[i]);
		assert_has_line(section, item);
	}
	free(section);
	free(manual);
}

/* Number of manual pages of commands. */
static size_t count_pages(void)
{
	glob_t pages;
	size_t n;

	assert_int_equal(glob("docs/man/memcg-run-*.1", 0, NULL, &pages), 0);
	n = pages.gl_pathc;
	globfree(&pages);
	return n;
}

/* `page` is that of a command: its name, summary and synopsis are the table's, and the manual refers to it. */
static void assert_page_of(const char *page, enum command command, const char *manual)
{
	const char *word = command_rows[command].word;
	struct text *expected = calloc(1, sizeof(*expected));
	char *synopsis = section_of(page, ".Sh SYNOPSIS");
	FILE *stream = open_text(expected);
	char line[128];

	put_synopsis(command, ".Nm memcg-run", stream);
	fclose(stream);
	assert_string_equal(synopsis, expected->bytes);
	snprintf(line, sizeof(line), ".Nm memcg-run-%s", word);
	assert_has_line(page, line);
	snprintf(line, sizeof(line), ".Nd %s", command_rows[command].summary);
	assert_has_line(page, line);
	snprintf(line, sizeof(line), ".Xr memcg-run-%s 1", word);
	assert_true(count_lines(manual, line) >= 2);
	free(expected);
	free(synopsis);
}

static void test_manual__page_of_a_command_is_the_tables(void **state)
{
	char *manual = read_manual();
	size_t n = 0;

	(void)state;
	for (enum command command = 0; command < N_COMMANDS; command++) {
		char path[128];

		snprintf(path, sizeof(path), "docs/man/memcg-run-%s.1", command_rows[command].word);
		if (command_rows[command].subword || access(path, F_OK) < 0)
			continue;
		char *page = read_page(path);

		assert_page_of(page, command, manual);
		free(page);
		n++;
	}
	assert_int_equal(n, count_pages());
	free(manual);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command_rows__have_all_they_need),
		cmocka_unit_test(test_help_print_overview__has_every_command_option_and_exit_code),
		cmocka_unit_test(test_help_print_commands__has_the_options_of_the_command_alone),
		cmocka_unit_test(test_manual__synopsis_is_the_tables),
		cmocka_unit_test(test_manual__describes_every_command_and_no_other),
		cmocka_unit_test(test_manual__describes_every_option_and_no_other),
		cmocka_unit_test(test_manual__describes_every_exit_code),
		cmocka_unit_test(test_manual__page_of_a_command_is_the_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
