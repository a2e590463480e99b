/*
 * hostile_handshake: connects, requests acknowledgements without ever reading them, and never
 * exits.
 */

#include "memcg_run.h"

int main(void)
{
	struct memcg_run channel = memcg_run_open();

	memcg_run_mark_and_wait(&channel, "task_begin");
	for (int i = 0; i < 10000; i++)
		memcg_run_send(&channel, MEMCG_RUN_MARK, "unread", 1);
	for (;;)
		pause();
}
