/* The experiment that a command line describes, as text and as what the reader makes of it. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/cli/draft.h"
#include "util/array.h"
#include "util/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_WORDS 32

static const cpu_set_t draft_cpus = {{0xff}};
static char *seccomp_directory; /* absolute: a test changes the current folder */

/* getopt reorders the words, and the options point to them. */
struct drafting {
	char *argv[MAX_WORDS];
	struct options options;
	struct draft draft;
	struct error error;
};

static int draft(struct drafting *drafting, const char *const *words)
{
	int argc = 1;

	*drafting = (struct drafting){.argv = {(char *)"memcg-run"}};
	for (; *words; words++)
		drafting->argv[argc++] = (char *)*words;
	assert_int_equal(
		options_parse(argc, drafting->argv, &drafting->options, &drafting->error), 0);
	return draft_make(&drafting->options, &drafting->draft, &drafting->error);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_drafts(const char *const *words, const char *text)
{
	struct drafting drafting;

	if (draft(&drafting, words) < 0)
		fail_msg("%s", drafting.error.text);
	assert_string_equal(drafting.draft.text.text, text);
	draft_release(&drafting.draft);
}

static void assert_refuses(const char *const *words, const char *sentence)
{
	struct drafting drafting;

	assert_int_equal(draft(&drafting, words), -EINVAL);
	assert_string_equal(drafting.error.text, sentence);
}

/* What the reader says of it, or NULL; the caller frees. */
static char *read_draft(const char *const *words, struct experiment **ret_experiment)
{
	const struct experiment_options options = {
		.seccomp_directory = seccomp_directory, .cpus = &draft_cpus};
	struct drafting drafting;
	char *said = NULL;
	size_t length;
	FILE *stream = open_memstream(&said, &length);

	if (draft(&drafting, words) < 0)
		fail_msg("%s", drafting.error.text);
	if (experiment_read(
		    &drafting.draft.text, &options, stream, ret_experiment, &drafting.error) < 0)
		fprintf(stream, "%s\n", drafting.error.text);
	fclose(stream);
	draft_release(&drafting.draft);
	return said;
}

static struct experiment *accept_draft(const char *const *words)
{
	struct experiment *experiment = NULL;
	CLEANUP(cleanup_free) char *said = read_draft(words, &experiment);

	if (!experiment)
		fail_msg("%s", said);
	assert_string_equal(said, "");
	return experiment;
}

static void assert_mistakes(const char *const *words, const char *expected)
{
	struct experiment *experiment = NULL;
	CLEANUP(cleanup_free) char *said = read_draft(words, &experiment);

	assert_null(experiment);
	assert_string_equal(said, expected);
}

#define HEAD "# An experiment of memcg-run: see memcg-run.toml(5).\n"

/* ---- the text */

static void test_draft_make__writes_what_a_user_would(void **state)
{
	(void)state;
	assert_drafts(WORDS("--", "/bin/true"),
		HEAD "name = \"true\"\n\n[task]\ncommand = [\"/bin/true\"]\n");
}

static void test_draft_make__has_what_a_search_is_to_show(void **state)
{
	struct experiment *experiment;

	(void)state;
	assert_drafts(WORDS("limit", "--survival", "0.9", "--confidence", "0.99", "--slowdown", "2",
			      "--curve", "0", "--by", "high", "--", "/bin/true"),
		HEAD "name = \"true\"\n\n[task]\ncommand = [\"/bin/true\"]\n"
		     "\n[limit]\n"
		     "survival = 0.9\n"
		     "confidence = 0.99\n"
		     "slowdown = 2\n"
		     "curve = 0\n"
		     "by = \"high\"\n");
	/* What a run without --quick makes of the file is what this one does. */
	experiment = accept_draft(WORDS("limit", "--quick", "--slowdown", "2", "--", "/bin/true"));
	assert_true(experiment->limit.survival == LIMIT_QUICK_SURVIVAL);
	assert_true(experiment->limit.slowdown == 2.0);
	assert_int_equal(experiment->limit.curve, LIMIT_DEFAULT_CURVE);
	assert_int_equal(experiment->limit.curve_repetitions, LIMIT_QUICK_CURVE_REPETITIONS);
	experiment_free(experiment);
	assert_drafts(WORDS("limit", "--", "/bin/true"),
		HEAD "name = \"true\"\n\n[task]\ncommand = [\"/bin/true\"]\n");
}

static void test_draft_make__has_a_line_for_each_option(void **state)
{
	(void)state;
	assert_drafts(WORDS("-r5", "-w", "0", "-b", "none,psutil", "-b", "kernel", "-P", "n=1,2",
			      "-m", "64MiB", "--rate", "max", "--env", "A=x={n}", "--prepare",
			      "rm x; true", "--check", "cmp x y", "--setup", "make {n}",
			      "--teardown", "rm y", "--writable", "--mount", "/srv:/srv", "--name",
			      "a", "--", "./p", "--n={n}"),
		HEAD "name = \"a\"\n"
		     "\n[task]\n"
		     "command = [\"./p\", \"--n={n}\"]\n"
		     "working_directory = \"writable\"\n"
		     "prepare = [\"/bin/sh\", \"-c\", \"rm x; true\"]\n"
		     "check = [\"/bin/sh\", \"-c\", \"cmp x y\"]\n"
		     "setup = [\"/bin/sh\", \"-c\", \"make {n}\"]\n"
		     "teardown = [\"/bin/sh\", \"-c\", \"rm y\"]\n"
		     "\n[task.environment]\n"
		     "\"A\" = \"x={n}\"\n"
		     "\n[task.parameters]\n"
		     "n = [1, 2]\n"
		     "\n[trials]\n"
		     "repetitions = 5\n"
		     "warmups = 0\n"
		     "\n[backends]\n"
		     "names = [\n"
		     "    \"none\", \"psutil\",\n"
		     "    \"kernel\",\n"
		     "]\n"
		     "\n[sampler]\n"
		     "rate_hz = \"max\"\n"
		     "\n[limits]\n"
		     "memory_max = \"64MiB\"\n"
		     "\n[container]\n"
		     "mounts = [\n"
		     "    \"/srv:/srv\",\n"
		     "]\n");
}

static void test_draft_make__a_script_is_a_python_task(void **state)
{
	(void)state;
	assert_drafts(WORDS("--python", "--", "jobs/my job.py", "-v"),
		HEAD "name = \"my_job\"\n\n[task]\npython = \"jobs/my job.py\"\n"
		     "arguments = [\"-v\"]\n");
}

static void test_draft_make__a_word_reaches_the_task_as_it_is(void **state)
{
	static const char *const words[] = {
		"awk", "{ print \"$1\\n\" }", "a\tb\nc\x7f", "", "\xc3\xa9", NULL};
	struct experiment *experiment;

	(void)state;
	experiment = accept_draft(WORDS("--", words[0], words[1], words[2], words[3], words[4]));
	/* Doubled braces, which the template makes single again. */
	assert_string_equal(experiment->tasks[0].command[1], "{{ print \"$1\\n\" }}");
	for (size_t i = 2; i < LENGTH(words) - 1; i++)
		assert_string_equal(experiment->tasks[0].command[i], words[i]);
	experiment_free(experiment);
}

static void assert_values(const char *option, enum parameter_kind kind, const char *const *texts)
{
	struct experiment *experiment =
		accept_draft(WORDS("-P", option, "--runtime", "none", "--", "true"));
	const struct parameter *parameter = &experiment->tasks[0].parameters[0];

	for (size_t i = 0; texts[i]; i++) {
		assert_true(i < parameter->n_values);
		assert_int_equal(parameter->values[i].kind, kind);
		assert_string_equal(parameter->values[i].text, texts[i]);
	}
	experiment_free(experiment);
}

static void test_draft_make__values_of_a_parameter_have_one_kind(void **state)
{
	(void)state;
	assert_values("n=1,-20,300", PARAMETER_INTEGER, WORDS("1", "-20", "300"));
	assert_values(
		"n=1.0,0.5,-2.5,1e-05", PARAMETER_FLOAT, WORDS("1.0", "0.5", "-2.5", "1e-05"));
	assert_values("n=true,false", PARAMETER_BOOLEAN, WORDS("true", "false"));
	assert_values("n=64KiB,1MiB", PARAMETER_STRING, WORDS("64KiB", "1MiB"));
	assert_values("n=1,a,", PARAMETER_STRING, WORDS("1", "a", ""));
	/* A leading zero has a meaning to the task, and so has what no 64 bits hold. */
	assert_values("n=007,1", PARAMETER_STRING, WORDS("007", "1"));
	assert_values("n=9999999999999999999", PARAMETER_STRING, WORDS("9999999999999999999"));
	assert_values("n=x=y", PARAMETER_STRING, WORDS("x=y"));
}

/* As floats they would be printed as 3.1, 1.0 and 1000.0, and 1.1 and 1.10 would be one value. */
static void test_draft_make__the_task_gets_a_number_as_it_was_typed(void **state)
{
	(void)state;
	assert_values("n=3.9,3.10", PARAMETER_STRING, WORDS("3.9", "3.10"));
	assert_values("n=1,2.5", PARAMETER_STRING, WORDS("1", "2.5"));
	assert_values("n=1e3", PARAMETER_STRING, WORDS("1e3"));
	assert_values("n=1.1,1.10", PARAMETER_STRING, WORDS("1.1", "1.10"));
	assert_values("n=-0,1", PARAMETER_STRING, WORDS("-0", "1"));
	assert_values("n=0.1000000000000000055", PARAMETER_STRING, WORDS("0.1000000000000000055"));
}

static void test_draft_make__has_the_defaults_of_a_file(void **state)
{
	struct experiment *experiment = accept_draft(WORDS("--", "true"));

	(void)state;
	assert_int_equal(experiment->trials.repetitions, 10);
	assert_int_equal(experiment->trials.warmups, 1);
	assert_int_equal(experiment->n_backends, 1);
	assert_string_equal(experiment->backends[0]->name, "none");
	assert_false(experiment_path_is_file(experiment->path));
	experiment_free(experiment);
}

/* ---- several commands */

static void test_draft_make__each_command_is_a_task(void **state)
{
	(void)state;
	assert_drafts(
		WORDS("-c", "old=./p {n}", "-c", "x.2=./p", "-P", "n=1,2", "--teardown", "true"),
		HEAD "name = \"p\"\n"
		     "\n[task]\n"
		     "teardown = [\"/bin/sh\", \"-c\", \"true\"]\n"
		     "\n[tasks.old]\n"
		     "command = [\"./p\", \"{n}\"]\n"
		     "\n[tasks.\"x.2\"]\n"
		     "command = [\"./p\"]\n"
		     "\n[task.parameters]\n"
		     "n = [1, 2]\n");
	assert_drafts(WORDS("--python", "-c", "jobs/a.py -v", "-c", "b.py"),
		HEAD "name = \"a\"\n"
		     "\n[tasks.a]\n"
		     "python = \"jobs/a.py\"\narguments = [\"-v\"]\n"
		     "\n[tasks.b]\n"
		     "python = \"b.py\"\narguments = []\n");
}

static void assert_task_names(const char *const *words, const char *const *names)
{
	struct experiment *experiment = accept_draft(words);
	size_t n = 0;

	for (; names[n]; n++)
		assert_string_equal(experiment->tasks[n].name, names[n]);
	assert_int_equal(experiment->n_tasks, n);
	experiment_free(experiment);
}

static void test_draft_make__commands_have_names(void **state)
{
	(void)state;
	assert_task_names(WORDS("-c", "sort a"), WORDS("sort"));
	assert_task_names(WORDS("-c", "sort a", "-c", "cat", "-c", "/bin/sort b"),
		WORDS("sort-1", "cat", "sort-2"));
	assert_task_names(WORDS("-c", "sort=cat", "-c", "sort a", "-c", "sort b"),
		WORDS("sort", "sort-1", "sort-2"));
	/* What is before '=' is no name. */
	assert_task_names(WORDS("-c", "dd if=x", "-c", "'a b=c'"), WORDS("dd", "a_b_c"));
	assert_refuses(WORDS("-c", "a=true", "-c", "a=false"),
		"--command a=false: another is called a too; expected NAME=COMMAND with a name of "
		"its own");
	assert_refuses(WORDS("-c", "sort-2=cat", "-c", "sort a", "-c", "sort b"),
		"--command sort b: another is called sort-2 too; expected NAME=COMMAND with a name "
		"of its own");
}

static void test_draft_make__words_are_split_as_by_a_shell(void **state)
{
	struct experiment *experiment = accept_draft(
		WORDS("-c", " printf\t'a  \\n\"{'  \"b 'c' \\\\ \\\" \\x\" d\\ e'f'\"g\" '' x=y "));
	static const char *const expected[] = {
		"printf", "a  \\n\"{{", "b 'c' \\ \" \\x", "d efg", "", "x=y"};

	(void)state;
	for (size_t i = 0; i < LENGTH(expected); i++)
		assert_string_equal(experiment->tasks[0].command[i], expected[i]);
	assert_null(experiment->tasks[0].command[LENGTH(expected)]);
	experiment_free(experiment);
}

static void test_draft_make__refuses_what_only_a_shell_does(void **state)
{
	static const char *const commands[] = {"sort a | uniq", "a > b", "a; b", "a $HOME", "a *.c",
		"a `b`", "a && b", "a \"$b\"", "~/a", "a #b", "(a)", "a[1]", "a ?"};
	static const char found[] = "|>;$*`&$~#([?";

	(void)state;
	for (size_t i = 0; i < LENGTH(commands); i++) {
		CLEANUP(cleanup_free) char *sentence = NULL;

		assert_true(asprintf(&sentence,
				    "--command %s: found %c, which needs a shell; quote it, or run "
				    "one, which is measured too: sh -c '...'",
				    commands[i], found[i]) > 0);
		assert_refuses(WORDS("-c", commands[i]), sentence);
	}
	assert_refuses(WORDS("-c", "a 'b"), "--command a 'b: found no closing '");
	assert_refuses(WORDS("-c", "a \"b\\\""), "--command a \"b\\\": found no closing \"");
	assert_refuses(WORDS("-c", " "), "--command  : expected a command");
	assert_refuses(WORDS("-c", "x="), "--command x=: expected a command");
}

/* ---- mistakes */

static void test_draft_make__refuses_what_has_no_form(void **state)
{
	(void)state;
	assert_refuses(WORDS("--env", "A", "--", "true"), "--env A: expected NAME=VALUE");
	assert_refuses(WORDS("--env", "=A", "--", "true"), "--env =A: expected NAME=VALUE");
	assert_refuses(WORDS("-P", "1n=3", "--", "true"),
		"--parameter 1n=3: expected NAME=VALUE,..., with a name of letters, digits and "
		"'_', and no digit first");
	assert_refuses(WORDS("-P", "n", "--", "true"),
		"--parameter n: expected NAME=VALUE,..., with a name of letters, digits and '_', "
		"and no digit first");
}

static void test_draft_make__the_reader_names_the_option(void **state)
{
	(void)state;
	assert_mistakes(WORDS("-r", "x", "--", "true"),
		"memcg-run: error: --repetitions: found \"x\"; expected a whole number from 1 to "
		"999999\n"
		"the command line has 1 mistake\n");
	assert_mistakes(WORDS("-P", "n=1", "-P", "m=2,2", "--", "./nosuch", "{k}"),
		"memcg-run: error: COMMAND: found \"./nosuch\", which does not exist; expected a "
		"program\n"
		"memcg-run: error: COMMAND: found \"{k}\"; expected a parameter in braces, and "
		"there is no \"k\"; did you mean \"n\"?\n"
		"memcg-run: error: --parameter m=2,2: found 2; expected each value of a sweep "
		"once\n"
		"the command line has 3 mistakes\n");
	assert_mistakes(WORDS("-c", "true", "-c", "x=./nosuch"),
		"memcg-run: error: --command x=./nosuch: found \"./nosuch\", which does not exist; "
		"expected a program\n"
		"the command line has 1 mistake\n");
	assert_mistakes(WORDS("--runtime", "none", "--mount", "/usr:/srv/x", "--", "true"),
		"memcg-run: error: --mount: with runtime \"none\" the task sees the host's files "
		"where they are: leave it out\n"
		"the command line has 1 mistake\n");
	assert_mistakes(WORDS("--env", "MEMCG_RUN_X=1", "--", "true"),
		"memcg-run: error: --env MEMCG_RUN_X=1: found the name \"MEMCG_RUN_X\"; expected "
		"another name, because memcg-run itself sets those that begin with MEMCG_RUN_\n"
		"the command line has 1 mistake\n");
}

/* Mounted into the container at its own path, it would hide what is there. */
static void test_draft_make__the_current_folder_may_not_be_the_containers(void **state)
{
	CLEANUP(cleanup_free) char *before = realpath(".", NULL);
	const struct experiment_options options = {
		.seccomp_directory = seccomp_directory, .cpus = &draft_cpus};
	static const char text[] = "task.command = [\"/bin/true\"]\n";
	const struct experiment_text input = {
		.path = "./", .title = "standard input", .text = text, .length = sizeof(text) - 1};
	struct experiment *experiment = NULL;
	CLEANUP(cleanup_free) char *said = NULL;
	size_t length;
	FILE *stream;

	(void)state;
	assert_non_null(before);
	assert_int_equal(chdir("/usr"), 0);
	assert_mistakes(WORDS("--", "/bin/true"),
		"memcg-run: error: the current folder, \"/usr\", cannot be the task's working "
		"directory, because it would hide a folder of the container: change to another, or "
		"use --runtime none\n"
		"the command line has 1 mistake\n");
	stream = open_memstream(&said, &length);
	assert_int_equal(experiment_read(&input, &options, stream, &experiment, NULL), -EINVAL);
	fclose(stream);
	assert_string_equal(said,
		"standard input:1:1: error: the current folder, \"/usr\", cannot be the task's "
		"working directory, because it would hide a folder of the container: change to "
		"another, or use container.runtime = \"none\"\n");
	experiment_free(accept_draft(WORDS("--runtime", "none", "--", "/bin/true")));
	assert_int_equal(chdir(before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_draft_make__writes_what_a_user_would),
		cmocka_unit_test(test_draft_make__has_what_a_search_is_to_show),
		cmocka_unit_test(test_draft_make__has_a_line_for_each_option),
		cmocka_unit_test(test_draft_make__a_script_is_a_python_task),
		cmocka_unit_test(test_draft_make__a_word_reaches_the_task_as_it_is),
		cmocka_unit_test(test_draft_make__values_of_a_parameter_have_one_kind),
		cmocka_unit_test(test_draft_make__the_task_gets_a_number_as_it_was_typed),
		cmocka_unit_test(test_draft_make__has_the_defaults_of_a_file),
		cmocka_unit_test(test_draft_make__each_command_is_a_task),
		cmocka_unit_test(test_draft_make__commands_have_names),
		cmocka_unit_test(test_draft_make__words_are_split_as_by_a_shell),
		cmocka_unit_test(test_draft_make__refuses_what_only_a_shell_does),
		cmocka_unit_test(test_draft_make__refuses_what_has_no_form),
		cmocka_unit_test(test_draft_make__the_reader_names_the_option),
		cmocka_unit_test(test_draft_make__the_current_folder_may_not_be_the_containers),
	};

	int failed;

	seccomp_directory = realpath("runner/experiment/seccomp", NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(seccomp_directory);
	return failed;
}
