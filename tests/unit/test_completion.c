/* Each shell's completion script has every command and every option that the command line takes. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/cli/command_line.h"
#include "runner/cli/completion.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static char *script_of(const char *shell)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	assert_int_equal(completion_print(shell, stream, NULL), 0);
	fclose(stream);
	return text;
}

/* A line with each of the texts, in any order. */
static bool has_line(const char *script, const char *const *texts, size_t n)
{
	for (size_t length; *script; script += length + (script[length] == '\n')) {
		CLEANUP(cleanup_free) char *line = NULL;
		size_t n_found = 0;

		length = strcspn(script, "\n");
		line = strndup(script, length);
		for (size_t i = 0; i < n; i++)
			n_found += strstr(line, texts[i]) != NULL;
		if (n_found == n)
			return true;
	}
	return false;
}

static void assert_line(const char *script, const char *const *texts, size_t n)
{
	if (!has_line(script, texts, n))
		fail_msg("no line has \"%s\" and \"%s\"", texts[0], n > 1 ? texts[1] : "");
}

#define ASSERT_LINE(script, ...)                                                                   \
	assert_line(script, (const char *const[]){__VA_ARGS__},                                    \
		LENGTH(((const char *const[]){__VA_ARGS__})))

/* ---- fish: a line for each */

static void test_completion_fish__has_every_command_and_its_options(void **state)
{
	CLEANUP(cleanup_free) char *script = script_of("fish");

	(void)state;
	for (enum command command = 0; command < N_COMMANDS; command++) {
		const struct command_row *row = &command_rows[command];
		CLEANUP(cleanup_free)
		char *word = string_format(" -a %s -d '", row->subword ? row->subword : row->word);
		CLEANUP(cleanup_free)
		char *condition =
			string_format("'__memcg_run_in \"%s\"'", command_words(command).text);

		ASSERT_LINE(script, word, "__memcg_run_is");
		for (size_t i = 0; i < N_OPTIONS; i++) {
			CLEANUP(cleanup_free)
			char *option = string_format(" -l %s -d '", option_rows[i].name);

			assert_int_equal(
				has_line(script, (const char *const[]){condition, option}, 2),
				(option_rows[i].commands & 1U << command) != 0);
		}
	}
}

static void test_completion_fish__knows_which_options_take_a_value(void **state)
{
	CLEANUP(cleanup_free) char *script = script_of("fish");

	(void)state;
	ASSERT_LINE(script, "-s o -l output -d 'create the run\\'s folder",
		" -x -a '(__fish_complete_directories)'");
	ASSERT_LINE(script, "-l truth", " -x -a 'requested touched charged unique'");
	ASSERT_LINE(script, "contains -- $word -o --output --truth --x --metric --predict --by "
			    "--max-increase --junit --survival --confidence --slowdown --curve "
			    "--emit -r --repetitions ");
	ASSERT_LINE(script, "__memcg_run_in \"completion\"", "-a 'bash fish zsh'");
	ASSERT_LINE(script, "__memcg_run_in \"help\"", "-a 'run resume check ");
}

/* ---- zsh: a case for each command, with a line for each option */

static char *zsh_case(const char *script, enum command command)
{
	struct command_words words = command_words(command);
	CLEANUP(cleanup_free)
	char *start = string_format("\t'%s' | '%s '*)\n", words.text, words.text);
	const char *found = strstr(script, start);
	const char *end = found ? strstr(found, ";;") : NULL;

	assert_non_null(end);
	return strndup(found, (size_t)(end - found));
}

static void test_completion_zsh__has_every_command_and_its_options(void **state)
{
	CLEANUP(cleanup_free) char *script = script_of("zsh");

	(void)state;
	for (enum command command = 0; command < N_COMMANDS; command++) {
		const struct command_row *row = &command_rows[command];
		CLEANUP(cleanup_free) char *options = zsh_case(script, command);
		CLEANUP(cleanup_free)
		char *word = string_format("\t'%s:", row->subword ? row->subword : row->word);

		ASSERT_LINE(script, word);
		for (size_t i = 0; i < N_OPTIONS; i++) {
			const struct option_row *option = &option_rows[i];
			CLEANUP(cleanup_free)
			char *name =
				string_format("--%s%s[", option->name, option->value ? "=" : "");
			CLEANUP(cleanup_free)
			char *letter =
				string_format("-%c%s[", option->letter, option->value ? "+" : "");
			const bool takes = option->commands & 1U << command;

			assert_int_equal(strstr(options, name) != NULL, takes);
			if (option->letter)
				assert_int_equal(strstr(options, letter) != NULL, takes);
		}
	}
}

static void test_completion_zsh__knows_which_options_take_a_value(void **state)
{
	CLEANUP(cleanup_free) char *script = script_of("zsh");

	(void)state;
	assert_int_equal(strncmp(script, "#compdef memcg-run\n", 19), 0);
	ASSERT_LINE(script, "'(-o --output)-o+[create the run'\\''s folder", "]:DIR:_files -/'");
	ASSERT_LINE(script, "'--truth=[", "]:KIND:(requested touched charged unique)'");
	ASSERT_LINE(script, "'*--predict=[", "]:N: '");
	ASSERT_LINE(script, "-o | --output | --truth | --x | --metric | --predict | ",
		" | --save) ((i++)) ;;");
	ASSERT_LINE(script, "'*-P+[", "]:NAME=VALUES: '");
	ASSERT_LINE(script, "'--runtime=[", "]:NAME:(runc crun none)'");
	ASSERT_LINE(script, "'*:shell:(bash fish zsh)'");
}

/* ---- all of them */

/* What bash makes of it is tested by tests/integration/command_line.bats, which has bash. */
static void test_completion_bash__has_every_option_of_every_command(void **state)
{
	CLEANUP(cleanup_free) char *script = script_of("bash");

	(void)state;
	for (enum command command = 0; command < N_COMMANDS; command++) {
		struct command_words words = command_words(command);
		CLEANUP(cleanup_free)
		char *start = string_format("'%s' | '%s '*)", words.text, words.text);

		for (size_t i = 0; i < N_OPTIONS; i++) {
			CLEANUP(cleanup_free)
			char *name = string_format("--%s ", option_rows[i].name);

			assert_int_equal(has_line(script, (const char *const[]){start, name}, 2),
				(option_rows[i].commands & 1U << command) != 0);
		}
	}
}

static void test_completion__refuses_another_shell(void **state)
{
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(completion_print("tcsh", stdout, &error), -EINVAL);
	assert_string_equal(
		error.text, "no completion for the shell tcsh; expected bash, fish or zsh");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_completion_fish__has_every_command_and_its_options),
		cmocka_unit_test(test_completion_fish__knows_which_options_take_a_value),
		cmocka_unit_test(test_completion_zsh__has_every_command_and_its_options),
		cmocka_unit_test(test_completion_zsh__knows_which_options_take_a_value),
		cmocka_unit_test(test_completion_bash__has_every_option_of_every_command),
		cmocka_unit_test(test_completion__refuses_another_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
