/* Memory of several processes: private, shared, or copied. */

#include "experiments/phenomena/crew.h"
#include "experiments/phenomena/phenomenon.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct part {
	char *memory;
	size_t bytes;
};

/* ---- children with memory of their own */

static bool take_own(void *context)
{
	const size_t *bytes = context;
	char *memory = memory_map(*bytes);

	if (memory)
		memory_touch(memory, *bytes);
	return memory != NULL;
}

static int fork_tree(struct stage *stage)
{
	size_t each_bytes = stage->size_bytes / N_PROCESSES / PAGE_BYTES * PAGE_BYTES;
	struct truth truth = truth_of(each_bytes * N_PROCESSES);
	struct crew crew;

	truth.charged = N_PROCESSES * (each_bytes + page_table_bytes(each_bytes));
	if (crew_start(&crew, N_PROCESSES, take_own, &each_bytes) < 0)
		return -1;
	stage_enter(stage, "held", truth);
	crew_end(&crew);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* ---- copies */

static bool touch_part(void *context)
{
	const struct part *part = context;

	memory_touch(part->memory, part->bytes);
	return true;
}

/* First a child that only holds, then one that writes to half of what it inherits. */
static int copy_on_write(struct stage *stage)
{
	struct part written = {memory_map(stage->size_bytes), 0};
	struct truth truth = truth_of(stage->size_bytes);
	const uint64_t tables = page_table_bytes(stage->size_bytes);
	const size_t half_bytes = stage->size_bytes / 2;
	struct crew crew;

	if (!written.memory)
		return stage_failed("mmap");
	memory_touch(written.memory, stage->size_bytes);
	if (crew_start(&crew, 1, touch_part, &written) < 0)
		return -1;
	truth.charged += tables;
	stage_enter(stage, "forked", truth);
	crew_end(&crew);
	written.bytes = half_bytes;
	if (crew_start(&crew, 1, touch_part, &written) < 0)
		return -1;
	truth.touched += half_bytes;
	truth.charged += half_bytes;
	truth.unique += half_bytes;
	stage_enter(stage, "held", truth);
	crew_end(&crew);
	memory_unmap(written.memory, stage->size_bytes);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* ---- the same memory */

/* This process and seven children touch every page of one mapping. */
static int shared_mapping(struct stage *stage)
{
	struct truth truth = truth_of(stage->size_bytes);
	struct part part = {
		.memory = mmap(NULL, stage->size_bytes, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0),
		.bytes = stage->size_bytes,
	};
	struct crew crew;

	if (part.memory == MAP_FAILED)
		return stage_failed("mmap");
	memory_touch(part.memory, part.bytes);
	if (crew_start(&crew, N_PROCESSES - 1, touch_part, &part) < 0)
		return -1;
	truth.charged += (N_PROCESSES - 1) * page_table_bytes(part.bytes);
	stage_enter(stage, "held", truth);
	crew_end(&crew);
	munmap(part.memory, part.bytes);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* ---- one address space */

#define SPAWNED_STACK_BYTES (16 * PAGE_BYTES)

/* In its parent's memory: a system call or two, and nothing that the parent would find changed. */
static int live_in_parents_memory(void *context)
{
	const int *go = context;
	char byte;

	close(go[1]);
	return read(go[0], &byte, 1) < 0;
}

/*
 * A child of vfork(2) or posix_spawn(3), as it is until it executes: a process of its own in its parent's address
 * space. Not by vfork itself, which would stop the parent.
 */
static int vfork_child(struct stage *stage)
{
	struct truth truth = truth_of(stage->size_bytes);
	char *memory = memory_map(stage->size_bytes);
	char *stack = memory_map(SPAWNED_STACK_BYTES);
	int go[2];
	pid_t pid;

	if (!memory || !stack || pipe(go) < 0)
		return stage_failed("mmap or pipe");
	memory_touch(memory, stage->size_bytes);
	pid = clone(live_in_parents_memory, stack + SPAWNED_STACK_BYTES, CLONE_VM | SIGCHLD, go);
	close(go[0]);
	if (pid < 0)
		return stage_failed("clone");
	truth.charged += page_table_bytes(stage->size_bytes);
	stage_enter(stage, "held", truth);
	close(go[1]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	memory_unmap(stack, SPAWNED_STACK_BYTES);
	memory_unmap(memory, stage->size_bytes);
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* ---- short lives */

/*
 * A child that ends before any polling reporter has read it. It declares the truth itself, when all
 * is allocated.
 */
static int child_exits(struct stage *stage)
{
	pid_t pid = fork();

	if (pid < 0)
		return stage_failed("fork");
	if (pid == 0) {
		char *memory = memory_map(stage->size_bytes);

		if (memory)
			memory_touch(memory, stage->size_bytes);
		stage->channel = memcg_run_open();
		stage_declare(stage, truth_of(memory ? stage->size_bytes : 0));
		_exit(memory ? 0 : 1);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	stage_enter(stage, "released", (struct truth){0});
	return 0;
}

/* The program in this library's folder, or this program. */
static void find_phenomena(char path[PATH_MAX])
{
	const char *directory = getenv("MEMCG_RUN_PHENOMENA");

	snprintf(path, PATH_MAX, "%s%s", directory ? directory : "/proc/self/exe",
		directory ? "/phenomena" : "");
}

/* Holds the memory; then becomes a small program, which prints "!" once it runs. */
static _Noreturn void become_small(size_t bytes, int told_fd, int go_fd)
{
	char path[PATH_MAX];
	char byte;
	char *memory = memory_map(bytes);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!memory)
		_exit(1);
	memory_touch(memory, bytes);
	find_phenomena(path);
	if (write(told_fd, "!", 1) != 1 || read(go_fd, &byte, 1) != 1 ||
		dup2(told_fd, STDOUT_FILENO) < 0 || dup2(go_fd, STDIN_FILENO) < 0)
		_exit(1);
	execl(path, path, "--wait", (char *)NULL);
	_exit(127);
}

static int exec_stages(struct stage *stage, int told_fd, int go_fd)
{
	char byte;

	if (read(told_fd, &byte, 1) != 1)
		return stage_failed("the child that was to exec");
	stage_enter(stage, "held", truth_of(stage->size_bytes));
	if (write(go_fd, "!", 1) != 1 || read(told_fd, &byte, 1) != 1)
		return stage_failed("exec of phenomena");
	stage_enter(stage, "executed", (struct truth){0});
	return 0;
}

/* The process's high-water mark outlives its memory. */
static int exec_inherits(struct stage *stage)
{
	int told[2], go[2];
	pid_t pid;
	int r;

	if (pipe(told) < 0 || pipe(go) < 0)
		return stage_failed("pipe");
	pid = fork();
	if (pid == 0) {
		close(told[0]);
		close(go[1]);
		become_small(stage->size_bytes, told[1], go[0]);
	}
	close(told[1]);
	close(go[0]);
	r = pid < 0 ? stage_failed("fork") : exec_stages(stage, told[0], go[1]);
	close(go[1]);
	close(told[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (r == 0)
		stage_enter(stage, "released", (struct truth){0});
	return r;
}

const struct phenomenon process_phenomena[] = {
	{"fork_tree", fork_tree, 0},
	{"copy_on_write", copy_on_write, 0},
	{"shared", shared_mapping, 0},
	{"vfork", vfork_child, 0},
	{"child_exits", child_exits, 0},
	{"exec", exec_inherits, 0},
	{NULL, NULL, 0},
};
