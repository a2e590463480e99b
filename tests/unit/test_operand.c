/* Recognising the operand on disk. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/cli/operand.h"
#include "tests/unit/folder_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const char *folder, const char *name, const char *content)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(content, file);
	assert_int_equal(fclose(file), 0);
}

/* operand_check in the folder, on a copy of the operand, which it may modify. */
static int check(const char *folder, enum command command, char *operand, struct error *error,
	const char **ret_operand)
{
	static struct options options; /* in which a changed operand is stored */
	int r;

	options = (struct options){
		.command = command, .operand = operand, .output_directory = "output"};
	assert_int_equal(chdir(folder), 0);
	r = operand_check(&options, error);
	assert_int_equal(chdir("/"), 0);
	*ret_operand = options.operand;
	return r;
}

static void assert_refuses(
	const char *folder, enum command command, const char *operand, const char *sentence)
{
	CLEANUP(cleanup_free) char *copy = strdup(operand);
	struct error error = ERROR_INIT;
	const char *kept;

	assert_true(check(folder, command, copy, &error, &kept) < 0);
	assert_string_equal(error.text, sentence);
}

static void assert_accepts(
	const char *folder, enum command command, const char *operand, const char *expected)
{
	CLEANUP(cleanup_free) char *copy = strdup(operand);
	struct error error = ERROR_INIT;
	const char *kept;

	assert_int_equal(check(folder, command, copy, &error, &kept), 0);
	assert_string_equal(kept, expected);
}

static void make_run(const char *folder)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/run", folder);

	assert_int_equal(mkdir(path, 0755), 0);
	put(folder, "run/results.h5", "\211HDF\r\n\032\n and more");
}

static void test_operand_check__a_run_may_be_named_by_its_results(void **state)
{
	const char *folder = *state;

	make_run(folder);
	put(folder, "results.h5", "");
	assert_accepts(folder, COMMAND_REPORT, "run", "run");
	assert_accepts(folder, COMMAND_REPORT, "run/results.h5", "run");
	assert_accepts(folder, COMMAND_FIT, "./run/results.h5", "./run");
	assert_accepts(folder, COMMAND_RESUME, "results.h5", ".");
}

static void put_link(const char *folder, const char *name, const char *target)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", folder, name);

	assert_int_equal(symlink(target, path), 0);
}

static void test_operand_check__the_latest_run_has_a_name(void **state)
{
	const char *folder = *state;
	CLEANUP(cleanup_free) char *output = string_format("%s/output", folder);
	CLEANUP(cleanup_free) char *run = string_format("%s/20261122T175321Z-ramp", output);

	assert_int_equal(mkdir(output, 0755), 0);
	assert_int_equal(mkdir(run, 0755), 0);
	put(run, "results.h5", "");
	put_link(folder, "output/latest", "20261122T175321Z-ramp");
	assert_accepts(folder, COMMAND_REPORT, "output/latest", "output/20261122T175321Z-ramp");
	assert_accepts(
		folder, COMMAND_RESUME, "./output/latest/", "./output/20261122T175321Z-ramp");
	assert_accepts(
		folder, COMMAND_SHOW, "output/latest/results.h5", "output/20261122T175321Z-ramp");
	assert_accepts(folder, COMMAND_SHOW, "latest", "output/20261122T175321Z-ramp");
	/* A user's own is not ours to read. */
	put_link(folder, "latest", "output");
	assert_accepts(folder, COMMAND_SHOW, "latest", "latest");
	assert_refuses(folder, COMMAND_SHOW, "output/latest2",
		"cannot open the run output/latest2: No such file or directory");
}

static void test_operand_check__a_run_has_to_be_there(void **state)
{
	const char *folder = *state;

	put(folder, "ramp.toml", "");
	assert_refuses(folder, COMMAND_RESUME, "nosuch",
		"cannot open the run nosuch: No such file or directory");
	assert_refuses(folder, COMMAND_REPORT, "ramp.toml",
		"ramp.toml is not a run's folder; expected one such as "
		"output/20261122T175321Z-ramp");
}

static void test_operand_check__leaves_an_experiment_alone(void **state)
{
	const char *folder = *state;

	put(folder, "ramp.toml", "[task]\n");
	put(folder, "first.toml", "#!/usr/bin/env memcg-run\n");
	put(folder, "short", "a");
	assert_accepts(folder, COMMAND_RUN, "ramp.toml", "ramp.toml");
	assert_accepts(folder, COMMAND_CHECK, "first.toml", "first.toml");
	assert_accepts(folder, COMMAND_CHECK, "short", "short");
	/* Left to the experiment's reader to reject. */
	assert_accepts(folder, COMMAND_RUN, "none.toml", "none.toml");
	assert_accepts(folder, COMMAND_RUN, ".", ".");
}

static void test_operand_check__says_that_a_task_is_no_experiment(void **state)
{
	const char *folder = *state;

	put(folder, "a.out", "\177ELF\002\001\001");
	put(folder, "task.py", "import sys\n");
	put(folder, "task", "#!/bin/sh\n");
	assert_refuses(folder, COMMAND_RUN, "a.out",
		"a.out is a program, not an experiment; to measure it: memcg-run -- ./a.out");
	assert_refuses(folder, COMMAND_CHECK, "./task",
		"./task is a script, not an experiment; to measure it: memcg-run -- ./task");
	assert_refuses(folder, COMMAND_RUN, "task.py",
		"task.py is a script, not an experiment; to measure it: memcg-run --python -- "
		"task.py");
}

static void test_operand_check__what_it_suggests_runs_in_a_shell(void **state)
{
	const char *folder = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/x.sh", folder);

	put(folder, "a b", "\177ELF\002\001\001");
	put(folder, "it's.py", "import sys\n");
	put(folder, "x.sh", "echo\n");
	assert_refuses(folder, COMMAND_RUN, "a b",
		"a b is a program, not an experiment; to measure it: memcg-run -- './a b'");
	assert_refuses(folder, COMMAND_RUN, "it's.py",
		"it's.py is a script, not an experiment; to measure it: memcg-run --python -- "
		"'it'\\''s.py'");
	assert_refuses(folder, COMMAND_RUN, "x.sh",
		"x.sh is a script, not an experiment; to measure it: memcg-run -- sh x.sh");
	assert_int_equal(chmod(path, 0755), 0);
	assert_refuses(folder, COMMAND_RUN, "x.sh",
		"x.sh is a script, not an experiment; to measure it: memcg-run -- ./x.sh");
}

static void test_operand_check__says_that_a_run_is_no_experiment(void **state)
{
	const char *folder = *state;

	make_run(folder);
	assert_refuses(folder, COMMAND_RUN, "run",
		"run is a run's folder, not an experiment; did you mean memcg-run resume or "
		"memcg-run report?");
	assert_refuses(folder, COMMAND_RUN, "run/results.h5",
		"run/results.h5 has a run's results, not an experiment; to show them, give the "
		"run's folder to memcg-run report");
}

static void test_operand_check__says_which_command_was_meant(void **state)
{
	const char *folder = *state;

	assert_refuses(folder, COMMAND_RUN, "doctro",
		"no command and no file doctro; did you mean doctor?");
	put(folder, "doctro", "[task]\n");
	assert_accepts(folder, COMMAND_RUN, "doctro", "doctro");
}

/* A pipe, such as bash's <(...), can be read only once, by the experiment's reader. */
static void test_operand_check__reads_nothing_of_a_pipe(void **state)
{
	const char *folder = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/pipe", folder);

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_accepts(folder, COMMAND_RUN, "pipe", "pipe");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(test_operand_check__a_run_may_be_named_by_its_results),
		in_folder(test_operand_check__the_latest_run_has_a_name),
		in_folder(test_operand_check__a_run_has_to_be_there),
		in_folder(test_operand_check__leaves_an_experiment_alone),
		in_folder(test_operand_check__says_that_a_task_is_no_experiment),
		in_folder(test_operand_check__what_it_suggests_runs_in_a_shell),
		in_folder(test_operand_check__says_that_a_run_is_no_experiment),
		in_folder(test_operand_check__says_which_command_was_meant),
		in_folder(test_operand_check__reads_nothing_of_a_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
