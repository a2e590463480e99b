/*
 * hostile_channel: violates the protocol. Truncated, oversized and empty packets, wrong numbers,
 * names and times, the runner's own names, task_end before task_begin, and more metrics, marks and
 * connections than allowed. Exits with 0; the runner reports what it counted.
 */

#include "memcg_run.h"

#include <stdio.h>

#define N_CONNECTIONS 300
#define N_METRICS 400
#define N_ROUNDS 10
/* The maximum of records per packet; and 70 000 marks in such packets. */
#define N_TOGETHER 700
#define N_PACKETS 100

static struct memcg_run_record record(
	enum memcg_run_type type, const char *name, uint64_t time_ns, uint64_t value)
{
	struct memcg_run_record made = {.magic = MEMCG_RUN_MAGIC,
		.type = (uint32_t)type,
		.time_ns = time_ns,
		.value = value};

	memcpy(made.name, name, strlen(name));
	return made;
}

static void send_bytes(const struct memcg_run *channel, const void *bytes, size_t length)
{
	(void)!send(channel->fd, bytes, length, MSG_NOSIGNAL);
}

static void send_record(const struct memcg_run *channel, struct memcg_run_record sent)
{
	send_bytes(channel, &sent, sizeof(sent));
}

/* Five invalid packets. */
static void send_broken(const struct memcg_run *channel)
{
	static char huge[100000];
	struct memcg_run_record good = record(MEMCG_RUN_TRUTH, "", memcg_run_now_ns(), 1);
	struct memcg_run_record bad = good;

	send_bytes(channel, &good, sizeof(good) - 1);
	send_bytes(channel, &good, 1);
	send_bytes(channel, huge, sizeof(huge));
	bad.magic = 0;
	send_record(channel, bad);
	bad = good;
	memset(bad.name, 'x', sizeof(bad.name));
	send_record(channel, bad);
}

/* Five complete records that are rejected. */
static void send_forged(const struct memcg_run *channel)
{
	uint64_t now_ns = memcg_run_now_ns();

	send_record(channel, record(MEMCG_RUN_SAMPLE, "reference.stat.anon_bytes", now_ns, 7));
	send_record(channel, record(MEMCG_RUN_SAMPLE, "truth.bytes", now_ns, 7));
	send_record(channel, record(MEMCG_RUN_SAMPLE, "unowned", now_ns, 7));
	send_record(channel, record(MEMCG_RUN_MARK, "early", 1, 0));
	send_record(channel, record(MEMCG_RUN_TRUTH, "", now_ns + 3600000000000u, 7));
}

static void flood(struct memcg_run *channel)
{
	static struct memcg_run_record marks[N_TOGETHER];
	char name[MEMCG_RUN_NAME_MAX];

	for (int i = 0; i < N_METRICS; i++) {
		snprintf(name, sizeof(name), "flood.m%d_bytes", i);
		memcg_run_sample(channel, name, UINT64_MAX);
	}
	for (int i = 0; i < N_TOGETHER; i++)
		marks[i] = record(MEMCG_RUN_MARK, "flood", memcg_run_now_ns(), 0);
	for (int i = 0; i < N_PACKETS; i++)
		send_bytes(channel, marks, sizeof(marks));
}

int main(void)
{
	struct memcg_run channel = memcg_run_open();

	if (channel.fd < 0)
		return 1;
	for (int i = 0; i < N_CONNECTIONS; i++)
		(void)memcg_run_open();
	memcg_run_mark(&channel, "task_end");
	memcg_run_mark_and_wait(&channel, "task_begin");
	for (int i = 0; i < N_ROUNDS; i++) {
		send_broken(&channel);
		send_forged(&channel);
	}
	flood(&channel);
	memcg_run_mark_and_wait(&channel, "task_end");
	memcg_run_mark(&channel, "task_begin");
	return 0;
}
