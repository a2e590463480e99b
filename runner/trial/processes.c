#include "runner/trial/processes.h"

#include "runner/trial/process_files.h"
#include "util/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static const char *const processes_names[PROCESSES_N_KEYS] = {
	[PROCESSES_COUNT] = "processes",
	[PROCESSES_UNREAD] = "unread",
	[PROCESSES_THREADS] = "threads",
	[PROCESSES_RSS] = "rss_bytes",
	[PROCESSES_RSS_ANON] = "rss_anon_bytes",
	[PROCESSES_RSS_FILE] = "rss_file_bytes",
	[PROCESSES_RSS_SHMEM] = "rss_shmem_bytes",
	[PROCESSES_VIRTUAL] = "virtual_bytes",
	[PROCESSES_SWAP] = "swap_bytes",
	[PROCESSES_PAGE_TABLES] = "page_tables_bytes",
	[PROCESSES_USER] = "user_ns",
	[PROCESSES_SYSTEM] = "system_ns",
};

static const char *const pss_names[PSS_N_KEYS] = {
	[PSS_COUNT] = "processes",
	[PSS_UNREAD] = "unread",
	[PSS_PSS] = "pss_bytes",
	[PSS_ANON] = "pss_anon_bytes",
	[PSS_FILE] = "pss_file_bytes",
	[PSS_SHMEM] = "pss_shmem_bytes",
	[PSS_PRIVATE] = "uss_bytes",
	[PSS_SWAP] = "swap_pss_bytes",
};

const char *processes_name(enum processes_key key)
{
	return processes_names[key];
}

const char *pss_name(enum pss_key key)
{
	return pss_names[key];
}

static uint64_t ns_of_ticks(uint64_t ticks)
{
	return ticks * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
}

/*
 * Checked before its memory is read: a child that executes in between has little memory of its own
 * yet.
 */
static bool shares_with_parent(pid_t pid)
{
	pid_t parent;

	return process_parent_read(pid, &parent) == 0 && process_shares_memory(pid, parent);
}

static void add_usage(void *context, pid_t pid)
{
	uint64_t *values = context;
	bool shares = shares_with_parent(pid);
	struct process_usage usage;

	if (process_usage_read(pid, &usage) < 0) {
		values[PROCESSES_UNREAD]++;
		return;
	}
	values[PROCESSES_COUNT]++;
	values[PROCESSES_THREADS] += usage.threads;
	values[PROCESSES_USER] += ns_of_ticks(usage.user_ticks);
	values[PROCESSES_SYSTEM] += ns_of_ticks(usage.system_ticks);
	if (shares)
		return;
	values[PROCESSES_RSS] += usage.rss_bytes;
	values[PROCESSES_RSS_ANON] += usage.rss_anon_bytes;
	values[PROCESSES_RSS_FILE] += usage.rss_file_bytes;
	values[PROCESSES_RSS_SHMEM] += usage.rss_shmem_bytes;
	values[PROCESSES_VIRTUAL] += usage.virtual_bytes;
	values[PROCESSES_SWAP] += usage.swap_bytes;
	values[PROCESSES_PAGE_TABLES] += usage.page_tables_bytes;
}

static void add_pss(void *context, pid_t pid)
{
	uint64_t *values = context;
	struct process_pss pss;

	/* Its parent's memory is already in the sum. Also saves the walk. */
	if (shares_with_parent(pid)) {
		values[PSS_COUNT]++;
		return;
	}
	if (process_pss_read(pid, &pss) < 0) {
		values[PSS_UNREAD]++;
		return;
	}
	values[PSS_COUNT]++;
	values[PSS_PSS] += pss.pss_bytes;
	values[PSS_ANON] += pss.pss_anon_bytes;
	values[PSS_FILE] += pss.pss_file_bytes;
	values[PSS_SHMEM] += pss.pss_shmem_bytes;
	values[PSS_PRIVATE] += pss.private_bytes;
	values[PSS_SWAP] += pss.swap_pss_bytes;
}

int processes_read(const struct slice *slice, uint64_t ret_values[PROCESSES_N_KEYS])
{
	uint64_t values[PROCESSES_N_KEYS] = {0};
	int r = slice_each_process(slice, add_usage, values);

	if (r == 0)
		memcpy(ret_values, values, sizeof(values));
	return r;
}

int pss_read(const struct slice *slice, uint64_t ret_values[PSS_N_KEYS])
{
	uint64_t values[PSS_N_KEYS] = {0};
	int r = slice_each_process(slice, add_pss, values);

	if (r == 0)
		memcpy(ret_values, values, sizeof(values));
	return r;
}

int pss_check(struct error *error)
{
	struct process_pss pss;
	int r = process_pss_read(getpid(), &pss);

	if (r == 0)
		return 0;
	return error_set(error, EOPNOTSUPP,
		"it needs /proc/PID/smaps_rollup with the parts of Pss, which this kernel does not "
		"have (%s): boot a kernel with CONFIG_PROC_PAGE_MONITOR",
		strerrordesc_np(-r));
}
