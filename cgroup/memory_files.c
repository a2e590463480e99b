#include "cgroup/memory_files.h"

#include "util/cleanup.h"
#include "util/digits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* 20 digits, a newline, and one byte to detect longer files. */
#define VALUE_TEXT_SIZE 32

/* Files of one pread each have at most 16 keys. */
#define KEYED_MAX 16

/*
 * Our name, v2's line and v1's, NULL where it has none.
 *
 * `kernel` exists since Linux 5.18, separate anon and file values of the working set since 5.9.
 *
 * The total_* lines count the groups below too, as v2's lines all do. v1's `rss` and v2's `anon` are
 * one counter of the kernel, NR_ANON_MAPPED, transparent huge pages included; `cache` and `file` are
 * NR_FILE_PAGES, shmem, tmpfs and the swap cache included (memcg1_stats in mm/memcontrol-v1.c, memory_stats in
 * mm/memcontrol.c, Linux 6.12).
 */
static const struct stat_line {
	const char *name, *v2, *v1;
} stat_lines[MEMORY_STAT_N_KEYS] = {
	[MEMORY_STAT_ANON] = {"anon_bytes", "anon", "total_rss"},
	[MEMORY_STAT_FILE] = {"file_bytes", "file", "total_cache"},
	[MEMORY_STAT_KERNEL] = {"kernel_bytes", "kernel", NULL},
	[MEMORY_STAT_SHMEM] = {"shmem_bytes", "shmem", "total_shmem"},
	[MEMORY_STAT_SWAPCACHED] = {"swapcached_bytes", "swapcached", "total_swapcached"},
	[MEMORY_STAT_SOCK] = {"sock_bytes", "sock", NULL},
	[MEMORY_STAT_SLAB] = {"slab_bytes", "slab", NULL},
	[MEMORY_STAT_PGFAULT] = {"pgfault", "pgfault", "total_pgfault"},
	[MEMORY_STAT_PGMAJFAULT] = {"pgmajfault", "pgmajfault", "total_pgmajfault"},
	[MEMORY_STAT_WORKINGSET_REFAULT_ANON] = {"workingset_refault_anon",
		"workingset_refault_anon", "total_workingset_refault_anon"},
	[MEMORY_STAT_WORKINGSET_REFAULT_FILE] = {"workingset_refault_file",
		"workingset_refault_file", "total_workingset_refault_file"},
	[MEMORY_STAT_WORKINGSET_ACTIVATE_ANON] = {"workingset_activate_anon",
		"workingset_activate_anon", NULL},
	[MEMORY_STAT_WORKINGSET_ACTIVATE_FILE] = {"workingset_activate_file",
		"workingset_activate_file", NULL},
	[MEMORY_STAT_WORKINGSET_RESTORE_ANON] = {"workingset_restore_anon",
		"workingset_restore_anon", NULL},
	[MEMORY_STAT_WORKINGSET_RESTORE_FILE] = {"workingset_restore_file",
		"workingset_restore_file", NULL},
	[MEMORY_STAT_WORKINGSET_NODERECLAIM] = {"workingset_nodereclaim", "workingset_nodereclaim",
		NULL},
};

const char *memory_stat_name(enum memory_stat_key key)
{
	return stat_lines[key].name;
}

int memory_value_parse(const char *text, size_t length, uint64_t *ret_value)
{
	int r;

	if (length > 0 && text[length - 1] == '\n')
		length--;
	r = digits_parse(text, length, ret_value);
	return r == -EINVAL ? -EBADMSG : r;
}

int memory_amount_parse(const char *text, struct amount *ret_amount)
{
	struct amount amount = {.kind = AMOUNT_NUMBER};
	int result;

	if (strcmp(text, "max") == 0 || strcmp(text, "max\n") == 0) {
		*ret_amount = (struct amount){.kind = AMOUNT_MAX};
		return 0;
	}
	result = memory_value_parse(text, strlen(text), &amount.number);
	if (result < 0)
		return result;
	*ret_amount = amount;
	return 0;
}

static struct keyed_value *find_key(
	struct keyed_value *values, size_t n, const char *key, size_t length)
{
	for (size_t i = 0; i < n; i++)
		if (values[i].key && strlen(values[i].key) == length &&
			memcmp(values[i].key, key, length) == 0)
			return &values[i];
	return NULL;
}

static int keyed_parse_line(const char *line, size_t length, struct keyed_value *values, size_t n)
{
	const char *blank = memchr(line, ' ', length);
	struct keyed_value *found;
	int result;

	if (!blank || blank == line)
		return -EBADMSG;
	found = find_key(values, n, line, (size_t)(blank - line));
	if (!found)
		return 0;
	if (found->present)
		return -EBADMSG;
	result = memory_value_parse(blank + 1, length - (size_t)(blank + 1 - line), &found->value);
	if (result < 0)
		return result;
	found->present = true;
	return 0;
}

int keyed_parse(const char *text, struct keyed_value *values, size_t n)
{
	struct keyed_value found[KEYED_MAX];

	if (n > KEYED_MAX)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		found[i] = (struct keyed_value){.key = values[i].key};
	while (*text) {
		size_t length = strcspn(text, "\n");
		int result = keyed_parse_line(text, length, found, n);

		if (result < 0)
			return result;
		text += length;
		text += *text == '\n';
	}
	memcpy(values, found, n * sizeof(*values));
	return 0;
}

static int stat_parse(const char *text, bool v2, struct memory_stat *ret_stat)
{
	struct keyed_value values[MEMORY_STAT_N_KEYS] = {0};
	struct memory_stat stat = {0};
	int result;

	for (size_t i = 0; i < MEMORY_STAT_N_KEYS; i++)
		values[i].key = v2 ? stat_lines[i].v2 : stat_lines[i].v1;
	result = keyed_parse(text, values, MEMORY_STAT_N_KEYS);
	if (result < 0)
		return result;
	for (size_t i = 0; i < MEMORY_STAT_N_KEYS; i++) {
		stat.value[i] = values[i].value;
		stat.present[i] = values[i].present;
	}
	*ret_stat = stat;
	return 0;
}

int memory_stat_parse_v2(const char *text, struct memory_stat *ret_stat)
{
	return stat_parse(text, true, ret_stat);
}

int memory_stat_parse_v1(const char *text, struct memory_stat *ret_stat)
{
	return stat_parse(text, false, ret_stat);
}

int memory_events_parse(const char *text, struct memory_events *ret_events)
{
	struct keyed_value values[] = {
		{.key = "high"}, {.key = "max"}, {.key = "oom"}, {.key = "oom_kill"}};
	const size_t n = sizeof(values) / sizeof(values[0]);
	int result = keyed_parse(text, values, n);

	if (result < 0)
		return result;
	for (size_t i = 0; i < n; i++)
		if (!values[i].present)
			return -EBADMSG;
	*ret_events = (struct memory_events){
		.high = values[0].value,
		.max = values[1].value,
		.oom = values[2].value,
		.oom_kill = values[3].value,
	};
	return 0;
}

int memory_oom_control_parse(const char *text, uint64_t *ret_oom_kill)
{
	struct keyed_value value = {.key = "oom_kill"};
	int result = keyed_parse(text, &value, 1);

	if (result < 0)
		return result;
	if (!value.present)
		return -EBADMSG;
	*ret_oom_kill = value.value;
	return 0;
}

static int open_file(
	int directory_fd, const char *name, int flags, int *ret_fd, struct error *error)
{
	int fd = openat(directory_fd, name, flags | O_CLOEXEC);

	if (fd < 0)
		return error_set_errno(error, errno, "cannot open %s", name);
	*ret_fd = fd;
	return 0;
}

/*
 * For reading and for resetting. If the kernel cannot reset it (v2 before Linux 6.12), only root
 * may open it for writing, hence the second attempt.
 */
static int open_peak(int task_fd, const char *name, int *ret_fd, struct error *error)
{
	int result = open_file(task_fd, name, O_RDWR, ret_fd, NULL);

	if (result == -EACCES || result == -EPERM || result == -EINVAL || result == -EROFS)
		result = open_file(task_fd, name, O_RDONLY, ret_fd, NULL);
	if (result == -ENOENT)
		return 0;
	if (result < 0)
		return error_set_errno(error, -result, "cannot open %s", name);
	return 0;
}

static int open_task_files(
	const struct memory_file_names *names, struct memory_files *files, struct error *error)
{
	int result = open_file(files->task_fd, names->current, O_RDONLY, &files->current_fd, error);

	if (result < 0)
		return result;
	result = open_file(files->task_fd, names->stat, O_RDONLY, &files->stat_fd, error);
	if (result < 0)
		return result;
	result = open_peak(files->task_fd, names->peak, &files->peak_fd, error);
	if (result < 0)
		return result;
	/* CONFIG_MEMCG_KMEM may be off, or its files unreadable: there is then no such number. */
	if (names->kernel)
		open_file(files->task_fd, names->kernel, O_RDONLY, &files->kernel_fd, NULL);
	if (files->kernel_fd >= 0)
		open_file(files->task_fd, names->kernel, O_RDONLY, &files->sampler_kernel_fd, NULL);
	result = open_file(files->task_fd, names->stat, O_RDONLY, &files->sampler_stat_fd, error);
	if (result < 0)
		return result;
	/* Likewise CONFIG_PSI, which the kernel's command line may also disable. */
	if (names->pressure)
		open_file(files->task_fd, names->pressure, O_RDONLY, &files->pressure_fd, NULL);
	if (names->tasks)
		result = open_file(files->task_fd, names->tasks, O_WRONLY, &files->tasks_fd, error);
	return result;
}

int memory_files_open(const struct memory_file_names *names, int slice_fd,
	struct memory_files *ret_files, struct error *error)
{
	CLEANUP(memory_files_close) struct memory_files files = MEMORY_FILES_NONE;
	int result = open_file(slice_fd, "task", O_RDONLY | O_DIRECTORY, &files.task_fd, error);

	if (result < 0)
		return result;
	result = open_task_files(names, &files, error);
	if (result < 0)
		return result;
	files.slice_fd = slice_fd;
	*ret_files = files;
	files = MEMORY_FILES_NONE;
	return 0;
}

void memory_files_close(struct memory_files *files)
{
	cleanup_close(&files->oom_fd);
	cleanup_close(&files->tasks_fd);
	cleanup_close(&files->pressure_fd);
	cleanup_close(&files->sampler_kernel_fd);
	cleanup_close(&files->sampler_stat_fd);
	cleanup_close(&files->kernel_fd);
	cleanup_close(&files->stat_fd);
	cleanup_close(&files->peak_fd);
	cleanup_close(&files->current_fd);
	cleanup_close(&files->task_fd);
	cleanup_close(&files->slice_fd);
	*files = MEMORY_FILES_NONE;
}

int memory_value_read(int fd, uint64_t *ret_value)
{
	char text[VALUE_TEXT_SIZE];
	ssize_t n = pread(fd, text, sizeof(text), 0);

	if (n < 0)
		return -errno;
	return memory_value_parse(text, (size_t)n, ret_value);
}
