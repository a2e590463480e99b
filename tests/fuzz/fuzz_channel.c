/*
 * A task's use of the channel: connections, packets, records, marks and series. An input is a
 * sequence of packets: two bytes of length (little-endian), one that selects one of four
 * connections, and the bytes. A length of 0xffff closes the connection instead.
 */

#include "runner/trial/channel.h"
#include "runner/trial/record.h"
#include "tests/fuzz/fuzz.h"
#include "util/clock.h"
#include "util/file.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define N_CONNECTIONS 4
#define HEAD_BYTES 3
#define CLOSING 0xffff

struct stage {
	char folder[40];
	struct channel *channel;
	int senders[N_CONNECTIONS];
	struct trial_result result;
	struct measurement measurement;
};

static struct stage stage;

static void remove_folder(void)
{
	channel_close(&stage.channel, NULL);
	file_remove_tree(AT_FDCWD, stage.folder, NULL);
}

static void set_up(void)
{
	char path[64];
	int r;

	strcpy(stage.folder, "/dev/shm/memcg-run-fuzz-XXXXXX");
	assert(mkdtemp(stage.folder));
	atexit(remove_folder);
	snprintf(path, sizeof(path), "%s/channel", stage.folder);
	r = channel_open(path, &stage.channel, NULL);
	assert(r == 0);
	for (size_t i = 0; i < N_CONNECTIONS; i++)
		stage.senders[i] = -1;
}

static void take_mark(const struct memcg_run_record *record)
{
	int r = result_add_mark(&stage.result, record, NULL);

	assert(r == 0);
	switch (mark_role(record->name, &stage.measurement)) {
	case MARK_BEGIN:
		stage.measurement.begin_seen = true;
		break;
	case MARK_END:
		stage.measurement.end_seen = true;
		break;
	case MARK_ONLY:
		break;
	}
}

static void take_sample(const struct memcg_run_record *record)
{
	const struct sample sample = {.time_ns = record->time_ns, .value = record->value};
	struct series *series;
	int r = spool_metric(stage.result.spool, record->name, &series, NULL);

	if (r == 0)
		r = series_append(series, &sample, 1, NULL);
	assert(r == 0 || r == -EINVAL || r == -ENOSPC);
	assert(spool_n_series(stage.result.spool) <= SPOOL_MAX_SERIES);
}

static int take_record(void *context, const struct memcg_run_record *record, unsigned connection,
	struct error *error)
{
	(void)context;
	assert(memchr(record->name, '\0', sizeof(record->name)));
	switch (record_use(record, 1, UINT64_MAX)) {
	case RECORD_MARK:
		take_mark(record);
		break;
	case RECORD_SAMPLE:
	case RECORD_KIND:
		take_sample(record);
		break;
	case RECORD_TRUTH:
	case RECORD_REJECTED:
		break;
	}
	if (record_awaits_answer(record))
		return channel_acknowledge(stage.channel, connection, record, error);
	return 0;
}

static void connect_sender(int *sender)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/channel", stage.folder);
	*sender = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert(*sender >= 0);
	/* the backlog is drained after each packet, so there is room */
	assert(connect(*sender, (const struct sockaddr *)&address, sizeof(address)) == 0);
}

static void hang_up(int *sender)
{
	if (*sender >= 0)
		close(*sender);
	*sender = -1;
}

static void receive(void)
{
	int r = channel_receive(stage.channel, take_record, NULL, NULL);

	assert(r == 0);
}

/* Returns the number of input bytes consumed. */
static size_t play_packet(const uint8_t *data, size_t size)
{
	size_t length = data[0] | (size_t)data[1] << 8;
	int *sender = &stage.senders[data[2] % N_CONNECTIONS];

	if (length == CLOSING) {
		hang_up(sender);
		receive();
		return HEAD_BYTES;
	}
	if (length > size - HEAD_BYTES)
		length = size - HEAD_BYTES;
	if (*sender < 0)
		connect_sender(sender);
	/* If the channel has dropped a peer, the next packet reconnects it. */
	if (send(*sender, data + HEAD_BYTES, length, MSG_NOSIGNAL) < 0)
		hang_up(sender);
	receive();
	return HEAD_BYTES + length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int folder_fd, r;

	if (!stage.channel)
		set_up();
	stage.measurement = (struct measurement){0};
	folder_fd = open(stage.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(folder_fd >= 0);
	r = spool_create(folder_fd, "spool", &stage.result.spool, NULL);
	close(folder_fd);
	assert(r == 0);
	while (size >= HEAD_BYTES) {
		size_t taken = play_packet(data, size);

		data += taken;
		size -= taken;
	}
	for (size_t i = 0; i < N_CONNECTIONS; i++)
		hang_up(&stage.senders[i]);
	receive();
	r = spool_remove(&stage.result.spool, NULL);
	assert(r == 0);
	free(stage.result.marks);
	stage.result = (struct trial_result){0};
	return 0;
}
