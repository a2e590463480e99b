/* The command line. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 16

/* The words after the program's name; getopt may put them in another order, the strings stay. */
struct line {
	char *argv[MAX_WORDS];
	int argc;
	struct options options;
	struct error error;
};

static int parse(struct line *line, const char *const *words)
{
	*line = (struct line){.argv = {(char *)"memcg-run"}, .argc = 1};
	line->options.n_operands = -77;
	for (; *words; words++)
		line->argv[line->argc++] = (char *)*words;
	return options_parse(line->argc, line->argv, &line->options, &line->error);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

#define assert_parses(line, ...) assert_int_equal(parse(line, WORDS(__VA_ARGS__)), 0)

static void assert_refuses(const char *const *words, const char *sentence)
{
	struct line line;

	assert_int_equal(parse(&line, words), -EINVAL);
	assert_string_equal(line.error.text, sentence);
	assert_int_equal(line.options.n_operands, -77);
}

static int set_up(void **state)
{
	(void)state;
	return unsetenv("NO_COLOR");
}

/* ---- commands */

static void test_options_parse__a_file_alone_is_run_with_the_defaults(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "ramp.toml");
	assert_int_equal(line.options.command, COMMAND_RUN);
	assert_int_equal(line.options.n_operands, 1);
	assert_string_equal(line.options.operands[0], "ramp.toml");
	assert_string_equal(line.options.output_directory, "output");
	assert_false(line.options.quiet);
	assert_false(line.options.verbose);
	assert_true(line.options.pictures);
	assert_true(line.options.color_allowed);
}

static void test_options_parse__knows_each_command(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "run", "ramp.toml");
	assert_int_equal(line.options.command, COMMAND_RUN);
	assert_string_equal(line.options.operands[0], "ramp.toml");
	assert_parses(&line, "check", "ramp.toml");
	assert_int_equal(line.options.command, COMMAND_CHECK);
	assert_string_equal(line.options.operands[0], "ramp.toml");
	assert_parses(&line, "resume", "output/x");
	assert_int_equal(line.options.command, COMMAND_RESUME);
	assert_string_equal(line.options.operands[0], "output/x");
	assert_false(line.options.force);
	assert_parses(&line, "resume", "--force", "output/x");
	assert_true(line.options.force);
	assert_parses(&line, "report", "output/x");
	assert_int_equal(line.options.command, COMMAND_REPORT);
	assert_string_equal(line.options.operands[0], "output/x");
	assert_parses(&line, "datasheet", "output/x");
	assert_int_equal(line.options.command, COMMAND_DATASHEET);
	assert_string_equal(line.options.operands[0], "output/x");
	assert_int_equal(line.options.truth, TRUTH_CHARGED);
	assert_false(line.options.all_metrics);
	assert_parses(&line, "datasheet", "--truth", "unique", "--all-metrics", "output/x");
	assert_int_equal(line.options.truth, TRUTH_UNIQUE);
	assert_true(line.options.all_metrics);
	assert_parses(&line, "fit", "output/x");
	assert_int_equal(line.options.command, COMMAND_FIT);
	assert_string_equal(line.options.operands[0], "output/x");
	assert_parses(&line, "image", "list");
	assert_int_equal(line.options.command, COMMAND_IMAGE);
	assert_int_equal(line.options.n_operands, 1);
	assert_parses(&line, "image", "build", "python");
	assert_int_equal(line.options.n_operands, 2);
	assert_string_equal(line.options.operands[1], "python");
	assert_parses(&line, "image", "remove", "python");
	assert_string_equal(line.options.operands[0], "remove");
	assert_parses(&line, "doctor");
	assert_int_equal(line.options.command, COMMAND_DOCTOR);
	assert_false(line.options.json);
	assert_parses(&line, "doctor", "--json");
	assert_int_equal(line.options.command, COMMAND_DOCTOR);
	assert_true(line.options.json);
	assert_parses(&line, "clean", "-q");
	assert_int_equal(line.options.command, COMMAND_CLEAN);
	assert_true(line.options.quiet);
	assert_parses(&line, "help");
	assert_int_equal(line.options.command, COMMAND_HELP);
}

/* Only the first operand is a command. */
static void test_options_parse__a_file_named_as_a_command_can_be_run(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "run", "check");
	assert_int_equal(line.options.command, COMMAND_RUN);
	assert_string_equal(line.options.operands[0], "check");
	assert_parses(&line, "./check");
	assert_int_equal(line.options.command, COMMAND_RUN);
}

static void test_options_parse__help_and_version_need_no_operand(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "-h");
	assert_int_equal(line.options.command, COMMAND_HELP);
	assert_parses(&line, "check", "--help");
	assert_int_equal(line.options.command, COMMAND_HELP);
	assert_parses(&line, "-V");
	assert_int_equal(line.options.command, COMMAND_VERSION);
	assert_parses(&line, "--version");
	assert_int_equal(line.options.command, COMMAND_VERSION);
}

/* ---- options */

static void test_options_parse__takes_each_option_in_both_forms(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "-o", "results", "ramp.toml");
	assert_string_equal(line.options.output_directory, "results");
	assert_parses(&line, "-oresults", "ramp.toml");
	assert_string_equal(line.options.output_directory, "results");
	assert_parses(&line, "--output", "results", "ramp.toml");
	assert_string_equal(line.options.output_directory, "results");
	assert_parses(&line, "--output=results", "ramp.toml");
	assert_string_equal(line.options.output_directory, "results");
	assert_parses(&line, "-q", "ramp.toml");
	assert_true(line.options.quiet);
	assert_parses(&line, "--quiet", "ramp.toml");
	assert_true(line.options.quiet);
	assert_parses(&line, "-v", "ramp.toml");
	assert_true(line.options.verbose);
	assert_parses(&line, "--verbose", "ramp.toml");
	assert_true(line.options.verbose);
	assert_parses(&line, "--no-pictures", "ramp.toml");
	assert_false(line.options.pictures);
	assert_false(line.options.quick);
	assert_parses(&line, "--quick", "ramp.toml");
	assert_true(line.options.quick);
	assert_parses(&line, "check", "--quick", "ramp.toml");
	assert_true(line.options.quick);
}

static void test_options_parse__takes_what_fit_is_told(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "fit", "output/x");
	assert_null(line.options.x);
	assert_null(line.options.metric);
	assert_int_equal(line.options.n_predict, 0);
	assert_parses(&line, "fit", "--x", "nx*ny", "--metric=psutil.rss_bytes", "--predict", "9",
		"output/x", "--predict=64*64");
	assert_string_equal(line.options.x, "nx*ny");
	assert_string_equal(line.options.metric, "psutil.rss_bytes");
	assert_int_equal(line.options.n_predict, 2);
	assert_string_equal(line.options.predict[0], "9");
	assert_string_equal(line.options.predict[1], "64*64");
	assert_string_equal(line.options.operands[0], "output/x");
	assert_refuses(WORDS("--predict", "9", "ramp.toml"),
		"--x, --metric and --predict are for fit only");
	assert_refuses(WORDS("fit"), "fit needs one run's folder, as output/20261122T175321Z-ramp");
}

static void test_options_parse__takes_no_more_predictions_than_it_has_room_for(void **state)
{
	char *argv[2 + 2 * (OPTIONS_MAX_PREDICT + 1) + 1] = {(char *)"memcg-run", (char *)"fit"};
	struct options options;
	struct error error;
	int argc = 2;

	(void)state;
	for (int i = 0; i <= OPTIONS_MAX_PREDICT; i++) {
		argv[argc++] = (char *)"--predict";
		argv[argc++] = (char *)"9";
	}
	assert_int_equal(options_parse(argc, argv, &options, &error), -EINVAL);
	assert_string_equal(error.text, "--predict is given more than 32 times");
}

static void test_options_parse__refuses_a_report_without_pictures(void **state)
{
	(void)state;
	assert_refuses(WORDS("--no-pictures", "report", "run"), "--no-pictures is for a run only");
}

static void test_options_parse__takes_options_after_the_operand(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "check", "ramp.toml", "-v");
	assert_int_equal(line.options.command, COMMAND_CHECK);
	assert_true(line.options.verbose);
	assert_int_equal(line.options.n_operands, 1);
	assert_string_equal(line.options.operands[0], "ramp.toml");
}

static void test_options_parse__takes_a_file_with_a_dash_after_two(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "--", "-q");
	assert_int_equal(line.options.command, COMMAND_RUN);
	assert_string_equal(line.options.operands[0], "-q");
	assert_false(line.options.quiet);
}

/* no-color.org: present and not empty. */
static void test_options_parse__obeys_no_color(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "--no-color", "ramp.toml");
	assert_false(line.options.color_allowed);
	setenv("NO_COLOR", "1", 1);
	assert_parses(&line, "ramp.toml");
	assert_false(line.options.color_allowed);
	setenv("NO_COLOR", "", 1);
	assert_parses(&line, "ramp.toml");
	assert_true(line.options.color_allowed);
	unsetenv("NO_COLOR");
}

/* getopt keeps where it is: a second line must not go on where the first was left. */
static void test_options_parse__begins_anew_each_time(void **state)
{
	struct line line;

	(void)state;
	assert_int_equal(parse(&line, WORDS("-qx", "ramp.toml")), -EINVAL);
	assert_parses(&line, "ramp.toml");
	assert_false(line.options.quiet);
	assert_int_equal(line.options.n_operands, 1);
}

/* ---- mistakes */

static void test_options_parse__names_the_unknown_option(void **state)
{
	(void)state;
	assert_refuses(WORDS("-x", "ramp.toml"), "unknown option -x");
	assert_refuses(WORDS("--verbose", "-xq", "ramp.toml"), "unknown option -x");
	assert_refuses(WORDS("-qx", "ramp.toml"), "unknown option -x");
	assert_refuses(WORDS("--nonsense", "ramp.toml"), "unknown option --nonsense");
	/* --verbose or --version */
	assert_refuses(WORDS("-q", "--ver", "ramp.toml"), "unknown option --ver");
}

static void test_options_parse__names_the_option_that_has_no_value(void **state)
{
	(void)state;
	assert_refuses(WORDS("ramp.toml", "-o"), "option -o needs a value");
	assert_refuses(WORDS("ramp.toml", "-qo"), "option -o needs a value");
	assert_refuses(WORDS("ramp.toml", "--output"), "option --output needs a value");
	assert_refuses(WORDS("--output=", "ramp.toml"), "--output needs a folder's name");
	assert_refuses(WORDS("-o", "", "ramp.toml"), "--output needs a folder's name");
}

static void test_options_parse__names_the_option_that_takes_no_value(void **state)
{
	(void)state;
	assert_refuses(WORDS("--quiet=3", "ramp.toml"), "option --quiet=3 takes no value");
	assert_refuses(WORDS("--no-color=1", "ramp.toml"), "option --no-color=1 takes no value");
}

static void test_options_parse__quiet_and_verbose_exclude_each_other(void **state)
{
	(void)state;
	assert_refuses(WORDS("-q", "-v", "ramp.toml"), "--quiet and --verbose exclude each other");
}

static void test_options_parse__force_is_for_resume_only(void **state)
{
	(void)state;
	assert_refuses(WORDS("--force", "ramp.toml"), "--force is for resume only");
	assert_refuses(
		WORDS("resume"), "resume needs one run's folder, as output/20261122T175321Z-ramp");
	assert_refuses(WORDS("resume", "a", "b"),
		"resume needs one run's folder, as output/20261122T175321Z-ramp");
}

static void test_options_parse__quick_is_how_a_run_is_begun(void **state)
{
	(void)state;
	assert_refuses(WORDS("resume", "--quick", "output/x"),
		"--quick cannot be changed: resume keeps how the run was begun");
	assert_refuses(
		WORDS("report", "--quick", "output/x"), "--quick is for a run and for check only");
}

static void test_options_parse__the_truth_is_one_of_four_and_for_a_datasheet(void **state)
{
	(void)state;
	assert_refuses(WORDS("datasheet", "--truth", "felt", "output/x"),
		"--truth felt: expected one of requested, touched, charged, unique");
	assert_refuses(
		WORDS("report", "--truth", "touched", "output/x"), "--truth is for datasheet only");
	assert_refuses(WORDS("--all-metrics", "ramp.toml"), "--all-metrics is for datasheet only");
	assert_refuses(WORDS("datasheet"),
		"datasheet needs one run's folder, as output/20261122T175321Z-ramp");
}

static void test_options_parse__json_is_for_the_doctor_only(void **state)
{
	(void)state;
	assert_refuses(WORDS("--json", "ramp.toml"), "--json is for doctor only");
	assert_refuses(WORDS("report", "--json", "output/x"), "--json is for doctor only");
}

static void test_options_parse__says_what_operands_a_command_needs(void **state)
{
	static const char report[] =
		"report needs one run's folder, as output/20261122T175321Z-ramp";
	static const char image[] =
		"image needs one of: list, build NAME, remove NAME, verify NAME";

	(void)state;
	assert_refuses(WORDS("-q"), "no experiment: give one experiment file");
	assert_refuses(WORDS("run"), "no experiment: give one experiment file");
	assert_refuses(WORDS("check"), "no experiment: give one experiment file");
	assert_refuses(
		WORDS("a.toml", "b.toml"), "more than one operand: give one experiment file");
	assert_refuses(WORDS("report"), report);
	assert_refuses(WORDS("report", "a", "b"), report);
	assert_refuses(WORDS("image"), image);
	assert_refuses(WORDS("image", "build"), image);
	assert_refuses(WORDS("image", "list", "python"), image);
	assert_refuses(WORDS("image", "paint", "python"), image);
	assert_refuses(WORDS("doctor", "ramp.toml"), "doctor takes no operand");
	assert_refuses(WORDS("clean", "output/x"), "clean takes no operand");
}

static void test_options_help__names_every_option(void **state)
{
	static const char *const words[] = {"-o, --output", "-q, --quiet", "-v, --verbose",
		"--no-pictures", "--quick", "--no-color", "datasheet RUN", "--truth KIND",
		"--all-metrics", "-h, --help", "-V, --version", "check", "report RUN", "image list",
		"image build|remove NAME", "image verify NAME", "doctor [--json]"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_non_null(strstr(options_help(), words[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_parse__a_file_alone_is_run_with_the_defaults),
		cmocka_unit_test(test_options_parse__knows_each_command),
		cmocka_unit_test(test_options_parse__a_file_named_as_a_command_can_be_run),
		cmocka_unit_test(test_options_parse__help_and_version_need_no_operand),
		cmocka_unit_test(test_options_parse__takes_each_option_in_both_forms),
		cmocka_unit_test(test_options_parse__takes_options_after_the_operand),
		cmocka_unit_test(test_options_parse__takes_a_file_with_a_dash_after_two),
		cmocka_unit_test(test_options_parse__obeys_no_color),
		cmocka_unit_test(test_options_parse__begins_anew_each_time),
		cmocka_unit_test(test_options_parse__names_the_unknown_option),
		cmocka_unit_test(test_options_parse__names_the_option_that_has_no_value),
		cmocka_unit_test(test_options_parse__takes_what_fit_is_told),
		cmocka_unit_test(
			test_options_parse__takes_no_more_predictions_than_it_has_room_for),
		cmocka_unit_test(test_options_parse__refuses_a_report_without_pictures),
		cmocka_unit_test(test_options_parse__names_the_option_that_takes_no_value),
		cmocka_unit_test(test_options_parse__quiet_and_verbose_exclude_each_other),
		cmocka_unit_test(test_options_parse__force_is_for_resume_only),
		cmocka_unit_test(test_options_parse__quick_is_how_a_run_is_begun),
		cmocka_unit_test(test_options_parse__the_truth_is_one_of_four_and_for_a_datasheet),
		cmocka_unit_test(test_options_parse__json_is_for_the_doctor_only),
		cmocka_unit_test(test_options_parse__says_what_operands_a_command_needs),
		cmocka_unit_test(test_options_help__names_every_option),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
