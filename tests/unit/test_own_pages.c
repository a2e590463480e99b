#include "util/own_pages.h"

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/forked.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* More entries than are read at once. */
#define N_PAGES 1500

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static char *map(void)
{
	char *memory = mmap(NULL, N_PAGES * page_bytes(), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	(void)madvise(memory, N_PAGES * page_bytes(), MADV_NOHUGEPAGE);
	return memory;
}

static size_t own_pages(const char *memory, size_t n)
{
	size_t bytes = SIZE_MAX;

	assert_int_equal(own_pages_bytes(memory, n * page_bytes(), &bytes), 0);
	return bytes / page_bytes();
}

static void test_own_pages__are_those_that_were_written(void **state)
{
	char *memory = map();

	(void)state;
	assert_int_equal(own_pages(memory, N_PAGES), 0);
	for (size_t i = 0; i < N_PAGES; i += 3)
		memory[i * page_bytes()] = 1;
	assert_int_equal(own_pages(memory, N_PAGES), N_PAGES / 3);
	assert_int_equal(own_pages(memory, 1), 1);
	assert_int_equal(own_pages(memory + page_bytes(), 2), 0);
	assert_int_equal(madvise(memory, N_PAGES * page_bytes(), MADV_DONTNEED), 0);
	assert_int_equal(own_pages(memory, N_PAGES), 0);
	munmap(memory, N_PAGES * page_bytes());
}

/* A forked_work: lives until the other end of the pipe is closed. */
static int wait_for_end(void *context)
{
	const int *fds = context;
	char byte;

	close(fds[1]);
	return (int)read(fds[0], &byte, 1);
}

/* Resident and mapped, like the zero page: but not exclusive to this process. */
static void test_own_pages__are_not_those_that_a_child_has_as_well(void **state)
{
	char *memory = map();
	int until[2];
	pid_t child;

	(void)state;
	memset(memory, 1, 10 * page_bytes());
	assert_int_equal(pipe(until), 0);
	child = forked_start(wait_for_end, until);
	close(until[0]);
	memory[3 * page_bytes()] = 2;
	assert_int_equal(own_pages(memory, 10), 1);
	close(until[1]);
	assert_int_equal(forked_wait(child), 0);
	assert_int_equal(own_pages(memory, 10), 10);
	munmap(memory, N_PAGES * page_bytes());
}

/* Over all mappings of this process: the zero page is in none of them. */
static size_t anonymous_bytes(void)
{
	FILE *rollup = fopen("/proc/self/smaps_rollup", "re");
	unsigned long kib = 0;
	char line[256];

	assert_non_null(rollup);
	while (fgets(line, sizeof(line), rollup))
		if (sscanf(line, "Anonymous: %lu", &kib) == 1)
			break;
	fclose(rollup);
	return kib * 1024;
}

static void test_own_pages_come_by_reading__as_the_kernel_accounts_them(void **state)
{
	size_t before = anonymous_bytes();
	char *memory = map();
	bool come;

	(void)state;
	for (size_t i = 0; i < N_PAGES; i++)
		(void)*(volatile char *)&memory[i * page_bytes()];
	assert_int_equal(own_pages_come_by_reading(&come), 0);
	assert_int_equal(own_pages(memory, N_PAGES), come ? N_PAGES : 0);
	assert_in_range(anonymous_bytes() - before, come ? N_PAGES * page_bytes() : 0,
		(come ? N_PAGES + 50 : 50) * page_bytes());
	munmap(memory, N_PAGES * page_bytes());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_pages__are_those_that_were_written),
		cmocka_unit_test(test_own_pages__are_not_those_that_a_child_has_as_well),
		cmocka_unit_test(test_own_pages_come_by_reading__as_the_kernel_accounts_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
