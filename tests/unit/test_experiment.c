/* Experiment files: their meaning, and how they are read. */

#include "tests/unit/experiment_fixture.h"

#include "runner/experiment/seccomp_profile.h"

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
	assert_string_equal(experiment->tasks[0].python, "task.py");
	assert_null(experiment->tasks[0].command);
	assert_null(experiment->tasks[0].function);
	assert_non_null(experiment->tasks[0].arguments);
	assert_null(experiment->tasks[0].arguments[0]);
	assert_int_equal(experiment->tasks[0].n_environment, 0);
	assert_int_equal(experiment->tasks[0].n_parameters, 0);
	assert_int_equal(experiment->trials.repetitions, 10);
	assert_int_equal(experiment->trials.warmups, 1);
	assert_int_equal(experiment->trials.order, ORDER_RANDOM);
	assert_int_equal(experiment->trials.seed, 1);
	assert_int_equal(experiment->trials.timeout_ns, 60000000000);
	assert_int_equal(experiment->trials.setup_timeout_ns, 3600000000000);
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
	assert_int_equal(experiment->limits.cpu_quota_us.kind, AMOUNT_UNSET);
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
	struct experiment *experiment = accept_with(state,
		"name = \"other.Name-2_\"\n"
		"[task]\npython = \"./task.py\"\nfunction = \"main\"\n"
		"arguments = [\"--size\", \"{size}\", \"{{}}\"]\nparameters.size = 1\n"
		"environment = {OMP_NUM_THREADS = \"{size}\", \"a b\" = \"\"}\n"
		"[trials]\nrepetitions = 3\nwarmups = 0\norder = \"sequential\"\nseed = 0\n"
		"timeout_s = 1.5\nsetup_timeout_s = 7200\npage_cache = \"cold\"\nalongside = "
		"\"wait\"\n"
		"[backends]\nnames = [\"tracemalloc\", \"none\"]\ninterval_s = 1\nfiles_max = "
		"\"max\"\n"
		"[sampler]\nrate_hz = 2.5\nmode = \"spin\"\ncpu = 0\nstat_hz = 0.5\npressure = "
		"true\npeak_hz = 0\nprocesses_hz = 2\npss_hz = 0.001\n"
		"[oracle]\nmarks = [\"task_end\", \"a_B.9:/-\"]\n"
		"[limits]\nmemory_max = \"512MiB\"\nswap_max = \"0\"\ncpus = \"0-1,3\"\n"
		"pids_max = 64\noom_group = true\n"
		"memory_high = \"384MiB\"\ncpu_quota = \"1.5\"\n"
		"[container]\nruntime = \"crun\"\nimage = \"python\"\nseccomp = \"allow.json\"\n"
		"network = true\ntmp_max = \"64MiB\"\nmounts = [\"/usr/:/data\", "
		"\"/etc:/x/y/:rw\", \"/:/host:ro\"]\n",
		geteuid() != 0 ? ""
			       : "ramp.toml:44:11: warning: container.network: abstract sockets of "
				 "root's daemons are open to the task, and they see user 0; remove "
				 "the key unless you trust the task\n");

	assert_string_equal(experiment->name, "other.Name-2_");
	assert_string_equal(experiment->tasks[0].function, "main");
	assert_string_equal(experiment->tasks[0].arguments[1], "{size}");
	assert_null(experiment->tasks[0].arguments[3]);
	assert_int_equal(experiment->tasks[0].n_environment, 2);
	assert_string_equal(experiment->tasks[0].environment[0].name, "OMP_NUM_THREADS");
	assert_string_equal(experiment->tasks[0].environment[0].value, "{size}");
	assert_string_equal(experiment->tasks[0].environment[1].name, "a b");
	assert_string_equal(experiment->tasks[0].environment[1].value, "");
	assert_int_equal(experiment->trials.repetitions, 3);
	assert_int_equal(experiment->trials.warmups, 0);
	assert_int_equal(experiment->trials.order, ORDER_SEQUENTIAL);
	assert_int_equal(experiment->trials.seed, 0);
	assert_int_equal(experiment->trials.timeout_ns, 1500000000);
	assert_int_equal(experiment->trials.setup_timeout_ns, 7200000000000);
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
	assert_int_equal(experiment->limits.memory_high_bytes.number, 402653184);
	/* One and a half CPUs: 150 ms of CPU time in each 100 ms. */
	assert_int_equal(experiment->limits.cpu_quota_us.kind, AMOUNT_NUMBER);
	assert_int_equal(experiment->limits.cpu_quota_us.number, 150000);
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

static void test_experiment__a_module_in_an_interpreter_of_its_own(void **state)
{
	const struct folder *folder = *state;
	CLEANUP(cleanup_free) char *directory = realpath(folder->path, NULL);
	CLEANUP(cleanup_free) char *whole = string_format("%s/bin/python", directory);
	struct experiment *experiment;
	CLEANUP(cleanup_free) char *bin = string_format("%s/bin", folder->path);

	assert_int_equal(mkdir(bin, 0755), 0);
	assert_int_equal(symlink("/usr/bin/env", whole), 0);
	experiment =
		accept(state, "[task]\nmodule = \"package.tool\"\ninterpreter = \"bin/python\"\n");
	assert_null(experiment->tasks[0].python);
	assert_string_equal(experiment->tasks[0].module, "package.tool");
	assert_string_equal(experiment->tasks[0].interpreter, whole);
	assert_string_equal(experiment->tasks[0].interpreter_prefix, directory);
	experiment_free(experiment);
}

/* A module speaks with the runner over the channel, as a script does. */
static void test_experiment__what_a_profile_refuses_a_module(void **state)
{
	static const char profile[] =
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"sendto\"], "
		"\"action\": \"SCMP_ACT_ERRNO\"}]}";
	static const char warning[] = "ramp.toml:4:11: warning: container.seccomp: the profile "
				      "refuses sendto, with which "
				      "a Python task reports to memcg-run: every trial will fail\n";
	struct experiment *experiment;

	write_file(*state, "quiet.json", profile, 0644);
	experiment = accept_with(state,
		"[task]\nmodule = \"package.tool\"\n[container]\nseccomp = \"quiet.json\"\n",
		warning);
	assert_string_equal(experiment->container.seccomp_refused,
		"sendto, with which a Python task reports to memcg-run");
	experiment_free(experiment);
	experiment = accept(state, COMMAND "[container]\nseccomp = \"quiet.json\"\n");
	assert_null(experiment->container.seccomp_refused);
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
	const struct parameter *parameters = experiment->tasks[0].parameters;

	assert_int_equal(experiment->tasks[0].n_parameters, 4);
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

	assert_null(experiment->tasks[0].python);
	assert_string_equal(experiment->tasks[0].command[1], "--n={n}");
	assert_string_equal(experiment->tasks[0].command[2], "");
	assert_null(experiment->tasks[0].command[3]);
	experiment_free(experiment);
	/* Only the container can tell whether it exists. */
	experiment_free(accept(state, "[task]\ncommand = [\"no-such-program\"]\n"));
	experiment_free(accept(
		state, "[task]\ncommand = [\"/opt/no-such\"]\n[container]\nimage = \"python\"\n"));
	experiment_free(accept(state, "[task]\ncommand = [\"/bin/dd\"]\n"));
	experiment_free(
		accept(state, "[task]\ncommand = [\"./{p}\"]\nparameters.p = [\"a\", \"b\"]\n"));
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
	/* The file's own values must still be valid. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_experiment__the_smallest_has_all_defaults),
		TEST(test_experiment__every_key_is_read),
		TEST(test_experiment__a_module_in_an_interpreter_of_its_own),
		TEST(test_experiment__what_a_profile_refuses_a_module),
		TEST(test_experiment__sizes_and_amounts),
		TEST(test_experiment__an_empty_oracle_counts_at_all_marks),
		TEST(test_experiment__parameters_keep_order_kind_and_text),
		TEST(test_experiment__a_command),
		TEST(test_experiment_load__reads_a_file),
		TEST(test_experiment_parse__quick_is_one_repetition_whatever_the_file_says),
		TEST(test_experiment_load__a_missing_file_is_named),
		TEST(test_experiment_load__an_endless_file_is_refused),
		TEST(test_experiment_parse__needs_the_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
