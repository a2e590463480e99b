#include "backends/backend.h"
#include "backends/gnu_time.h"
#include "backends/mprof.h"
#include "backends/negative_exit.h"
#include "backends/scalene.h"

#include <string.h>

static const struct backend_requirement psutil_requirements[] = {
	{.python_module = "psutil", .debian_package = "python3-psutil"},
	{.debian_package = NULL},
};

static const struct backend_requirement mprof_requirements[] = {
	{.python_module = "memory_profiler", .debian_package = "python3-memory-profiler"},
	{.debian_package = NULL},
};

static const struct backend_requirement gnu_time_requirements[] = {
	{.program = GNU_TIME_PROGRAM, .debian_package = "time"},
	{.debian_package = NULL},
};

static const struct backend_requirement scalene_requirements[] = {
	{.python_module = "scalene", .debian_package = "python3-scalene"},
	{.debian_package = NULL},
};

static const struct backend_requirement memray_requirements[] = {
	{.python_module = "memray",
		.debian_package = "python3-memray",
		.debian_since = "13",
		.otherwise = "use image \"python\", which has it"},
	{.debian_package = NULL},
};

static const struct backend_requirement no_requirements[] = {
	{.debian_package = NULL},
};

/* The control: the same task, observed only by the kernel. */
static const struct backend none_backend = {
	.name = "none",
	.summary = "no reporter: the control that the others' cost is measured against",
	.requirements = no_requirements,
};

static const struct backend psutil_backend = {
	.name = "psutil",
	.summary = "resident set size of the process, polled through psutil",
	.headline_metric = "psutil.rss_bytes",
	.needs_python_task = true,
	.requirements = psutil_requirements,
};

static const struct backend resource_backend = {
	.name = "resource",
	.summary = "high-water mark of the resident set size, from getrusage",
	.headline_metric = "resource.maxrss_bytes",
	.needs_python_task = true,
	.requirements = no_requirements,
};

static const struct backend tracemalloc_backend = {
	.name = "tracemalloc",
	.summary = "bytes that Python's allocators handed out, as tracemalloc traces them",
	.headline_metric = "tracemalloc.traced_bytes",
	.needs_python_task = true,
	.requirements = no_requirements,
};

static const struct backend mprof_backend = {
	.name = "mprof",
	.summary = "resident set size of the process, polled from outside by memory_profiler",
	.headline_metric = "mprof.rss_bytes",
	.needs_python_task = true,
	.requirements = mprof_requirements,
	.wrap = mprof_wrap,
	.collect = mprof_collect,
	.task_status = negative_exit_task_status,
};

static const struct backend kernel_backend = {
	.name = "kernel",
	.summary = "resident set size of the process, from the kernel's own files in /proc/self",
	.headline_metric = "kernel.rss_bytes",
	.needs_python_task = true,
	.requirements = no_requirements,
};

static const struct backend cgroup_backend = {
	.name = "cgroup",
	.summary = "memory charged to the task's cgroup, read by the task itself",
	.headline_metric = "cgroup.current_bytes",
	.needs_python_task = true,
	.requirements = no_requirements,
};

static const struct backend docker_stats_backend = {
	.name = "docker-stats",
	.summary = "memory charged to the cgroup without inactive page cache, as `docker stats` "
		   "prints it",
	.headline_metric = "docker-stats.used_bytes",
	.requirements = no_requirements,
	.external = "external/docker-stats.py",
};

static const struct backend working_set_backend = {
	.name = "working-set",
	.summary =
		"memory charged to the cgroup without inactive page cache, as Kubernetes counts it",
	.headline_metric = "working-set.used_bytes",
	.requirements = no_requirements,
	.external = "external/working-set.py",
};

static const struct backend psutil_tree_backend = {
	.name = "psutil-tree",
	.summary = "resident set sizes of the process and its descendants, added up from outside",
	.headline_metric = "psutil-tree.rss_bytes",
	.requirements = psutil_requirements,
	.external = "external/psutil-tree.py",
};

static const struct backend proc_tree_backend = {
	.name = "proc-tree",
	.summary = "proportional set sizes of all processes of the cgroup, added up from outside",
	.headline_metric = "proc-tree.pss_bytes",
	.requirements = no_requirements,
	.external = "external/proc-tree.py",
};

static const struct backend wait4_backend = {
	.name = "wait4",
	.summary = "high-water mark of the resident set size, from wait4 when the task ends, as in "
		   "GNU time",
	.headline_metric = "wait4.maxrss_bytes",
	.requirements = no_requirements,
	.rusage_metric = "wait4.maxrss_bytes",
};

static const struct backend gnu_time_backend = {
	.name = "gnu-time",
	.summary = "high-water mark of the resident set size, as GNU time prints it after the task "
		   "has ended",
	.headline_metric = "gnu-time.maxrss_bytes",
	.requirements = gnu_time_requirements,
	.wrap = gnu_time_wrap,
	.collect = gnu_time_collect,
	.task_status = gnu_time_task_status,
};

static const struct backend memory_usage_backend = {
	.name = "memory-usage",
	.summary = "resident set size of the process, polled by memory_profiler's memory_usage()",
	.headline_metric = "memory-usage.rss_bytes",
	.needs_python_task = true,
	.requirements = mprof_requirements,
};

static const struct backend mallinfo2_backend = {
	.name = "mallinfo2",
	.summary = "bytes that the C library's allocator handed out, read by a preloaded library",
	.headline_metric = "mallinfo2.in_use_bytes",
	.requirements = no_requirements,
	.preload = "native/mallinfo2.so",
};

static const struct backend scalene_backend = {
	.name = "scalene",
	.summary = "most bytes that the allocators had handed out, as Scalene samples them",
	.headline_metric = "scalene.max_footprint_bytes",
	.needs_python_task = true,
	.requirements = scalene_requirements,
	.wrap = scalene_wrap,
	.wraps_script = true,
	.collect = scalene_collect,
	.task_status = negative_exit_task_status,
};

static const struct backend memray_backend = {
	.name = "memray",
	.summary = "most bytes that the allocators and mmap had handed out, as memray traces them",
	.headline_metric = "memray.peak_bytes",
	.needs_python_task = true,
	.requirements = memray_requirements,
	.writes_files = true,
};

static const struct backend *const backends[] = {
	&none_backend,
	&psutil_backend,
	&resource_backend,
	&tracemalloc_backend,
	&mprof_backend,
	&kernel_backend,
	&cgroup_backend,
	&docker_stats_backend,
	&working_set_backend,
	&psutil_tree_backend,
	&proc_tree_backend,
	&wait4_backend,
	&gnu_time_backend,
	&memory_usage_backend,
	&mallinfo2_backend,
	&scalene_backend,
	&memray_backend,
	NULL,
};

bool backend_is_outside(const struct backend *backend)
{
	return backend->external || backend->rusage_metric;
}

bool backend_owns(const char *backend, const char *metric)
{
	const size_t length = strlen(backend);

	return strncmp(metric, backend, length) == 0 && metric[length] == '.' &&
	       metric[length + 1] != '\0';
}

const struct backend *backend_find(const char *name)
{
	for (size_t i = 0; backends[i]; i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	return NULL;
}

const struct backend *const *backend_all(void)
{
	return backends;
}
