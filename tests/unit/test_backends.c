/*
 * The registry of backends, and mprof: its command line, its file and its exit codes.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backends/backend.h"
#include "backends/mprof.h"
#include "backends/negative_exit.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MAX_SAMPLES 16
#define EPOCH_NS UINT64_C(1700000000000000000) /* CLOCK_REALTIME when CLOCK_MONOTONIC was 0 */

struct fixture {
	char directory[64];
	int directory_fd;
	struct sample samples[MAX_SAMPLES];
	size_t n_samples;
	int verdict; /* what emit returns */
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	if (!fixture)
		return -1;
	strcpy(fixture->directory, "/tmp/test-backends-XXXXXX");
	if (!mkdtemp(fixture->directory))
		return -1;
	fixture->directory_fd = open(fixture->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fixture->directory_fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	int r;

	close(fixture->directory_fd);
	r = file_remove_tree(AT_FDCWD, fixture->directory, NULL);
	free(fixture);
	return r;
}

static int keep(void *context, const char *metric, enum metric_kind kind,
	const struct sample *sample, struct error *error)
{
	struct fixture *fixture = context;

	(void)error;
	assert_string_equal(metric, "mprof.rss_bytes");
	assert_int_equal(kind, METRIC_GAUGE);
	assert_true(fixture->n_samples < MAX_SAMPLES);
	fixture->samples[fixture->n_samples++] = *sample;
	return fixture->verdict;
}

static int collect(struct fixture *fixture, const char *text, struct error *error)
{
	assert_int_equal(
		file_write(fixture->directory_fd, MPROF_FILE, text, strlen(text), 0600, NULL), 0);
	fixture->n_samples = 0;
	return mprof_collect(fixture->directory_fd, EPOCH_NS, keep, fixture, error);
}

static void assert_collected(struct fixture *fixture, const char *text, size_t n)
{
	struct error error = ERROR_INIT;

	if (collect(fixture, text, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(fixture->n_samples, n);
}

/* ---- the registry */

static void test_backend_all__is_in_the_order_of_documentation(void **state)
{
	static const char *const names[] = {"none", "psutil", "resource", "tracemalloc", "mprof",
		"kernel", "cgroup", "docker-stats", "working-set", "psutil-tree", "proc-tree",
		"wait4", "gnu-time", "memory-usage", "mallinfo2", "scalene", "memray"};
	const struct backend *const *all = backend_all();

	(void)state;
	for (size_t i = 0; i < LENGTH(names); i++) {
		assert_non_null(all[i]);
		assert_string_equal(all[i]->name, names[i]);
		assert_ptr_equal(backend_find(names[i]), all[i]);
		assert_true(strlen(all[i]->summary) > 0);
		assert_non_null(all[i]->requirements);
	}
	assert_null(all[LENGTH(names)]);
}

static void test_backend_find__knows_no_other_name(void **state)
{
	(void)state;
	assert_null(backend_find("fil"));
	assert_null(backend_find(""));
	assert_null(backend_find("psutil "));
}

/* A backend's headline metric is its own, in bytes; the control has none. */
static void test_backend_all__headline_metric_is_the_backends_own(void **state)
{
	(void)state;
	for (const struct backend *const *backend = backend_all(); *backend; backend++) {
		const char *metric = (*backend)->headline_metric;

		if (strcmp((*backend)->name, "none") == 0) {
			assert_null(metric);
			assert_false((*backend)->needs_python_task);
			continue;
		}
		/* A backend for commands is external, wraps the command, or is loaded into it. */
		assert_true((*backend)->needs_python_task || backend_is_outside(*backend) ||
			    (*backend)->wrap || (*backend)->preload);
		assert_true(backend_owns((*backend)->name, metric));
		assert_string_equal(metric + strlen(metric) - strlen("_bytes"), "_bytes");
	}
}

static void test_backend_is_outside__what_is_no_word_of_the_task(void **state)
{
	(void)state;
	assert_true(backend_is_outside(backend_find("proc-tree")));
	assert_true(backend_is_outside(backend_find("wait4")));
	assert_false(backend_is_outside(backend_find("none")));
	assert_false(backend_is_outside(backend_find("cgroup")));
	/* Outside the interpreter, but inside the container. */
	assert_false(backend_is_outside(backend_find("mprof")));
}

static void test_backend_owns__whole_names_only(void **state)
{
	(void)state;
	assert_true(backend_owns("psutil", "psutil.rss_bytes"));
	assert_false(backend_owns("psutil", "psutil-tree.rss_bytes"));
	assert_false(backend_owns("psutil", "psutil."));
	assert_false(backend_owns("psutil", "psutil"));
	assert_false(backend_owns("psutil", "psuti"));
}

static void test_backend_find__names_the_packages_needed(void **state)
{
	const struct backend *mprof = backend_find("mprof");
	const struct backend *psutil = backend_find("psutil");

	(void)state;
	assert_string_equal(psutil->requirements[0].python_module, "psutil");
	assert_string_equal(psutil->requirements[0].debian_package, "python3-psutil");
	assert_null(psutil->requirements[1].debian_package);
	assert_string_equal(mprof->requirements[0].python_module, "memory_profiler");
	assert_string_equal(mprof->requirements[0].debian_package, "python3-memory-profiler");
	assert_null(backend_find("kernel")->requirements[0].debian_package);
	assert_string_equal(
		backend_find("scalene")->requirements[0].debian_package, "python3-scalene");
	assert_string_equal(backend_find("gnu-time")->requirements[0].program, "/usr/bin/time");
	assert_string_equal(backend_find("gnu-time")->requirements[0].debian_package, "time");
}

/* ---- mprof's command line */

static void test_mprof_wrap__gives_the_words_before_the_interpreter(void **state)
{
	static const char *const expected[] = {"/opt/bin/python3", "-m", "mprof", "run",
		"--nopython", "--exit-code", "--interval", "0.002500000", "--output",
		"/run/memcg-run/profiler/mprofile.dat"};
	const struct backend_task task = {.interval_s = 0.0025,
		.profiler_directory = "/run/memcg-run/profiler",
		.interpreter = "/opt/bin/python3"};
	char *argv[16];

	(void)state;
	assert_int_equal(mprof_wrap(&task, argv, 16, NULL), 0);
	for (size_t i = 0; i < 10; i++) {
		assert_string_equal(argv[i], expected[i]);
		free(argv[i]);
	}
	assert_null(argv[10]);
}

static void test_mprof_wrap__needs_room_for_the_final_null(void **state)
{
	const struct backend_task task = {
		.interval_s = 1, .profiler_directory = "/p", .interpreter = "python3"};
	char *argv[10] = {NULL};

	(void)state;
	assert_int_equal(mprof_wrap(&task, argv, 10, NULL), -E2BIG);
	assert_null(argv[0]);
}

/* ---- its file */

static void test_mprof_collect__converts_to_bytes_and_monotonic_time(void **state)
{
	struct fixture *fixture = *state;

	assert_collected(fixture,
		"CMDLINE /usr/bin/python3 harness.py\n"
		"MEM 64.000000 1700000012.5000\n"
		"MEM 0.003906 1700000012.5101\n",
		2);
	assert_int_equal(fixture->samples[0].value, 67108864);
	assert_true(fixture->samples[0].time_ns == UINT64_C(12500000000));
	/* One page: 4096 / 2^20 is 0.00390625, truncated by two decimals. */
	assert_int_equal(fixture->samples[1].value, 4096);
	assert_true(fixture->samples[1].time_ns == UINT64_C(12510100000));
}

/*
 * 2562 pages are 10.0078125 MiB, printed as 10.007812: 0.52 bytes less, which would round to one
 * too few.
 */
static void test_mprof_collect__restores_whole_pages(void **state)
{
	struct fixture *fixture = *state;

	assert_collected(fixture, "MEM 10.007812 1700000001.0000\n", 1);
	assert_int_equal(fixture->samples[0].value, 10493952);
	/* A value not near a page is rounded to bytes: 0.000100 MiB are 104.86 bytes. */
	assert_collected(fixture, "MEM 0.000100 1700000001.0000\n", 1);
	assert_int_equal(fixture->samples[0].value, 105);
}

static void test_mprof_collect__passes_over_other_lines(void **state)
{
	struct fixture *fixture = *state;

	assert_collected(fixture,
		"\n"
		"FUNC __main__.f 1.0 1700000001.0 2.0 1700000002.0 0\n"
		"CHLD 0 5.000000 1700000001.0000\n"
		"MEM\n"
		"MEM 1.0\n"
		"MEM x 1700000001.0000\n"
		"MEM 1.0 nan\n"
		"MEM -1.0 1700000001.0000\n"
		"MEM 1.0 1700000001.0000 more\n"
		"MEMORY 1.0 1700000001.0000\n"
		"MEM 1e300 1700000001.0000\n"
		"MEM 1.0 1e300\n"
		"MEM 2.000000 1700000001.0000\n"
		"MEM 1.0 1699999999.0000\n", /* before the offset: no monotonic time */
		1);
	assert_int_equal(fixture->samples[0].value, 2097152);
}

static void test_mprof_collect__passes_over_a_line_longer_than_any_sample(void **state)
{
	struct fixture *fixture = *state;
	char text[2000];
	size_t length;

	/* The middle of the long line looks like a sample, at a likely buffer boundary. */
	memset(text, 'x', sizeof(text));
	for (size_t i = 500; i < 1000; i += 30)
		memcpy(text + i, " MEM 9.000000 1700000001.0000 ", 30);
	memcpy(text, "CMDLINE ", 8);
	length = 1500;
	strcpy(text + length, "\nMEM 3.000000 1700000002.0000\n");
	assert_collected(fixture, text, 1);
	assert_int_equal(fixture->samples[0].value, 3145728);
}

/* mprof was killed during the write: digits of the time may be missing. */
static void test_mprof_collect__does_not_trust_a_line_cut_short(void **state)
{
	struct fixture *fixture = *state;

	assert_collected(fixture, "MEM 1.000000 1700000001.0000\nMEM 2.000000 1700000002", 1);
	assert_int_equal(fixture->samples[0].value, 1048576);
}

static void test_mprof_collect__no_sample_is_an_error(void **state)
{
	struct error error = ERROR_INIT;

	assert_int_equal(collect(*state, "CMDLINE python3\n", &error), -ENODATA);
	assert_non_null(strstr(error.text, MPROF_FILE));
	assert_int_equal(collect(*state, "", NULL), -ENODATA);
}

static void test_mprof_collect__missing_file_is_an_error(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(
		mprof_collect(fixture->directory_fd, EPOCH_NS, keep, fixture, NULL), -ENOENT);
}

static void test_mprof_collect__clock_set_back_is_an_error(void **state)
{
	struct error error = ERROR_INIT;

	assert_int_equal(collect(*state,
				 "MEM 1.000000 1700000002.0000\n"
				 "MEM 1.000000 1700000001.0000\n",
				 &error),
		-ERANGE);
	assert_non_null(strstr(error.text, "clock"));
}

static void test_mprof_collect__ends_with_emit(void **state)
{
	struct fixture *fixture = *state;

	fixture->verdict = -ENOSPC;
	assert_int_equal(collect(fixture,
				 "MEM 1.000000 1700000001.0000\n"
				 "MEM 1.000000 1700000002.0000\n",
				 NULL),
		-ENOSPC);
	assert_int_equal(fixture->n_samples, 1);
}

/* The task may write in mprof's folder, and could make the runner read other files, or block. */
static void test_mprof_collect__follows_no_link_and_waits_for_no_writer(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(file_write(fixture->directory_fd, "secret", "MEM 1.0 1700000001.0\n", 21,
				 0600, NULL),
		0);
	assert_int_equal(symlinkat("secret", fixture->directory_fd, MPROF_FILE), 0);
	assert_int_equal(
		mprof_collect(fixture->directory_fd, EPOCH_NS, keep, fixture, NULL), -ELOOP);
	assert_int_equal(unlinkat(fixture->directory_fd, MPROF_FILE, 0), 0);
	assert_int_equal(mkfifoat(fixture->directory_fd, MPROF_FILE, 0600), 0);
	assert_int_equal(
		mprof_collect(fixture->directory_fd, EPOCH_NS, keep, fixture, NULL), -EINVAL);
}

/* ---- its exit codes */

static void test_negative_exit_task_status__gives_back_the_signal(void **state)
{
	(void)state;
	assert_true(WIFSIGNALED(negative_exit_task_status((256 - 9) << 8)));
	assert_int_equal(WTERMSIG(negative_exit_task_status((256 - 9) << 8)), 9);
	assert_int_equal(WTERMSIG(negative_exit_task_status((256 - 11) << 8)), 11);
	assert_int_equal(WTERMSIG(negative_exit_task_status((256 - 2) << 8)), 2);
}

static void test_negative_exit_task_status__leaves_exit_codes_and_its_own_end(void **state)
{
	(void)state;
	assert_int_equal(negative_exit_task_status(0), 0);
	assert_int_equal(negative_exit_task_status(3 << 8), 3 << 8);
	assert_int_equal(negative_exit_task_status(127 << 8), 127 << 8);
	assert_int_equal(negative_exit_task_status(255 << 8), 255 << 8); /* exit(-1) */
	assert_int_equal(negative_exit_task_status(224 << 8), 224 << 8);
	assert_int_equal(negative_exit_task_status(9), 9); /* mprof itself was killed */
}

#define BACKEND_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backend_all__is_in_the_order_of_documentation),
		cmocka_unit_test(test_backend_find__knows_no_other_name),
		cmocka_unit_test(test_backend_all__headline_metric_is_the_backends_own),
		cmocka_unit_test(test_backend_is_outside__what_is_no_word_of_the_task),
		cmocka_unit_test(test_backend_owns__whole_names_only),
		cmocka_unit_test(test_backend_find__names_the_packages_needed),
		cmocka_unit_test(test_mprof_wrap__gives_the_words_before_the_interpreter),
		cmocka_unit_test(test_mprof_wrap__needs_room_for_the_final_null),
		BACKEND_TEST(test_mprof_collect__converts_to_bytes_and_monotonic_time),
		BACKEND_TEST(test_mprof_collect__restores_whole_pages),
		BACKEND_TEST(test_mprof_collect__passes_over_other_lines),
		BACKEND_TEST(test_mprof_collect__passes_over_a_line_longer_than_any_sample),
		BACKEND_TEST(test_mprof_collect__does_not_trust_a_line_cut_short),
		BACKEND_TEST(test_mprof_collect__no_sample_is_an_error),
		BACKEND_TEST(test_mprof_collect__missing_file_is_an_error),
		BACKEND_TEST(test_mprof_collect__clock_set_back_is_an_error),
		BACKEND_TEST(test_mprof_collect__ends_with_emit),
		BACKEND_TEST(test_mprof_collect__follows_no_link_and_waits_for_no_writer),
		cmocka_unit_test(test_negative_exit_task_status__gives_back_the_signal),
		cmocka_unit_test(test_negative_exit_task_status__leaves_exit_codes_and_its_own_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
