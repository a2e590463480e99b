/* The runner's end of the gate, with forked children as launchers. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/gate.h"
#include "tests/unit/forked.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define TIMEOUT_MS 20000

static int set_up(void **state)
{
	struct gate *gate = malloc(sizeof(*gate));

	*state = gate;
	return !gate || gate_open(gate, NULL) < 0;
}

static int tear_down(void **state)
{
	struct gate *gate = *state;

	gate_close(gate);
	free(gate);
	return 0;
}

struct sending {
	const struct gate *gate;
	const void *data;
	size_t length;
};

/* A forked_work. */
static int send_to_gate(void *context)
{
	const struct sending *sending = context;

	return send(sending->gate->child_fd, sending->data, sending->length, MSG_NOSIGNAL) !=
	       (ssize_t)sending->length;
}

/* A child that sends these bytes from the launcher's end and exits. */
static pid_t fork_sender(const struct gate *gate, const void *data, size_t length)
{
	struct sending sending = {gate, data, length};

	return forked_start(send_to_gate, &sending);
}

static void wait_for(pid_t pid)
{
	assert_int_equal(forked_wait(pid), 0);
}

static void wait_readable(const struct gate *gate)
{
	struct pollfd end = {.fd = gate->fd, .events = POLLIN};

	assert_int_equal(poll(&end, 1, TIMEOUT_MS), 1);
}

static void test_gate_open__is_closed_by_exec_and_has_both_ends(void **state)
{
	const struct gate *gate = *state;

	assert_int_equal(fcntl(gate->fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(gate->child_fd, F_GETFD), FD_CLOEXEC);
}

static void test_gate_receive__tells_who_speaks(void **state)
{
	struct gate *gate = *state;
	const struct control_message sent = {
		.type = CONTROL_EXIT,
		.wait_status = 0x0300,
		.time_ns = 11,
		.user_ns = 12,
		.system_ns = 13,
		.maxrss_bytes = 14,
	};
	struct control_message received;
	pid_t sender = -1;
	pid_t pid = fork_sender(gate, &sent, sizeof(sent));

	wait_readable(gate);
	assert_int_equal(gate_receive(gate, &received, &sender, NULL), 0);
	assert_int_equal(sender, pid);
	assert_memory_equal(&received, &sent, sizeof(sent));
	wait_for(pid);
}

/* The kernel stores the pid with the message: the sender may be gone when it is read. */
static void test_gate_receive__tells_of_each_of_two_senders(void **state)
{
	struct gate *gate = *state;
	const struct control_message ready = {.type = CONTROL_READY};
	const struct control_message child = {.type = CONTROL_CHILD};
	struct control_message received;
	pid_t sender;
	pid_t first = fork_sender(gate, &ready, sizeof(ready));
	pid_t second;

	wait_for(first);
	second = fork_sender(gate, &child, sizeof(child));
	wait_for(second);
	assert_int_equal(gate_receive(gate, &received, &sender, NULL), 0);
	assert_int_equal(received.type, CONTROL_READY);
	assert_int_equal(sender, first);
	assert_int_equal(gate_receive(gate, &received, &sender, NULL), 0);
	assert_int_equal(received.type, CONTROL_CHILD);
	assert_int_equal(sender, second);
}

static void test_gate_receive__does_not_wait(void **state)
{
	struct gate *gate = *state;
	struct control_message received = {.type = 99};
	pid_t sender = 98;

	assert_int_equal(gate_receive(gate, &received, &sender, NULL), -EAGAIN);
	assert_int_equal(received.type, 99);
	assert_int_equal(sender, 98);
}

static void test_gate_receive__a_hang_up_comes_after_what_was_sent(void **state)
{
	struct gate *gate = *state;
	const struct control_message sent = {.type = CONTROL_READY};
	struct control_message received;
	pid_t sender;
	pid_t pid = fork_sender(gate, &sent, sizeof(sent));

	wait_for(pid);
	gate_hand_over(gate);
	assert_int_equal(gate->child_fd, -1);
	assert_int_equal(gate_receive(gate, &received, &sender, NULL), 0);
	assert_int_equal(gate_receive(gate, &received, &sender, NULL), 1);
	assert_int_equal(gate_receive(gate, &received, &sender, NULL), 1);
}

/* The end stays open while anybody holds it, including the runner's own copy. */
static void test_gate_receive__no_hang_up_before_the_end_is_handed_over(void **state)
{
	struct gate *gate = *state;
	struct control_message received;
	pid_t sender;
	int held = dup(gate->child_fd);

	gate_hand_over(gate);
	assert_int_equal(gate_receive(gate, &received, &sender, NULL), -EAGAIN);
	close(held);
	assert_int_equal(gate_receive(gate, &received, &sender, NULL), 1);
}

#define MESSAGE_BYTES sizeof(struct control_message)

static void assert_refused(struct gate *gate, size_t length)
{
	const char data[2 * MESSAGE_BYTES] = {0};
	char said[64];
	struct control_message received = {.type = 99};
	struct error error = ERROR_INIT;
	pid_t sender = 98;

	assert_true(length <= sizeof(data));
	snprintf(said, sizeof(said), "%zu bytes where a message has %zu", length, MESSAGE_BYTES);
	assert_int_equal(send(gate->child_fd, data, length, 0), length);
	assert_int_equal(gate_receive(gate, &received, &sender, &error), -EPROTO);
	assert_non_null(strstr(error.text, said));
	assert_int_equal(received.type, 99);
	assert_int_equal(sender, 98);
}

static void test_gate_receive__refuses_another_length(void **state)
{
	assert_refused(*state, MESSAGE_BYTES - 1);
	assert_refused(*state, MESSAGE_BYTES + 1);
	assert_refused(*state, 2 * MESSAGE_BYTES);
}

static void test_gate_send__says_what_and_when(void **state)
{
	struct gate *gate = *state;
	struct control_message received = {.type = 0};

	assert_int_equal(gate_send(gate, CONTROL_GO, NULL), 0);
	assert_int_equal(
		recv(gate->child_fd, &received, sizeof(received), MSG_DONTWAIT), sizeof(received));
	assert_int_equal(received.type, CONTROL_GO);
	assert_true(received.time_ns > 0);
}

/* Nor SIGPIPE, which would kill this test. */
static void test_gate_send__a_launcher_that_has_gone_is_success(void **state)
{
	struct gate *gate = *state;

	gate_hand_over(gate);
	assert_int_equal(gate_send(gate, CONTROL_DONE, NULL), 0);
}

static void test_gate_close__twice_is_once(void **state)
{
	struct gate gate = GATE_CLOSED;

	(void)state;
	gate_close(&gate);
	assert_int_equal(gate_open(&gate, NULL), 0);
	gate_close(&gate);
	assert_int_equal(gate.fd, -1);
	assert_int_equal(gate.child_fd, -1);
	gate_close(&gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_gate_open__is_closed_by_exec_and_has_both_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_gate_receive__tells_who_speaks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_gate_receive__tells_of_each_of_two_senders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_gate_receive__does_not_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_gate_receive__a_hang_up_comes_after_what_was_sent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_gate_receive__no_hang_up_before_the_end_is_handed_over, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_gate_receive__refuses_another_length, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_gate_send__says_what_and_when, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_gate_send__a_launcher_that_has_gone_is_success, set_up, tear_down),
		cmocka_unit_test(test_gate_close__twice_is_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
