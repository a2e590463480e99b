/* Private memory of one process without a backing file. */

#include "experiments/phenomena/phenomenon.h"
#include "util/own_pages.h"

#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>

/* Linux 5.14, and 5.4; the headers of Debian 12 have them. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define RAMP_STEPS 8
#define STEP_PAGES 512
#define STEP_NS UINT64_C(50000)

/* A multiple of the usual polling intervals. */
#define SPIKE_WITHIN_NS UINT64_C(200000000)

/* Baseline: the interpreter or program of the task itself. */
static int nothing(struct stage *stage)
{
	stage_enter(stage, "held", (struct truth){0});
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

static int ramp(struct stage *stage)
{
	size_t step_bytes = stage->size_bytes / RAMP_STEPS / PAGE_BYTES * PAGE_BYTES;
	char *steps[RAMP_STEPS];
	size_t n = 0;

	for (; n < RAMP_STEPS; n++) {
		steps[n] = memory_map(step_bytes);
		if (!steps[n])
			return stage_failed("mmap");
		memory_touch(steps[n], step_bytes);
		stage_declare(stage, truth_of((n + 1) * step_bytes));
		sleep_ns(stage->hold_ns / RAMP_STEPS);
	}
	stage_enter(stage, "held", truth_of(n * step_bytes));
	while (n > 0) {
		memory_unmap(steps[--n], step_bytes);
		stage_declare(stage, truth_of(n * step_bytes));
		sleep_ns(stage->hold_ns / RAMP_STEPS);
	}
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* One page at a time: the smallest step that a reporter shows is its resolution. */
static int page_steps(struct stage *stage)
{
	const size_t bytes = STEP_PAGES * PAGE_BYTES;
	char *memory = memory_map(bytes);
	struct truth truth = {.requested = bytes, .charged = page_table_bytes(bytes)};

	if (!memory)
		return stage_failed("mmap");
	for (size_t done = 0; done < bytes; done += PAGE_BYTES) {
		memory_touch(memory + done, PAGE_BYTES);
		truth.touched += PAGE_BYTES;
		truth.charged += PAGE_BYTES;
		truth.unique += PAGE_BYTES;
		stage_declare(stage, truth);
		sleep_ns(STEP_NS);
	}
	stage_enter(stage, "held", truth);
	memory_unmap(memory, bytes);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/*
 * A reporter that starts with the task and polls at a fixed interval would read at the same moments
 * in every trial, and see a short spike either always or never.
 */
static void sleep_at_random(uint64_t most_ns)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) == sizeof(random))
		sleep_ns(random % most_ns);
}

/*
 * The whole size exists for the stage's argument, in nanoseconds, in addition to mapping and
 * unmapping.
 */
static int spike(struct stage *stage)
{
	char *memory = memory_map(stage->size_bytes);

	if (!memory)
		return stage_failed("mmap");
	sleep_at_random(SPIKE_WITHIN_NS);
	/* Several times as fast as touching, which is the fallback for older kernels. */
	if (madvise(memory, stage->size_bytes, MADV_POPULATE_WRITE) < 0)
		memory_touch(memory, stage->size_bytes);
	stage_declare(stage, truth_of(stage->size_bytes));
	sleep_ns(stage->argument);
	stage_declare(stage, (struct truth){0});
	memory_unmap(memory, stage->size_bytes);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

static int untouched(struct stage *stage)
{
	char *memory = memory_map(stage->size_bytes);

	if (!memory)
		return stage_failed("mmap");
	stage_enter(stage, "held", (struct truth){.requested = stage->size_bytes});
	memory_unmap(memory, stage->size_bytes);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/*
 * Whether a page that was only read is the kernel's zero page or a page of the task's own depends
 * on the kernel, and mincore(2) does not distinguish them.
 */
static int read_only_touched(struct stage *stage)
{
	const size_t bytes = stage->size_bytes;
	struct truth truth = {.requested = bytes, .touched = bytes};
	char *memory = memory_map(bytes);
	size_t own_bytes;

	if (!memory)
		return stage_failed("mmap");
	memory_read(memory, bytes);
	errno = -own_pages_bytes(memory, bytes, &own_bytes);
	if (errno)
		return stage_failed("/proc/self/pagemap");
	truth.unique = own_bytes;
	truth.charged = own_bytes + page_table_bytes(bytes);
	stage_enter(stage, "held", truth);
	memory_unmap(memory, bytes);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

static int touch_and_advise(struct stage *stage, int advice, struct truth after)
{
	char *memory = memory_map(stage->size_bytes);

	if (!memory)
		return stage_failed("mmap");
	memory_touch(memory, stage->size_bytes);
	stage_enter(stage, "held", truth_of(stage->size_bytes));
	if (madvise(memory, stage->size_bytes, advice) < 0)
		return stage_failed("madvise");
	stage_enter(stage, "advised", after);
	memory_unmap(memory, stage->size_bytes);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* The mapping and its page tables stay. */
static int madv_dontneed(struct stage *stage)
{
	return touch_and_advise(stage, MADV_DONTNEED,
		(struct truth){
			.requested = stage->size_bytes,
			.charged = page_table_bytes(stage->size_bytes),
		});
}

/* The kernel may reclaim the pages, but does so only when memory is short. */
static int madv_free(struct stage *stage)
{
	struct truth after = truth_of(stage->size_bytes);

	after.touched = 0;
	return touch_and_advise(stage, MADV_FREE, after);
}

/* Without swap on the host nothing moves; mincore(2) tells what is still in memory. */
static int swap(struct stage *stage)
{
	const size_t bytes = stage->size_bytes;
	struct truth truth = truth_of(bytes);
	char *memory = memory_map(bytes);

	if (!memory)
		return stage_failed("mmap");
	memory_touch(memory, bytes);
	stage_enter(stage, "held", truth);
	if (madvise(memory, bytes, MADV_PAGEOUT) < 0)
		return stage_failed("madvise");
	/* Written out while the task continues. */
	stage_hold(stage);
	truth.unique = memory_resident(memory, bytes);
	truth.charged = truth.unique + page_table_bytes(bytes);
	stage_enter(stage, "paged_out", truth);
	memory_unmap(memory, bytes);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* Touches one byte in each 2 MiB. The kernel decides what that allocates, and mincore(2) tells. */
static int huge_pages(struct stage *stage)
{
	const size_t bytes =
		(stage->size_bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
	const size_t mapped_bytes = bytes + HUGE_PAGE_BYTES;
	struct truth truth = {.requested = bytes};
	char *mapping = mmap(
		NULL, mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *memory;

	if (mapping == MAP_FAILED)
		return stage_failed("mmap");
	memory = mapping + (HUGE_PAGE_BYTES - (uintptr_t)mapping % HUGE_PAGE_BYTES);
	/* Fails on a kernel without huge pages: the pages are then small. */
	(void)madvise(memory, bytes, MADV_HUGEPAGE);
	for (size_t i = 0; i < bytes; i += HUGE_PAGE_BYTES) {
		memory_touch(memory + i, PAGE_BYTES);
		truth.touched += PAGE_BYTES;
	}
	truth.unique = memory_resident(memory, bytes);
	/* A page table is set aside for splitting each huge page. */
	truth.charged = truth.unique + page_table_bytes(bytes);
	stage_enter(stage, "held", truth);
	munmap(mapping, mapped_bytes);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* Untouched, but fully allocated. At most half of what this user may lock. */
static int locked(struct stage *stage)
{
	size_t bytes = stage->size_bytes;
	struct rlimit limit;
	struct truth truth;
	char *memory;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
		bytes > limit.rlim_cur / 2)
		bytes = limit.rlim_cur / 2 / PAGE_BYTES * PAGE_BYTES;
	memory = bytes ? memory_map(bytes) : NULL;
	if (!memory)
		return stage_failed("mmap");
	if (mlock(memory, bytes) < 0)
		return stage_failed("mlock");
	truth = truth_of(bytes);
	truth.touched = 0;
	stage_enter(stage, "held", truth);
	memory_unmap(memory, bytes);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

const struct phenomenon anonymous_phenomena[] = {
	{"nothing", nothing, 0},
	{"ramp", ramp, 0},
	{"page_steps", page_steps, 0},
	{"spike_100us", spike, 100000},
	{"spike_1ms", spike, 1000000},
	{"spike_10ms", spike, 10000000},
	{"spike_20ms", spike, 20000000},
	{"spike_100ms", spike, 100000000},
	{"spike_1s", spike, 1000000000},
	{"untouched", untouched, 0},
	{"zero_page", read_only_touched, 0},
	{"madv_free", madv_free, 0},
	{"madv_dontneed", madv_dontneed, 0},
	{"huge_pages", huge_pages, 0},
	{"mlock", locked, 0},
	{"swap", swap, 0},
	{NULL, NULL, 0},
};
