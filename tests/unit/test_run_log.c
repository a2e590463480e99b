#include "runner/host/run_log.h"

#include "util/cleanup.h"
#include "util/file.h"

#include <fcntl.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

struct fixture {
	char path[64];
	int fd;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->path, sizeof(fixture->path), "/tmp/test-run-log-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	fixture->fd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = fixture;
	return fixture->fd < 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->fd);
	file_remove_tree(AT_FDCWD, fixture->path, NULL);
	free(fixture);
	return 0;
}

static char *content(const struct fixture *fixture, const char *name)
{
	char *text = NULL;
	size_t length;

	assert_int_equal(file_read(fixture->fd, name, 1 << 20, &text, &length, NULL), 0);
	return text;
}

static bool matches(const char *text, const char *pattern)
{
	regex_t expression;
	bool found;

	assert_int_equal(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB), 0);
	found = regexec(&expression, text, 0, NULL, 0) == 0;
	regfree(&expression);
	return found;
}

static void test_run_log_step__writes_time_and_text(void **state)
{
	struct fixture *fixture = *state;
	struct run_log *log = NULL;
	CLEANUP(cleanup_free) char *text = NULL;

	assert_int_equal(run_log_open(fixture->fd, "run.log", -1, &log, NULL), 0);
	run_log_step(log, "trial %06d: %s", 42, "gate opened");
	run_log_step(log, "100 %% done");

	/* Both lines are there before the log is closed: a run that dies leaves its log. */
	text = content(fixture, "run.log");
	assert_true(matches(text,
		"^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{6}Z  "
		"\\+0\\.[0-9]{3}s  trial 000042: gate opened\n"
		"20[^\n]*s  100 % done\n$"));
	assert_int_equal(run_log_close(&log, NULL), 0);
	assert_null(log);
}

static void test_run_log_step__one_line_a_step(void **state)
{
	struct fixture *fixture = *state;
	struct run_log *log = NULL;
	CLEANUP(cleanup_free) char *text = NULL;

	assert_int_equal(run_log_open(fixture->fd, "run.log", -1, &log, NULL), 0);
	run_log_step(log, "cause: %s", "first\nsecond\033[2J\x7f");
	assert_int_equal(run_log_close(&log, NULL), 0);

	text = content(fixture, "run.log");
	assert_non_null(strstr(text, "cause: first second [2J \n"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void test_run_log_step__long_text_is_whole(void **state)
{
	struct fixture *fixture = *state;
	struct run_log *log = NULL;
	CLEANUP(cleanup_free) char *text = NULL;
	char long_text[20001];

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_int_equal(run_log_open(fixture->fd, "run.log", -1, &log, NULL), 0);
	run_log_step(log, "%s", long_text);
	assert_int_equal(run_log_close(&log, NULL), 0);

	text = content(fixture, "run.log");
	assert_non_null(strstr(text, long_text));
}

static void test_run_log_step__echoes(void **state)
{
	struct fixture *fixture = *state;
	struct run_log *log = NULL;
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *echoed = NULL;
	int echo_fd = openat(fixture->fd, "echo", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(echo_fd >= 0);
	assert_int_equal(run_log_open(fixture->fd, "run.log", echo_fd, &log, NULL), 0);
	run_log_step(log, "slice made");
	assert_int_equal(run_log_close(&log, NULL), 0);
	/* The caller's echo descriptor is still open. */
	assert_int_equal(close(echo_fd), 0);

	text = content(fixture, "run.log");
	echoed = content(fixture, "echo");
	assert_non_null(strstr(text, "slice made"));
	assert_string_equal(text, echoed);
}

static void test_run_log_step__no_log_is_fine(void **state)
{
	struct run_log *log = NULL;

	(void)state;
	run_log_step(NULL, "nobody listens");
	assert_int_equal(run_log_close(&log, NULL), 0);
}

static void test_run_log_open__refuses_an_existing_file(void **state)
{
	struct fixture *fixture = *state;
	struct run_log *log = NULL;
	struct error error = ERROR_INIT;
	CLEANUP(cleanup_free) char *text = NULL;

	assert_int_equal(file_write(fixture->fd, "run.log", "kept", 4, 0600, NULL), 0);
	assert_int_equal(run_log_open(fixture->fd, "run.log", -1, &log, &error), -EEXIST);
	assert_null(log);
	assert_string_equal(error.text, "cannot create run.log: File exists");
	text = content(fixture, "run.log");
	assert_string_equal(text, "kept");
}

static int descriptor_of(const struct fixture *fixture, const char *name)
{
	for (int fd = 3; fd < 256; fd++) {
		struct stat file;
		struct stat opened;

		if (fstatat(fixture->fd, name, &file, 0) == 0 && fstat(fd, &opened) == 0 &&
			file.st_dev == opened.st_dev && file.st_ino == opened.st_ino)
			return fd;
	}
	return -1;
}

/* /dev/full accepts no byte: dup'ed over the log's descriptor, it fails every write. */
static void test_run_log_close__tells_the_first_failure(void **state)
{
	struct fixture *fixture = *state;
	struct run_log *log = NULL;
	struct error error = ERROR_INIT;
	int full_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	assert_int_equal(run_log_open(fixture->fd, "run.log", -1, &log, NULL), 0);
	assert_true(full_fd >= 0);
	assert_true(dup2(full_fd, descriptor_of(fixture, "run.log")) >= 0);
	close(full_fd);

	run_log_step(log, "lost");
	run_log_step(log, "lost too");
	assert_int_equal(run_log_close(&log, &error), -ENOSPC);
	assert_null(log);
	assert_string_equal(error.text, "cannot write run.log: No space left on device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_run_log_step__writes_time_and_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_log_step__one_line_a_step, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_log_step__long_text_is_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_run_log_step__echoes, set_up, tear_down),
		cmocka_unit_test(test_run_log_step__no_log_is_fine),
		cmocka_unit_test_setup_teardown(
			test_run_log_open__refuses_an_existing_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_run_log_close__tells_the_first_failure, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
