/* Messages that nobody has to read. */

#include "util/unblocked.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* More than a pipe or a socket holds. */
#define FLOOD_WRITES 10000

static void flood(int fd)
{
	static const char line[1000] = {'x'};
	int unblocked = unblocked_open(fd);
	FILE *stream;

	assert_true(unblocked >= 0);
	stream = unblocked_stream(unblocked);
	assert_non_null(stream);
	for (int i = 0; i < FLOOD_WRITES; i++)
		assert_int_equal(fwrite(line, sizeof(line), 1, stream), 1);
	assert_int_equal(fclose(stream), 0);
	close(unblocked);
}

static void test_unblocked__a_pipe_that_nobody_reads_holds_nobody_up(void **state)
{
	char byte;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	flood(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	/* The caller's own descriptor still blocks. */
	assert_false(fcntl(fds[1], F_GETFL) & O_NONBLOCK);
	close(fds[0]);
	close(fds[1]);
}

static void test_unblocked__nor_does_a_socket(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	flood(fds[1]);
	close(fds[0]);
	close(fds[1]);
}

static void test_unblocked__a_pipe_without_a_reader_is_no_error(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	close(fds[0]);
	flood(fds[1]);
	close(fds[1]);
}

static void test_unblocked__a_file_has_all_of_it_after_what_was_there(void **state)
{
	char path[] = "/tmp/memcg-run-test-XXXXXX";
	char text[32] = "";
	int fd = mkstemp(path);
	int unblocked;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "before ", 7), 7);
	unblocked = unblocked_open(fd);
	unblocked_write(unblocked, "one ", 4);
	unblocked_write(unblocked, "two", 3);
	assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), 14);
	assert_string_equal(text, "before one two");
	close(unblocked);
	close(fd);
	unlink(path);
}

static void test_unblocked_open__fails_for_what_is_closed(void **state)
{
	(void)state;
	assert_int_equal(unblocked_open(1000000), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unblocked__a_pipe_that_nobody_reads_holds_nobody_up),
		cmocka_unit_test(test_unblocked__nor_does_a_socket),
		cmocka_unit_test(test_unblocked__a_pipe_without_a_reader_is_no_error),
		cmocka_unit_test(test_unblocked__a_file_has_all_of_it_after_what_was_there),
		cmocka_unit_test(test_unblocked_open__fails_for_what_is_closed),
	};

	/* as in main() */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
