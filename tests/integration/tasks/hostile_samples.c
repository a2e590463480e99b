/* hostile_samples N: sends N samples of one metric in packets of maximum size. Exits with 0. */

#include "memcg_run.h"

#define MAX_TOGETHER 700

int main(int argc, char **argv)
{
	static struct memcg_run_record packet[MAX_TOGETHER];
	struct memcg_run channel = memcg_run_open();
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0;

	for (int i = 0; i < MAX_TOGETHER; i++) {
		packet[i].magic = MEMCG_RUN_MAGIC;
		packet[i].type = MEMCG_RUN_SAMPLE;
		packet[i].time_ns = memcg_run_now_ns();
		strncpy(packet[i].name, "flood.held_bytes", sizeof(packet[i].name) - 1);
	}
	while (n > 0) {
		long together = n < MAX_TOGETHER ? n : MAX_TOGETHER;

		if (send(channel.fd, packet, (size_t)together * sizeof(packet[0]), MSG_NOSIGNAL) <
			0)
			return 1;
		n -= together;
	}
	return 0;
}
