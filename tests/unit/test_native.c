/* The header for tasks in C (backends/native/memcg_run.h), with a channel of the runner's. */

#include "tests/unit/channel_fixture.h"

#include "util/array.h"
#include "util/clock.h"

#include <pthread.h>

static void *native_task(void *path)
{
	struct memcg_run channel;

	setenv(MEMCG_RUN_ENVIRONMENT, path, 1);
	channel = memcg_run_open();
	memcg_run_mark_and_wait(&channel, "task_begin");
	memcg_run_truth(&channel, 1 << 20);
	memcg_run_truth_of(&channel, MEMCG_RUN_REQUESTED, 4);
	memcg_run_truth_of(&channel, MEMCG_RUN_TOUCHED, 3);
	memcg_run_truth_of(&channel, MEMCG_RUN_CHARGED, 2);
	memcg_run_truth_of(&channel, MEMCG_RUN_UNIQUE, 1);
	memcg_run_high_water(&channel, "native.peak_bytes");
	memcg_run_sample(&channel, "native.peak_bytes", 42);
	memcg_run_mark(&channel, "loaded");
	memcg_run_mark_and_wait(&channel, "task_end");
	memcg_run_close(&channel);
	return NULL;
}

static void test_native__a_task_in_c_is_heard(void **state)
{
	static const struct {
		enum memcg_run_type type;
		const char *name;
		uint64_t value;
	} expected[] = {
		{MEMCG_RUN_MARK, "task_begin", 1},
		{MEMCG_RUN_TRUTH, "", 1048576},
		{MEMCG_RUN_TRUTH, "requested", 4},
		{MEMCG_RUN_TRUTH, "touched", 3},
		{MEMCG_RUN_TRUTH, "charged", 2},
		{MEMCG_RUN_TRUTH, "unique", 1},
		{MEMCG_RUN_METRIC, "native.peak_bytes", 1},
		{MEMCG_RUN_SAMPLE, "native.peak_bytes", 42},
		{MEMCG_RUN_MARK, "loaded", 0},
		{MEMCG_RUN_MARK, "task_end", 1},
	};
	struct fixture *fixture = *state;
	struct pollfd watched = {.fd = channel_fd(fixture->channel), .events = POLLIN};
	uint64_t last_ns = clock_monotonic_ns();
	pthread_t task;

	fixture->acknowledge = true;
	assert_int_equal(pthread_create(&task, NULL, native_task, fixture->path), 0);
	while (fixture->n_records < LENGTH(expected)) {
		assert_int_equal(poll(&watched, 1, TIMEOUT_MS), 1);
		receive(fixture);
	}
	assert_int_equal(pthread_join(task, NULL), 0);
	unsetenv(MEMCG_RUN_ENVIRONMENT);
	for (size_t i = 0; i < LENGTH(expected); i++) {
		assert_int_equal(fixture->records[i].type, expected[i].type);
		assert_string_equal(fixture->records[i].name, expected[i].name);
		assert_int_equal(fixture->records[i].value, expected[i].value);
		assert_true(fixture->records[i].time_ns >= last_ns);
		last_ns = fixture->records[i].time_ns;
	}
	assert_true(last_ns <= clock_monotonic_ns());
	assert_int_equal(stats(fixture).n_invalid_packets, 0);
}

static void test_native__outside_memcg_run_nothing_happens(void **state)
{
	struct memcg_run channel;

	(void)state;
	unsetenv(MEMCG_RUN_ENVIRONMENT);
	channel = memcg_run_open();
	assert_int_equal(channel.fd, -1);
	memcg_run_mark_and_wait(&channel, "task_begin"); /* would otherwise wait forever */
	memcg_run_truth(&channel, 1);
	memcg_run_close(&channel);
	setenv(MEMCG_RUN_ENVIRONMENT, "/nonexistent/socket", 1);
	channel = memcg_run_open();
	assert_int_equal(channel.fd, -1);
	unsetenv(MEMCG_RUN_ENVIRONMENT);
}

/* A task must survive the runner: no SIGPIPE, no waiting for an answer that never comes. */
static void test_native__task_survives_the_end_of_the_runner(void **state)
{
	struct fixture *fixture = *state;
	struct memcg_run channel;

	setenv(MEMCG_RUN_ENVIRONMENT, fixture->path, 1);
	channel = memcg_run_open();
	unsetenv(MEMCG_RUN_ENVIRONMENT);
	assert_true(channel.fd >= 0);
	receive(fixture);
	assert_int_equal(channel_close(&fixture->channel, NULL), 0);
	memcg_run_mark_and_wait(&channel, "task_begin");
	memcg_run_mark(&channel, "later");
	memcg_run_close(&channel);
}

static void test_native__name_that_is_too_long_is_counted_as_invalid(void **state)
{
	struct fixture *fixture = *state;
	struct memcg_run channel;
	char name[MEMCG_RUN_NAME_MAX + 1];

	memset(name, 'x', sizeof(name));
	name[MEMCG_RUN_NAME_MAX] = '\0';
	setenv(MEMCG_RUN_ENVIRONMENT, fixture->path, 1);
	channel = memcg_run_open();
	unsetenv(MEMCG_RUN_ENVIRONMENT);
	memcg_run_mark(&channel, name);
	memcg_run_mark(&channel, name + 1); /* 63 letters: the longest */
	memcg_run_close(&channel);
	receive(fixture);
	assert_int_equal(stats(fixture).n_invalid_packets, 1);
	assert_int_equal(fixture->n_records, 1);
	assert_string_equal(fixture->records[0].name, name + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHANNEL_TEST(test_native__a_task_in_c_is_heard),
		CHANNEL_TEST(test_native__outside_memcg_run_nothing_happens),
		CHANNEL_TEST(test_native__task_survives_the_end_of_the_runner),
		CHANNEL_TEST(test_native__name_that_is_too_long_is_counted_as_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
