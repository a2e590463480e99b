/*
 * An external reporter and its ways to fail. The reporters are this program itself, started with
 * the name of their behaviour.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/reporter.h"
#include "tests/unit/forked.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FD 3
#define MAX_KEPT 64
#define LONG_NS (60 * NS_PER_S)
#define SHORT_NS (50 * NS_PER_MS)
#define TASK_PID 4711

/* ---- the reporter's side */

static struct memcg_run_record record_of(uint32_t type, const char *name, uint64_t value)
{
	struct memcg_run_record record = {
		.magic = MEMCG_RUN_MAGIC,
		.type = type,
		.time_ns = clock_monotonic_ns(),
		.value = value,
	};

	snprintf(record.name, sizeof(record.name), "%s", name);
	return record;
}

static void say(uint32_t type, const char *name, uint64_t value)
{
	const struct memcg_run_record record = record_of(type, name, value);

	if (send(FD, &record, sizeof(record), MSG_NOSIGNAL) < 0)
		_exit(0);
}

static struct memcg_run_record hear(void)
{
	struct memcg_run_record question;

	if (recv(FD, &question, sizeof(question), 0) != sizeof(question))
		_exit(0);
	return question;
}

static void acknowledge(const struct memcg_run_record *question, uint64_t time_ns)
{
	struct memcg_run_record answer = *question;

	answer.type = MEMCG_RUN_ACK;
	answer.time_ns = time_ns;
	if (send(FD, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
		_exit(0);
}

static void hang(void)
{
	for (;;)
		pause();
}

/* Answers each question with a sample of its value, and one of its time. */
static void act_good(void)
{
	say(MEMCG_RUN_METRIC, "fake.peak_bytes", 1);
	say(MEMCG_RUN_MARK, "ready", 0);
	for (;;) {
		struct memcg_run_record question = hear();

		say(MEMCG_RUN_SAMPLE, "fake.task", question.value);
		acknowledge(&question, question.time_ns);
	}
}

static void act_mute(void)
{
	hang();
}

static void act_deaf(void)
{
	say(MEMCG_RUN_MARK, "ready", 0);
	hang();
}

static void act_dies(void)
{
	fputs("Traceback\nImportError: no such luck\n", stderr);
	exit(3);
}

static void act_dies_when_asked(void)
{
	say(MEMCG_RUN_MARK, "ready", 0);
	say(MEMCG_RUN_SAMPLE, "fake.early", 1);
	hear();
	raise(SIGSEGV);
}

static void act_hangs_up(void)
{
	close(FD);
	hang();
}

static void act_floods(void)
{
	say(MEMCG_RUN_MARK, "ready", 0);
	for (;;)
		say(MEMCG_RUN_SAMPLE, "fake.n", 1);
}

static void act_prints(void)
{
	static const char line[1024] = "x";

	for (int i = 0; i < 1024; i++)
		if (write(STDOUT_FILENO, line, sizeof(line)) < 0)
			_exit(0);
	act_good();
}

static void act_foreign(void)
{
	say(MEMCG_RUN_SAMPLE, "faker.bytes", 1);
	hang();
}

static void act_nameless(void)
{
	say(MEMCG_RUN_SAMPLE, "fake.", 1);
	hang();
}

static void act_truth(void)
{
	say(MEMCG_RUN_TRUTH, "touched", 1);
	hang();
}

static void act_torn(void)
{
	const struct memcg_run_record record = record_of(MEMCG_RUN_SAMPLE, "fake.n", 1);

	if (send(FD, &record, sizeof(record) - 1, MSG_NOSIGNAL) < 0)
		_exit(0);
	hang();
}

static void act_no_magic(void)
{
	struct memcg_run_record record = record_of(MEMCG_RUN_SAMPLE, "fake.n", 1);

	record.magic++;
	if (send(FD, &record, sizeof(record), MSG_NOSIGNAL) < 0)
		_exit(0);
	hang();
}

static void act_tomorrow(void)
{
	struct memcg_run_record record = record_of(MEMCG_RUN_SAMPLE, "fake.n", 1);

	record.time_ns += LONG_NS;
	if (send(FD, &record, sizeof(record), MSG_NOSIGNAL) < 0)
		_exit(0);
	hang();
}

/* Answers a question that was not asked. */
static void act_elsewhere(void)
{
	struct memcg_run_record question;

	say(MEMCG_RUN_MARK, "ready", 0);
	question = hear();
	acknowledge(&question, question.time_ns + 1);
	hang();
}

/* Its child is only ended by a kill of the group. */
static void act_breeds(void)
{
	pid_t child = forked_more();

	if (child == 0)
		hang();
	say(MEMCG_RUN_SAMPLE, "fake.child", (uint64_t)child);
	act_good();
}

static const struct act {
	const char *name;
	void (*run)(void);
} acts[] = {
	{"good", act_good},
	{"mute", act_mute},
	{"deaf", act_deaf},
	{"dies", act_dies},
	{"dies-when-asked", act_dies_when_asked},
	{"hangs-up", act_hangs_up},
	{"floods", act_floods},
	{"prints", act_prints},
	{"foreign", act_foreign},
	{"nameless", act_nameless},
	{"truth", act_truth},
	{"torn", act_torn},
	{"no-magic", act_no_magic},
	{"tomorrow", act_tomorrow},
	{"elsewhere", act_elsewhere},
	{"breeds", act_breeds},
};

static int play(const char *name)
{
	for (size_t i = 0; i < LENGTH(acts); i++)
		if (strcmp(acts[i].name, name) == 0)
			acts[i].run();
	return 2;
}

/* ---- the runner's side */

static const struct backend fake = {.name = "fake"};

struct fixture {
	struct reporter *reporter;
	struct memcg_run_record records[MAX_KEPT];
	size_t n;
};

static int keep(void *context, const struct memcg_run_record *record, struct error *error)
{
	struct fixture *fixture = context;

	(void)error;
	/* A flood is detected by the number of packets. */
	if (fixture->n < MAX_KEPT)
		fixture->records[fixture->n++] = *record;
	return 0;
}

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	reporter_free(fixture->reporter);
	free(fixture);
	return 0;
}

static void start_program(struct fixture *fixture, const char *program, const char *act,
	uint64_t ready_limit_ns, uint64_t answer_limit_ns)
{
	const char *const argv[] = {program, act, NULL};
	const struct reporter_options options = {
		.argv = argv,
		.backend = &fake,
		.python = "/nowhere",
		.leaf = "/sys/fs/cgroup/leaf",
		.hierarchy = HIERARCHY_V2,
		.interval_ns = NS_PER_S,
		.cpu = -1,
		.ready_limit_ns = ready_limit_ns,
		.answer_limit_ns = answer_limit_ns,
	};
	struct error error = ERROR_INIT;

	if (reporter_start(&options, &fixture->reporter, &error) < 0)
		fail_msg("%s", error.text);
}

static void start(struct fixture *fixture, const char *act)
{
	start_program(fixture, "/proc/self/exe", act, LONG_NS, LONG_NS);
}

static void receive(struct fixture *fixture)
{
	struct pollfd fds[] = {
		{.fd = reporter_fd(fixture->reporter), .events = POLLIN},
		{.fd = reporter_output_fd(fixture->reporter), .events = POLLIN},
	};
	struct error error = ERROR_INIT;

	poll(fds, 2, 10);
	if (reporter_receive(fixture->reporter, keep, fixture, &error) < 0)
		fail_msg("%s", error.text);
}

static void await(struct fixture *fixture)
{
	while (reporter_is_awaited(fixture->reporter))
		receive(fixture);
}

static void ask(struct fixture *fixture, uint64_t at_ns)
{
	reporter_ask(fixture->reporter, "task_begin", at_ns, TASK_PID);
	await(fixture);
}

static void await_failure(struct fixture *fixture)
{
	while (!reporter_failure(fixture->reporter))
		receive(fixture);
}

static void assert_fails(struct fixture *fixture, const char *act, const char *cause)
{
	start(fixture, act);
	await_failure(fixture);
	assert_string_equal(reporter_failure(fixture->reporter), cause);
	assert_int_equal(reporter_fd(fixture->reporter), -1);
	assert_false(reporter_is_awaited(fixture->reporter));
}

/* ---- a well-behaved reporter */

static void test_reporter__answers_with_the_marks_own_time(void **state)
{
	struct fixture *fixture = *state;
	uint64_t at_ns;

	start(fixture, "good");
	assert_true(reporter_is_awaited(fixture->reporter));
	await(fixture);
	assert_null(reporter_failure(fixture->reporter));
	assert_int_equal(fixture->n, 1);
	assert_int_equal(fixture->records[0].type, MEMCG_RUN_METRIC);
	at_ns = clock_monotonic_ns();
	ask(fixture, at_ns);
	assert_null(reporter_failure(fixture->reporter));
	assert_int_equal(fixture->n, 2);
	assert_int_equal(fixture->records[1].type, MEMCG_RUN_SAMPLE);
	assert_string_equal(fixture->records[1].name, "fake.task");
	assert_int_equal(fixture->records[1].value, TASK_PID);
	/* Read later, while the task was held. */
	assert_int_equal(fixture->records[1].time_ns, at_ns);
	assert_int_equal(reporter_limit_ns(fixture->reporter), UINT64_MAX);
}

static void test_reporter__can_be_asked_twice(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, "good");
	await(fixture);
	ask(fixture, clock_monotonic_ns());
	ask(fixture, clock_monotonic_ns());
	assert_int_equal(fixture->n, 3);
	assert_true(fixture->records[1].time_ns < fixture->records[2].time_ns);
	assert_null(reporter_failure(fixture->reporter));
}

static void test_reporter_end__is_no_failure(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, "good");
	await(fixture);
	reporter_end(fixture->reporter);
	receive(fixture);
	ask(fixture, clock_monotonic_ns());
	assert_null(reporter_failure(fixture->reporter));
	assert_int_equal(reporter_fd(fixture->reporter), -1);
}

/* Its output is read, so that a full pipe does not block it. */
static void test_reporter__may_print_more_than_a_pipe_holds(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, "prints");
	await(fixture);
	ask(fixture, clock_monotonic_ns());
	assert_null(reporter_failure(fixture->reporter));
	assert_int_equal(fixture->n, 2);
}

/* ---- ways to fail */

static void test_reporter__that_is_not_ready_in_time_fails(void **state)
{
	struct fixture *fixture = *state;

	start_program(fixture, "/proc/self/exe", "mute", SHORT_NS, LONG_NS);
	await(fixture);
	assert_string_equal(reporter_failure(fixture->reporter),
		"the reporter was not ready 50.0 ms after its start");
}

static void test_reporter__that_does_not_answer_in_time_fails(void **state)
{
	struct fixture *fixture = *state;

	start_program(fixture, "/proc/self/exe", "deaf", LONG_NS, SHORT_NS);
	await(fixture);
	ask(fixture, clock_monotonic_ns());
	assert_string_equal(reporter_failure(fixture->reporter),
		"the reporter did not answer within 50.0 ms at task_begin");
}

static void test_reporter__that_answers_something_else_fails(void **state)
{
	struct fixture *fixture = *state;

	start_program(fixture, "/proc/self/exe", "elsewhere", LONG_NS, SHORT_NS);
	await(fixture);
	ask(fixture, clock_monotonic_ns());
	assert_string_equal(reporter_failure(fixture->reporter),
		"the reporter did not answer within 50.0 ms at task_begin");
}

/* The user ends the run: nobody waits, and a missing answer is not a failure. */
static void test_reporter_forget__ends_the_waiting(void **state)
{
	struct fixture *fixture = *state;

	start_program(fixture, "/proc/self/exe", "deaf", LONG_NS, LONG_NS);
	await(fixture);
	reporter_ask(fixture->reporter, "task_begin", clock_monotonic_ns(), TASK_PID);
	assert_true(reporter_is_awaited(fixture->reporter));
	reporter_forget(fixture->reporter);
	assert_false(reporter_is_awaited(fixture->reporter));
	assert_null(reporter_failure(fixture->reporter));
}

static void test_reporter__that_ends_is_told_of_with_its_last_line(void **state)
{
	assert_fails(*state, "dies", "the reporter exited with code 3: ImportError: no such luck");
}

static void test_reporter__that_is_killed_by_a_signal_keeps_what_it_sent(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, "dies-when-asked");
	await(fixture);
	ask(fixture, clock_monotonic_ns());
	/* ASan reports the signal and exits with its own code. */
	assert_non_null(strstr(reporter_failure(fixture->reporter), "the reporter "));
	assert_int_equal(fixture->n, 1);
	assert_string_equal(fixture->records[0].name, "fake.early");
}

static void test_reporter__that_hangs_up_and_lives_on_is_killed(void **state)
{
	assert_fails(*state, "hangs-up", "the reporter closed its connection");
}

static void test_reporter__that_floods_is_stopped(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, "floods");
	await_failure(fixture);
	assert_non_null(
		strstr(reporter_failure(fixture->reporter), "the reporter flooded its socket: 4"));
}

static void test_reporter__may_not_send_what_is_not_its_own(void **state)
{
	assert_fails(*state, "foreign",
		"the reporter sent the metric faker.bytes, which does not begin with \"fake.\"");
}

static void test_reporter__may_not_send_a_metric_without_a_name(void **state)
{
	assert_fails(*state, "nameless",
		"the reporter sent the metric fake., which does not begin with \"fake.\"");
}

static void test_reporter__may_not_speak_for_the_task(void **state)
{
	assert_fails(*state, "truth",
		"the reporter sent a record of type 3, which only a task may send");
}

static void test_reporter__may_not_send_half_a_record(void **state)
{
	assert_fails(*state, "torn",
		"the reporter sent a packet of 87 bytes, which is not a multiple of a record's 88");
}

static void test_reporter__may_not_send_another_format(void **state)
{
	assert_fails(*state, "no-magic", "the reporter sent a malformed record (docs/channel.md)");
}

static void test_reporter__may_not_send_of_a_time_to_come(void **state)
{
	assert_fails(*state, "tomorrow",
		"the reporter sent fake.n at a time that is not between its start and now "
		"(CLOCK_MONOTONIC, in ns)");
}

static void test_reporter__that_cannot_be_started_has_failed(void **state)
{
	struct fixture *fixture = *state;

	start_program(fixture, "/nowhere/reporter", "good", LONG_NS, LONG_NS);
	assert_false(reporter_is_awaited(fixture->reporter));
	assert_non_null(
		strstr(reporter_failure(fixture->reporter), "the reporter could not be started: "));
	assert_non_null(strstr(reporter_failure(fixture->reporter), "/nowhere/reporter"));
}

static void test_reporter_refuse__says_what_was_too_much(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, "good");
	await(fixture);
	reporter_refuse(fixture->reporter, "sent too much");
	reporter_refuse(fixture->reporter, "sent more");
	assert_string_equal(reporter_failure(fixture->reporter), "the reporter sent too much");
}

/* ---- its end */

static bool lives(pid_t pid)
{
	char path[64];
	char state = 'Z';
	CLEANUP(cleanup_fclose) FILE *file = NULL;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	return file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1 && state != 'Z';
}

static void test_reporter_free__takes_along_what_it_started(void **state)
{
	struct fixture *fixture = *state;
	pid_t child;

	start(fixture, "breeds");
	await(fixture);
	assert_string_equal(fixture->records[0].name, "fake.child");
	child = (pid_t)fixture->records[0].value;
	assert_true(lives(child));
	reporter_free(TAKE_PTR(fixture->reporter));
	/* Killed, and reaped elsewhere. */
	while (lives(child))
		sched_yield();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_reporter__answers_with_the_marks_own_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reporter__can_be_asked_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reporter_end__is_no_failure, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__may_print_more_than_a_pipe_holds, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__that_is_not_ready_in_time_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__that_does_not_answer_in_time_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__that_answers_something_else_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter_forget__ends_the_waiting, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__that_ends_is_told_of_with_its_last_line, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__that_is_killed_by_a_signal_keeps_what_it_sent, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__that_hangs_up_and_lives_on_is_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__that_floods_is_stopped, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__may_not_send_what_is_not_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__may_not_send_a_metric_without_a_name, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__may_not_speak_for_the_task, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__may_not_send_half_a_record, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__may_not_send_another_format, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__may_not_send_of_a_time_to_come, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter__that_cannot_be_started_has_failed, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter_refuse__says_what_was_too_much, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reporter_free__takes_along_what_it_started, setup, teardown),
	};

	if (argc > 1)
		return play(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
