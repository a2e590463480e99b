/* Named tasks in an experiment file: what each has, and what is refused. */

#include "tests/unit/experiment_fixture.h"

#include "runner/experiment/check.h"
#include "runner/experiment/plan.h"

static void test_tasks__the_only_one_has_no_name(void **state)
{
	struct experiment *experiment = accept(state, PYTHON);

	assert_int_equal(experiment->n_tasks, 1);
	assert_null(experiment->tasks[0].name);
	experiment_free(experiment);
}

static void test_tasks__each_has_its_name_in_the_order_of_the_file(void **state)
{
	struct experiment *experiment = accept(state, "[tasks.zeta]\npython = \"task.py\"\n"
						      "[tasks.\"a.1-_B\"]\ncommand = [\"true\"]\n");
	CLEANUP(cleanup_free) char *line = NULL;

	assert_int_equal(experiment->n_tasks, 2);
	assert_string_equal(experiment->tasks[0].name, "zeta");
	assert_string_equal(experiment->tasks[0].python, "task.py");
	assert_null(experiment->tasks[0].command);
	assert_non_null(experiment->tasks[0].arguments);
	assert_string_equal(experiment->tasks[1].name, "a.1-_B");
	assert_string_equal(experiment->tasks[1].command[0], "true");
	assert_int_equal(experiment_n_commands(experiment), 1);
	line = experiment_task_line(&experiment->tasks[1]);
	assert_string_equal(line, "a.1-_B");
	experiment_free(experiment);
}

/* What a task has itself replaces the default, a table as a whole. */
static void test_tasks__task_has_the_defaults_of_all(void **state)
{
	struct experiment *experiment = accept(state,
		"[tasks.plain]\n"
		"[tasks.own]\nmodule = \"tool\"\narguments = [\"{n}\"]\nparameters = {n = [1, 2]}\n"
		"environment = {B = \"{n}\"}\n"
		"[task]\npython = \"task.py\"\narguments = [\"{size}\"]\nuser = \"nobody\"\n"
		"environment = {A = \"1\"}\nparameters = {size = 7}\n");
	const struct task *plain = &experiment->tasks[0], *own = &experiment->tasks[1];

	assert_string_equal(plain->python, "task.py");
	assert_string_equal(plain->arguments[0], "{size}");
	assert_string_equal(plain->environment[0].name, "A");
	assert_string_equal(plain->parameters[0].values[0].text, "7");
	assert_null(own->python);
	assert_string_equal(own->module, "tool");
	assert_string_equal(own->arguments[0], "{n}");
	assert_int_equal(own->n_environment, 1);
	assert_string_equal(own->environment[0].name, "B");
	assert_int_equal(own->n_parameters, 1);
	assert_int_equal(own->parameters[0].n_values, 2);
	assert_string_equal(own->user, "nobody");
	assert_int_equal(experiment_n_users(experiment), 2);
	experiment_free(experiment);
}

static void test_tasks__setup_and_teardown_are_keys_of_a_task(void **state)
{
	struct experiment *experiment =
		accept(state, "[tasks.plain]\n[tasks.own]\nsetup = [\"true\", \"own\"]\n"
			      "[task]\ncommand = [\"true\"]\nsetup = [\"true\", \"all\"]\n"
			      "teardown = [\"false\"]\n");

	assert_string_equal(experiment->tasks[0].setup[1], "all");
	assert_string_equal(experiment->tasks[0].teardown[0], "false");
	assert_string_equal(experiment->tasks[1].setup[1], "own");
	assert_null(experiment->tasks[1].setup[2]);
	assert_string_equal(experiment->tasks[1].teardown[0], "false");
	experiment_free(experiment);
}

static void test_tasks__there_has_to_be_one(void **state)
{
	assert_mistakes(state, "[tasks]\n",
		"ramp.toml:1:1: error: tasks: found a table; expected a table for each task, such "
		"as "
		"[tasks.before]\n");
	assert_mistakes(state, PYTHON "[tasks]\n",
		"ramp.toml:3:1: error: tasks: found a table; expected a table for each task, such "
		"as "
		"[tasks.before]\n");
	assert_mistakes(state, "tasks = 3\n",
		"ramp.toml:1:9: error: tasks: found 3; expected a table for each task, such as "
		"[tasks.before]\n");
	assert_mistakes(state, "[tasks.before]\nuser = \"nobody\"\n",
		"ramp.toml:1:1: error: tasks.before: found no task; expected python = "
		"\"script.py\", "
		"module = \"package.module\" or command = [\"./prog\"] in [tasks.before]\n");
}

static void test_tasks__names_that_are_none(void **state)
{
	assert_mistakes(state, "[tasks.\"a b\"]\npython = \"task.py\"\n",
		"ramp.toml:1:8: error: tasks: found the name \"a b\"; expected 1 to 64 letters, "
		"digits, '-', '_' and '.'\n");
	assert_mistakes(state, "[tasks.\"\"]\npython = \"task.py\"\n",
		"ramp.toml:1:8: error: tasks: found the name \"\"; expected 1 to 64 letters, "
		"digits, "
		"'-', '_' and '.'\n");
	assert_mistakes(state,
		"[tasks.a23456789012345678901234567890123456789012345678901234567890123456]\n"
		"python = \"task.py\"\n",
		"ramp.toml:1:8: error: tasks: found the name "
		"\"a23456789012345678901234567890123456789012345678901234567890123456\"; expected "
		"1 "
		"to 64 letters, digits, '-', '_' and '.'\n");
	assert_mistakes(state, "[tasks]\npython = \"task.py\"\n",
		"ramp.toml:2:10: error: tasks.python: found \"task.py\"; expected a table: "
		"[tasks.python]; what all tasks have belongs in [task]\n");
}

static void test_tasks__two_of_one_name(void **state)
{
	struct experiment *experiment = NULL;
	CLEANUP(cleanup_free) char *said = NULL;
	static const char text[] =
		"[tasks.a]\ncommand = [\"true\"]\n[tasks.a]\ncommand = [\"false\"]\n";

	assert_int_equal(parse(*state, text, sizeof(text) - 1, &experiment, &said), -EINVAL);
	assert_null(experiment);
	assert_non_null(strstr(said, "ramp.toml:3:"));
}

static void test_tasks__keys_that_are_none(void **state)
{
	assert_mistakes(state, "[tasks.a]\npyhton = \"task.py\"\ncommand = [\"true\"]\n",
		"ramp.toml:2:1: error: tasks.a.pyhton: unknown key; did you mean \"python\"?\n");
	assert_mistakes(state, "[tasks.a]\ncommand = [\"true\"]\nrepetitions = 3\n",
		"ramp.toml:3:1: error: tasks.a.repetitions: unknown key; it belongs in [trials]\n");
	assert_mistakes(state, "[taks.a]\ncommand = [\"true\"]\n" PYTHON,
		"ramp.toml:1:2: error: taks: unknown key; did you mean \"task\"?\n");
}

/* A default's mistake is one, however many tasks have it. */
static void test_tasks__a_mistake_is_said_where_it_stands(void **state)
{
	assert_mistakes(state,
		"[task]\nuser = 3\n[tasks.a]\ncommand = [\"true\", \"{n}\"]\nfunction = \"main\"\n"
		"[tasks.b]\npython = \"missing.py\"\nparameters = {\"1\" = 1, n = []}\n"
		"environment = {A = 3}\n",
		"ramp.toml:2:8: error: task.user: found 3; expected a user such as \"1000:1000\" "
		"or "
		"\"nobody\"\n"
		"ramp.toml:4:20: error: tasks.a.command: found \"{n}\"; expected a parameter in "
		"braces, and there is no \"n\"\n"
		"ramp.toml:5:12: error: tasks.a.function: found together with tasks.a.command; "
		"expected only with tasks.a.python or tasks.a.module\n"
		"ramp.toml:7:10: error: tasks.b.python: found \"missing.py\", which does not "
		"exist; "
		"expected a Python script\n"
		"ramp.toml:8:15: error: tasks.b.parameters: found the name \"1\"; expected "
		"letters, "
		"digits and '_', with no digit first\n"
		"ramp.toml:8:28: error: tasks.b.parameters.n: found an empty array; expected a "
		"value, "
		"or an array of at least one\n"
		"ramp.toml:9:20: error: tasks.b.environment.A: found 3; expected a string such as "
		"\"4\" or \"{size}\"\n");
}

static void test_tasks__a_reporter_inside_needs_every_task_to_be_pythons(void **state)
{
	assert_mistakes(state,
		"[tasks.a]\ncommand = [\"true\"]\n[tasks.b]\npython = \"task.py\"\n"
		"[backends]\nnames = [\"psutil\"]\n",
		"ramp.toml:6:10: error: backends.names: \"psutil\" runs inside a Python task, and "
		"one "
		"of the tasks is a command; expected a Python task (python, module or --python), "
		"or "
		"an external backend\n");
}

static void test_tasks__more_than_anyone_could_read(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *said = NULL;
	struct experiment *experiment = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	for (int i = 0; i < 101; i++)
		fprintf(stream, "[tasks.t%d]\ncommand = [\"true\"]\n", i);
	assert_int_equal(fclose(stream), 0);
	assert_int_equal(parse(*state, text, length, &experiment, &said), -EINVAL);
	assert_non_null(strstr(said, "found 101 tasks; expected at most 100"));
}

static void test_check_print__each_task(void **state)
{
	struct experiment *experiment = accept(state,
		"[tasks.before]\ncommand = [\"true\", \"{n}\"]\nparameters = {n = [1, 2]}\n"
		"[tasks.after]\npython = \"task.py\"\nstdin = \"task.py\"\n");
	CLEANUP(cleanup_free) char *text = NULL;
	struct plan *plan = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_int_equal(plan_new(experiment, &plan, NULL), 0);
	assert_int_equal(check_print(experiment, plan, false, stream, NULL), 0);
	assert_int_equal(fclose(stream), 0);
	if (!strstr(text,
		    "task        before: command true {n}\nparameters  n = 1, 2\n"
		    "task        after: python task.py\nstdin       task.py\npoints      3\n"))
		fail_msg("%s", text);
	assert_non_null(strstr(text, "  000001  warm-up      1  none  before n=1\n"));
	assert_non_null(strstr(text, "  000003  warm-up      1  none  after\n"));
	plan_free(plan);
	experiment_free(experiment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_tasks__the_only_one_has_no_name),
		TEST(test_tasks__each_has_its_name_in_the_order_of_the_file),
		TEST(test_tasks__task_has_the_defaults_of_all),
		TEST(test_tasks__setup_and_teardown_are_keys_of_a_task),
		TEST(test_tasks__there_has_to_be_one),
		TEST(test_tasks__names_that_are_none),
		TEST(test_tasks__two_of_one_name),
		TEST(test_tasks__keys_that_are_none),
		TEST(test_tasks__a_mistake_is_said_where_it_stands),
		TEST(test_tasks__a_reporter_inside_needs_every_task_to_be_pythons),
		TEST(test_tasks__more_than_anyone_could_read),
		TEST(test_check_print__each_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
