/*
 * Memory managed by an allocator between the program and the kernel: the C library's malloc, and
 * stacks.
 */

#include "experiments/phenomena/phenomenon.h"

#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>

/*
 * From the program break, with glibc's defaults: below the 128 KiB from which blocks are mapped
 * separately.
 */
#define KEPT_BLOCK_BYTES 1024
#define SMALL_BLOCK_BYTES 64
/* One of this many small blocks stays: one per page. */
#define SMALL_BLOCKS_A_SURVIVOR 50

#define STACK_BYTES (8 * MIB)
/* Of a thread, in addition to its stack in user space: THREAD_SIZE of x86-64 and arm64. */
#define KERNEL_STACK_BYTES (16 << 10)
/* Used by the thread itself, at the top of its stack. */
#define STACK_IN_USE_BYTES ((size_t)64 << 10)

struct block {
	struct block *next;
};

/* Includes malloc's own header of a block. */
static size_t chunk_bytes(const void *block)
{
	return malloc_usable_size((void *)block) + sizeof(size_t);
}

static struct truth truth_of_heap(size_t requested, size_t touched)
{
	struct truth truth = truth_of(touched);

	truth.requested = requested;
	return truth;
}

/* Newest first. *ret_bytes: their size including the allocator's headers. NULL on failure. */
static struct block *allocate(size_t n_blocks, size_t block_bytes, size_t *ret_bytes)
{
	struct block *newest = NULL;

	*ret_bytes = 0;
	for (size_t i = 0; i < n_blocks; i++) {
		struct block *block = malloc(block_bytes);

		if (!block)
			return NULL;
		memset(block, 1, block_bytes);
		block->next = newest;
		newest = block;
		*ret_bytes += chunk_bytes(block);
	}
	return newest;
}

/* Frees all but the first of every `n_a_survivor`. The rest stays linked. */
static size_t free_between(struct block *first, size_t n_a_survivor)
{
	size_t n_left = 0;

	while (first) {
		struct block *block = first->next;

		for (size_t i = 1; i < n_a_survivor && block; i++) {
			struct block *next = block->next;

			free(block);
			block = next;
		}
		first->next = block;
		first = block;
		n_left++;
	}
	return n_left;
}

static void free_all(struct block *block)
{
	while (block) {
		struct block *next = block->next;

		free(block);
		block = next;
	}
}

/*
 * Frees all but one in `n_a_survivor` blocks: the newest always stays, and the break cannot be
 * lowered below it.
 */
static int free_but_keep(struct stage *stage, size_t block_bytes, size_t n_a_survivor)
{
	const size_t n_blocks = stage->size_bytes / block_bytes;
	size_t touched;
	struct block *blocks = allocate(n_blocks, block_bytes, &touched);

	if (!blocks)
		return stage_failed("malloc");
	stage_enter(stage, "held", truth_of_heap(n_blocks * block_bytes, touched));
	if (n_a_survivor == 0)
		n_a_survivor = n_blocks;
	stage_enter(stage, "freed",
		truth_of_heap(free_between(blocks, n_a_survivor) * block_bytes, touched));
	free_all(blocks);
	malloc_trim(0);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

static int malloc_kept(struct stage *stage)
{
	return free_but_keep(stage, KEPT_BLOCK_BYTES, 0);
}

static int fragmentation(struct stage *stage)
{
	return free_but_keep(stage, SMALL_BLOCK_BYTES, SMALL_BLOCKS_A_SURVIVOR);
}

/* Too large for the heap: a separate mapping, which free releases at once. */
static int native_malloc(struct stage *stage)
{
	char *memory = malloc(stage->size_bytes);

	if (!memory)
		return stage_failed("malloc");
	memory_touch(memory, stage->size_bytes);
	stage_enter(stage, "held", truth_of(stage->size_bytes));
	free(memory);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* ---- stacks */

struct threads {
	char *stacks;
	size_t touched_bytes; /* per thread */
	pthread_barrier_t touched;
	pthread_barrier_t end;
};

struct thread {
	struct threads *all;
	char *stack;
	pthread_t id;
};

static void *use_stack(void *argument)
{
	struct thread *thread = argument;

	memory_touch(thread->stack + STACK_BYTES - thread->all->touched_bytes,
		thread->all->touched_bytes - STACK_IN_USE_BYTES);
	pthread_barrier_wait(&thread->all->touched);
	pthread_barrier_wait(&thread->all->end);
	return NULL;
}

static int start_heap_thread(struct thread *thread)
{
	pthread_attr_t attributes;
	int r = pthread_attr_init(&attributes);

	if (r == 0)
		r = pthread_attr_setstack(&attributes, thread->stack, STACK_BYTES);
	if (r == 0)
		r = pthread_create(&thread->id, &attributes, use_stack, thread);
	pthread_attr_destroy(&attributes);
	errno = r;
	return r ? stage_failed("pthread_create") : 0;
}

static struct truth truth_of_stacks(const struct threads *threads)
{
	struct truth truth = truth_of(N_PROCESSES * threads->touched_bytes);

	truth.requested = N_PROCESSES * STACK_BYTES;
	truth.charged += N_PROCESSES * KERNEL_STACK_BYTES;
	return truth;
}

/* Each thread requests 8 MiB, as usual, and uses a part. */
static int thread_stacks(struct stage *stage)
{
	struct threads threads = {.touched_bytes = stage->size_bytes / N_PROCESSES};
	struct thread each[N_PROCESSES];

	if (threads.touched_bytes > STACK_BYTES)
		threads.touched_bytes = STACK_BYTES;
	threads.stacks = memory_map(N_PROCESSES * STACK_BYTES);
	if (!threads.stacks)
		return stage_failed("mmap");
	pthread_barrier_init(&threads.touched, NULL, N_PROCESSES + 1);
	pthread_barrier_init(&threads.end, NULL, N_PROCESSES + 1);
	for (size_t i = 0; i < N_PROCESSES; i++) {
		each[i] =
			(struct thread){.all = &threads, .stack = threads.stacks + i * STACK_BYTES};
		/* Touches the pages at the top here: how many it uses by itself is unknown. */
		memory_touch(each[i].stack + STACK_BYTES - STACK_IN_USE_BYTES, STACK_IN_USE_BYTES);
		if (start_heap_thread(&each[i]) < 0)
			return -1;
	}
	pthread_barrier_wait(&threads.touched);
	stage_enter(stage, "held", truth_of_stacks(&threads));
	pthread_barrier_wait(&threads.end);
	for (size_t i = 0; i < N_PROCESSES; i++)
		pthread_join(each[i].id, NULL);
	memory_unmap(threads.stacks, N_PROCESSES * STACK_BYTES);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

const struct phenomenon heap_phenomena[] = {
	{"malloc_kept", malloc_kept, 0},
	{"fragmentation", fragmentation, 0},
	{"native_malloc", native_malloc, 0},
	{"thread_stacks", thread_stacks, 0},
	{NULL, NULL, 0},
};
