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
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 16

/* The words after the program's name; getopt may reorder the pointers. */
struct line {
	char *argv[MAX_WORDS];
	int argc;
	struct options options;
	struct error error;
};

static int parse(struct line *line, const char *const *words)
{
	*line = (struct line){.argv = {(char *)"memcg-run"}, .argc = 1};
	line->options.n_predict = 77;
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
	assert_int_equal(line.options.n_predict, 77);
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
	assert_string_equal(line.options.operand, "ramp.toml");
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
	assert_string_equal(line.options.operand, "ramp.toml");
	assert_parses(&line, "check", "ramp.toml");
	assert_int_equal(line.options.command, COMMAND_CHECK);
	assert_string_equal(line.options.operand, "ramp.toml");
	assert_parses(&line, "resume", "output/x");
	assert_int_equal(line.options.command, COMMAND_RESUME);
	assert_string_equal(line.options.operand, "output/x");
	assert_false(line.options.force);
	assert_parses(&line, "resume", "--force", "output/x");
	assert_true(line.options.force);
	assert_parses(&line, "report", "output/x");
	assert_int_equal(line.options.command, COMMAND_REPORT);
	assert_string_equal(line.options.operand, "output/x");
	assert_parses(&line, "datasheet", "output/x");
	assert_int_equal(line.options.command, COMMAND_DATASHEET);
	assert_string_equal(line.options.operand, "output/x");
	assert_int_equal(line.options.truth, TRUTH_CHARGED);
	assert_false(line.options.all_metrics);
	assert_parses(&line, "datasheet", "--truth", "unique", "--all-metrics", "output/x");
	assert_int_equal(line.options.truth, TRUTH_UNIQUE);
	assert_true(line.options.all_metrics);
	assert_parses(&line, "fit", "output/x");
	assert_int_equal(line.options.command, COMMAND_FIT);
	assert_string_equal(line.options.operand, "output/x");
	assert_parses(&line, "image", "list");
	assert_int_equal(line.options.command, COMMAND_IMAGE_LIST);
	assert_null(line.options.operand);
	assert_parses(&line, "image", "build", "python");
	assert_int_equal(line.options.command, COMMAND_IMAGE_BUILD);
	assert_string_equal(line.options.operand, "python");
	assert_parses(&line, "image", "verify", "python");
	assert_int_equal(line.options.command, COMMAND_IMAGE_VERIFY);
	assert_parses(&line, "image", "remove", "python");
	assert_int_equal(line.options.command, COMMAND_IMAGE_REMOVE);
	assert_parses(&line, "completion", "bash");
	assert_int_equal(line.options.command, COMMAND_COMPLETION);
	assert_string_equal(line.options.operand, "bash");
	assert_parses(&line, "version");
	assert_int_equal(line.options.command, COMMAND_VERSION);
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
	assert_string_equal(line.options.operand, "check");
	assert_parses(&line, "./check");
	assert_int_equal(line.options.command, COMMAND_RUN);
}

static void test_options_parse__help_and_version_need_no_operand(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "-h");
	assert_int_equal(line.options.command, COMMAND_HELP);
	assert_int_equal(line.options.n_topics, 0);
	assert_parses(&line, "check", "--help");
	assert_int_equal(line.options.command, COMMAND_HELP);
	assert_int_equal(line.options.n_topics, 1);
	assert_int_equal(line.options.topic, COMMAND_CHECK);
	assert_parses(&line, "help", "fit");
	assert_int_equal(line.options.n_topics, 1);
	assert_int_equal(line.options.topic, COMMAND_FIT);
	assert_parses(&line, "help", "image", "verify");
	assert_int_equal(line.options.n_topics, 1);
	assert_int_equal(line.options.topic, COMMAND_IMAGE_VERIFY);
	assert_parses(&line, "image", "--help");
	assert_int_equal(line.options.n_topics, 4);
	assert_int_equal(line.options.topic, COMMAND_IMAGE_LIST);
	assert_parses(&line, "ramp.toml", "--help");
	assert_int_equal(line.options.n_topics, 0);
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

static void test_options_parse__takes_the_options_of_fit(void **state)
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
	assert_string_equal(line.options.operand, "output/x");
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

static void test_options_parse__takes_options_after_the_operand(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "check", "ramp.toml", "-v");
	assert_int_equal(line.options.command, COMMAND_CHECK);
	assert_true(line.options.verbose);
	assert_string_equal(line.options.operand, "ramp.toml");
}

static void test_options_parse__takes_a_folder_with_a_dash_after_two(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "report", "-q", "--", "-o");
	assert_int_equal(line.options.command, COMMAND_REPORT);
	assert_string_equal(line.options.operand, "-o");
	assert_null(line.options.words);
	assert_parses(&line, "show", "x", "--", "7");
	assert_string_equal(line.options.operand, "x");
	assert_int_equal(line.options.trial, 7);
}

/* ---- an experiment without a file */

static void test_options_parse__takes_a_command_after_two_dashes(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "-q", "--", "check", "-v", "--", "x");
	assert_int_equal(line.options.command, COMMAND_RUN);
	assert_null(line.options.operand);
	assert_true(line.options.quiet);
	assert_false(line.options.verbose);
	assert_int_equal(line.options.n_words, 4);
	assert_false(line.options.pictures);
	assert_string_equal(line.options.words[0], "check");
	assert_string_equal(line.options.words[3], "x");
	assert_parses(&line, "check", "--", "ls");
	assert_int_equal(line.options.command, COMMAND_CHECK);
	assert_int_equal(line.options.n_words, 1);
	assert_parses(&line, "run", "--", "ls");
	assert_int_equal(line.options.command, COMMAND_RUN);
	assert_int_equal(line.options.n_words, 1);
	assert_parses(&line, "-");
	assert_string_equal(line.options.operand, "-");
	assert_null(line.options.words);
}

static void test_options_parse__keeps_what_describes_a_command_in_its_order(void **state)
{
	struct line line;

	(void)state;
	assert_parses(
		&line, "-P", "n=1,2", "-r5", "--python", "-P", "m=3", "-r", "6", "--", "x.py");
	assert_int_equal(line.options.n_describing, 5);
	assert_int_equal(line.options.describing[0].id, OPTION_PARAMETER);
	assert_string_equal(line.options.describing[0].value, "n=1,2");
	assert_int_equal(line.options.describing[3].id, OPTION_PARAMETER);
	assert_string_equal(line.options.describing[3].value, "m=3");
	assert_string_equal(options_described(&line.options, OPTION_REPETITIONS), "6");
	assert_string_equal(options_described(&line.options, OPTION_PYTHON), "");
	assert_null(options_described(&line.options, OPTION_WARMUPS));
}

static void test_options_parse__commands_stand_for_the_words(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "-c", "a", "-r2", "--command=b c");
	assert_int_equal(line.options.command, COMMAND_RUN);
	assert_non_null(line.options.words);
	assert_int_equal(line.options.n_words, 0);
	assert_false(line.options.pictures);
	assert_null(line.options.operand);
	assert_string_equal(line.options.describing[2].value, "b c");
	assert_parses(&line, "check", "-c", "a");
	assert_int_equal(line.options.command, COMMAND_CHECK);
	assert_refuses(WORDS("-c", "a", "--", "b"),
		"expected the command either after -- or in --command, which may be repeated");
	assert_refuses(WORDS("-c", "a", "ramp.toml"),
		"expected one experiment: either ramp.toml or the command of --command");
	assert_refuses(WORDS("fit", "-c", "a", "x"),
		"--command is not an option of fit; run, check and limit take it");
}

static void test_options_parse__refuses_half_an_experiment_on_the_command_line(void **state)
{
	(void)state;
	assert_refuses(WORDS("-r", "3", "ramp.toml"),
		"--repetitions is only for -- COMMAND: an experiment file has settings of its own");
	assert_refuses(WORDS("check", "--cpus", "0", "-"),
		"--cpus is only for -- COMMAND: an experiment file has settings of its own");
	assert_refuses(WORDS("ramp.toml", "--", "ls"),
		"expected one experiment: either ramp.toml or the command after --");
	assert_refuses(WORDS("-r", "3", "--"), "expected a command after --");
	assert_refuses(WORDS("check", "--save", "x", "--", "ls"),
		"--save is not an option of check; run and limit take it");
	assert_refuses(WORDS("report", "-m", "1G", "x"),
		"--memory-max is not an option of report; run, check and limit take it");
	assert_refuses(WORDS("-m", "--", "ls"), "option -m needs a value");
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

/* getopt keeps its position: a second parse must not continue where the first ended. */
static void test_options_parse__begins_anew_each_time(void **state)
{
	struct line line;

	(void)state;
	assert_int_equal(parse(&line, WORDS("-qx", "ramp.toml")), -EINVAL);
	assert_parses(&line, "ramp.toml");
	assert_false(line.options.quiet);
}

/* ---- mistakes */

static void test_options_parse__names_the_unknown_option(void **state)
{
	(void)state;
	assert_refuses(WORDS("-x", "ramp.toml"), "unknown option -x");
	assert_refuses(WORDS("--verbose", "-xq", "ramp.toml"), "unknown option -x");
	assert_refuses(WORDS("-qx", "ramp.toml"), "unknown option -x");
	assert_refuses(WORDS("--nonsense", "ramp.toml"), "unknown option --nonsense");
	assert_refuses(
		WORDS("--qick", "ramp.toml"), "unknown option --qick; did you mean --quick?");
	/* --verbose or --version */
	assert_refuses(WORDS("-q", "--ver", "ramp.toml"), "unknown option --ver");
	assert_refuses(WORDS("--outptu=x", "ramp.toml"),
		"unknown option --outptu=x; did you mean --output?");
}

static void test_options_parse__names_the_option_that_has_no_value(void **state)
{
	(void)state;
	assert_refuses(WORDS("ramp.toml", "-o"), "option -o needs a value");
	assert_refuses(WORDS("ramp.toml", "-qo"), "option -o needs a value");
	assert_refuses(WORDS("ramp.toml", "--output"), "option --output needs a value");
	assert_refuses(WORDS("--output=", "ramp.toml"), "--output needs the name of a folder");
	assert_refuses(WORDS("-o", "", "ramp.toml"), "--output needs the name of a folder");
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

static void test_options_parse__quick_excludes_other_counts(void **state)
{
	static const char sentence[] =
		"--quick is one repetition and no warm-up: it excludes --repetitions and --warmups";

	(void)state;
	assert_refuses(WORDS("--quick", "-r", "5", "--", "ls"), sentence);
	assert_refuses(WORDS("check", "-w", "2", "--quick", "--", "ls"), sentence);
}

static void test_options_parse__names_the_commands_that_take_the_option(void **state)
{
	(void)state;
	assert_refuses(WORDS("--all-metrics", "ramp.toml"),
		"--all-metrics is not an option of run; datasheet takes it");
	assert_refuses(WORDS("resume", "--quick", "output/x"),
		"--quick is not an option of resume; run, check and limit take it");
	assert_refuses(WORDS("--no-pictures", "report", "run"),
		"--no-pictures is not an option of report; run, resume and limit take it");
	assert_refuses(WORDS("check", "-q", "ramp.toml"),
		"--quiet is not an option of check; run, resume, limit, report, datasheet, fit, "
		"compare, "
		"clean, image build and image verify take it");
	assert_refuses(WORDS("image", "list", "-o", "x"),
		"--output is not an option of image list; run and limit take it");
}

static void test_options_parse__compare_takes_two_runs_or_one_and_by(void **state)
{
	struct line line;

	(void)state;
	assert_parses(&line, "compare", "output/a", "output/b", "--max-increase", "0.5%");
	assert_int_equal(line.options.command, COMMAND_COMPARE);
	assert_string_equal(line.options.operand, "output/a");
	assert_string_equal(line.options.other_operand, "output/b");
	assert_true(line.options.max_increase == 0.005);
	assert_parses(&line, "compare", "--by", "size", "output/a", "--max-increase=2");
	assert_string_equal(line.options.by, "size");
	assert_null(line.options.other_operand);
	assert_true(line.options.max_increase == 0.02);
	assert_parses(&line, "compare", "output/a", "output/b");
	assert_true(isnan(line.options.max_increase));
	assert_refuses(WORDS("compare", "output/a"),
		"compare needs either two runs' folders, or one and --by backend, task or a "
		"parameter");
	assert_refuses(WORDS("compare", "--by", "size", "output/a", "output/b"),
		"compare needs either two runs' folders, or one and --by backend, task or a "
		"parameter");
	assert_refuses(WORDS("compare", "a", "b", "c"),
		"compare needs two runs' folders, or one and --by");
	assert_refuses(WORDS("compare", "a", "b", "--json", "--markdown"),
		"--json and --markdown exclude each other");
}

static void test_options_parse__an_increase_is_a_percentage(void **state)
{
	static const char *const wrong[] = {"", "%", "2%%", "-1%", "x", "1000%", "nan",
		"1111111111111111111111111111111111111111"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct line line;
		const char *words[] = {"compare", "a", "b", "--max-increase", wrong[i], NULL};

		assert_int_equal(parse(&line, words), -EINVAL);
	}
	assert_refuses(WORDS("compare", "a", "b", "--max-increase", "2MiB"),
		"--max-increase 2MiB: expected a percentage, such as 2%");
}

static void test_options_parse__a_setting_has_a_format(void **state)
{
	(void)state;
	/* Not after a search of an hour. */
	assert_refuses(WORDS("limit", "a.toml", "--emit", "kubernets"),
		"--emit kubernets: expected docker, kubernetes, systemd, slurm, snakemake or "
		"nextflow");
}

/*
 * Which command takes which option: 1 in the order of `enum command`, from each command's manual.
 */
static void test_options_parse__each_command_takes_its_options_and_no_other(void **state)
{
	static const struct {
		const char *words[2];
		const char *takes;
	} options[] = {
		{{"--output", "x"}, "100100000000000000"},
		{{"--quiet"}, "110110111010110000"},
		{{"--verbose"}, "111100000000000000"},
		{{"--quick"}, "101100000000000000"},
		{{"--no-pictures"}, "110100000000000000"},
		{{"--force"}, "010000001000000000"},
		{{"--truth", "unique"}, "000000100000000000"},
		{{"--all-metrics"}, "000000100000000000"},
		{{"--json"}, "111111111100000000"},
		{{"--x", "n"}, "000000010000000000"},
		{{"--metric", "m"}, "000000011000000000"},
		{{"--predict", "9"}, "000000010000000000"},
		{{"--by", "max"}, "000100001000000000"},
		{{"--max-increase", "2"}, "000000001000000000"},
		{{"--markdown"}, "000000001000000000"},
		{{"--junit", "x"}, "000000001000000000"},
		{{"--picture"}, "000000001000000000"},
		{{"--survival", "0.9"}, "000100000000000000"},
		{{"--confidence", "0.9"}, "000100000000000000"},
		{{"--slowdown", "2"}, "000100000000000000"},
		{{"--curve", "3"}, "000100000000000000"},
		{{"--emit", "docker"}, "000110000000000000"},
		{{"--no-color"}, "110111101100000000"},
	};
	static const char *const commands[N_COMMANDS][3] = {{"run", "x"}, {"resume", "x"},
		{"check", "x"}, {"limit", "x"}, {"report", "x"}, {"show", "x"}, {"datasheet", "x"},
		{"fit", "x"}, {"compare", "x", "y"}, {"doctor"}, {"clean"}, {"image", "list"},
		{"image", "build", "x"}, {"image", "verify", "x"}, {"image", "remove", "x"},
		{"completion", "bash"}, {"version"}, {"help"}};

	(void)state;
	/* Without --help and --version, and what describes an experiment. */
	assert_int_equal(
		sizeof(options) / sizeof(options[0]) + 2 + (OPTION_SAVE - OPTION_REPETITIONS + 1),
		N_OPTIONS);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		for (size_t c = 0; c < N_COMMANDS; c++) {
			const char *words[6] = {NULL};
			struct line line;
			size_t n = 0;

			for (size_t j = 0; j < 3 && commands[c][j]; j++)
				words[n++] = commands[c][j];
			/* Within one run. */
			n -= strcmp(options[i].words[0], "--by") == 0 && c == COMMAND_COMPARE;
			for (size_t j = 0; j < 2 && options[i].words[j]; j++)
				words[n++] = options[i].words[j];
			assert_int_equal(
				parse(&line, words), options[i].takes[c] == '1' ? 0 : -EINVAL);
		}
}

static void test_options_parse__the_truth_is_one_of_four(void **state)
{
	(void)state;
	assert_refuses(WORDS("datasheet", "--truth", "felt", "output/x"),
		"--truth felt: expected one of requested, touched, charged, unique");
}

static void test_options_parse__says_what_operands_a_command_needs(void **state)
{
	static const char none[] = "expected an experiment file or a command";
	static const char report[] =
		"report needs one run's folder, such as output/20261122T175321Z-ramp";
	static const char image[] =
		"image needs one of: list, build NAME, verify NAME, remove NAME";

	(void)state;
	assert_refuses(WORDS("-q"), none);
	assert_refuses(WORDS("run"), "run needs one experiment file");
	assert_refuses(WORDS("check"), "check needs one experiment file");
	assert_refuses(WORDS("a.toml", "b.toml"), "run needs one experiment file");
	assert_refuses(WORDS("report"), report);
	assert_refuses(WORDS("report", "a", "b"), report);
	assert_refuses(WORDS("show"),
		"show needs one run's folder, and at most the number of one of its trials");
	assert_refuses(WORDS("show", "a", "1", "2"),
		"show needs one run's folder, and at most the number of one of its trials");
	assert_refuses(WORDS("show", "output/x", "0"),
		"0 is not the number of a trial; `memcg-run show output/x` lists them");
	assert_refuses(WORDS("show", "output/x", "7x"),
		"7x is not the number of a trial; `memcg-run show output/x` lists them");
	assert_refuses(WORDS("image"), image);
	assert_refuses(WORDS("image", "paint", "python"), image);
	assert_refuses(WORDS("image", "build"),
		"image build needs one image; `memcg-run image list` lists them");
	assert_refuses(WORDS("image", "list", "python"), "image list takes no operand");
	assert_refuses(WORDS("completion"), "completion needs one shell: bash, fish or zsh");
	assert_refuses(WORDS("doctor", "ramp.toml"), "doctor takes no operand");
	assert_refuses(WORDS("clean", "output/x"), "clean takes no operand");
}

static void test_options_parse__says_which_command_was_meant(void **state)
{
	(void)state;
	assert_refuses(WORDS("reprot", "output/x"), "unknown command reprot; did you mean report?");
	assert_refuses(WORDS("help", "reprot"), "no command reprot; did you mean report?");
	assert_refuses(WORDS("help", "12345"), "no command 12345");
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
		cmocka_unit_test(test_options_parse__takes_a_folder_with_a_dash_after_two),
		cmocka_unit_test(test_options_parse__takes_a_command_after_two_dashes),
		cmocka_unit_test(test_options_parse__commands_stand_for_the_words),
		cmocka_unit_test(test_options_parse__keeps_what_describes_a_command_in_its_order),
		cmocka_unit_test(
			test_options_parse__refuses_half_an_experiment_on_the_command_line),
		cmocka_unit_test(test_options_parse__obeys_no_color),
		cmocka_unit_test(test_options_parse__begins_anew_each_time),
		cmocka_unit_test(test_options_parse__names_the_unknown_option),
		cmocka_unit_test(test_options_parse__names_the_option_that_has_no_value),
		cmocka_unit_test(test_options_parse__takes_the_options_of_fit),
		cmocka_unit_test(
			test_options_parse__takes_no_more_predictions_than_it_has_room_for),
		cmocka_unit_test(test_options_parse__names_the_option_that_takes_no_value),
		cmocka_unit_test(test_options_parse__quiet_and_verbose_exclude_each_other),
		cmocka_unit_test(test_options_parse__quick_excludes_other_counts),
		cmocka_unit_test(test_options_parse__names_the_commands_that_take_the_option),
		cmocka_unit_test(test_options_parse__compare_takes_two_runs_or_one_and_by),
		cmocka_unit_test(test_options_parse__an_increase_is_a_percentage),
		cmocka_unit_test(test_options_parse__a_setting_has_a_format),
		cmocka_unit_test(test_options_parse__each_command_takes_its_options_and_no_other),
		cmocka_unit_test(test_options_parse__the_truth_is_one_of_four),
		cmocka_unit_test(test_options_parse__says_what_operands_a_command_needs),
		cmocka_unit_test(test_options_parse__says_which_command_was_meant),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
