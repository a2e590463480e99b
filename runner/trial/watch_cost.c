#include "runner/trial/watch_cost.h"

#include "runner/trial/process_files.h"
#include "util/clock.h"
#include "util/counter.h"
#include "util/file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- CPU time and switches */

static uint64_t ns_of(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_usec * 1000;
}

static struct cpu_usage usage_of(int who)
{
	struct rusage usage;

	/* Fails only for an unknown `who`. */
	getrusage(who, &usage);
	return (struct cpu_usage){
		.user_ns = ns_of(&usage.ru_utime),
		.system_ns = ns_of(&usage.ru_stime),
		.voluntary_switches = (uint64_t)usage.ru_nvcsw,
		.involuntary_switches = (uint64_t)usage.ru_nivcsw,
	};
}

struct cpu_usage cpu_usage_of_thread(void)
{
	return usage_of(RUSAGE_THREAD);
}

struct cpu_usage cpu_usage_since(const struct cpu_usage *begin, const struct cpu_usage *end)
{
	return (struct cpu_usage){
		.user_ns = counter_rise(begin->user_ns, end->user_ns),
		.system_ns = counter_rise(begin->system_ns, end->system_ns),
		.voluntary_switches =
			counter_rise(begin->voluntary_switches, end->voluntary_switches),
		.involuntary_switches =
			counter_rise(begin->involuntary_switches, end->involuntary_switches),
	};
}

struct cpu_usage cpu_usage_without(const struct cpu_usage *process, const struct cpu_usage *thread)
{
	struct cpu_usage rest = cpu_usage_since(thread, process);
	uint64_t total_ns = counter_rise(
		thread->user_ns + thread->system_ns, process->user_ns + process->system_ns);

	if (rest.user_ns > total_ns)
		rest.user_ns = total_ns;
	rest.system_ns = total_ns - rest.user_ns;
	return rest;
}

/* ---- memory */

/* "5" resets VmHWM to the current RSS: Linux 4.0, with CONFIG_PROC_PAGE_MONITOR. */
static bool reset_peak(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	int r = fd < 0 ? -1 : file_write_fd(fd, "5", 1);

	if (fd >= 0)
		close(fd);
	return r == 0;
}

/* ---- from the gate to the end */

void watch_cost_begin(struct watch_begin *ret_begin)
{
	ret_begin->peak_was_reset = reset_peak();
	ret_begin->process = usage_of(RUSAGE_SELF);
	ret_begin->time_ns = clock_monotonic_ns();
}

struct watch_cost watch_cost_since(const struct watch_begin *begin, const struct cpu_usage *sampler)
{
	struct cpu_usage end = usage_of(RUSAGE_SELF);
	struct cpu_usage process = cpu_usage_since(&begin->process, &end);
	struct process_usage self;
	struct watch_cost cost = {
		.known = true,
		.watched_ns = clock_monotonic_ns() - begin->time_ns,
		.runner = cpu_usage_without(&process, sampler),
		.sampler = *sampler,
	};

	if (begin->peak_was_reset && process_usage_read(getpid(), &self) == 0) {
		cost.peak_known = true;
		cost.peak_rss_bytes = self.peak_rss_bytes;
	}
	return cost;
}
