/*
 * Experiment files: what they mean, and what is said of those that mean nothing. Each test stands in a
 * folder of its own with a script, a program and a profile.
 */

#include "runner/experiment/experiment.h"
#include "runner/experiment/seccomp_profile.h"
#include "runner/experiment/suggestion.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define PYTHON "[task]\npython = \"task.py\"\n"
#define COMMAND "[task]\ncommand = [\"./prog\"]\n"

static const struct experiment_options options = {.seccomp_directory = "runner/experiment/seccomp"};

struct folder {
	char path[64];
	char file[128]; /* an experiment in it, that need not exist */
};

static void write_file(const struct folder *folder, const char *name, const char *text, mode_t mode)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", folder->path, name);

	assert_int_equal(file_write(AT_FDCWD, path, text, strlen(text), mode, NULL), 0);
}

static int set_up(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	assert_non_null(folder);
	strcpy(folder->path, "/tmp/memcg-run-test-XXXXXX");
	assert_non_null(mkdtemp(folder->path));
	snprintf(folder->file, sizeof(folder->file), "%s/ramp.toml", folder->path);
	write_file(folder, "task.py", "pass\n", 0644);
	write_file(folder, "prog", "#!/bin/sh\n", 0755);
	write_file(folder, "plain", "no program\n", 0644);
	write_file(folder, "allow.json", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}\n", 0644);
	write_file(folder, "broken.json",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\",\n"
		" \"syscalls\": [{\"names\": [\"mknodd\"], \"action\": \"SCMP_ACT_KILL\"}]}\n",
		0644);
	*state = folder;
	return 0;
}

static int tear_down(void **state)
{
	struct folder *folder = *state;

	assert_int_equal(file_remove_tree(AT_FDCWD, folder->path, NULL), 0);
	free(folder);
	return 0;
}

/* Parses a text as ramp.toml of the folder. What is said of it has the folder's path cut off. */
static int parse(const struct folder *folder, const char *text, size_t length,
	struct experiment **ret_experiment, char **ret_said)
{
	CLEANUP(cleanup_free) char *said = NULL;
	struct error error = ERROR_INIT;
	size_t said_length, n_cut = strlen(folder->path) + 1;
	FILE *stream = open_memstream(&said, &said_length);
	int r;

	assert_non_null(stream);
	r = experiment_parse(folder->file, text, length, &options, stream, ret_experiment, &error);
	assert_int_equal(fclose(stream), 0);
	for (char *at = said; (at = strstr(at, folder->path));)
		memmove(at, at + n_cut, strlen(at + n_cut) + 1);
	*ret_said = TAKE_PTR(said);
	return r;
}

static struct experiment *accept(void **state, const char *text)
{
	struct experiment *experiment = NULL;
	CLEANUP(cleanup_free) char *said = NULL;

	parse(*state, text, strlen(text), &experiment, &said);
	if (!experiment)
		fail_msg("%s", said);
	assert_string_equal(said, "");
	return experiment;
}

/* Exactly these mistakes, without the folder's path. */
static void assert_mistakes(void **state, const char *text, const char *expected)
{
	struct experiment *experiment = NULL;
	CLEANUP(cleanup_free) char *said = NULL;

	assert_int_equal(parse(*state, text, strlen(text), &experiment, &said), -EINVAL);
	assert_null(experiment);
	assert_string_equal(said, expected);
}

/* One mistake, on the line after those of PYTHON: "3:column: error: ...". */
static void assert_mistake(void **state, const char *lines, const char *expected)
{
	CLEANUP(cleanup_free) char *text = string_format("%s%s\n", PYTHON, lines);
	CLEANUP(cleanup_free) char *said = string_format("ramp.toml:%s\n", expected);

	assert_mistakes(state, text, said);
}

/* ---- what a file means */

static void test_experiment__the_smallest_has_all_defaults(void **state)
{
	const struct folder *folder = *state;
	CLEANUP(cleanup_free) char *directory = realpath(folder->path, NULL);
	struct experiment *experiment = accept(state, PYTHON);

	assert_string_equal(experiment->name, "ramp");
	assert_string_equal(experiment->path, folder->file);
	assert_string_equal(experiment->directory, directory);
	assert_string_equal(experiment->text, PYTHON);
	assert_string_equal(experiment->task.python, "task.py");
	assert_null(experiment->task.command);
	assert_null(experiment->task.function);
	assert_non_null(experiment->task.arguments);
	assert_null(experiment->task.arguments[0]);
	assert_int_equal(experiment->task.n_parameters, 0);
	assert_int_equal(experiment->trials.repetitions, 10);
	assert_int_equal(experiment->trials.warmups, 1);
	assert_int_equal(experiment->trials.order, ORDER_RANDOM);
	assert_int_equal(experiment->trials.seed, 1);
	assert_int_equal(experiment->trials.timeout_ns, 60000000000);
	assert_int_equal(experiment->trials.page_cache, PAGE_CACHE_WARM);
	assert_int_equal(experiment->trials.alongside, ALONGSIDE_REFUSE);
	assert_int_equal(experiment->n_backends, 1);
	assert_string_equal(experiment->backends[0]->name, "none");
	assert_int_equal(experiment->interval_ns, 10000000);
	assert_int_equal(experiment->files_max.kind, AMOUNT_NUMBER);
	assert_int_equal(experiment->files_max.number, 1073741824);
	assert_true(experiment->sampler.rate_hz == 1000.0);
	assert_false(experiment->sampler.rate_max);
	assert_int_equal(experiment->sampler.mode, SAMPLER_AUTO);
	assert_int_equal(experiment->sampler.cpu.kind, AMOUNT_UNSET);
	assert_true(experiment->sampler.stat_hz == 10.0);
	assert_true(experiment->sampler.peak_hz == 10.0);
	assert_true(experiment->sampler.processes_hz == 0.0);
	assert_true(experiment->sampler.pss_hz == 0.0);
	assert_false(experiment->sampler.pressure);
	assert_false(experiment->oracle.counts);
	assert_false(experiment->limits.oom_group);
	assert_int_equal(experiment->limits.memory_max_bytes.kind, AMOUNT_UNSET);
	assert_int_equal(experiment->limits.swap_max_bytes.kind, AMOUNT_UNSET);
	assert_int_equal(experiment->limits.pids_max.kind, AMOUNT_NUMBER);
	assert_int_equal(experiment->limits.pids_max.number, 2048);
	assert_null(experiment->limits.cpus);
	assert_int_equal(experiment->container.runtime, RUNTIME_RUNC);
	assert_string_equal(experiment->container.image, "host");
	assert_string_equal(experiment->container.seccomp_name, "default");
	assert_non_null(experiment->container.seccomp);
	assert_false(experiment->container.network);
	assert_int_equal(experiment->container.tmp_max.kind, AMOUNT_NUMBER);
	assert_int_equal(experiment->container.tmp_max.number, 1073741824);
	assert_int_equal(experiment->container.n_mounts, 0);
	experiment_free(experiment);
}

static void test_experiment__every_key_is_read(void **state)
{
	struct experiment *experiment = accept(state,
		"name = \"other.Name-2_\"\n"
		"[task]\npython = \"./task.py\"\nfunction = \"main\"\n"
		"arguments = [\"--size\", \"{size}\", \"{{}}\"]\nparameters.size = 1\n"
		"[trials]\nrepetitions = 3\nwarmups = 0\norder = \"sequential\"\nseed = 0\n"
		"timeout_s = 1.5\npage_cache = \"cold\"\nalongside = \"wait\"\n"
		"[backends]\nnames = [\"tracemalloc\", \"none\"]\ninterval_s = 1\nfiles_max = "
		"\"max\"\n"
		"[sampler]\nrate_hz = 2.5\nmode = \"spin\"\ncpu = 0\nstat_hz = 0.5\npressure = "
		"true\npeak_hz = 0\nprocesses_hz = 2\npss_hz = 0.001\n"
		"[oracle]\nmarks = [\"task_end\", \"a_B.9:/-\"]\n"
		"[limits]\nmemory_max = \"512MiB\"\nswap_max = \"0\"\ncpus = \"0-1,3\"\n"
		"pids_max = 64\noom_group = true\n"
		"[container]\nruntime = \"crun\"\nimage = \"python\"\nseccomp = \"allow.json\"\n"
		"network = true\ntmp_max = \"64MiB\"\nmounts = [\"/usr/:/data\", "
		"\"/etc:/x/y/:rw\", \"/:/host:ro\"]\n");

	assert_string_equal(experiment->name, "other.Name-2_");
	assert_string_equal(experiment->task.function, "main");
	assert_string_equal(experiment->task.arguments[1], "{size}");
	assert_null(experiment->task.arguments[3]);
	assert_int_equal(experiment->trials.repetitions, 3);
	assert_int_equal(experiment->trials.warmups, 0);
	assert_int_equal(experiment->trials.order, ORDER_SEQUENTIAL);
	assert_int_equal(experiment->trials.seed, 0);
	assert_int_equal(experiment->trials.timeout_ns, 1500000000);
	assert_int_equal(experiment->trials.page_cache, PAGE_CACHE_COLD);
	assert_int_equal(experiment->trials.alongside, ALONGSIDE_WAIT);
	assert_int_equal(experiment->n_backends, 2);
	assert_string_equal(experiment->backends[0]->name, "tracemalloc");
	assert_string_equal(experiment->backends[1]->name, "none");
	assert_int_equal(experiment->interval_ns, 1000000000);
	assert_int_equal(experiment->files_max.kind, AMOUNT_MAX);
	assert_true(experiment->sampler.rate_hz == 2.5);
	assert_int_equal(experiment->sampler.mode, SAMPLER_SPIN);
	assert_int_equal(experiment->sampler.cpu.kind, AMOUNT_NUMBER);
	assert_int_equal(experiment->sampler.cpu.number, 0);
	assert_true(experiment->sampler.stat_hz == 0.5);
	assert_true(experiment->sampler.peak_hz == 0.0);
	assert_true(experiment->sampler.processes_hz == 2.0);
	assert_true(experiment->sampler.pss_hz == 0.001);
	assert_true(experiment->sampler.pressure);
	assert_true(experiment->oracle.counts);
	assert_string_equal(experiment->oracle.marks[0], "task_end");
	assert_string_equal(experiment->oracle.marks[1], "a_B.9:/-");
	assert_null(experiment->oracle.marks[2]);
	assert_true(experiment->limits.oom_group);
	assert_int_equal(experiment->limits.memory_max_bytes.kind, AMOUNT_NUMBER);
	assert_int_equal(experiment->limits.memory_max_bytes.number, 536870912);
	assert_int_equal(experiment->limits.swap_max_bytes.kind, AMOUNT_NUMBER);
	assert_int_equal(experiment->limits.swap_max_bytes.number, 0);
	assert_int_equal(experiment->limits.pids_max.number, 64);
	assert_string_equal(experiment->limits.cpus, "0-1,3");
	assert_int_equal(experiment->container.runtime, RUNTIME_CRUN);
	assert_string_equal(experiment->container.image, "python");
	assert_string_equal(experiment->container.seccomp_name, "allow.json");
	assert_true(experiment->container.network);
	assert_int_equal(experiment->container.tmp_max.number, 67108864);
	assert_int_equal(experiment->container.n_mounts, 3);
	assert_string_equal(experiment->container.mounts[0].source, "/usr");
	assert_string_equal(experiment->container.mounts[0].destination, "/data");
	assert_false(experiment->container.mounts[0].writable);
	assert_string_equal(experiment->container.mounts[1].destination, "/x/y");
	assert_true(experiment->container.mounts[1].writable);
	assert_string_equal(experiment->container.mounts[2].source, "/");
	experiment_free(experiment);
}

static void test_experiment__sizes_and_amounts(void **state)
{
	struct experiment *experiment = accept(state, PYTHON
		"[limits]\nmemory_max = \"1GB\"\nswap_max = \"max\"\npids_max = \"max\"\n"
		"[sampler]\nrate_hz = \"max\"\nstat_hz = 0\n[container]\nseccomp = \"none\"\n");

	assert_int_equal(experiment->limits.memory_max_bytes.number, 1000000000);
	assert_int_equal(experiment->limits.swap_max_bytes.kind, AMOUNT_MAX);
	assert_int_equal(experiment->limits.pids_max.kind, AMOUNT_MAX);
	assert_true(experiment->sampler.rate_max);
	assert_true(experiment->sampler.stat_hz == 0.0);
	assert_null(experiment->container.seccomp);
	experiment_free(experiment);
	experiment = accept(state, PYTHON "[limits]\nmemory_max = 1048576\n");
	assert_int_equal(experiment->limits.memory_max_bytes.number, 1048576);
	experiment_free(experiment);
}

static void test_experiment__an_empty_oracle_counts_at_all_marks(void **state)
{
	struct experiment *experiment = accept(state, PYTHON "[oracle]\n");

	assert_true(experiment->oracle.counts);
	assert_null(experiment->oracle.marks);
	experiment_free(experiment);
	experiment = accept(state, PYTHON "[oracle]\nmarks = \"all\"\n");
	assert_true(experiment->oracle.counts);
	assert_null(experiment->oracle.marks);
	experiment_free(experiment);
}

static void test_experiment__parameters_keep_order_kind_and_text(void **state)
{
	static const char *const texts[] = {"-3", "9223372036854775807", "0.1", "1.0", "1e+20",
		"5e-324", "0.30000000000000004"};
	struct experiment *experiment =
		accept(state, PYTHON "[task.parameters]\nzeta = [-3, 9223372036854775807]\n"
				     "alpha = [0.1, 1.0, 1e20, 5e-324, 0.30000000000000004]\n"
				     "mode = [\"fast\", \"\"]\nflag = true\n");
	const struct parameter *parameters = experiment->task.parameters;

	assert_int_equal(experiment->task.n_parameters, 4);
	assert_string_equal(parameters[0].name, "zeta");
	assert_int_equal(parameters[0].values[0].kind, PARAMETER_INTEGER);
	assert_int_equal(parameters[0].n_values, 2);
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(parameters[0].values[i].text, texts[i]);
	assert_string_equal(parameters[1].name, "alpha");
	assert_int_equal(parameters[1].values[0].kind, PARAMETER_FLOAT);
	assert_int_equal(parameters[1].n_values, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(parameters[1].values[i].text, texts[2 + i]);
	assert_int_equal(parameters[2].values[0].kind, PARAMETER_STRING);
	assert_string_equal(parameters[2].values[1].text, "");
	assert_int_equal(parameters[3].n_values, 1);
	assert_int_equal(parameters[3].values[0].kind, PARAMETER_BOOLEAN);
	assert_string_equal(parameters[3].values[0].text, "true");
	experiment_free(experiment);
}

static void test_experiment__a_command(void **state)
{
	struct experiment *experiment = accept(state,
		"[task]\ncommand = [\"./prog\", \"--n={n}\", \"\"]\nparameters = {n = [1, 2]}\n");

	assert_null(experiment->task.python);
	assert_string_equal(experiment->task.command[1], "--n={n}");
	assert_string_equal(experiment->task.command[2], "");
	assert_null(experiment->task.command[3]);
	experiment_free(experiment);
	/* Looked up in the container, where this host cannot look. */
	experiment_free(accept(state, "[task]\ncommand = [\"no-such-program\"]\n"));
	experiment_free(accept(
		state, "[task]\ncommand = [\"/opt/no-such\"]\n[container]\nimage = \"python\"\n"));
	experiment_free(accept(state, "[task]\ncommand = [\"/bin/dd\"]\n"));
	experiment_free(
		accept(state, "[task]\ncommand = [\"./{p}\"]\nparameters.p = [\"a\", \"b\"]\n"));
}

/* ---- mistakes */

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
		"ramp.toml:7:25: error: task.command: found \"{sise}\"; expected a parameter of "
		"[task.parameters] in braces, and there is no \"sise\"; did you mean \"size\"?\n"
		"ramp.toml:8:22: error: task.parameters.size: found an empty array; expected a "
		"value, or an array of at least one\n"
		"ramp.toml:11:18: error: backends.names: found \"psutils\"; expected \"none\", "
		"\"psutil\", \"resource\", \"tracemalloc\", \"mprof\", \"kernel\", \"cgroup\", "
		"\"docker-stats\", \"working-set\", \"psutil-tree\", \"proc-tree\", "
		"\"wait4\", \"gnu-time\", \"memory-usage\", \"mallinfo2\" or \"scalene\"; "
		"did you mean \"psutil\"?\n"
		"ramp.toml:11:29: error: backends.names: \"psutil\" runs inside a Python task, and "
		"this task is a command; expected a task.python, or a backend that looks from "
		"outside\n"
		"ramp.toml:11:39: error: backends.names: found \"none\"; expected each backend "
		"once\n");
}

static void test_experiment__without_a_container_nothing_of_one_can_be_had(void **state)
{
	assert_mistakes(state,
		PYTHON "[container]\nruntime = \"none\"\nimage = \"python\"\nnetwork = false\n"
		       "mounts = [\"/usr:/data\"]\ntmp_max = \"1MiB\"\n",
		"ramp.toml:5:9: error: container.image: found \"python\"; expected \"host\", as "
		"with "
		"runtime \"none\" the task sees the host itself\n"
		"ramp.toml:6:11: error: container.network: with runtime \"none\" the task has the "
		"host's network: remove the key\n"
		"ramp.toml:7:10: error: container.mounts: with runtime \"none\" the task sees the "
		"host's files where they are: remove the key\n"
		"ramp.toml:8:11: error: container.tmp_max: with runtime \"none\" the task has the "
		"host's /tmp: remove the key\n");
}

/* The host's /proc/self/exe: no experiment's folder, and not below /usr. */
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
		"4:14: error: trials.page_cache: found \"cold\"; expected \"warm\" with "
		"alongside \"allow\", as \"cold\" drops the page cache of other runs too");
}

static void test_experiment__exactly_one_task(void **state)
{
	assert_mistakes(state, "name = \"a\"\n",
		"ramp.toml:1:1: error: task: found no task; expected python = \"script.py\" or "
		"command = [\"./prog\"] in [task]\n");
	assert_mistakes(state, "\n[task]\n",
		"ramp.toml:2:1: error: task: found no task; expected python = \"script.py\" or "
		"command = [\"./prog\"] in [task]\n");
	assert_mistake(state, "command = [\"./prog\"]",
		"3:11: error: task.command: found beside task.python; expected one of the two");
	assert_mistakes(state, COMMAND "function = \"f\"\narguments = [\"a\"]\n",
		"ramp.toml:3:12: error: task.function: found beside task.command; expected only "
		"with task.python\n"
		"ramp.toml:4:13: error: task.arguments: found beside task.command; expected only "
		"with task.python\n");
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
		"3:14: error: task.arguments: found \"{size}\"; expected a parameter of "
		"[task.parameters] in braces, and there is no \"size\"");
}

static void test_experiment__parameters(void **state)
{
	assert_mistake(
		state, "parameters = 3", "3:14: error: task.parameters: found 3; expected a table");
	assert_mistake(state, "[task.parameters]\na = [1, 2.0]",
		"4:9: error: task.parameters.a: found 2; expected an integer, as the sweep's first "
		"value");
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
		"4:15: error: trials.repetitions: found 1; expected a whole number from 1 to "
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
		"4:11: error: sampler.rate_hz: found 0; expected a number of hertz above 0 and at "
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
	assert_mistake(state, "[sampler]\ncpu = 8192",
		"4:7: error: sampler.cpu: found 8192; expected a whole number from 0 to 8191");
	assert_mistake(state, "[sampler]\nstat_hz = 100.5",
		"4:11: error: sampler.stat_hz: found 100.5; expected a number of hertz from 0.001 "
		"to 100, or 0: at task_begin and task_end alone");
	assert_mistake(state, "[sampler]\nstat_hz = 0.0009",
		"4:11: error: sampler.stat_hz: found 0.0009; expected a number of hertz from 0.001 "
		"to 100, or 0: at task_begin and task_end alone");
	assert_mistake(state, "[sampler]\nstat_hz = -1",
		"4:11: error: sampler.stat_hz: found -1; expected a number of hertz from 0.001 to "
		"100, or 0: at task_begin and task_end alone");
	assert_mistake(state, "[sampler]\nstat_hz = nan",
		"4:11: error: sampler.stat_hz: found nan; expected a number of hertz from 0.001 to "
		"100, or 0: at task_begin and task_end alone");
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
		"4:14: error: limits.memory_max: found \"512MiBs\"; expected a size as \"512MiB\", "
		"a "
		"number of bytes, or \"max\"");
	assert_mistake(state, "[limits]\nmemory_max = 1.5",
		"4:14: error: limits.memory_max: found 1.5; expected a size as \"512MiB\", a "
		"number "
		"of bytes, or \"max\"");
	assert_mistake(state, "[limits]\nmemory_max = -1",
		"4:14: error: limits.memory_max: found -1; expected a size as \"512MiB\", a number "
		"of bytes, or \"max\"");
	assert_mistake(state, "[limits]\nmemory_max = 0",
		"4:14: error: limits.memory_max: found 0; expected at least 4096 bytes");
	assert_mistake(state, "[container]\ntmp_max = 0",
		"4:11: error: container.tmp_max: found 0; expected at least 4096 bytes");
	assert_mistake(state, "[limits]\nswap_max = \"8388608TiB\"",
		"4:12: error: limits.swap_max: found \"8388608TiB\"; expected less than 8 EiB, or "
		"\"max\"");
}

static void test_experiment__lists_of_cpus(void **state)
{
	static const char *const good[] = {"0", "0-1", "0,2", "1-3,5,7-8191", NULL};
	static const char *const bad[] = {
		"", "a", "-1", "1-", "3-1", "0,", ",0", "0 1", "8192", "0--1", "99999999999", NULL};

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
	/* A name that no image can have. */
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
		"broken.json:2:26: error: found the system call \"mknodd\", which no architecture "
		"has; did you mean \"mknod\"?");
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

/* ---- files */

static void test_experiment_load__reads_a_file(void **state)
{
	struct folder *folder = *state;
	struct experiment *experiment = NULL;
	struct error error = ERROR_INIT;

	write_file(folder, "ramp.toml", PYTHON, 0644);
	assert_int_equal(experiment_load(folder->file, &options, stderr, &experiment, &error), 0);
	assert_string_equal(experiment->name, "ramp");
	experiment_free(experiment);
}

static void test_experiment_parse__quick_is_one_repetition_whatever_the_file_says(void **state)
{
	const struct folder *folder = *state;
	static const char text[] = COMMAND "[trials]\nrepetitions = 30\nwarmups = 2\n";
	static const char wrong[] = COMMAND "[trials]\nrepetitions = 0\n";
	const struct experiment_options quick = {
		.seccomp_directory = options.seccomp_directory, .quick = true};
	CLEANUP(cleanup_free) char *diagnostics = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&diagnostics, &length);
	struct experiment *experiment;

	assert_int_equal(experiment_parse(folder->file, text, strlen(text), &quick, stream,
				 &experiment, NULL),
		0);
	assert_int_equal(experiment->trials.repetitions, 1);
	assert_int_equal(experiment->trials.warmups, 0);
	assert_true(experiment->trials.quick);
	assert_string_equal(experiment->text, text);
	experiment_free(experiment);
	/* What the file says must be right all the same. */
	assert_int_equal(experiment_parse(folder->file, wrong, strlen(wrong), &quick, stream,
				 &experiment, NULL),
		-EINVAL);
	fclose(stream);
	assert_non_null(strstr(diagnostics, "trials.repetitions"));
}

static void test_experiment_load__a_missing_file_is_named(void **state)
{
	const struct folder *folder = *state;
	struct experiment *experiment = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(
		experiment_load(folder->file, &options, stderr, &experiment, &error), -ENOENT);
	assert_non_null(strstr(error.text, folder->file));
	assert_null(experiment);
}

static void test_experiment_load__an_endless_file_is_refused(void **state)
{
	struct experiment *experiment = NULL;
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(
		experiment_load("/dev/zero", &options, stderr, &experiment, &error), -EFBIG);
}

static void test_experiment_parse__needs_the_folder(void **state)
{
	struct experiment *experiment = NULL;
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(experiment_parse("/no/such/ramp.toml", PYTHON, strlen(PYTHON), &options,
				 stderr, &experiment, &error),
		-ENOENT);
}

/* ---- did you mean */

static void test_suggestion_find__the_nearest_that_is_near(void **state)
{
	static const char *const words[] = {"repetitions", "warmups", "order", "seed", NULL};

	(void)state;
	assert_string_equal(suggestion_find("repititions", words), "repetitions");
	assert_string_equal(suggestion_find("repetition", words), "repetitions");
	assert_string_equal(suggestion_find("Seed", words), "seed");
	assert_string_equal(suggestion_find("oredr", words), "order");
	assert_string_equal(suggestion_find("warmup", words), "warmups");
	assert_null(suggestion_find("sampler", words));
	assert_null(suggestion_find("", words));
	assert_null(
		suggestion_find("repetitionsrepetitionsrepetitionsrepetitionsrepetitions", words));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_experiment__the_smallest_has_all_defaults),
		TEST(test_experiment__every_key_is_read),
		TEST(test_experiment__sizes_and_amounts),
		TEST(test_experiment__an_empty_oracle_counts_at_all_marks),
		TEST(test_experiment__parameters_keep_order_kind_and_text),
		TEST(test_experiment__a_command),
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
		TEST(test_experiment__the_tasks_file_must_be_there),
		TEST(test_experiment__the_container_must_see_the_tasks_file),
		TEST(test_experiment__templates),
		TEST(test_experiment__parameters),
		TEST(test_experiment__numbers_out_of_range),
		TEST(test_experiment__sizes_that_are_none),
		TEST(test_experiment__lists_of_cpus),
		TEST(test_experiment__all_cpus_are_no_list),
		TEST(test_experiment__mounts),
		TEST(test_experiment__images_and_runtimes),
		TEST(test_experiment__profiles),
		TEST(test_experiment__names),
		TEST(test_experiment__a_files_name_that_cannot_be_the_experiments),
		TEST(test_experiment__long_values_are_cut_in_messages),
		TEST(test_experiment_load__reads_a_file),
		TEST(test_experiment_parse__quick_is_one_repetition_whatever_the_file_says),
		TEST(test_experiment_load__a_missing_file_is_named),
		TEST(test_experiment_load__an_endless_file_is_refused),
		TEST(test_experiment_parse__needs_the_folder),
		TEST(test_suggestion_find__the_nearest_that_is_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
