/* Facts about the machine, compared with other sources. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/host/host.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static struct host read_host(void)
{
	struct host host = {.cpus = 0};

	assert_int_equal(host_read(&host, NULL), 0);
	return host;
}

static void read_text(const char *path, char **ret_text)
{
	assert_int_equal(file_read(AT_FDCWD, path, 1 << 24, ret_text, NULL, NULL), 0);
}

/* /proc/sys/kernel has each part in a file. */
static void test_host_read__the_kernel_is_that_of_proc(void **state)
{
	static const char *const files[] = {"/proc/sys/kernel/ostype", "/proc/sys/kernel/osrelease",
		"/proc/sys/kernel/version"};
	struct host host = read_host();
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		CLEANUP(cleanup_free) char *text = NULL;
		size_t length;

		read_text(files[i], &text);
		length = strcspn(text, "\n");
		assert_memory_equal(host.kernel + at, text, length);
		assert_int_equal(host.kernel[at + length], ' ');
		at += length + 1;
	}
	assert_true(strlen(host.kernel + at) > 0);
}

/* MemTotal is the value of sysinfo(2), in KiB. */
static void test_host_read__the_memory_is_that_of_proc(void **state)
{
	CLEANUP(cleanup_free) char *meminfo = NULL;
	struct host host = read_host();
	unsigned long long kib = 0;

	(void)state;
	read_text("/proc/meminfo", &meminfo);
	assert_int_equal(sscanf(meminfo, "MemTotal: %llu kB", &kib), 1);
	assert_true(kib > 0);
	assert_int_equal(host.memory_bytes, kib * 1024);
}

static void test_host_read__the_cpus_are_those_of_proc(void **state)
{
	CLEANUP(cleanup_free) char *stat = NULL;
	struct host host = read_host();
	uint64_t n = 0;

	(void)state;
	read_text("/proc/stat", &stat);
	/* A total line "cpu", then "cpu0 ..." for each online CPU. */
	for (const char *line = strstr(stat, "\ncpu"); line; line = strstr(line + 1, "\ncpu"))
		n++;
	assert_true(n > 0);
	assert_int_equal(host.cpus, n);
}

static void test_host_read__the_model_is_a_line_of_cpuinfo_or_unknown(void **state)
{
	CLEANUP(cleanup_free) char *cpuinfo = NULL;
	struct host host = read_host();
	char line[300];

	(void)state;
	read_text("/proc/cpuinfo", &cpuinfo);
	if (!strstr(cpuinfo, "model name")) {
		assert_string_equal(host.cpu_model, "unknown");
		return;
	}
	snprintf(line, sizeof(line), ": %s\n", host.cpu_model);
	assert_non_null(strstr(cpuinfo, line));
	assert_true(strlen(host.cpu_model) > 0);
}

/* Linux has pages of 4, 16 or 64 KiB; the mapping of a program tells which. */
static void test_host_read__the_page_is_that_of_smaps(void **state)
{
	CLEANUP(cleanup_free) char *smaps = NULL;
	const char *line;
	struct host host = read_host();
	unsigned long long kib = 0;

	(void)state;
	read_text("/proc/self/smaps", &smaps);
	line = strstr(smaps, "KernelPageSize:");
	assert_non_null(line);
	assert_int_equal(sscanf(line, "KernelPageSize: %llu kB", &kib), 1);
	assert_int_equal(host.page_bytes, kib * 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_read__the_kernel_is_that_of_proc),
		cmocka_unit_test(test_host_read__the_memory_is_that_of_proc),
		cmocka_unit_test(test_host_read__the_cpus_are_those_of_proc),
		cmocka_unit_test(test_host_read__the_model_is_a_line_of_cpuinfo_or_unknown),
		cmocka_unit_test(test_host_read__the_page_is_that_of_smaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
