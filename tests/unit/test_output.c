/* A task's output through a pipe. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/output.h"
#include "tests/unit/forked.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>

#define TIMEOUT_MS 20000
#define MIB 1048576

static int set_up(void **state)
{
	struct output_pipe *pipe = malloc(sizeof(*pipe));

	*state = pipe;
	return !pipe || output_pipe_open(pipe, NULL) < 0;
}

static int tear_down(void **state)
{
	struct output_pipe *pipe = *state;

	free(output_pipe_close(pipe).text);
	free(pipe);
	return 0;
}

struct writing {
	int fd;
	size_t length;
};

/* A forked_work: writes 'a' to 'z' repeatedly. */
static int write_letters(void *context)
{
	const struct writing *writing = context;
	char *data = malloc(writing->length);
	int r = -ENOMEM;

	for (size_t i = 0; data && i < writing->length; i++)
		data[i] = (char)('a' + i % 26);
	if (data)
		r = file_write_fd(writing->fd, data, writing->length);
	free(data);
	return r == 0 ? 0 : 1;
}

static void receive_to_the_end(struct output_pipe *pipe)
{
	while (pipe->read_fd >= 0) {
		struct pollfd end = {.fd = pipe->read_fd, .events = POLLIN};

		assert_int_equal(poll(&end, 1, TIMEOUT_MS), 1);
		assert_int_equal(output_pipe_receive(pipe, NULL), 0);
	}
}

static struct trial_output output_of(struct output_pipe *pipe, size_t length)
{
	struct writing writing = {pipe->write_fd, length};
	pid_t pid = forked_start(write_letters, &writing);

	output_pipe_hand_over(pipe);
	receive_to_the_end(pipe);
	assert_int_equal(forked_wait(pid), 0);
	return output_pipe_close(pipe);
}

static void test_output__nothing_is_an_empty_text(void **state)
{
	struct trial_output output = output_of(*state, 0);

	assert_string_equal(output.text, "");
	assert_int_equal(output.length, 0);
	assert_int_equal(output.cut_bytes, 0);
	free(output.text);
}

static void test_output__keeps_what_was_printed(void **state)
{
	struct trial_output output = output_of(*state, 28);

	assert_string_equal(output.text, "abcdefghijklmnopqrstuvwxyzab");
	assert_int_equal(output.length, 28);
	assert_int_equal(output.cut_bytes, 0);
	free(output.text);
}

/* 65536 = 2520 * 26 + 16: the last letter is the 16th, 'p'. */
static void test_output__keeps_64_kib_whole(void **state)
{
	struct trial_output output = output_of(*state, 65536);

	assert_int_equal(output.length, 65536);
	assert_int_equal(output.cut_bytes, 0);
	assert_int_equal(output.text[65535], 'p');
	assert_int_equal(output.text[65536], '\0');
	free(output.text);
}

static void test_output__counts_what_it_cuts(void **state)
{
	struct trial_output output = output_of(*state, 65537);

	assert_int_equal(output.length, 65536);
	assert_int_equal(output.cut_bytes, 1);
	assert_int_equal(output.text[65535], 'p');
	assert_int_equal(output.text[65536], '\0');
	free(output.text);
}

/* 100 bytes are cut: of the last 4096 kept, 3996 are kept at the beginning too. 65635 = 2524 * 26 + 11, an 'l'. */
static void test_output__keeps_the_end_of_what_it_cuts(void **state)
{
	struct trial_output output = output_of(*state, 65636);

	assert_int_equal(output.cut_bytes, 100);
	assert_non_null(output.last);
	assert_memory_equal(output.last, output.text + 65536 - 3996, 3996);
	assert_int_equal(output.last[3996], 'q');
	assert_int_equal(output.last[4095], 'l');
	free(output.text);
}

static void test_output__has_no_second_end_of_what_is_whole(void **state)
{
	struct trial_output output = output_of(*state, 65536);

	assert_null(output.last);
	free(output.text);
}

/* 3 MiB less 64 KiB are 3080192 bytes. A pipe holds 64 KiB: without a reader the writer blocks. */
static void test_output__reads_a_flood_to_its_end(void **state)
{
	struct trial_output output = output_of(*state, 3 * MIB);

	assert_int_equal(output.length, 65536);
	assert_int_equal(output.cut_bytes, 3080192);
	assert_int_equal(output.text[0], 'a');
	assert_int_equal(output.text[65535], 'p');
	/* 3145727 = 120989 * 26 + 13, and 4095 = 157 * 26 + 13 before it. */
	assert_int_equal(output.last[0], 'a');
	assert_int_equal(output.last[4095], 'n');
	free(output.text);
}

static void test_output_pipe_receive__does_not_wait(void **state)
{
	struct output_pipe *pipe = *state;

	assert_int_equal(output_pipe_receive(pipe, NULL), 0);
	assert_true(pipe->read_fd >= 0);
	assert_int_equal(write(pipe->write_fd, "ab", 2), 2);
	assert_int_equal(output_pipe_receive(pipe, NULL), 0);
	assert_int_equal(write(pipe->write_fd, "c", 1), 1);
	assert_int_equal(output_pipe_receive(pipe, NULL), 0);
	assert_true(pipe->read_fd >= 0);
	assert_string_equal(pipe->output.text, "abc");
}

/* The task has the other end, and expects it to block when the pipe is full. */
static void test_output_pipe_open__only_the_runners_end_does_not_block(void **state)
{
	const struct output_pipe *pipe = *state;

	assert_int_equal(fcntl(pipe->read_fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(fcntl(pipe->write_fd, F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(fcntl(pipe->read_fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(pipe->write_fd, F_GETFD), FD_CLOEXEC);
}

static void test_output_pipe_receive__after_the_end_is_nothing(void **state)
{
	struct output_pipe *pipe = *state;

	assert_int_equal(write(pipe->write_fd, "last", 4), 4);
	output_pipe_hand_over(pipe);
	assert_int_equal(pipe->write_fd, -1);
	assert_int_equal(output_pipe_receive(pipe, NULL), 0);
	assert_int_equal(pipe->read_fd, -1);
	assert_int_equal(output_pipe_receive(pipe, NULL), 0);
	assert_string_equal(pipe->output.text, "last");
}

static void test_output_pipe_close__of_what_was_never_opened(void **state)
{
	struct output_pipe pipe = OUTPUT_PIPE_CLOSED;
	struct trial_output output;

	(void)state;
	assert_int_equal(output_pipe_receive(&pipe, NULL), 0);
	output = output_pipe_close(&pipe);
	assert_null(output.text);
	assert_int_equal(output.length, 0);
}

static void assert_excerpt(const char *text, size_t length, const char *expected)
{
	struct output_excerpt excerpt = output_excerpt_of(text, length);

	assert_string_equal(excerpt.text, expected);
}

static void test_output_excerpt__has_the_last_lines_that_hold_anything(void **state)
{
	static const char twelve[] = "1\n2\n3\n\n4\n5\n6\n7\n8\n \t\n9\n10\n11\n12";

	(void)state;
	assert_excerpt("", 0, "");
	assert_excerpt("\n \n\n", 4, "");
	assert_excerpt("one", 3, "one\n");
	assert_excerpt("  one\n\n\ntwo\n\n", 14, "  one\ntwo\n");
	assert_excerpt(twelve, sizeof(twelve) - 1, "3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n");
}

/* A terminal would act on it, or stop at it. */
static void test_output_excerpt__is_safe_to_print(void **state)
{
	(void)state;
	assert_excerpt("a\033[2Jb\0c\xff\n", 10, "a [2Jb c?\n");
	assert_excerpt(" 10 %\r 20 %\r\nend\r\n", 19, " 20 %\nend\n");
}

/* 160 bytes are whole; of more 157 and "..."; of a character that is cut, nothing. */
static void test_output_excerpt__cuts_long_lines_between_characters(void **state)
{
	struct output_excerpt excerpt;
	char line[1000];

	(void)state;
	memset(line, 'x', sizeof(line));
	excerpt = output_excerpt_of(line, 160);
	assert_int_equal(strlen(excerpt.text), 161);
	assert_null(strchr(excerpt.text, '.'));
	excerpt = output_excerpt_of(line, 1000);
	assert_int_equal(strlen(excerpt.text), 161);
	assert_string_equal(excerpt.text + 156, "x...\n");
	memcpy(line + 156, "\u00e9", 2);
	excerpt = output_excerpt_of(line, 1000);
	assert_string_equal(excerpt.text + 155, "x...\n");
	/* Ten of the longest fit. */
	for (size_t i = 99; i < 1000; i += 100)
		line[i] = '\n';
	assert_int_equal(strlen(output_excerpt_of(line, 1000).text), 1000);
}

/* Of a flood the end counts. */
static void test_output_excerpt__is_of_the_end_of_what_was_cut(void **state)
{
	struct output_pipe *pipe = *state;
	struct writing writing = {pipe->write_fd, 100000};
	pid_t pid = forked_start(write_letters, &writing);
	struct trial_output output;

	while (pipe->output.cut_bytes < 100000 - 65536)
		assert_int_equal(output_pipe_receive(pipe, NULL), 0);
	assert_int_equal(forked_wait(pid), 0);
	assert_int_equal(write(pipe->write_fd, "\nValueError: 7\n", 15), 15);
	output_pipe_hand_over(pipe);
	receive_to_the_end(pipe);
	output = output_pipe_close(pipe);
	assert_non_null(strstr(output_excerpt(&output).text, "...\nValueError: 7\n"));
	free(output.text);
}

static void test_output_excerpt_of_either__prefers_stderr(void **state)
{
	const struct trial_output nothing = {.text = (char[]){"\n"}, .length = 1};
	const struct trial_output one = {.text = (char[]){"one"}, .length = 3};
	const struct trial_output two = {.text = (char[]){"two"}, .length = 3};
	const char *stream;

	(void)state;
	assert_string_equal(output_excerpt_of_either(&one, &two, &stream).text, "one\n");
	assert_string_equal(stream, "stderr");
	assert_string_equal(output_excerpt_of_either(&nothing, &two, &stream).text, "two\n");
	assert_string_equal(stream, "stdout");
	assert_string_equal(output_excerpt_of_either(&nothing, &nothing, &stream).text, "");
	assert_string_equal(stream, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_output__nothing_is_an_empty_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_output__keeps_what_was_printed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_output__keeps_64_kib_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_output__counts_what_it_cuts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_output__reads_a_flood_to_its_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_output__keeps_the_end_of_what_it_cuts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_output__has_no_second_end_of_what_is_whole, set_up, tear_down),
		cmocka_unit_test(test_output_excerpt__has_the_last_lines_that_hold_anything),
		cmocka_unit_test(test_output_excerpt__is_safe_to_print),
		cmocka_unit_test(test_output_excerpt__cuts_long_lines_between_characters),
		cmocka_unit_test_setup_teardown(
			test_output_excerpt__is_of_the_end_of_what_was_cut, set_up, tear_down),
		cmocka_unit_test(test_output_excerpt_of_either__prefers_stderr),
		cmocka_unit_test_setup_teardown(
			test_output_pipe_receive__does_not_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_output_pipe_open__only_the_runners_end_does_not_block, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_output_pipe_receive__after_the_end_is_nothing, set_up, tear_down),
		cmocka_unit_test(test_output_pipe_close__of_what_was_never_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
