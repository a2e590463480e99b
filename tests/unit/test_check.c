/* The output of 'check', compared with hand-written text. */

#include "runner/experiment/check.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct backend none = {.name = "none"};
static const struct backend tracemalloc = {.name = "tracemalloc"};
static const struct backend *backends[] = {&none, &tracemalloc};
static struct parameter_value sizes[] = {{PARAMETER_INTEGER, "64"}, {PARAMETER_INTEGER, "256"}};
static struct parameter parameters[] = {{"size_mib", sizes, 2}};
static char *arguments[] = {"--size={size_mib}", NULL};
static struct variable environment[] = {{"THREADS", "4"}, {"SIZE", "{size_mib}"}};
static struct experiment_mount mounts[] = {{"/srv", "/data", true}};

static struct task task;

/* 2 points, 2 backends, 1 warm-up, 2 repetitions: 12 trials of at most 60.5 s. */
static struct experiment small(void)
{
	struct experiment experiment = {.path = "x/ramp.toml", .name = "ramp"};

	experiment.tasks = &task;
	experiment.n_tasks = 1;
	task = (struct task){.name = NULL};
	task.python = "tasks/ramp.py";
	task.function = "main";
	task.arguments = arguments;
	task.environment = environment;
	task.n_environment = 2;
	task.user = (char *)"nobody";
	task.parameters = parameters;
	task.n_parameters = 1;
	experiment.trials.repetitions = 2;
	experiment.trials.warmups = 1;
	experiment.trials.order = ORDER_SEQUENTIAL;
	experiment.trials.timeout_ns = 60 * NS_PER_S;
	experiment.trials.setup_timeout_ns = 3600 * NS_PER_S;
	experiment.backends = backends;
	experiment.n_backends = 2;
	experiment.interval_ns = 10 * NS_PER_MS;
	experiment.sampler.rate_hz = 1000;
	experiment.sampler.stat_hz = experiment.sampler.peak_hz = 10;
	experiment.limits.memory_max_bytes = (struct amount){AMOUNT_NUMBER, 536870912};
	experiment.limits.swap_max_bytes = (struct amount){AMOUNT_NUMBER, 0};
	experiment.limits.cpus = "0";
	experiment.container.image = "host";
	experiment.container.seccomp_name = "default";
	experiment.container.mounts = mounts;
	experiment.container.n_mounts = 1;
	return experiment;
}

static char *check(const struct experiment *experiment, bool verbose)
{
	struct plan *plan = NULL;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	assert_int_equal(plan_new(experiment, &plan, NULL), 0);
	assert_int_equal(check_print(experiment, plan, verbose, stream, NULL), 0);
	assert_int_equal(fclose(stream), 0);
	plan_free(plan);
	return text;
}

static void test_check_print__says_all_of_a_small_plan(void **state)
{
	const struct experiment experiment = small();
	CLEANUP(cleanup_free) char *text = check(&experiment, false);

	(void)state;
	assert_string_equal(text,
		"experiment  ramp (x/ramp.toml)\n"
		"task        python tasks/ramp.py --size={size_mib}, function main\n"
		"user        nobody\n"
		"environment THREADS=4\n"
		"            SIZE={size_mib}\n"
		"parameters  size_mib = 64, 256\n"
		"points      2\n"
		"backends    none, tracemalloc; polling reporters read every 10.0 ms\n"
		"reference   sampled at 1000 Hz\n"
		"            memory.stat at 10 Hz, memory.peak at 10 Hz\n"
		"limits      memory 512.00 MiB, swap 0 B, CPUs 0\n"
		"container   runc, image host, seccomp default\n"
		"mounts      /srv at /data, writable\n"
		"trials      12: 4 warm-ups, then 2 repetitions of 2 points x 2 backends, in "
		"sequence\n"
		"page cache  warm: left as the warm-ups leave it\n"
		"time        about 6.00 s for 12 containers, plus the tasks' own time: the run "
		"estimates it from its warm-ups; 12 min 06 s if each is stopped after 1 min 00 s "
		"(timeout_s)\n"
		"\n"
		"order\n"
		"  000001  warm-up      1  none         size_mib=64\n"
		"  000002  warm-up      1  tracemalloc  size_mib=64\n"
		"  000003  warm-up      1  none         size_mib=256\n"
		"  000004  warm-up      1  tracemalloc  size_mib=256\n"
		"  000005  repetition   1  none         size_mib=64\n"
		"  000006  repetition   2  none         size_mib=64\n"
		"  000007  repetition   1  tracemalloc  size_mib=64\n"
		"  000008  repetition   2  tracemalloc  size_mib=64\n"
		"  000009  repetition   1  none         size_mib=256\n"
		"  000010  repetition   2  none         size_mib=256\n"
		"  000011  repetition   1  tracemalloc  size_mib=256\n"
		"  000012  repetition   2  tracemalloc  size_mib=256\n");
}

static void test_check_print__shows_the_ends_of_a_long_plan(void **state)
{
	struct experiment experiment = small();
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	experiment.trials.repetitions = 10;
	text = check(&experiment, false);
	assert_non_null(strstr(text, "\n  000008 "));
	assert_null(strstr(text, "\n  000009 "));
	assert_non_null(strstr(text, "\n  ... 28 more; --verbose shows all\n  000037 "));
	assert_non_null(strstr(text, "\n  000044 "));
}

static void test_check_print__says_that_it_is_quick(void **state)
{
	struct experiment experiment = small();
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	experiment.trials.quick = true;
	experiment.trials.repetitions = 1;
	experiment.trials.warmups = 0;
	text = check(&experiment, false);
	assert_non_null(strstr(text,
		"\ntrials      4: 0 warm-ups, then 1 repetition of 2 points x 2 backends, in "
		"sequence\n"
		"quick       one repetition and no warm-up, regardless of the experiment\n"));
}

static void test_check_print__verbose_shows_all(void **state)
{
	struct experiment experiment = small();
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	experiment.trials.repetitions = 10;
	text = check(&experiment, true);
	for (int number = 1; number <= 44; number++) {
		char line[32];

		snprintf(line, sizeof(line), "\n  %06d ", number);
		assert_non_null(strstr(text, line));
	}
	assert_null(strstr(text, "more;"));
}

static void test_check_print__a_command_with_nothing_set(void **state)
{
	static char *command[] = {"./prog", "{size_mib}", NULL};
	struct experiment experiment = small();
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	task.python = task.function = NULL;
	task.command = command;
	task.n_parameters = 0;
	task.user = NULL;
	task.n_environment = 0;
	experiment.trials.warmups = 0;
	experiment.trials.order = ORDER_RANDOM;
	experiment.trials.seed = 7;
	experiment.limits = (struct limits){.pids_max = {AMOUNT_MAX, 0}};
	experiment.sampler.rate_max = true;
	experiment.sampler.stat_hz = experiment.sampler.peak_hz = 0;
	experiment.sampler.pressure = true;
	experiment.sampler.processes_hz = 2;
	experiment.sampler.pss_hz = 0.001;
	experiment.container.network = true;
	experiment.oracle.counts = true;
	experiment.container.n_mounts = 0;
	text = check(&experiment, false);
	assert_non_null(strstr(text, "\ntask        command ./prog {size_mib}\npoints      1\n"));
	assert_non_null(strstr(text, "\nreference   sampled as fast as possible\n"
				     "            memory.stat and memory.pressure at the marks, "
				     "/proc of the task's processes at 2 Hz, their PSS at 0.001 "
				     "Hz\n"));
	assert_non_null(strstr(
		text, "\noracle      pages are counted at every mark at which the task waits\n"));
	assert_non_null(strstr(text, "\nlimits      processes max, CPUs all but the sampler's\n"));
	assert_non_null(strstr(text, ", seccomp default, network\n"));
	assert_non_null(strstr(text, "4: 0 warm-ups, then 2 repetitions of 1 point x 2 backends, "
				     "each repetition in a random order (seed 7)\n"));
	assert_non_null(strstr(text, "warm, but without a warm-up"));
	assert_non_null(strstr(text, "\n  000001  repetition   1  "));
}

/* 12 trials of at most 60.5 s, and before and after them 2 points x 2 of at most 3600.5 s. */
static void test_check_print__what_surrounds_the_trials(void **state)
{
	static char *setup[] = {"make", "{size_mib}", NULL}, *teardown[] = {"rm", NULL};
	const struct experiment experiment = small();
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	task.setup = setup;
	task.teardown = teardown;
	text = check(&experiment, false);
	assert_non_null(strstr(text, "\nsetup       make {size_mib}\nteardown    rm\nparameters "));
	assert_non_null(
		strstr(text, "; 4 h 12 min if each is stopped after 1 min 00 s (timeout_s), "
			     "and each setup and teardown after 1 h 00 min "
			     "(setup_timeout_s)\n"));
}

static void test_check_print__a_time_beyond_counting(void **state)
{
	struct experiment experiment = small();
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	experiment.trials.timeout_ns = UINT64_C(1000000000) * NS_PER_S;
	experiment.trials.repetitions = 100;
	text = check(&experiment, false);
	assert_non_null(strstr(text, "; centuries if each is stopped after "));
}

static void test_check_print__a_full_disk_is_an_error(void **state)
{
	const struct experiment experiment = small();
	struct error error = ERROR_INIT;
	struct plan *plan = NULL;
	FILE *stream = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(stream);
	assert_int_equal(plan_new(&experiment, &plan, NULL), 0);
	assert_int_equal(check_print(&experiment, plan, false, stream, &error), -ENOSPC);
	plan_free(plan);
	fclose(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_print__says_all_of_a_small_plan),
		cmocka_unit_test(test_check_print__shows_the_ends_of_a_long_plan),
		cmocka_unit_test(test_check_print__says_that_it_is_quick),
		cmocka_unit_test(test_check_print__verbose_shows_all),
		cmocka_unit_test(test_check_print__a_command_with_nothing_set),
		cmocka_unit_test(test_check_print__what_surrounds_the_trials),
		cmocka_unit_test(test_check_print__a_time_beyond_counting),
		cmocka_unit_test(test_check_print__a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
