/*
 * hostile_marker: sends marks forever and waits for each acknowledgement: if pages are counted at
 * marks it is held nearly all the time.
 */

#include "memcg_run.h"

int main(void)
{
	struct memcg_run channel = memcg_run_open();

	for (;;)
		memcg_run_mark_and_wait(&channel, "again");
}
