/* What a task prints, through a pipe. */

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

/* A forked_work: writes 'a' to 'z' over and over. */
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

/* 3 MiB less 64 KiB are 3080192 bytes. A pipe holds 64 KiB: who does not read blocks the writer. */
static void test_output__reads_a_flood_to_its_end(void **state)
{
	struct trial_output output = output_of(*state, 3 * MIB);

	assert_int_equal(output.length, 65536);
	assert_int_equal(output.cut_bytes, 3080192);
	assert_int_equal(output.text[0], 'a');
	assert_int_equal(output.text[65535], 'p');
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

/* The task has the other end, and expects that a full pipe makes it wait. */
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
