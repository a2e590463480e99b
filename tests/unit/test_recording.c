#include "runner/explain/recording.h"

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/forked.h"
#include "util/cleanup.h"
#include "util/json.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define MIB ((size_t)1 << 20)

/* What the child's functions hold at the instant: no multiples of a huge page, so that mappings meet within one. */
static const size_t held_bytes[] = {16 * MIB + 401408, 24 * MIB + 811008, 8 * MIB + 1220608,
	12 * MIB + 204800, 20 * MIB + 90112};

struct scene {
	int ready_fd, go_fd;
	bool forks;   /* a grandchild makes it all */
	size_t scale; /* all amounts are divided by it */
};

/* A test that fails leaves its child stopped: it ends with the test. Kept over an exec. */
static void end_with_the_test(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		_exit(7);
}

static char *scene_map(size_t bytes)
{
	char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		_exit(3);
	(void)madvise(memory, bytes, MADV_NOHUGEPAGE);
	return memory;
}

/*
 * One function a row, called through a volatile pointer and with work after the call, so that each has a frame. The
 * fault of all is inside memset, whose caller must be found.
 */
#define TOUCHING(name)                                                                             \
	static __attribute__((noinline, noclone)) void name(char *memory, size_t bytes)            \
	{                                                                                          \
		void *(*volatile set)(void *, int, size_t) = memset;                               \
                                                                                                   \
		set(memory, (int)sizeof(#name), bytes);                                            \
		__asm__ volatile("" ::"r"(memory) : "memory");                                     \
	}

TOUCHING(touch_alpha)
TOUCHING(touch_beta)
TOUCHING(touch_gamma)
TOUCHING(touch_delta)
TOUCHING(touch_epsilon)
TOUCHING(touch_unmapped)
TOUCHING(touch_discarded)
TOUCHING(touch_freed)

/* Decoys larger than what is held; what is held then stands where they were. */
static void scene_touch(size_t scale)
{
	const size_t unmapped = 40 * MIB / scale, freed = 24 * MIB / scale;
	size_t held[5];
	static void (*const touch[])(char *, size_t) = {
		touch_alpha, touch_beta, touch_gamma, touch_delta, touch_epsilon};
	char *decoy = scene_map(unmapped), *kept;

	for (size_t i = 0; i < 5; i++)
		held[i] = held_bytes[i] / scale;
	touch_unmapped(decoy, unmapped);
	munmap(decoy, unmapped);
	kept = scene_map(held[0]);
	touch_discarded(kept, held[0]);
	if (madvise(kept, held[0], MADV_DONTNEED) < 0)
		_exit(4);
	if (sbrk(freed) == (void *)-1)
		_exit(5);
	touch_freed((char *)sbrk(0) - freed, freed);
	if (sbrk(-(intptr_t)(freed)) == (void *)-1)
		_exit(6);
	touch[0](kept, held[0]);
	for (size_t i = 1; i < 5; i++)
		touch[i](scene_map(held[i]), held[i]);
}

static int scene_play(void *context)
{
	const struct scene *scene = context;
	pid_t pid = getpid();
	char byte;

	end_with_the_test();
	if (read(scene->go_fd, &byte, 1) != 1)
		return 2;
	if (scene->forks) {
		pid = forked_more();
		if (pid < 0)
			return 2;
	}
	if (!scene->forks || pid == 0) {
		end_with_the_test();
		scene_touch(scene->scale);
		pid = getpid();
		if (write(scene->ready_fd, &pid, sizeof(pid)) != sizeof(pid))
			return 2;
	}
	for (;;)
		pause();
}

struct stage {
	struct recording *recording;
	pid_t child, actor;
};

/* A child that has played the scene, is stopped, and was recorded. Skips where perf events are forbidden. */
static struct stage stage_play(uint64_t period, bool forks, size_t scale)
{
	struct error error = ERROR_INIT;
	struct stage stage = {0};
	int go[2], ready[2], folder_fd;
	struct scene scene = {.forks = forks, .scale = scale};

	if (recording_offered(&error) < 0) {
		print_message("skipped: %s\n", error.text);
		skip();
	}
	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(fcntl(ready[0], F_SETFL, O_NONBLOCK), 0);
	scene.go_fd = go[0];
	scene.ready_fd = ready[1];
	stage.child = forked_start(scene_play, &scene);
	folder_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder_fd >= 0);
	if (recording_start(&(struct recording_options){.cgroup_fd = -1,
				    .pid = stage.child,
				    .period = period,
				    .folder_fd = folder_fd},
		    &stage.recording, &error) < 0)
		fail_msg("%s", error.text);
	close(folder_fd);
	assert_int_equal(write(go[1], "g", 1), 1);
	while (read(ready[0], &stage.actor, sizeof(stage.actor)) != sizeof(stage.actor)) {
		assert_int_equal(recording_drain(stage.recording), 0);
		usleep(100);
	}
	for (size_t i = 0; i < 2; i++) {
		close(go[i]);
		close(ready[i]);
	}
	assert_int_equal(kill(stage.child, SIGSTOP), 0);
	assert_int_equal(kill(stage.actor, SIGSTOP), 0);
	return stage;
}

static void stage_end(struct stage *stage)
{
	kill(stage->actor, SIGKILL);
	kill(stage->child, SIGKILL);
	waitpid(stage->child, NULL, 0);
	recording_free(stage->recording);
}

static struct stack_tree *stage_attribute(struct stage *stage)
{
	struct error error = ERROR_INIT;
	struct stack_tree *tree = NULL;
	pid_t pids[] = {stage->child, stage->actor};

	if (recording_attribute(stage->recording, pids, stage->actor == stage->child ? 1 : 2, &tree,
		    &error) < 0 ||
		stack_tree_resolve(tree, &error) < 0)
		fail_msg("%s", error.text);
	return tree;
}

/* Names of functions need libdw, which the build may lack. */
static void skip_without_libdw(void)
{
#ifndef MEMCG_RUN_LIBDW
	print_message("skipped: built without libdw\n");
	skip();
#endif
}

/* The bytes of the rows in which a frame starts with the function's name. */
static uint64_t tree_function(const struct stack_tree *tree, const char *function)
{
	uint64_t bytes = 0;
	size_t length = strlen(function);

	for (size_t i = 0; i < tree->n_rows; i++)
		for (size_t j = 0; j < tree->rows[i].n_frames; j++)
			if (strncmp(tree->rows[i].frames[j], function, length) == 0) {
				bytes += tree->rows[i].bytes;
				break;
			}
	return bytes;
}

/* The share of what is held that is found in the right function: more than is held is wrong too. */
static double tree_share(const struct stack_tree *tree, size_t scale)
{
	static const char *const names[] = {
		"touch_alpha", "touch_beta", "touch_gamma", "touch_delta", "touch_epsilon"};
	uint64_t right = 0, all = 0;

	for (size_t i = 0; i < 5; i++) {
		uint64_t found = tree_function(tree, names[i]), held = held_bytes[i] / scale;

		print_message("%s: %llu of %llu\n", names[i], (unsigned long long)found,
			(unsigned long long)held);
		right += found < held ? found : held;
		all += held;
	}
	return (double)right / (double)all;
}

static void assert_scene(uint64_t period, bool forks, size_t scale, double least)
{
	skip_without_libdw();
	struct stage stage = stage_play(period, forks, scale);
	struct stack_tree *tree = stage_attribute(&stage);
	double share = tree_share(tree, scale);
	uint64_t lost = recording_lost(stage.recording);
	uint64_t decoys = tree_function(tree, "touch_unmapped") +
			  tree_function(tree, "touch_discarded") +
			  tree_function(tree, "touch_freed");

	stage_end(&stage);
	stack_tree_free(tree);
	print_message("share %.4f, decoys %llu, lost %llu\n", share, (unsigned long long)decoys,
		(unsigned long long)lost);
	assert_true(share >= least);
	assert_true(decoys <= 4 * MIB);
}

static void test_recording__attributes_what_is_held(void **state)
{
	(void)state;
	assert_scene(64, false, 1, 0.95);
}

static void test_recording__attributes_every_fault(void **state)
{
	(void)state;
	/* 5,200 faults: a ring has room for 8,000, so that no scheduler loses any. */
	assert_scene(1, false, 8, 0.97);
}

static void test_recording__follows_a_fork(void **state)
{
	(void)state;
	assert_scene(64, true, 1, 0.95);
}

/* Nobody drains: 160 MiB at period 1 are 40,000 samples of 8.4 KB, and a ring has room for 8,000. */
static int lossy_work(void *context)
{
	char byte;

	end_with_the_test();
	if (read(*(int *)context, &byte, 1) != 1)
		return 2;
	touch_alpha(scene_map(160 * MIB), 160 * MIB);
	raise(SIGSTOP);
	return 0;
}

static void test_recording__spreads_nothing_that_was_lost(void **state)
{
	struct error error = ERROR_INIT;
	struct recording *recording;
	struct stack_tree *tree;
	uint64_t faults, lost, bytes, attributed;
	int go[2], folder_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC), status;
	pid_t child;

	(void)state;
	if (recording_offered(&error) < 0) {
		print_message("skipped: %s\n", error.text);
		skip();
	}
	assert_int_equal(pipe(go), 0);
	child = forked_start(lossy_work, &go[0]);
	assert_int_equal(
		recording_start(
			&(struct recording_options){
				.cgroup_fd = -1, .pid = child, .period = 1, .folder_fd = folder_fd},
			&recording, &error),
		0);
	assert_int_equal(write(go[1], "g", 1), 1);
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(recording_count(recording, &faults, &lost), 0);
	assert_true(faults >= 160 * MIB / (uint64_t)sysconf(_SC_PAGESIZE));
	/* The child may move between CPUs, each with a ring; one ring's worth is kept at least. */
	assert_true(lost > 0 && faults - lost >= 5000);
	assert_int_equal(recording_attribute(recording, &child, 1, &tree, &error), 0);
	bytes = stack_tree_bytes(tree, &attributed);
	assert_true(bytes >= 160 * MIB);
#ifndef __SANITIZE_ADDRESS__ /* what the tests before have freed is kept, and a child has it too */
	assert_true(bytes < 170 * MIB);
#endif
	/* Each kept sample is of one page; the page's block may have lost others. */
	assert_true(attributed <= (faults - lost) * (uint64_t)sysconf(_SC_PAGESIZE) + 8 * MIB);
	stack_tree_free(tree);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	recording_free(recording);
	close(folder_fd);
	close(go[0]);
	close(go[1]);
}

/* Where a program has its memory before an exec, and the next one has it again. */
#define EXEC_MEMORY ((char *)(uintptr_t)0x200000000000)
#define EXEC_BYTES (16 * MIB)

static char *exec_map(int flags)
{
	char *memory = mmap(EXEC_MEMORY, EXEC_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | flags, -1, 0);

	if (memory == MAP_FAILED)
		_exit(3);
	return memory;
}

static int exec_work(void *context)
{
	char byte, *memory;

	end_with_the_test();
	if (read(*(int *)context, &byte, 1) != 1)
		return 2;
	memory = exec_map(0);
	/* Huge pages would be too few faults for a sample. */
	(void)madvise(memory, EXEC_BYTES, MADV_NOHUGEPAGE);
	touch_unmapped(memory, EXEC_BYTES);
	execl("/proc/self/exe", "test_recording", "populate", NULL);
	return 4;
}

/* The program after the exec: memory that no fault made. */
static int exec_populate(void)
{
	(void)exec_map(MAP_POPULATE);
	raise(SIGSTOP);
	return 0;
}

static void test_recording__forgets_what_was_before_an_exec(void **state)
{
	struct error error = ERROR_INIT;
	struct stage stage = {0};
	struct stack_tree *tree;
	uint64_t attributed, before;
	int go[2], folder_fd, status;

	(void)state;
	skip_without_libdw();
	if (recording_offered(&error) < 0) {
		print_message("skipped: %s\n", error.text);
		skip();
	}
	folder_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(pipe(go), 0);
	stage.child = stage.actor = forked_start(exec_work, &go[0]);
	assert_int_equal(recording_start(&(struct recording_options){.cgroup_fd = -1,
						 .pid = stage.child,
						 .folder_fd = folder_fd},
				 &stage.recording, &error),
		0);
	assert_int_equal(write(go[1], "g", 1), 1);
	assert_int_equal(waitpid(stage.child, &status, WUNTRACED), stage.child);
	assert_true(WIFSTOPPED(status));
	tree = stage_attribute(&stage);
	before = tree_function(tree, "touch_unmapped");
	assert_true(stack_tree_bytes(tree, &attributed) >= EXEC_BYTES);
	assert_true(attributed < EXEC_BYTES / 2);
	assert_int_equal(before, 0);
	stack_tree_free(tree);
	stage_end(&stage);
	close(folder_fd);
	close(go[0]);
	close(go[1]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recording__attributes_what_is_held),
		cmocka_unit_test(test_recording__attributes_every_fault),
		cmocka_unit_test(test_recording__follows_a_fork),
		cmocka_unit_test(test_recording__spreads_nothing_that_was_lost),
		cmocka_unit_test(test_recording__forgets_what_was_before_an_exec),
	};

	if (argc > 1 && strcmp(argv[1], "populate") == 0)
		return exec_populate();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
