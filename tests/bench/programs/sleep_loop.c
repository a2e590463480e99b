/*
 * sleep_loop FILE SECONDS CPU RATE: sleeps until each multiple of the period, reads a cgroup's
 * memory file and the clock, and prints the number of reads, their duration in nanoseconds, and the
 * CPU time of that. As punctual as the kernel allows: absolute deadlines, 1 ns timer slack,
 * SCHED_FIFO.
 */

#include "tests/bench/programs/loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/prctl.h>

static uint64_t run(int fd, uint64_t begin_ns, uint64_t n_periods, double period_ns)
{
	uint64_t now_ns = begin_ns, n = 0;

	for (uint64_t i = 0; i < n_periods; i++) {
		uint64_t deadline_ns = begin_ns + (uint64_t)((double)i * period_ns);
		const struct timespec deadline = {
			.tv_sec = (time_t)(deadline_ns / LOOP_NS_PER_S),
			.tv_nsec = (long)(deadline_ns % LOOP_NS_PER_S),
		};

		/* A deadline that has passed is missed, as in the sampler. */
		if (deadline_ns < now_ns)
			continue;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
		loop_read(fd);
		now_ns = loop_clock_ns(CLOCK_MONOTONIC);
		n++;
	}
	return n;
}

int main(int argc, char **argv)
{
	const struct sched_param fifo = {.sched_priority = 1};
	uint64_t begin_ns, begin_cpu_ns, n;
	double seconds, rate_hz;
	int fd;

	if (argc != 5)
		errx(2, "usage: sleep_loop FILE SECONDS CPU RATE");
	fd = loop_open(argv[1]);
	seconds = loop_number(argv[2]);
	rate_hz = loop_number(argv[4]);
	loop_pin((int)loop_number(argv[3]));
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (sched_setscheduler(0, SCHED_FIFO, &fifo) < 0)
		warn("without SCHED_FIFO");
	begin_cpu_ns = loop_clock_ns(CLOCK_THREAD_CPUTIME_ID);
	begin_ns = loop_clock_ns(CLOCK_MONOTONIC);
	n = run(fd, begin_ns, (uint64_t)(seconds * rate_hz), (double)LOOP_NS_PER_S / rate_hz);
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", n,
		loop_clock_ns(CLOCK_MONOTONIC) - begin_ns,
		loop_clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin_cpu_ns);
	return 0;
}
