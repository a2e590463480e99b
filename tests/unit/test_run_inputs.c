/* Changes to a task's files during its run. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/run/run_identity.h"
#include "runner/run/run_inputs.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "/tmp/memcg-run-inputs-XXXXXX"

/*
 * A tmpfs, which never writes back: only the first write to a mapped page changes the file's times.
 */
#define IN_MEMORY "/dev/shm/memcg-run-inputs-XXXXXX"

struct fixture {
	char path[sizeof(FOLDER)];
	char in_memory[sizeof(IN_MEMORY)];
	int fd;
	int in_memory_fd;
	char *memory;
	struct experiment *experiment;
	struct plan *plan;
	struct run_inputs *inputs;
	char sentence[256];
};

static void inputs_write(const struct fixture *fixture, const char *name, const char *text)
{
	assert_int_equal(file_write(fixture->fd, name, text, strlen(text), 0644, NULL), 0);
}

/* Before Linux 6.13, what changes a file twice within a tick of the clock moves its times once. */
static void inputs_wait_for_tick(void)
{
	struct timespec before;
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_REALTIME_COARSE, &before), 0);
	do {
		assert_int_equal(clock_gettime(CLOCK_REALTIME_COARSE, &now), 0);
	} while (now.tv_sec == before.tv_sec && now.tv_nsec == before.tv_nsec);
}

static void inputs_begin(struct fixture *fixture, const char *text)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/x.toml", fixture->path);
	struct error error = ERROR_INIT;
	json_t *identity = json_object();

	assert_int_equal(json_object_set_new(identity, "kernel", json_string("Linux 1.0")), 0);
	if (experiment_parse(path, text, strlen(text),
		    &(struct experiment_options){.seccomp_directory = fixture->path}, stderr,
		    &fixture->experiment, &error) < 0 ||
		plan_new(fixture->experiment, &fixture->plan, &error) < 0 ||
		run_identity_add_task(fixture->plan, identity, &error) < 0 ||
		run_inputs_new(fixture->plan, identity, &fixture->inputs, &error) < 0)
		fail_msg("%s", error.text);
	json_decref(identity);
	inputs_wait_for_tick();
}

static void inputs_end(struct fixture *fixture)
{
	run_inputs_free(fixture->inputs);
	plan_free(fixture->plan);
	experiment_free(fixture->experiment);
}

static int inputs_set_up(void **state, const char *of_runtime)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	CLEANUP(cleanup_free) char *text = NULL;

	*state = fixture;
	memcpy(fixture->path, FOLDER, sizeof(FOLDER));
	assert_non_null(mkdtemp(fixture->path));
	fixture->fd = open(fixture->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	inputs_write(fixture, "task.py", "x\n");
	inputs_write(fixture, "data.bin", "y\n");
	memcpy(fixture->in_memory, IN_MEMORY, sizeof(IN_MEMORY));
	fixture->in_memory_fd = mkstemp(fixture->in_memory);
	assert_int_equal(write(fixture->in_memory_fd, "z\n", 2), 2);
	fixture->memory =
		mmap(NULL, 2, PROT_READ | PROT_WRITE, MAP_SHARED, fixture->in_memory_fd, 0);
	assert_ptr_not_equal(fixture->memory, MAP_FAILED);
	fixture->memory[0] = 'Z';
	inputs_write(fixture, "sorted", "y\n");
	assert_int_equal(mkdirat(fixture->fd, "results", 0755), 0);
	text = string_format(
		"[task]\npython = \"task.py\"\n"
		"arguments = [\"data.bin\", \"sorted\", \"/results/sum\", \"/seen\", "
		"\"/tmp/image\"]\n"
		"[container]\nseccomp = \"none\"\nruntime = \"%s\"\n%smounts = [\"%s:/seen:ro\", "
		"\"%s/results:/results:rw\"]\n",
		of_runtime, strcmp(of_runtime, "none") == 0 ? "#" : "", fixture->in_memory,
		fixture->path);
	inputs_begin(fixture, text);
	return 0;
}

static int set_up(void **state)
{
	return inputs_set_up(state, "runc");
}

static int set_up_without_container(void **state)
{
	return inputs_set_up(state, "none");
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	inputs_end(fixture);
	close(fixture->fd);
	assert_int_equal(munmap(fixture->memory, 2), 0);
	close(fixture->in_memory_fd);
	assert_int_equal(unlink(fixture->in_memory), 0);
	assert_int_equal(file_remove_tree(AT_FDCWD, fixture->path, NULL), 0);
	free(fixture);
	return 0;
}

/* In an identity: what is recorded of a file of the folder; NULL: nothing. */
static void set_of(
	json_t *identity, const struct fixture *fixture, const char *name, const char *content)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", fixture->path, name);

	if (content)
		assert_int_equal(json_object_set_new(identity, path, json_string(content)), 0);
	else
		assert_int_equal(json_object_del(identity, path), 0);
}

/* The sentence without the folder's path before it; "": none. */
static void changes_are(struct fixture *fixture, enum inputs_depth depth, const char *expected)
{
	CLEANUP(cleanup_free)
	char *whole = *expected ? string_format("%s/%s", fixture->path, expected) : strdup("");
	const size_t n = run_inputs_check(
		fixture->inputs, NULL, depth, fixture->sentence, sizeof(fixture->sentence));

	assert_string_equal(fixture->sentence, whole);
	assert_int_equal(n > 0, *expected != '\0');
}

static void test_run_inputs_check__says_nothing_where_all_is_as_it_was(void **state)
{
	changes_are(*state, INPUTS_TIMES, "");
	changes_are(*state, INPUTS_CONTENT, "");
}

static void test_run_inputs_check__another_mode_is_no_change(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(fchmodat(fixture->fd, "task.py", 0755, 0), 0);
	changes_are(fixture, INPUTS_TIMES, "");
	changes_are(fixture, INPUTS_CONTENT, "");
}

static void test_run_inputs_check__a_file_that_was_rewritten_in_place(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = openat(fixture->fd, "task.py", O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, "longer\n", 7, 0), 7);
	changes_are(fixture, INPUTS_TIMES, "task.py was rewritten");
	/* Relative to the run's start, not to the last check. */
	changes_are(fixture, INPUTS_TIMES, "task.py was rewritten");
}

/* Setting the time back, as with `touch -r`, hides nothing. */
static void test_run_inputs_check__a_file_whose_time_was_set_back(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = openat(fixture->fd, "task.py", O_WRONLY | O_CLOEXEC);
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(pwrite(fd, "z\n", 2, 0), 2);
	assert_int_equal(
		futimens(fd, (const struct timespec[]){status.st_atim, status.st_mtim}), 0);
	changes_are(fixture, INPUTS_CONTENT, "task.py was rewritten");
}

static void test_run_inputs_check__files_that_were_replaced_and_removed(void **state)
{
	struct fixture *fixture = *state;

	inputs_write(fixture, "new", "x\n");
	assert_int_equal(renameat(fixture->fd, "new", fixture->fd, "task.py"), 0);
	changes_are(fixture, INPUTS_TIMES, "task.py was replaced");
	assert_int_equal(unlinkat(fixture->fd, "data.bin", 0), 0);
	run_inputs_check(
		fixture->inputs, NULL, INPUTS_TIMES, fixture->sentence, sizeof(fixture->sentence));
	assert_non_null(strstr(fixture->sentence, " (and 1 more)"));
	assert_int_equal(unlinkat(fixture->fd, "task.py", 0), 0);
	run_inputs_check(fixture->inputs, NULL, INPUTS_CONTENT, fixture->sentence,
		sizeof(fixture->sentence));
	assert_non_null(strstr(fixture->sentence, "was removed (and 1 more)"));
}

static void test_run_inputs_check__content_that_was_written_through_memory(void **state)
{
	struct fixture *fixture = *state;

	const char *what = fixture->sentence + strlen(fixture->in_memory);

	fixture->memory[0] = 'o';
	changes_are(fixture, INPUTS_TIMES, "");
	assert_int_equal(run_inputs_check(fixture->inputs, NULL, INPUTS_CONTENT, fixture->sentence,
				 sizeof(fixture->sentence)),
		1);
	/* The first write moved the times; before Linux 6.13 by a tick at least, or not at all. */
	if (strcmp(what, " was rewritten") != 0)
		assert_string_equal(what, " has other content");
}

static void test_run_inputs_check__a_module_that_is_new(void **state)
{
	struct fixture *fixture = *state;

	inputs_write(fixture, "module.py", "x\n");
	changes_are(fixture, INPUTS_TIMES, "");
	changes_are(fixture, INPUTS_CONTENT, "module.py is new");
}

/* In a container the task could not: somebody else did. */
static void test_run_inputs_check__a_word_that_was_rewritten(void **state)
{
	struct fixture *fixture = *state;

	inputs_write(fixture, "sorted", "longer\n");
	changes_are(fixture, INPUTS_TIMES, "sorted was rewritten");
}

static void test_run_inputs_check__what_a_task_may_write_to_is_its_result(void **state)
{
	struct fixture *fixture = *state;

	inputs_write(fixture, "results/sum", "1\n");
	changes_are(fixture, INPUTS_CONTENT, "");
}

static void test_run_inputs_check__without_a_container_words_are_noted_alone(void **state)
{
	struct fixture *fixture = *state;
	char sentence[256];

	assert_int_equal(run_inputs_check_results(fixture->inputs, sentence, sizeof(sentence)), 0);
	inputs_write(fixture, "sorted", "longer\n");
	changes_are(fixture, INPUTS_CONTENT, "");
	assert_int_equal(run_inputs_check_results(fixture->inputs, sentence, sizeof(sentence)), 1);
	assert_non_null(strstr(sentence, "/sorted was "));
	inputs_write(fixture, "task.py", "longer\n");
	run_inputs_check(fixture->inputs, NULL, INPUTS_TIMES, sentence, sizeof(sentence));
	assert_non_null(strstr(sentence, "/task.py was "));
}

static void changes_of(
	struct fixture *fixture, size_t task, enum inputs_depth depth, const char *expected)
{
	run_inputs_check(fixture->inputs, &fixture->experiment->tasks[task], depth,
		fixture->sentence, sizeof(fixture->sentence));
	if (*expected ? !strstr(fixture->sentence, expected) : *fixture->sentence)
		fail_msg("\"%s\" is not \"%s\"", fixture->sentence, expected);
}

/* Both have shared.bin, each a word of its own; modules beside a script are the script's. */
static void test_run_inputs_check__each_task_has_files_of_its_own(void **state)
{
	struct fixture *fixture = *state;

	inputs_end(fixture);
	inputs_write(fixture, "a.bin", "a\n");
	inputs_write(fixture, "shared.bin", "s\n");
	inputs_begin(fixture, "[container]\nseccomp = \"none\"\n"
			      "[tasks.a]\ncommand = [\"true\", \"a.bin\", \"shared.bin\"]\n"
			      "[tasks.b]\npython = \"task.py\"\narguments = [\"shared.bin\"]\n");
	changes_of(fixture, 0, INPUTS_CONTENT, "");
	changes_of(fixture, 1, INPUTS_CONTENT, "");
	inputs_write(fixture, "new.py", "pass\n");
	changes_of(fixture, 0, INPUTS_CONTENT, "");
	changes_of(fixture, 1, INPUTS_CONTENT, "new.py is new");
	inputs_write(fixture, "a.bin", "another\n");
	changes_of(fixture, 0, INPUTS_TIMES, "a.bin was rewritten");
	changes_of(fixture, 1, INPUTS_TIMES, "");
	inputs_write(fixture, "shared.bin", "another\n");
	changes_of(fixture, 0, INPUTS_TIMES, "(and 1 more)");
	changes_of(fixture, 1, INPUTS_TIMES, "shared.bin was rewritten");
	/* Of any. */
	assert_int_equal(run_inputs_check(fixture->inputs, NULL, INPUTS_TIMES, fixture->sentence,
				 sizeof(fixture->sentence)),
		2);
}

static void test_run_inputs_accept__files_that_had_changed_are_changes(void **state)
{
	struct fixture *fixture = *state;
	json_t *beginning = json_object();

	assert_int_equal(run_identity_add_task(fixture->plan, beginning, NULL), 0);
	assert_int_equal(json_object_set_new(beginning, "kernel", json_string("another")), 0);
	assert_int_equal(run_inputs_accept(fixture->inputs, beginning, NULL), 0);
	changes_are(fixture, INPUTS_CONTENT, "");
	set_of(beginning, fixture, "task.py", "sha256:0");
	assert_int_equal(run_inputs_accept(fixture->inputs, beginning, NULL), 0);
	json_decref(beginning);
	changes_are(fixture, INPUTS_CONTENT, "task.py had changed before the run was resumed");
}

/* ": was " in a name is a part of it; a file that was there or was not is a change too. */
static void test_run_inputs_accept__whatever_a_file_is_called(void **state)
{
	struct fixture *fixture = *state;
	json_t *beginning = json_object();

	assert_int_equal(run_identity_add_task(fixture->plan, beginning, NULL), 0);
	set_of(beginning, fixture, "a: was b.py", "sha256:0");
	assert_int_equal(run_inputs_accept(fixture->inputs, beginning, NULL), 0);
	changes_are(fixture, INPUTS_TIMES, "a: was b.py had changed before the run was resumed");
	set_of(beginning, fixture, "task.py", NULL);
	assert_int_equal(run_inputs_accept(fixture->inputs, beginning, NULL), 0);
	json_decref(beginning);
	changes_are(fixture, INPUTS_TIMES,
		"a: was b.py had changed before the run was resumed (and 2 more)");
}

/* Without a container the task may write to a word's file: that is its result. */
static void test_run_inputs_accept__but_results(void **state)
{
	struct fixture *fixture = *state;
	json_t *beginning = json_object();

	assert_int_equal(run_identity_add_task(fixture->plan, beginning, NULL), 0);
	set_of(beginning, fixture, "sorted", "sha256:0");
	assert_int_equal(run_inputs_accept(fixture->inputs, beginning, NULL), 0);
	json_decref(beginning);
	changes_are(fixture, INPUTS_TIMES, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_run_inputs_check__says_nothing_where_all_is_as_it_was),
		TEST(test_run_inputs_check__another_mode_is_no_change),
		TEST(test_run_inputs_check__a_file_that_was_rewritten_in_place),
		TEST(test_run_inputs_check__a_file_whose_time_was_set_back),
		TEST(test_run_inputs_check__files_that_were_replaced_and_removed),
		TEST(test_run_inputs_check__content_that_was_written_through_memory),
		TEST(test_run_inputs_check__a_module_that_is_new),
		TEST(test_run_inputs_check__a_word_that_was_rewritten),
		TEST(test_run_inputs_check__what_a_task_may_write_to_is_its_result),
		cmocka_unit_test_setup_teardown(
			test_run_inputs_check__without_a_container_words_are_noted_alone,
			set_up_without_container, tear_down),
		TEST(test_run_inputs_check__each_task_has_files_of_its_own),
		TEST(test_run_inputs_accept__files_that_had_changed_are_changes),
		TEST(test_run_inputs_accept__whatever_a_file_is_called),
		cmocka_unit_test_setup_teardown(
			test_run_inputs_accept__but_results, set_up_without_container, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
