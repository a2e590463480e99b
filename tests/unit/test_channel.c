/* The runner's end of the channel against well-behaved and hostile tasks. */

#include "tests/unit/channel_fixture.h"

#include "util/array.h"

#include <fcntl.h>
#include <sys/stat.h>

static bool readable(const struct fixture *fixture)
{
	struct pollfd watched = {.fd = channel_fd(fixture->channel), .events = POLLIN};

	return poll(&watched, 1, 0) == 1;
}

static int connect_task(const struct fixture *fixture)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	strcpy(address.sun_path, fixture->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static struct memcg_run_record record_of(uint32_t type, const char *name, uint64_t value)
{
	struct memcg_run_record record = {
		.magic = MEMCG_RUN_MAGIC, .type = type, .time_ns = 123, .value = value};

	strcpy(record.name, name);
	return record;
}

static void send_bytes(int fd, const void *data, size_t length)
{
	assert_int_equal(send(fd, data, length, MSG_NOSIGNAL), length);
}

static void send_record(int fd, struct memcg_run_record record)
{
	send_bytes(fd, &record, sizeof(record));
}

/* A bad packet after a good one: it is counted and ignored, and the next good one is received. */
static void assert_refused(struct fixture *fixture, const void *data, size_t length)
{
	CLEANUP(cleanup_close) int fd = connect_task(fixture);
	const uint64_t n_before = stats(fixture).n_invalid_packets;

	send_record(fd, record_of(MEMCG_RUN_MARK, "before", 0));
	send_bytes(fd, data, length);
	send_record(fd, record_of(MEMCG_RUN_MARK, "after", 0));
	fixture->n_records = 0;
	receive(fixture);
	assert_int_equal(stats(fixture).n_invalid_packets, n_before + 1);
	assert_int_equal(fixture->n_records, 2);
	assert_string_equal(fixture->records[0].name, "before");
	assert_string_equal(fixture->records[1].name, "after");
}

static void assert_record_refused(struct fixture *fixture, struct memcg_run_record record)
{
	assert_refused(fixture, &record, sizeof(record));
}

/* ---- tests */

static void test_channel__socket_is_open_to_every_user(void **state)
{
	struct fixture *fixture = *state;
	struct stat status;

	assert_int_equal(stat(fixture->path, &status), 0);
	assert_true(S_ISSOCK(status.st_mode));
	assert_int_equal(status.st_mode & 0777, 0666);
}

static void test_channel__close_removes_the_socket(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(channel_close(&fixture->channel, NULL), 0);
	assert_null(fixture->channel);
	assert_int_equal(access(fixture->path, F_OK), -1);
	assert_int_equal(channel_close(&fixture->channel, NULL), 0);
}

static void test_channel__open_refuses_a_path_in_use(void **state)
{
	struct fixture *fixture = *state;
	struct channel *second = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(channel_open(fixture->path, &second, &error), -EADDRINUSE);
	assert_null(second);
	assert_non_null(strstr(error.text, fixture->path));
	/* The second one's failure does not remove the first one's socket. */
	assert_int_equal(access(fixture->path, F_OK), 0);
}

static void test_channel__open_refuses_a_path_too_long_for_a_socket(void **state)
{
	char path[200];
	struct channel *channel = NULL;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(channel_open(path, &channel, NULL), -ENAMETOOLONG);
}

static void test_channel__hands_over_records_in_order(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = connect_task(fixture);
	const struct memcg_run_record both[] = {
		record_of(MEMCG_RUN_SAMPLE, "psutil.rss_bytes", 4096),
		record_of(MEMCG_RUN_SAMPLE, "psutil.vms_bytes", UINT64_MAX),
	};

	send_record(fd, record_of(MEMCG_RUN_METRIC, "resource.maxrss_bytes", 1));
	send_bytes(fd, both, sizeof(both));
	send_record(fd, record_of(MEMCG_RUN_TRUTH, "", 77));
	receive(fixture);
	assert_int_equal(fixture->n_records, 4);
	assert_int_equal(fixture->records[0].type, MEMCG_RUN_METRIC);
	assert_string_equal(fixture->records[1].name, "psutil.rss_bytes");
	assert_int_equal(fixture->records[1].value, 4096);
	assert_int_equal(fixture->records[1].time_ns, 123);
	assert_true(fixture->records[2].value == UINT64_MAX);
	assert_int_equal(fixture->records[3].type, MEMCG_RUN_TRUTH);
	assert_int_equal(fixture->records[3].value, 77);
	assert_int_equal(stats(fixture).n_records, 4);
	assert_int_equal(stats(fixture).n_invalid_packets, 0);
	assert_false(readable(fixture));
}

static void test_channel__hears_what_was_sent_before_a_hang_up(void **state)
{
	struct fixture *fixture = *state;
	int fd = connect_task(fixture);

	send_record(fd, record_of(MEMCG_RUN_MARK, "last", 0));
	close(fd);
	receive(fixture);
	assert_int_equal(fixture->n_records, 1);
	assert_int_equal(stats(fixture).n_invalid_packets, 0);
	assert_false(readable(fixture));
}

static void test_channel__empty_packet_before_a_hang_up_is_not_the_end(void **state)
{
	struct fixture *fixture = *state;
	int fd = connect_task(fixture);

	send_bytes(fd, "", 0);
	send_record(fd, record_of(MEMCG_RUN_MARK, "last", 0));
	close(fd);
	receive(fixture);
	assert_int_equal(stats(fixture).n_invalid_packets, 1);
	assert_int_equal(fixture->n_records, 1);
}

/* Within one call: epoll has reported the packet, and the peer hangs up while it is handled. */
static int keep_and_hang_up(void *context, const struct memcg_run_record *record,
	unsigned connection, struct error *error)
{
	struct fixture *fixture = context;

	close(fixture->hang_up_fd);
	return keep(fixture, record, connection, error);
}

static void test_channel__hang_up_while_receiving_is_no_invalid_packet(void **state)
{
	struct fixture *fixture = *state;

	fixture->hang_up_fd = connect_task(fixture);
	send_record(fixture->hang_up_fd, record_of(MEMCG_RUN_MARK, "last", 0));
	assert_int_equal(channel_receive(fixture->channel, keep_and_hang_up, fixture, NULL), 0);
	assert_int_equal(fixture->n_records, 1);
	assert_int_equal(stats(fixture).n_invalid_packets, 0);
	assert_false(readable(fixture));
}

static void test_channel__answers_a_mark_with_its_time_and_name(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = connect_task(fixture);
	struct memcg_run_record answer;

	fixture->acknowledge = true;
	send_record(fd, record_of(MEMCG_RUN_MARK, "task_begin", 1));
	receive(fixture);
	assert_int_equal(recv(fd, &answer, sizeof(answer), 0), sizeof(answer));
	assert_int_equal(answer.magic, MEMCG_RUN_MAGIC);
	assert_int_equal(answer.type, MEMCG_RUN_ACK);
	assert_int_equal(answer.time_ns, 123);
	assert_string_equal(answer.name, "task_begin");
}

static void test_channel__answer_to_one_that_has_gone_is_success(void **state)
{
	struct fixture *fixture = *state;
	int fd = connect_task(fixture);

	fixture->acknowledge = true;
	send_record(fd, record_of(MEMCG_RUN_MARK, "task_begin", 1));
	close(fd);
	receive(fixture);
	assert_int_equal(fixture->n_records, 1);
	assert_false(readable(fixture));
}

/* The slot is reused at once; the late answer must not reach the newcomer. */
static void test_channel__late_answer_does_not_reach_a_newcomer(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int newcomer = -1;
	int fd = connect_task(fixture);
	struct memcg_run_record answer;

	send_record(fd, record_of(MEMCG_RUN_MARK, "early", 1));
	receive(fixture);
	close(fd);
	receive(fixture);
	newcomer = connect_task(fixture);
	send_record(newcomer, record_of(MEMCG_RUN_MARK, "new", 1));
	receive(fixture);
	assert_int_equal(fixture->connections[0] & 0xff, fixture->connections[1] & 0xff);
	assert_int_not_equal(fixture->connections[0], fixture->connections[1]);
	assert_int_equal(channel_acknowledge(fixture->channel, fixture->connections[0],
				 &fixture->records[0], NULL),
		0);
	assert_int_equal(recv(newcomer, &answer, sizeof(answer), 0), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(channel_acknowledge(fixture->channel, fixture->connections[1],
				 &fixture->records[1], NULL),
		0);
	assert_int_equal(recv(newcomer, &answer, sizeof(answer), 0), sizeof(answer));
	assert_string_equal(answer.name, "new");
}

/* It sends marks and never reads: when the answers fill its buffer, it is dropped. */
static void test_channel__peer_that_does_not_read_is_dropped(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = connect_task(fixture);
	const struct memcg_run_record mark = record_of(MEMCG_RUN_MARK, "again", 1);

	fixture->acknowledge = true;
	for (size_t n = 0; n < MAX_KEPT - 1; n++) {
		if (send(fd, &mark, sizeof(mark), MSG_NOSIGNAL) < 0) {
			assert_int_equal(errno, EPIPE);
			return;
		}
		receive(fixture);
	}
	fail_msg("%zu answers fitted", fixture->n_records);
}

static void test_channel__end_of_a_handler_ends_receiving(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = connect_task(fixture);

	fixture->verdict = -ENOSPC;
	send_record(fd, record_of(MEMCG_RUN_MARK, "one", 0));
	send_record(fd, record_of(MEMCG_RUN_MARK, "two", 0));
	assert_int_equal(channel_receive(fixture->channel, keep, fixture, NULL), -ENOSPC);
	assert_int_equal(fixture->n_records, 1);
}

static void test_channel__refuses_packets_that_are_not_whole_records(void **state)
{
	struct memcg_run_record records[2] = {
		record_of(MEMCG_RUN_MARK, "one", 0), record_of(MEMCG_RUN_MARK, "two", 0)};

	assert_refused(*state, records, 1);
	assert_refused(*state, records, sizeof(records[0]) - 1);
	assert_refused(*state, records, sizeof(records[0]) + 1);
	assert_refused(*state, records, 0);
}

static void test_channel__refuses_packet_with_one_bad_record(void **state)
{
	const struct memcg_run_record records[] = {
		record_of(MEMCG_RUN_MARK, "good", 0), record_of(99, "bad", 0)};

	assert_refused(*state, records, sizeof(records));
}

static void test_channel__refuses_oversized_packet(void **state)
{
	const size_t n = CHANNEL_MAX_PACKET / sizeof(struct memcg_run_record) + 1;
	CLEANUP(cleanup_free) struct memcg_run_record *records = calloc(n, sizeof(*records));

	for (size_t i = 0; i < n; i++)
		records[i] = record_of(MEMCG_RUN_MARK, "many", 0);
	assert_refused(*state, records, n * sizeof(*records));
}

static void test_channel__takes_largest_packet(void **state)
{
	struct fixture *fixture = *state;
	const size_t n = CHANNEL_MAX_PACKET / sizeof(struct memcg_run_record);
	CLEANUP(cleanup_free) struct memcg_run_record *records = calloc(n, sizeof(*records));
	CLEANUP(cleanup_close) int fd = connect_task(fixture);

	for (size_t i = 0; i < n; i++)
		records[i] = record_of(MEMCG_RUN_SAMPLE, "many", i);
	send_bytes(fd, records, n * sizeof(*records));
	receive(fixture);
	assert_int_equal(fixture->n_records, 744); /* 65536 / 88 */
	assert_int_equal(fixture->records[743].value, 743);
}

static void test_channel__refuses_wrong_magic_and_types(void **state)
{
	struct memcg_run_record record = record_of(MEMCG_RUN_MARK, "name", 0);

	record.magic = 0x4d435231; /* in the other byte order */
	assert_record_refused(*state, record);
	assert_record_refused(*state, record_of(0, "name", 0));
	assert_record_refused(*state, record_of(6, "name", 0));
	assert_record_refused(*state, record_of(MEMCG_RUN_ACK, "name", 0));
}

static void test_channel__refuses_bad_names(void **state)
{
	static const char *const names[] = {"two words", "new\nline", "\x1b[2J", "quote\"",
		"k\xc3\xa4se", "semi;colon", "a\\b"};
	struct memcg_run_record record = record_of(MEMCG_RUN_MARK, "", 0);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_record_refused(*state, record_of(MEMCG_RUN_SAMPLE, names[i], 0));
	memset(record.name, 'x', sizeof(record.name)); /* no final NUL */
	assert_record_refused(*state, record);
}

static void test_channel__names_and_values_fit_their_type(void **state)
{
	assert_record_refused(*state, record_of(MEMCG_RUN_MARK, "", 0));
	assert_record_refused(*state, record_of(MEMCG_RUN_SAMPLE, "", 0));
	assert_record_refused(*state, record_of(MEMCG_RUN_METRIC, "", 0));
	assert_record_refused(*state, record_of(MEMCG_RUN_TRUTH, "named", 0));
	assert_record_refused(*state, record_of(MEMCG_RUN_TRUTH, "charge", 0));
	assert_record_refused(*state, record_of(MEMCG_RUN_MARK, "mark", 2));
	assert_record_refused(*state, record_of(MEMCG_RUN_METRIC, "metric", 3));
}

static void test_channel__takes_every_character_of_a_name(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = connect_task(fixture);
	const char *name = "azAZ09_.:/-";

	send_record(fd, record_of(MEMCG_RUN_MARK, name, 0));
	receive(fixture);
	assert_int_equal(fixture->n_records, 1);
	assert_string_equal(fixture->records[0].name, name);
}

static void test_channel__clears_what_stands_behind_a_name(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = connect_task(fixture);
	struct memcg_run_record record = record_of(MEMCG_RUN_MARK, "short", 0);

	strcpy(record.name + 10, "left over");
	send_record(fd, record);
	receive(fixture);
	for (size_t i = 5; i < MEMCG_RUN_NAME_MAX; i++)
		assert_int_equal(fixture->records[0].name[i], 0);
}

static void test_channel__refuses_connections_beyond_the_limit(void **state)
{
	struct fixture *fixture = *state;
	const size_t n = CHANNEL_MAX_CONNECTIONS + 3;
	CLEANUP(cleanup_free) int *fds = calloc(n, sizeof(*fds));
	CLEANUP(cleanup_close) int next = -1;
	char byte;

	for (size_t i = 0; i < n; i++) {
		fds[i] = connect_task(fixture);
		receive(fixture);
	}
	assert_int_equal(stats(fixture).n_refused_connections, 3);
	assert_int_equal(recv(fds[n - 1], &byte, 1, 0), 0);
	send_record(fds[0], record_of(MEMCG_RUN_MARK, "first", 0));
	receive(fixture);
	assert_int_equal(fixture->n_records, 1);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	receive(fixture);
	/* those that left made room */
	next = connect_task(fixture);
	send_record(next, record_of(MEMCG_RUN_MARK, "next", 0));
	receive(fixture);
	assert_int_equal(stats(fixture).n_refused_connections, 3);
	assert_int_equal(fixture->n_records, 2);
}

/*
 * Two tasks send all they can: a call receives 1024 packets, and the rest keeps the descriptor
 * readable.
 */
static void test_channel__one_call_takes_a_bounded_number(void **state)
{
	struct fixture *fixture = *state;
	const struct memcg_run_record record = record_of(MEMCG_RUN_MARK, "flood", 0);
	int fds[12];
	size_t n_sent = 0, n_before;

	for (size_t i = 0; i < 12; i++) {
		fds[i] = connect_task(fixture);
		while (send(fds[i], &record, sizeof(record), MSG_NOSIGNAL) > 0)
			n_sent++;
		assert_int_equal(errno, EAGAIN);
	}
	assert_in_range(n_sent, 1025, MAX_KEPT);
	receive(fixture);
	assert_in_range(fixture->n_records, 1, 1024);
	assert_true(readable(fixture));
	while (readable(fixture)) {
		n_before = fixture->n_records;
		receive(fixture);
		assert_true(fixture->n_records > n_before);
	}
	assert_int_equal(fixture->n_records, n_sent);
	for (size_t i = 0; i < 12; i++)
		close(fds[i]);
}

static unsigned count_descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_channel__does_not_take_descriptors_from_a_task(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = connect_task(fixture);
	struct memcg_run_record record = record_of(MEMCG_RUN_MARK, "gift", 0);
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.align = {.cmsg_len = CMSG_LEN(sizeof(int)),
			     .cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS}};
	struct iovec data = {.iov_base = &record, .iov_len = sizeof(record)};
	struct msghdr header = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	unsigned n_before;

	receive(fixture);
	n_before = count_descriptors();
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	assert_int_equal(sendmsg(fd, &header, MSG_NOSIGNAL), sizeof(record));
	receive(fixture);
	assert_int_equal(fixture->n_records, 1);
	assert_int_equal(count_descriptors(), n_before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHANNEL_TEST(test_channel__socket_is_open_to_every_user),
		CHANNEL_TEST(test_channel__close_removes_the_socket),
		CHANNEL_TEST(test_channel__open_refuses_a_path_in_use),
		CHANNEL_TEST(test_channel__open_refuses_a_path_too_long_for_a_socket),
		CHANNEL_TEST(test_channel__hands_over_records_in_order),
		CHANNEL_TEST(test_channel__hears_what_was_sent_before_a_hang_up),
		CHANNEL_TEST(test_channel__empty_packet_before_a_hang_up_is_not_the_end),
		CHANNEL_TEST(test_channel__hang_up_while_receiving_is_no_invalid_packet),
		CHANNEL_TEST(test_channel__answers_a_mark_with_its_time_and_name),
		CHANNEL_TEST(test_channel__answer_to_one_that_has_gone_is_success),
		CHANNEL_TEST(test_channel__late_answer_does_not_reach_a_newcomer),
		CHANNEL_TEST(test_channel__peer_that_does_not_read_is_dropped),
		CHANNEL_TEST(test_channel__end_of_a_handler_ends_receiving),
		CHANNEL_TEST(test_channel__refuses_packets_that_are_not_whole_records),
		CHANNEL_TEST(test_channel__refuses_packet_with_one_bad_record),
		CHANNEL_TEST(test_channel__refuses_oversized_packet),
		CHANNEL_TEST(test_channel__takes_largest_packet),
		CHANNEL_TEST(test_channel__refuses_wrong_magic_and_types),
		CHANNEL_TEST(test_channel__refuses_bad_names),
		CHANNEL_TEST(test_channel__names_and_values_fit_their_type),
		CHANNEL_TEST(test_channel__takes_every_character_of_a_name),
		CHANNEL_TEST(test_channel__clears_what_stands_behind_a_name),
		CHANNEL_TEST(test_channel__refuses_connections_beyond_the_limit),
		CHANNEL_TEST(test_channel__one_call_takes_a_bounded_number),
		CHANNEL_TEST(test_channel__does_not_take_descriptors_from_a_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
