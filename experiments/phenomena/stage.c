#include "experiments/phenomena/phenomenon.h"

#include <stdio.h>
#include <sys/mman.h>

/* Shorter waits spin: a sleep wakes up some 50 us late. */
#define SPIN_BELOW_NS UINT64_C(2000000)

int stage_failed(const char *what)
{
	fprintf(stderr, "phenomena: %s: %s\n", what, strerror(errno));
	return -1;
}

void stage_declare(struct stage *stage, struct truth truth)
{
	memcg_run_truth_of(&stage->channel, MEMCG_RUN_REQUESTED, truth.requested);
	memcg_run_truth_of(&stage->channel, MEMCG_RUN_TOUCHED, truth.touched);
	memcg_run_truth_of(&stage->channel, MEMCG_RUN_CHARGED, truth.charged);
	memcg_run_truth_of(&stage->channel, MEMCG_RUN_UNIQUE, truth.unique);
}

void sleep_ns(uint64_t duration_ns)
{
	uint64_t end_ns = memcg_run_now_ns() + duration_ns;
	struct timespec end = {
		.tv_sec = (time_t)(end_ns / 1000000000),
		.tv_nsec = (long)(end_ns % 1000000000),
	};

	if (duration_ns >= SPIN_BELOW_NS)
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
			;
	while (memcg_run_now_ns() < end_ns)
		;
}

void stage_hold(const struct stage *stage)
{
	sleep_ns(stage->hold_ns);
}

void stage_enter(struct stage *stage, const char *mark, struct truth truth)
{
	stage_declare(stage, truth);
	memcg_run_mark_and_wait(&stage->channel, mark);
	stage_hold(stage);
	memcg_run_mark(&stage->channel, MEMCG_RUN_STAGE_END);
}

uint64_t page_table_bytes(size_t bytes)
{
	return (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * PAGE_BYTES;
}

struct truth truth_of(size_t bytes)
{
	return (struct truth){
		.requested = bytes,
		.touched = bytes,
		.charged = bytes + page_table_bytes(bytes),
		.unique = bytes,
	};
}

char *memory_map(size_t bytes)
{
	char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	/* Fails if the kernel has no huge pages, which is fine too. */
	(void)madvise(memory, bytes, MADV_NOHUGEPAGE);
	return memory;
}

void memory_unmap(char *memory, size_t bytes)
{
	munmap(memory, bytes);
}

void memory_touch(char *memory, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += PAGE_BYTES)
		*(volatile char *)&memory[i] = 1;
}

void memory_read(const char *memory, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += PAGE_BYTES)
		(void)*(const volatile char *)&memory[i];
}

size_t memory_resident(char *memory, size_t bytes)
{
	unsigned char here[256];
	size_t resident = 0;

	for (size_t done = 0; done < bytes;) {
		size_t left = (bytes - done) / PAGE_BYTES;
		size_t n = left < sizeof(here) ? left : sizeof(here);

		if (n == 0 || mincore(memory + done, n * PAGE_BYTES, here) < 0)
			break;
		for (size_t i = 0; i < n; i++)
			resident += (here[i] & 1) * PAGE_BYTES;
		done += n * PAGE_BYTES;
	}
	return resident;
}
