/* Invalid experiment files: each mistake is reported with its place and with what was expected. */

#include "tests/unit/experiment_fixture.h"

static void test_experiment__all_mistakes_in_the_order_of_the_file(void **state)
{
	assert_mistakes(state,
		"[trials]\n"
		"repititions = 3\n"
		"order = \"randm\"\n"
		"timeout_s = -1\n"
		"\n"
		"[task]\n"
		"command = [\"./missing\", \"{sise}\"]\n"
		"parameters = {size = []}\n"
		"\n"
		"[backends]\n"
		"names = [\"none\", \"psutils\", \"psutil\", \"none\"]\n",
		"ramp.toml:2:1: error: trials.repititions: unknown key; did you mean "
		"\"repetitions\"?\n"
		"ramp.toml:3:9: error: trials.order: found \"randm\"; expected \"random\" or "
		"\"sequential\"; did you mean \"random\"?\n"
		"ramp.toml:4:13: error: trials.timeout_s: found -1; expected a number of seconds "
		"from 0.001 to 1000000000\n"
		"ramp.toml:7:12: error: task.command: found \"./missing\", which does not exist; "
		"expected a program\n"
		"ramp.toml:7:25: error: task.command: found \"{sise}\"; expected a parameter "
		"in braces, and there is no \"sise\"; did you mean \"size\"?\n"
		"ramp.toml:8:22: error: task.parameters.size: found an empty array; expected a "
		"value, or an array of at least one\n"
		"ramp.toml:11:18: error: backends.names: found \"psutils\"; expected \"none\", "
		"\"psutil\", \"resource\", \"tracemalloc\", \"mprof\", \"kernel\", \"cgroup\", "
		"\"docker-stats\", \"working-set\", \"psutil-tree\", \"proc-tree\", \"wait4\", "
		"\"gnu-time\", \"memory-usage\", \"mallinfo2\", \"scalene\" or \"memray\"; did you "
		"mean \"psutil\"?\n"
		"ramp.toml:11:29: error: backends.names: \"psutil\" runs inside a Python task, and "
		"this task is a command; expected a Python task (python, module or --python), or "
		"an external "
		"backend\n"
		"ramp.toml:11:39: error: backends.names: found \"none\"; expected each backend "
		"once\n");
}

static void test_experiment__without_a_container_nothing_of_one_can_be_had(void **state)
{
	assert_mistakes(state,
		PYTHON "[container]\nruntime = \"none\"\nimage = \"python\"\nnetwork = false\n"
		       "mounts = [\"/usr:/data\"]\ntmp_max = \"1MiB\"\n",
		"ramp.toml:5:9: error: container.image: found \"python\"; expected \"host\", "
		"because with runtime \"none\" the task sees the host itself\n"
		"ramp.toml:6:11: error: container.network: with runtime \"none\" the task has the "
		"host's network: leave it out\n"
		"ramp.toml:7:10: error: container.mounts: with runtime \"none\" the task sees the "
		"host's files where they are: leave it out\n"
		"ramp.toml:8:11: error: container.tmp_max: with runtime \"none\" the task has the "
		"host's /tmp: leave it out\n");
}

/* The host's /proc/self/exe: outside the experiment's folder and /usr. */
static void test_experiment__without_a_container_every_file_is_seen(void **state)
{
	CLEANUP(cleanup_free) char *self = realpath("/proc/self/exe", NULL);
	CLEANUP(cleanup_free)
	char *text = string_format("[task]\ncommand = [\"%s\"]\n[container]\n", self);
	CLEANUP(cleanup_free) char *without = string_format("%sruntime = \"none\"\n", text);
	CLEANUP(cleanup_free) char *said = NULL;
	struct experiment *experiment = NULL;

	assert_int_equal(parse(*state, text, strlen(text), &experiment, &said), -EINVAL);
	assert_non_null(strstr(said, "the container does not see"));
	experiment = accept(state, without);
	assert_int_equal(experiment->container.runtime, RUNTIME_NONE);
	experiment_free(experiment);
}

static void test_experiment__how_many_mistakes_is_in_the_error(void **state)
{
	const struct folder *folder = *state;
	const char text[] = PYTHON "a = 1\nb = 2\n";
	struct experiment *experiment = NULL;
	struct error error = ERROR_INIT;
	FILE *stream = fopen("/dev/null", "w");

	assert_non_null(stream);
	assert_int_equal(experiment_parse(folder->file, text, strlen(text), &options, stream,
				 &experiment, &error),
		-EINVAL);
	assert_non_null(strstr(error.text, "ramp.toml has 2 mistakes"));
	assert_int_equal(fclose(stream), 0);
}

static void test_experiment__toml_mistakes_have_their_place(void **state)
{
	struct experiment *experiment = NULL;
	CLEANUP(cleanup_free) char *said = NULL;
	const char *text = PYTHON "a = = 1\n";

	assert_int_equal(parse(*state, text, strlen(text), &experiment, &said), -EINVAL);
	assert_non_null(strstr(said, "ramp.toml:3:5: error: "));
}

static void test_experiment__nul_is_a_mistake(void **state)
{
	static const char *const texts[] = {
		PYTHON "# a \0 b\n", PYTHON "x = \"\0\"\n", PYTHON "\0\n"};
	static const size_t lengths[] = {sizeof(PYTHON "# a \0 b\n") - 1,
		sizeof(PYTHON "x = \"\0\"\n") - 1, sizeof(PYTHON "\0\n") - 1};

	for (size_t i = 0; i < 3; i++) {
		struct experiment *experiment = NULL;
		CLEANUP(cleanup_free) char *said = NULL;

		assert_int_equal(parse(*state, texts[i], lengths[i], &experiment, &said), -EINVAL);
		assert_non_null(strstr(said, "ramp.toml:3:"));
	}
}

static void test_experiment__unknown_keys(void **state)
{
	assert_mistakes(state, "trails = 1\nseed = 2\nzzzzzz = 3\n" PYTHON,
		"ramp.toml:1:1: error: trails: unknown key; did you mean \"trials\"?\n"
		"ramp.toml:2:1: error: seed: unknown key; it belongs in [trials]\n"
		"ramp.toml:3:1: error: zzzzzz: unknown key; expected one of those that "
		"memcg-run.toml(5) lists\n");
	assert_mistake(state, "[limits]\n\"a\\u001Bb\" = 1",
		"4:1: error: limits.\"a\\x1bb\": unknown key; expected one of those that "
		"memcg-run.toml(5) lists");
	assert_mistake(state, "[limits]\ncpu = 1",
		"4:1: error: limits.cpu: unknown key; it belongs in [sampler]");
}

static void test_experiment__sections_are_tables(void **state)
{
	assert_mistakes(state, "trials = 3\n" PYTHON,
		"ramp.toml:1:10: error: trials: found 3; expected a table: [trials]\n");
	assert_mistake(state, "[[limits]]",
		"3:1: error: limits: found an array; expected a table: [limits]");
}

static void test_experiment__other_runs(void **state)
{
	assert_mistake(state, "[trials]\nalongside = \"yes\"",
		"4:13: error: trials.alongside: found \"yes\"; expected \"refuse\", \"wait\" or "
		"\"allow\"");
	assert_mistake(state, "[trials]\npage_cache = \"cold\"\nalongside = \"allow\"",
		"4:14: error: trials.page_cache: found \"cold\"; expected \"warm\" with alongside "
		"\"allow\", because \"cold\" drops the page cache of other runs too");
}

static void test_experiment__exactly_one_task(void **state)
{
	assert_mistakes(state, "name = \"a\"\n",
		"ramp.toml:1:1: error: task: found no task; expected python = \"script.py\", "
		"module = \"package.module\" or command = [\"./prog\"] in [task]\n");
	assert_mistakes(state, "\n[task]\n",
		"ramp.toml:2:1: error: task: found no task; expected python = \"script.py\", "
		"module = \"package.module\" or command = [\"./prog\"] in [task]\n");
	assert_mistake(state, "command = [\"./prog\"]",
		"3:11: error: task.command: found together with task.python; expected one of the "
		"two");
	assert_mistakes(state, COMMAND "function = \"f\"\narguments = [\"a\"]\n",
		"ramp.toml:3:12: error: task.function: found together with task.command; expected "
		"only "
		"with task.python or task.module\n"
		"ramp.toml:4:13: error: task.arguments: found together with task.command; expected "
		"only "
		"with task.python or task.module\n");
}

static void test_experiment__modules_and_interpreters(void **state)
{
	assert_mistake(state, "module = \"tool\"",
		"3:10: error: task.module: found together with task.python; expected one of the "
		"two");
	assert_mistakes(state, "[task]\nmodule = \"a..b\"\n",
		"ramp.toml:2:10: error: task.module: found \"a..b\"; expected the name of a module "
		"such as \"package.module\"\n");
	assert_mistakes(state, "[task]\nmodule = \"tool.py/x\"\n",
		"ramp.toml:2:10: error: task.module: found \"tool.py/x\"; expected the name of a "
		"module such as \"package.module\"\n");
	assert_mistake(state, "interpreter = \"python3\"",
		"3:15: error: task.interpreter: found \"python3\"; expected a path of Python such "
		"as \".venv/bin/python\"");
	assert_mistake(state, "interpreter = \".venv/bin/python\"",
		"3:15: error: task.interpreter: found \".venv/bin/python\", whose folder does not "
		"exist; expected a path of Python");
	assert_mistake(state, "interpreter = \"./plain\"",
		"3:15: error: task.interpreter: found \"./plain\", which is not executable; chmod "
		"+x would make it so; expected a path of Python");
	assert_mistake(state, "interpreter = \"/etc/python\"",
		"3:15: error: task.interpreter: found \"/etc/python\", whose folder the container "
		"does not see; put it in the experiment's folder, or mount its folder at its own "
		"path; expected a path of Python");
	assert_mistakes(state, COMMAND "interpreter = \"/usr/bin/python3\"\n",
		"ramp.toml:3:15: error: task.interpreter: found together with task.command; "
		"expected only "
		"with task.python or task.module\n");
}

static void test_experiment__what_is_run_beside_the_task(void **state)
{
	assert_mistake(state, "prepare = \"make\"",
		"3:11: error: task.prepare: found \"make\"; expected an array of strings such as "
		"[\"./generate\", \"{size}\"]");
	assert_mistake(state, "check = [\"./missing\"]",
		"3:10: error: task.check: found \"./missing\", which does not exist; expected a "
		"program");
	assert_mistake(state, "check = [\"cmp\", \"{m}\"]",
		"3:17: error: task.check: found \"{m}\"; expected a parameter "
		"in braces, and there is no \"m\"");
	assert_mistake(state, "cleanup = [\"./missing\"]",
		"3:12: error: task.cleanup: found \"./missing\", which does not exist; expected a "
		"program");
	assert_mistake(state, "prepare = [\"make\", \"{m}\"]\nparameters.n = 1",
		"3:20: error: task.prepare: found \"{m}\"; expected a parameter "
		"in braces, and there is no \"m\"; did you mean \"n\"?");
	assert_mistake(state, "setup = \"make\"",
		"3:9: error: task.setup: found \"make\"; expected an array of strings such as "
		"[\"./generate\", \"{size}\"]");
	assert_mistake(state, "teardown = [\"rm\", \"{m}\"]",
		"3:19: error: task.teardown: found \"{m}\"; expected a parameter "
		"in braces, and there is no \"m\"");
}

static void test_experiment__what_setup_makes_is_not_there_yet(void **state)
{
	experiment_free(accept(state,
		"[task]\ncommand = [\"./made\"]\nstdin = \"input\"\nprepare = [\"./made\"]\n"
		"setup = [\"true\"]\n"));
	assert_mistakes(state, "[task]\ncommand = [\"./plain\"]\nsetup = [\"./missing\"]\n",
		"ramp.toml:2:12: error: task.command: found \"./plain\", which is not executable; "
		"chmod +x would make it so; expected a program\n"
		"ramp.toml:3:10: error: task.setup: found \"./missing\", which does not exist; "
		"expected a program\n");
}

static void test_experiment__standard_input(void **state)
{
	experiment_free(accept(state, PYTHON "stdin = \"plain\"\n"));
	experiment_free(accept(state, PYTHON "stdin = \"/etc/passwd\"\n"));
	experiment_free(accept(state, PYTHON "stdin = \"in-{n}\"\nparameters.n = 1\n"));
	assert_mistake(state, "stdin = 3",
		"3:9: error: task.stdin: found 3; expected a string that is not empty");
	assert_mistake(state, "stdin = \"missing\"",
		"3:9: error: task.stdin: found \"missing\"; expected a file that the task reads, "
		"and there is no such file");
	assert_mistake(state, "stdin = \"/dev/zero\"",
		"3:9: error: task.stdin: found \"/dev/zero\"; expected a file that the task "
		"reads, and there is no such file");
	assert_mistake(state, "stdin = \"in-{m}\"\nparameters.n = 1",
		"3:9: error: task.stdin: found \"in-{m}\"; expected a parameter "
		"in braces, and there is no \"m\"; did you mean \"n\"?");
}

static void test_experiment__user(void **state)
{
	static const char *const good[] = {"nobody", "1000", "1000:1000", "nobody:users"};
	static const char *const bad[] = {":1", "1:", "a:b:c", ":"};

	for (size_t i = 0; i < 4; i++) {
		CLEANUP(cleanup_free)
		char *text = string_format(PYTHON "user = \"%s\"\n", good[i]);
		CLEANUP(cleanup_free) char *line = string_format("user = \"%s\"", bad[i]);
		CLEANUP(cleanup_free)
		char *said = string_format("3:8: error: task.user: found \"%s\"; expected a user "
					   "such as \"1000:1000\" or \"nobody\"",
			bad[i]);
		struct experiment *experiment = accept(state, text);

		assert_string_equal(experiment->tasks[0].user, good[i]);
		experiment_free(experiment);
		assert_mistake(state, line, said);
	}
	assert_mistake(state, "user = 1000",
		"3:8: error: task.user: found 1000; expected a user such as \"1000:1000\" or "
		"\"nobody\"");
}

static void test_experiment__working_directory(void **state)
{
	struct experiment *experiment = accept(state, PYTHON "working_directory = \"writable\"\n");

	assert_int_equal(experiment->tasks[0].working_directory, WORKING_DIRECTORY_WRITABLE);
	experiment_free(experiment);
	experiment = accept(state, PYTHON "working_directory = \"read-only\"\n");
	assert_int_equal(experiment->tasks[0].working_directory, WORKING_DIRECTORY_AS_IS);
	experiment_free(experiment);
	assert_mistake(state, "working_directory = true",
		"3:21: error: task.working_directory: found true; expected \"read-only\" or "
		"\"writable\"");
	assert_mistake(state, "working_directory = \"writeable\"",
		"3:21: error: task.working_directory: found \"writeable\"; expected \"read-only\" "
		"or \"writable\"; did you mean \"writable\"?");
	assert_mistake(state, "working_directory = \"read-only\"\n[container]\nruntime = \"none\"",
		"3:21: error: task.working_directory: found \"read-only\" with container.runtime = "
		"\"none\", where the folder is the host's own; expected \"writable\", or a "
		"container");
}

static void test_experiment__a_writable_directory_hides_no_mount(void **state)
{
	const char *here = ((const struct folder *)*state)->path;
	CLEANUP(cleanup_free)
	char *line = string_format(
		"working_directory = \"writable\"\n[container]\nmounts = [\"/usr:%s/data\"]", here);

	assert_mistake(state, line,
		"3:21: error: task.working_directory: found with container.mounts at data, which "
		"it "
		"would hide; expected a destination outside the experiment's folder");
}

static void test_experiment__variables_of_the_environment(void **state)
{
	assert_mistake(state, "environment = \"A=1\"",
		"3:15: error: task.environment: found \"A=1\"; expected a table such as { "
		"OMP_NUM_THREADS = \"4\" }");
	assert_mistake(state, "environment.THREADS = 4",
		"3:23: error: task.environment.THREADS: found 4; expected a string such as \"4\" "
		"or \"{size}\"");
	assert_mistake(state, "environment = {MEMCG_RUN_CHANNEL = \"/x\"}",
		"3:16: error: task.environment: found the name \"MEMCG_RUN_CHANNEL\"; expected "
		"another name, because memcg-run itself sets those that begin with MEMCG_RUN_");
	assert_mistake(state, "environment = {\"A=B\" = \"1\"}",
		"3:16: error: task.environment: found the name \"A=B\"; expected a name that is "
		"not empty and without '='");
	assert_mistake(state, "environment = {\"\" = \"1\"}",
		"3:16: error: task.environment: found the name \"\"; expected a name that is not "
		"empty and without '='");
	assert_mistake(state, "environment.A = \"{sise}\"\nparameters.size = 1",
		"3:17: error: task.environment.A: found \"{sise}\"; expected a parameter "
		"in braces, and there is no \"sise\"; did you mean \"size\"?");
}

static void test_experiment__the_tasks_file_must_be_there(void **state)
{
	assert_mistakes(state, "[task]\npython = \"missing.py\"\n",
		"ramp.toml:2:10: error: task.python: found \"missing.py\", which does not exist; "
		"expected a Python script\n");
	assert_mistakes(state, "[task]\npython = \".\"\n",
		"ramp.toml:2:10: error: task.python: found \".\", which is not a file; expected a "
		"Python script\n");
	assert_mistakes(state, "[task]\ncommand = [\"./plain\"]\n",
		"ramp.toml:2:12: error: task.command: found \"./plain\", which is not executable; "
		"chmod +x would make it so; expected a program\n");
	assert_mistakes(state, "[task]\npython = \"\"\n",
		"ramp.toml:2:10: error: task.python: found \"\"; expected a string that is not "
		"empty\n");
}

static void test_experiment__the_container_must_see_the_tasks_file(void **state)
{
	const struct folder *folder = *state;
	CLEANUP(cleanup_free)
	char *mounted = string_format("[task]\npython = \"/code/task.py\"\n[container]\n"
				      "mounts = [\"%s:/code\"]\n",
		folder->path);
	CLEANUP(cleanup_free)
	char *absolute = string_format("[task]\npython = \"%s/task.py\"\n", folder->path);

	experiment_free(accept(state, mounted));
	experiment_free(accept(state, absolute));
	assert_mistakes(state, "[task]\npython = \"/etc/passwd\"\n",
		"ramp.toml:2:10: error: task.python: found \"/etc/passwd\", which the container "
		"does not see; put it in the experiment's folder, or mount its folder at its own "
		"path; expected a Python script\n");
	assert_mistakes(state, "[task]\npython = \"../../etc/passwd\"\n",
		"ramp.toml:2:10: error: task.python: found \"../../etc/passwd\", which the "
		"container "
		"does not see; put it in the experiment's folder, or mount its folder at its own "
		"path; expected a Python script\n");
	assert_mistakes(state,
		"[task]\npython = \"/data/no.py\"\n[container]\nmounts = [\"/etc:/data\"]\n",
		"ramp.toml:2:10: error: task.python: found \"/data/no.py\", which its mount does "
		"not "
		"have; expected a Python script\n");
}

static void test_experiment__templates(void **state)
{
	assert_mistake(state, "arguments = [\"{\", \"{size\", \"a}\"]",
		"3:14: error: task.arguments: found \"{\": a '{' that does not begin a parameter's "
		"\"{name}\"; write \"{{\" for the brace itself\n"
		"ramp.toml:3:19: error: task.arguments: found \"{size\": a '{' that does not begin "
		"a "
		"parameter's \"{name}\"; write \"{{\" for the brace itself\n"
		"ramp.toml:3:28: error: task.arguments: found \"a}\": a '}' without its '{'; write "
		"\"}}\" for the brace itself");
	assert_mistake(state, "arguments = [\"{size}\"]",
		"3:14: error: task.arguments: found \"{size}\"; expected a parameter "
		"in braces, and there is no \"size\"");
}

static void test_experiment__parameters(void **state)
{
	assert_mistake(
		state, "parameters = 3", "3:14: error: task.parameters: found 3; expected a table");
	assert_mistake(state, "[task.parameters]\na = [1, 2.0]",
		"4:9: error: task.parameters.a: found 2.0; expected an integer, like the sweep's "
		"first value");
	assert_mistake(state, "[task.parameters]\na = [\"x\", \"y\", \"x\"]",
		"4:16: error: task.parameters.a: found \"x\"; expected each value of a sweep once");
	assert_mistake(state, "[task.parameters]\na = [[1]]",
		"4:6: error: task.parameters.a: found an array; expected an integer, a float, a "
		"string or a boolean, or an array of one of them");
	assert_mistake(state, "[task.parameters]\na = 1979-05-27",
		"4:5: error: task.parameters.a: found a date or time; expected an integer, a "
		"float, "
		"a string or a boolean, or an array of one of them");
	assert_mistake(state, "[task.parameters]\na = nan",
		"4:5: error: task.parameters.a: found nan; expected a finite number");
	assert_mistake(state, "[task.parameters]\n2a = 1",
		"4:1: error: task.parameters: found the name \"2a\"; expected letters, digits and "
		"'_', with no digit first");
	assert_mistake(state, "[task.parameters]\n\"\" = 1",
		"4:1: error: task.parameters: found the name \"\"; expected letters, digits and "
		"'_', with no digit first");
}

static void test_experiment__numbers_out_of_range(void **state)
{
	assert_mistake(state, "[trials]\nrepetitions = 0",
		"4:15: error: trials.repetitions: found 0; expected a whole number from 1 to "
		"999999");
	assert_mistake(state, "[trials]\nrepetitions = 1.0",
		"4:15: error: trials.repetitions: found 1.0; expected a whole number from 1 to "
		"999999");
	assert_mistake(state, "[trials]\nwarmups = -1",
		"4:11: error: trials.warmups: found -1; expected a whole number from 0 to 999999");
	assert_mistake(state, "[trials]\nseed = -1",
		"4:8: error: trials.seed: found -1; expected a whole number from 0 to "
		"9223372036854775807");
	assert_mistake(state, "[trials]\ntimeout_s = nan",
		"4:13: error: trials.timeout_s: found nan; expected a number of seconds from 0.001 "
		"to 1000000000");
	assert_mistake(state, "[backends]\ninterval_s = 0",
		"4:14: error: backends.interval_s: found 0; expected a number of seconds from "
		"1e-06 "
		"to 1000000000");
	assert_mistake(state, "[sampler]\nrate_hz = 0.0",
		"4:11: error: sampler.rate_hz: found 0.0; expected a number of hertz above 0 and "
		"at "
		"most 10000000, or \"max\"");
	assert_mistake(state, "[sampler]\nrate_hz = inf",
		"4:11: error: sampler.rate_hz: found inf; expected a number of hertz above 0 and "
		"at "
		"most 10000000, or \"max\"");
	assert_mistake(state, "[sampler]\nrate_hz = \"fast\"",
		"4:11: error: sampler.rate_hz: found \"fast\"; expected a number of hertz above 0 "
		"and at most 10000000, or \"max\"");
	assert_mistake(state, "[sampler]\nrate_hz = \"max\"\nmode = \"sleep\"",
		"4:11: error: sampler.rate_hz: found \"max\"; expected a number of hertz with mode "
		"\"sleep\"");
	assert_mistake(state, "[sampler]\ncpu = 1024",
		"4:7: error: sampler.cpu: found 1024; expected a whole number from 0 to 1023");
	assert_mistake(state, "[sampler]\nstat_hz = 100.5",
		"4:11: error: sampler.stat_hz: found 100.5; expected a number of hertz from 0.001 "
		"to 100, or 0: only at task_begin and task_end");
	assert_mistake(state, "[sampler]\nstat_hz = 0.0009",
		"4:11: error: sampler.stat_hz: found 0.0009; expected a number of hertz from 0.001 "
		"to 100, or 0: only at task_begin and task_end");
	assert_mistake(state, "[sampler]\nstat_hz = -1",
		"4:11: error: sampler.stat_hz: found -1; expected a number of hertz from 0.001 to "
		"100, or 0: only at task_begin and task_end");
	assert_mistake(state, "[sampler]\nstat_hz = nan",
		"4:11: error: sampler.stat_hz: found nan; expected a number of hertz from 0.001 to "
		"100, or 0: only at task_begin and task_end");
	assert_mistake(state, "[sampler]\npeak_hz = 101",
		"4:11: error: sampler.peak_hz: found 101; expected a number of hertz from 0.001 "
		"to 100, or 0: never");
	assert_mistake(state, "[sampler]\nprocesses_hz = true",
		"4:16: error: sampler.processes_hz: found true; expected a number of hertz from "
		"0.001 to 100, or 0: never");
	assert_mistake(state, "[sampler]\npss_hz = -0.5",
		"4:10: error: sampler.pss_hz: found -0.5; expected a number of hertz from 0.001 "
		"to 100, or 0: never");
	assert_mistake(state, "[sampler]\npressure = 1",
		"4:12: error: sampler.pressure: found 1; expected true or false");
	assert_mistake(state, "[oracle]\nmarks = \"some\"",
		"4:9: error: oracle.marks: found \"some\"; expected an array of names of marks "
		"such as [\"task_begin\", \"task_end\"], or \"all\"");
	assert_mistake(state, "[oracle]\nmarks = []",
		"4:9: error: oracle.marks: found an empty array; expected an array of names of "
		"marks such as [\"task_begin\", \"task_end\"], or \"all\"");
	assert_mistake(state, "[oracle]\nmarks = [\"filled\", \"two words\"]",
		"4:20: error: oracle.marks: found \"two words\"; expected the name of a mark: 1 "
		"to 63 letters, digits and \"_.:/-\"");
	assert_mistake(state, "[limits]\noom_group = \"yes\"",
		"4:13: error: limits.oom_group: found \"yes\"; expected true or false");
	assert_mistake(state, "[limits]\npids_max = 0",
		"4:12: error: limits.pids_max: found 0; expected a whole number from 1 to 4194304, "
		"or \"max\"");
}

static void test_experiment__sizes_that_are_none(void **state)
{
	assert_mistake(state, "[limits]\nmemory_max = \"512MiBs\"",
		"4:14: error: limits.memory_max: found \"512MiBs\"; expected a size such as "
		"\"512MiB\", a number of bytes, or \"max\"");
	assert_mistake(state, "[limits]\nmemory_max = 1.5",
		"4:14: error: limits.memory_max: found 1.5; expected a size such as \"512MiB\", a "
		"number of bytes, or \"max\"");
	assert_mistake(state, "[limits]\nmemory_max = -1",
		"4:14: error: limits.memory_max: found -1; expected a size such as \"512MiB\", a "
		"number of bytes, or \"max\"");
	assert_mistake(state, "[limits]\nmemory_max = 0",
		"4:14: error: limits.memory_max: found 0; expected at least 4096 bytes");
	assert_mistake(state, "[limits]\nmemory_high = 0",
		"4:15: error: limits.memory_high: found 0; expected at least 4096 bytes");
	/* The kernel's minimum quota is 1 ms per 100. */
	assert_mistake(state, "[limits]\ncpu_quota = \"0.009\"",
		"4:13: error: limits.cpu_quota: found \"0.009\"; expected a string with a number "
		"of CPUs from 0.01 to 8192, such as \"1.5\", or \"max\"");
	assert_mistake(state, "[container]\ntmp_max = 0",
		"4:11: error: container.tmp_max: found 0; expected at least 4096 bytes");
	assert_mistake(state, "[limits]\nswap_max = \"8388608TiB\"",
		"4:12: error: limits.swap_max: found \"8388608TiB\"; expected less than 8 EiB, or "
		"\"max\"");
}

static void test_experiment__lists_of_cpus(void **state)
{
	static const char *const good[] = {"0", "0-1", "0,2", "1-3,5,7,1023", NULL};
	static const char *const bad[] = {"", "a", "-1", "1-", "3-1", "0,", ",0", "0 1", "1024",
		"0,2000", "0--1", "99999999999", NULL};

	for (size_t i = 0; good[i]; i++) {
		CLEANUP(cleanup_free)
		char *text = string_format(PYTHON "[limits]\ncpus = \"%s\"\n", good[i]);
		struct experiment *experiment = accept(state, text);

		assert_string_equal(experiment->limits.cpus, good[i]);
		experiment_free(experiment);
	}
	for (size_t i = 0; bad[i]; i++) {
		CLEANUP(cleanup_free)
		char *lines = string_format("[limits]\ncpus = \"%s\"", bad[i]);
		CLEANUP(cleanup_free)
		char *expected =
			string_format("4:8: error: limits.cpus: found \"%s\"; expected a string "
				      "that lists CPUs, such as \"0\" or \"0-1,3\", or "
				      "\"all\"",
				bad[i]);

		assert_mistake(state, lines, expected);
	}
	assert_mistake(state, "[limits]\ncpus = 0",
		"4:8: error: limits.cpus: found 0; expected a string that lists CPUs, such as "
		"\"0\" "
		"or \"0-1,3\", or \"all\"");
}

static void test_experiment__cpus_that_the_host_has_not(void **state)
{
	static const char *const lists[] = {"8", "0,9", "0-8", "1022", NULL};

	for (size_t i = 0; lists[i]; i++) {
		CLEANUP(cleanup_free)
		char *lines = string_format("[limits]\ncpus = \"%s\"", lists[i]);
		CLEANUP(cleanup_free)
		char *expected = string_format("4:8: error: limits.cpus: found \"%s\"; expected "
					       "CPUs of this host, which has 0-7,1023",
			lists[i]);

		assert_mistake(state, lines, expected);
	}
	assert_mistake(state, "[sampler]\ncpu = 8",
		"4:7: error: sampler.cpu: found 8; expected CPUs of this host, which has 0-7,1023");
}

static void test_experiment__all_cpus_are_no_list(void **state)
{
	struct experiment *experiment = accept(state, PYTHON "[limits]\ncpus = \"all\"\n");

	assert_null(experiment->limits.cpus);
	assert_true(experiment->limits_all_cpus);
	experiment_free(experiment);
}

static void test_experiment__mounts(void **state)
{
	static const char *const malformed[] = {"/usr", "/usr:data", "usr:/data", "/usr:/data:rx",
		"/usr:/data:ro:rw", "/usr:/a/../b", "/usr/.:/a", ":/a", "/usr://etc", NULL};
	static const char *const hiding[] = {"/usr:/", "/usr:/proc", "/usr:/sys/fs/cgroup",
		"/usr:/run", "/usr:/dev/shm", "/usr:/tmp", "/usr:/etc", "/usr:/usr/",
		"/usr:/run/memcg-run/python", NULL};

	for (size_t i = 0; malformed[i]; i++) {
		CLEANUP(cleanup_free)
		char *lines = string_format("[container]\nmounts = [\"%s\"]", malformed[i]);
		CLEANUP(cleanup_free)
		char *expected =
			string_format("4:11: error: container.mounts: found \"%s\"; expected "
				      "\"/source:/destination\", both absolute, and \":ro\" or "
				      "\":rw\" after it",
				malformed[i]);

		assert_mistake(state, lines, expected);
	}
	for (size_t i = 0; hiding[i]; i++) {
		CLEANUP(cleanup_free)
		char *lines = string_format("[container]\nmounts = [\"%s\"]", hiding[i]);
		CLEANUP(cleanup_free)
		char *expected = string_format(
			"4:11: error: container.mounts: found \"%s\"; expected a destination that "
			"hides nothing the container needs: not /, /etc, /run, /tmp, /usr or the "
			"experiment's own folder, and nothing in /dev, /proc, /sys and "
			"/run/memcg-run",
			hiding[i]);

		assert_mistake(state, lines, expected);
	}
	assert_mistake(state, "[container]\nmounts = [\"/usr:/a\", \"/etc:/a/\"]",
		"4:22: error: container.mounts: found \"/etc:/a/\"; expected each destination "
		"once");
	assert_mistake(state, "[container]\nmounts = [\"/no/such:/a\"]",
		"4:11: error: container.mounts: found \"/no/such:/a\"; expected a source that "
		"exists "
		"on the host");
}

static void test_experiment__images_and_runtimes(void **state)
{
	assert_mistake(state, "[container]\nimage = \"../evil\"",
		"4:9: error: container.image: found \"../evil\"; expected \"host\" or the name of "
		"an "
		"image: a lower-case letter, then lower-case letters, digits and '-'");
	/* not a valid image name */
	assert_mistake(state, "[container]\nimage = \"Python\"",
		"4:9: error: container.image: found \"Python\"; expected \"host\" or the name of "
		"an image: a lower-case letter, then lower-case letters, digits and '-'");
	assert_mistake(state, "[container]\nruntime = \"docker\"",
		"4:11: error: container.runtime: found \"docker\"; expected \"runc\", \"crun\" or "
		"\"none\"");
	assert_mistake(state, "[container]\nnetwork = \"no\"",
		"4:11: error: container.network: found \"no\"; expected true or false");
}

static void test_experiment__profiles(void **state)
{
	assert_mistake(state, "[container]\nseccomp = \"defualt\"",
		"4:11: error: container.seccomp: found \"defualt\"; expected \"default\", \"none\" "
		"or a profile's file; did you mean \"default\"?");
	assert_mistake(state, "[container]\nseccomp = \"missing.json\"",
		"4:11: error: container.seccomp: found \"missing.json\"; expected \"default\", "
		"\"none\" or a profile's file, and there is no such file");
	assert_mistake(state, "[container]\nseccomp = \"broken.json\"",
		"4:11: error: container.seccomp: broken.json has 1 mistake\n"
		"broken.json:2:46: error: found \"SCMP_ACT_KIL\"; expected an action; did you mean "
		"\"SCMP_ACT_KILL\"?");
}

static void test_experiment__names(void **state)
{
	assert_mistakes(state, "name = \"a b\"\n" PYTHON,
		"ramp.toml:1:8: error: name: found \"a b\"; expected 1 to 64 letters, digits, '-', "
		"'_' and '.': it names the run's folder\n");
	assert_mistakes(state, "name = \"../x\"\n" PYTHON,
		"ramp.toml:1:8: error: name: found \"../x\"; expected 1 to 64 letters, digits, "
		"'-', "
		"'_' and '.': it names the run's folder\n");
}

static void test_experiment__a_files_name_that_cannot_be_the_experiments(void **state)
{
	struct folder *folder = *state;
	struct experiment *experiment = NULL;
	CLEANUP(cleanup_free) char *said = NULL;

	snprintf(folder->file, sizeof(folder->file), "%s/my ramp.toml", folder->path);
	assert_int_equal(parse(folder, PYTHON, strlen(PYTHON), &experiment, &said), -EINVAL);
	assert_string_equal(said,
		"my ramp.toml:1:1: error: name: the file's own name, \"my ramp\", "
		"cannot be the experiment's; expected name = \"...\" with letters, "
		"digits, '-', '_' and '.'\n");
}

static void test_experiment__long_values_are_cut_in_messages(void **state)
{
	char name[400] = "name = \"";
	CLEANUP(cleanup_free) char *text = NULL;
	struct experiment *experiment = NULL;
	CLEANUP(cleanup_free) char *said = NULL;

	for (size_t i = strlen(name); i < 300; i++)
		name[i] = 'x';
	text = string_format("%s\"\n" PYTHON, name);
	assert_int_equal(parse(*state, text, strlen(text), &experiment, &said), -EINVAL);
	assert_non_null(strstr(said, "xxx...\"; expected"));
	assert_in_range(strlen(said), 100, 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_experiment__all_mistakes_in_the_order_of_the_file),
		TEST(test_experiment__how_many_mistakes_is_in_the_error),
		TEST(test_experiment__without_a_container_nothing_of_one_can_be_had),
		TEST(test_experiment__without_a_container_every_file_is_seen),
		TEST(test_experiment__toml_mistakes_have_their_place),
		TEST(test_experiment__nul_is_a_mistake),
		TEST(test_experiment__unknown_keys),
		TEST(test_experiment__sections_are_tables),
		TEST(test_experiment__other_runs),
		TEST(test_experiment__exactly_one_task),
		TEST(test_experiment__modules_and_interpreters),
		TEST(test_experiment__what_is_run_beside_the_task),
		TEST(test_experiment__what_setup_makes_is_not_there_yet),
		TEST(test_experiment__standard_input),
		TEST(test_experiment__user),
		TEST(test_experiment__working_directory),
		TEST(test_experiment__a_writable_directory_hides_no_mount),
		TEST(test_experiment__variables_of_the_environment),
		TEST(test_experiment__the_tasks_file_must_be_there),
		TEST(test_experiment__the_container_must_see_the_tasks_file),
		TEST(test_experiment__templates),
		TEST(test_experiment__parameters),
		TEST(test_experiment__numbers_out_of_range),
		TEST(test_experiment__sizes_that_are_none),
		TEST(test_experiment__lists_of_cpus),
		TEST(test_experiment__cpus_that_the_host_has_not),
		TEST(test_experiment__all_cpus_are_no_list),
		TEST(test_experiment__mounts),
		TEST(test_experiment__images_and_runtimes),
		TEST(test_experiment__profiles),
		TEST(test_experiment__names),
		TEST(test_experiment__a_files_name_that_cannot_be_the_experiments),
		TEST(test_experiment__long_values_are_cut_in_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
