#include "cgroup/limit.h"

#include "cgroup/group.h"
#include "cgroup/memory_files.h"
#include "util/cleanup.h"
#include "util/cpu_list.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define AMOUNT_TEXT_SIZE 32

/* A list of 1024 CPUs without adjacent ones has less than 2.5 KiB. */
#define CPUS_TEXT_SIZE 4096

#define SWAPS_MAX_BYTES (1u << 20)

/*
 * The kernel's representation of an amount. It counts pages up to LONG_MAX / PAGE_SIZE, which means
 * "max" (PAGE_COUNTER_MAX in include/linux/page_counter.h, Linux 6.12): v1 prints it as a number.
 */
static struct amount kernel_amount(struct amount amount, enum limit_unit unit)
{
	const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);

	if (amount.kind != AMOUNT_NUMBER || unit == LIMIT_COUNT)
		return amount;
	amount.number -= amount.number % page_bytes;
	if (amount.number >= (uint64_t)LONG_MAX - (uint64_t)LONG_MAX % page_bytes)
		return (struct amount){.kind = AMOUNT_MAX};
	return amount;
}

static bool amount_equal(struct amount a, struct amount b)
{
	return a.kind == b.kind && (a.kind != AMOUNT_NUMBER || a.number == b.number);
}

static int read_back(const char *path, const struct limit_file *file, struct amount asked,
	const char *asked_text, struct error *error)
{
	char text[AMOUNT_TEXT_SIZE];
	struct amount got;
	int result = group_get(path, file->controller, file->name, text, sizeof(text), error);

	if (result < 0)
		return result;
	result = memory_amount_parse(text, &got);
	if (result < 0)
		return error_set(
			error, EBADMSG, "%s/%s is \"%s\", not an amount", path, file->name, text);
	if (!amount_equal(kernel_amount(asked, file->unit), kernel_amount(got, file->unit)))
		return error_set(error, EINVAL, "the kernel set %s/%s to \"%s\", not \"%s\"", path,
			file->name, text, asked_text);
	return 0;
}

int limit_set(
	const char *path, const struct limit_file *file, struct amount amount, struct error *error)
{
	char text[AMOUNT_TEXT_SIZE];
	int result;

	if (amount.kind == AMOUNT_UNSET)
		return 0;
	if (amount.kind == AMOUNT_MAX)
		snprintf(text, sizeof(text), "%s", file->max);
	else
		snprintf(text, sizeof(text), "%" PRIu64, amount.number);
	result = group_set(path, file->controller, file->name, text, error);
	if (result < 0)
		return result;
	return read_back(path, file, amount, text, error);
}

struct amount limit_with_runtime(struct amount task_bytes)
{
	if (task_bytes.kind == AMOUNT_NUMBER &&
		__builtin_add_overflow(task_bytes.number, SLICE_RUNTIME_BYTES, &task_bytes.number))
		task_bytes = (struct amount){.kind = AMOUNT_MAX};
	return task_bytes;
}

int limit_set_cpus(const char *path, const char *cpus, const char *effective, struct error *error)
{
	char text[CPUS_TEXT_SIZE];
	cpu_set_t asked, got;
	int result;

	if (cpu_list_parse(cpus, &asked) < 0 || CPU_COUNT(&asked) == 0)
		return error_set(
			error, EINVAL, "\"%s\" is not a list of CPUs such as \"0-1,3\"", cpus);
	result = group_set(path, "cpuset", "cpuset.cpus", cpus, error);
	if (result < 0)
		return result;
	result = group_get(path, "cpuset", effective, text, sizeof(text), error);
	if (result < 0)
		return result;
	if (cpu_list_parse(text, &got) < 0 || !CPU_EQUAL(&asked, &got))
		return error_set(error, EINVAL,
			"the kernel limited %s to the CPUs \"%s\", not \"%s\"", path, text, cpus);
	return 0;
}

int limit_host_has_swap(bool *ret_has_swap, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	const char *heading_end;
	size_t length;
	int result = file_read(AT_FDCWD, "/proc/swaps", SWAPS_MAX_BYTES, &text, &length, NULL);

	/* Kernels without CONFIG_SWAP lack the file. */
	if (result < 0 && result != -ENOENT)
		return error_set_errno(error, -result, "cannot read /proc/swaps");
	heading_end = result < 0 ? NULL : strchr(text, '\n');
	*ret_has_swap = heading_end && heading_end[1] != '\0';
	return 0;
}

int limit_check_unaccounted_swap(struct amount swap_max_bytes, struct error *error)
{
	bool has_swap;
	int result;

	if (swap_max_bytes.kind != AMOUNT_NUMBER)
		return 0;
	result = limit_host_has_swap(&has_swap, error);
	if (result < 0)
		return result;
	if (has_swap)
		return error_set(error, EOPNOTSUPP,
			"the kernel does not account swap, so a swap limit cannot be set; boot "
			"with swapaccount=1, or as root: swapoff -a");
	return 0;
}
