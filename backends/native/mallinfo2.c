/*
 * mallinfo2.so: preloaded into a task (LD_PRELOAD), it reads the C library allocator's own
 * statistics, and the process's high-water mark from the kernel. docs/backends/mallinfo2.md
 *
 * A thread, started before main(), reads every MEMCG_RUN_INTERVAL_NS and sends to the channel; it
 * replaces nothing of the task's. Only the process that memcg-run started reports, also after each
 * exec of its own: its children load the library, which does nothing there. In a static program,
 * without a dynamic linker, it is not loaded, and the task runs unchanged.
 *
 * The thread never calls malloc and blocks all signals.
 */

#include "backends/native/memcg_run.h"
#include "util/digits.h"

#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define INTERVAL "MEMCG_RUN_INTERVAL_NS"
/*
 * The pid of the reporting process. Specific to this library; like the preloading, it survives an
 * exec.
 */
#define REPORTING_PROCESS "MEMCG_RUN_MALLINFO2_PROCESS"
#define NS_PER_S 1000000000u
#define BYTES_PER_KIB 1024u /* ru_maxrss is in KiB */
/* Enough for a reading; the default for a thread is 8 MiB of address space. */
#define STACK_BYTES ((size_t)64 << 10)
/*
 * At the end the thread reads once more. It may be blocked in send(), or on a lock of a faulty
 * task.
 */
#define END_LIMIT_NS 200000000u

enum metric { ARENA, MMAPPED, IN_USE, MAXRSS, READING, N_METRICS };

static const char *const metric_names[N_METRICS] = {
	[ARENA] = "mallinfo2.arena_bytes",
	[MMAPPED] = "mallinfo2.mmapped_bytes",
	[IN_USE] = "mallinfo2.in_use_bytes",
	[MAXRSS] = "mallinfo2.maxrss_bytes",
	[READING] = "mallinfo2.reading_ns",
};

/* A loaded library has no main() to own it. Written before the thread starts, and by the thread. */
static struct {
	pid_t process; /* 0: not reporting */
	struct memcg_run channel;
	uint64_t interval_ns;
	pthread_t thread;
	sem_t end;
	struct memcg_run_record records[N_METRICS];
} reporter;

static void prepare_records(void)
{
	for (size_t i = 0; i < N_METRICS; i++) {
		reporter.records[i].magic = MEMCG_RUN_MAGIC;
		reporter.records[i].type = MEMCG_RUN_SAMPLE;
		strncpy(reporter.records[i].name, metric_names[i], MEMCG_RUN_NAME_MAX - 1);
	}
}

static void send_records(void)
{
	ssize_t sent;

	do
		sent = send(reporter.channel.fd, reporter.records, sizeof(reporter.records),
			MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
}

/*
 * uordblks covers only the arenas: large blocks, mapped separately, are in hblkhd
 * (malloc/malloc.c).
 */
static void look_at_heap(void)
{
	const uint64_t begin_ns = memcg_run_now_ns();
	const struct mallinfo2 info = mallinfo2();
	struct memcg_run_record *records = reporter.records;
	struct rusage usage = {0};
	uint64_t end_ns;

	getrusage(RUSAGE_SELF, &usage);
	end_ns = memcg_run_now_ns();
	records[ARENA].value = info.arena;
	records[MMAPPED].value = info.hblkhd;
	records[IN_USE].value = info.uordblks + info.hblkhd;
	records[MAXRSS].value = (uint64_t)usage.ru_maxrss * BYTES_PER_KIB;
	records[READING].value = end_ns - begin_ns;
	for (size_t i = 0; i < N_METRICS; i++)
		records[i].time_ns = end_ns;
	send_records();
}

static struct timespec timespec_of(uint64_t time_ns)
{
	return (struct timespec){
		.tv_sec = (time_t)(time_ns / NS_PER_S),
		.tv_nsec = (long)(time_ns % NS_PER_S),
	};
}

/* Skips deadlines that passed during a reading; the next one keeps the schedule. */
static void *look_until_end(void *nothing)
{
	uint64_t deadline_ns = memcg_run_now_ns();
	bool ended;

	do {
		struct timespec deadline;
		uint64_t now_ns;

		look_at_heap();
		now_ns = memcg_run_now_ns();
		deadline_ns += reporter.interval_ns;
		if (deadline_ns < now_ns)
			deadline_ns += (now_ns - deadline_ns) / reporter.interval_ns *
				       reporter.interval_ns;
		deadline = timespec_of(deadline_ns);
		ended = sem_clockwait(&reporter.end, CLOCK_MONOTONIC, &deadline) == 0;
	} while (!ended);
	look_at_heap();
	return nothing;
}

/* The first process to get here is the one that memcg-run started. */
static bool is_reporting_process(void)
{
	const char *known = getenv(REPORTING_PROCESS);
	char process[24];

	snprintf(process, sizeof(process), "%ld", (long)getpid());
	return known ? strcmp(known, process) == 0 : setenv(REPORTING_PROCESS, process, 1) == 0;
}

static bool start_look_thread(void)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	bool started;

	if (sem_init(&reporter.end, 0, 0) < 0 || pthread_attr_init(&attributes) != 0)
		return false;
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = pthread_create(&reporter.thread, &attributes, look_until_end, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return started;
}

__attribute__((constructor)) static void start(void)
{
	const char *interval = getenv(INTERVAL);

	if (!interval || digits_parse(interval, strlen(interval), &reporter.interval_ns) < 0 ||
		reporter.interval_ns == 0 || !is_reporting_process())
		return;
	reporter.channel = memcg_run_open();
	if (reporter.channel.fd < 0)
		return;
	prepare_records();
	memcg_run_high_water(&reporter.channel, metric_names[MAXRSS]);
	if (start_look_thread())
		reporter.process = getpid();
}

/*
 * Not in a forked child, which has no such thread. A task that ends by _exit or a signal has no
 * final reading.
 */
__attribute__((destructor)) static void stop(void)
{
	const struct timespec limit = timespec_of(memcg_run_now_ns() + END_LIMIT_NS);

	if (reporter.process != getpid())
		return;
	sem_post(&reporter.end);
	pthread_clockjoin_np(reporter.thread, NULL, CLOCK_MONOTONIC, &limit);
}
