#include "runner/explain/recording.h"

#include "runner/explain/fault_pages.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* 50,000 mappings, more than vm.max_map_count lets a process have by default, are 60 MB. */
#define MOST_SMAPS_BYTES ((size_t)128 << 20)
#define MOST_NAME_BYTES 4096

struct recording {
	struct perf_ring *rings;
	size_t n_rings;
	uint64_t period, bytes;
	int spool_fd;
};

struct recorded {
	struct perf_sample *samples;
	size_t n;
};

CLEANUP_POINTER(cleanup_recording, struct recording, recording_free)
CLEANUP_POINTER(cleanup_fault_pages, struct fault_pages, fault_pages_free)
CLEANUP_POINTER(cleanup_stack_tree, struct stack_tree, stack_tree_free)

static void cleanup_fault_mappings(struct fault_mappings *mappings)
{
	fault_mappings_release(mappings);
}

static int recording_open_rings(
	struct recording *recording, const struct perf_target *target, struct error *error)
{
	long n_cpus = sysconf(_SC_NPROCESSORS_CONF);

	for (int cpu = 0; cpu < n_cpus; cpu++) {
		int r;

		if (!ARRAY_GROW(recording->rings, recording->n_rings))
			return error_set(error, ENOMEM, "out of memory");
		r = perf_ring_open(&recording->rings[recording->n_rings], target, cpu, error);
		if (r == -ENODEV)
			continue;
		if (r < 0)
			return r;
		recording->n_rings++;
	}
	return recording->n_rings > 0
		       ? 0
		       : error_set(error, ENODEV, "no CPU lets its page faults be sampled");
}

int recording_start(const struct recording_options *options, struct recording **ret_recording,
	struct error *error)
{
	CLEANUP(cleanup_recording) struct recording *recording = calloc(1, sizeof(*recording));
	struct perf_target target = {.cgroup_fd = options->cgroup_fd, .pid = options->pid};
	int r;

	if (!recording)
		return error_set(error, ENOMEM, "out of memory");
	target.period = recording->period = options->period ? options->period : RECORDING_PERIOD;
	recording->spool_fd = openat(options->folder_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (recording->spool_fd < 0)
		return error_set_errno(
			error, errno, "cannot create a file for the samples of page faults");
	r = recording_open_rings(recording, &target, error);
	if (r < 0)
		return r;
	*ret_recording = TAKE_PTR(recording);
	return 0;
}

int recording_drain(struct recording *recording)
{
	for (size_t i = 0; i < recording->n_rings; i++) {
		int r;

		/* A full ring loses what comes then, which the kernel counts. */
		if (recording->bytes >= RECORDING_MOST_BYTES)
			return 0;
		r = perf_ring_drain(&recording->rings[i], recording->spool_fd, &recording->bytes);
		if (r < 0)
			return r;
	}
	return 0;
}

int recording_stop(struct recording *recording)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < recording->n_rings; i++)
		r = perf_ring_stop(&recording->rings[i]);
	return r < 0 ? r : recording_drain(recording);
}

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	for (size_t i = 0; i < recording->n_rings; i++)
		perf_ring_close(&recording->rings[i]);
	free(recording->rings);
	if (recording->spool_fd >= 0)
		close(recording->spool_fd);
	free(recording);
}

int recording_count(const struct recording *recording, uint64_t *ret_faults, uint64_t *ret_lost)
{
	uint64_t faults = 0, lost = 0;

	for (size_t i = 0; i < recording->n_rings; i++) {
		uint64_t ring_faults, ring_lost;
		int r = perf_ring_count(&recording->rings[i], &ring_faults, &ring_lost);

		if (r < 0)
			return r;
		faults += ring_faults;
		lost += ring_lost;
	}
	*ret_faults = faults;
	*ret_lost = lost;
	return 0;
}

uint64_t recording_lost(const struct recording *recording)
{
	uint64_t faults, lost;

	return recording_count(recording, &faults, &lost) < 0 ? UINT64_MAX : lost;
}

static void recorded_sort(struct recorded *recorded)
{
	if (recorded->n > 0)
		qsort(recorded->samples, recorded->n, sizeof(*recorded->samples),
			fault_sample_compare);
}

/*
 * An exec gives the process new memory: its earlier samples are of the old. Both lists are sorted, so that the first exec of
 * a process is its last one: a task may exec as often as it likes.
 */
static void recorded_drop_replaced(struct recorded *recorded, const struct recorded *execs)
{
	size_t n = 0, exec = 0;

	for (size_t i = 0; i < recorded->n; i++) {
		const struct perf_sample *sample = &recorded->samples[i];

		while (exec < execs->n && execs->samples[exec].pid < sample->pid)
			exec++;
		if (exec == execs->n || execs->samples[exec].pid != sample->pid ||
			sample->time_ns >= execs->samples[exec].time_ns)
			recorded->samples[n++] = *sample;
	}
	recorded->n = n;
}

static int recorded_parse(
	const struct stack_tree *tree, struct recorded *recorded, struct recorded *execs)
{
	const char *buffer = tree->samples;

	for (size_t at = 0, n; at < tree->samples_bytes; at += n) {
		enum perf_record kind;
		struct perf_sample sample;
		struct recorded *list;
		int r = perf_record_parse(
			buffer + at, tree->samples_bytes - at, &kind, &sample, &n);

		if (r < 0)
			return r;
		if (kind == PERF_RECORD_OTHER)
			continue;
		list = kind == PERF_RECORD_IS_EXEC ? execs : recorded;
		if (!ARRAY_GROW(list->samples, list->n))
			return -ENOMEM;
		list->samples[list->n++] = sample;
	}
	recorded_sort(recorded);
	recorded_sort(execs);
	recorded_drop_replaced(recorded, execs);
	return 0;
}

static int recording_map(const struct recording *recording, struct stack_tree *tree,
	struct recorded *recorded, struct error *error)
{
	struct recorded execs = {0};
	int r;

	if (recording->bytes > 0) {
		void *samples = mmap(
			NULL, recording->bytes, PROT_READ, MAP_PRIVATE, recording->spool_fd, 0);

		if (samples == MAP_FAILED)
			return error_set_errno(
				error, errno, "cannot map the samples of page faults");
		tree->samples = samples;
		tree->samples_bytes = recording->bytes;
	}
	r = recorded_parse(tree, recorded, &execs);
	free(execs.samples);
	return r < 0 ? error_set_errno(error, -r, "cannot read the samples of page faults") : 0;
}

/* Opens a mapped file, if it is an ordinary one: opening a device or a FIFO has effects. */
static int module_open(pid_t pid, const struct fault_mapping *mapping)
{
	char path[96], held[40];
	struct stat status;
	CLEANUP(cleanup_close) int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/map_files/%llx-%llx", pid,
		(unsigned long long)mapping->start, (unsigned long long)mapping->end);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return -1;
	snprintf(held, sizeof(held), "/proc/self/fd/%d", fd);
	return open(held, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* The file's base: where the first of its mappings would have its offset 0. */
static uint64_t module_base(const struct fault_mappings *mappings, const struct fault_mapping *of)
{
	for (size_t i = 0; i < mappings->n; i++) {
		const struct fault_mapping *mapping = &mappings->mappings[i];

		if (mapping->device == of->device && mapping->inode == of->inode)
			return mapping->start - mapping->offset;
	}
	return of->start - of->offset;
}

static int modules_collect(
	struct stack_tree *tree, size_t process, pid_t pid, const struct fault_mappings *mappings)
{
	for (size_t i = 0; i < mappings->n && tree->n_modules < STACK_MOST_MODULES; i++) {
		const struct fault_mapping *mapping = &mappings->mappings[i];
		struct stack_module module = {.process = process,
			.start = mapping->start,
			.end = mapping->end,
			.base = module_base(mappings, mapping),
			.device = mapping->device,
			.inode = mapping->inode};

		if (!mapping->executable || mapping->inode == 0)
			continue;
		if (!ARRAY_GROW(tree->modules, tree->n_modules))
			return -ENOMEM;
		module.path = strdup(mapping->path);
		if (!module.path)
			return -ENOMEM;
		text_blank_controls(module.path);
		module.fd = module_open(pid, mapping);
		tree->modules[tree->n_modules++] = module;
	}
	return 0;
}

static int process_add(struct stack_tree *tree, pid_t pid, struct error *error)
{
	char path[32];
	char *name;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	r = file_read(AT_FDCWD, path, MOST_NAME_BYTES, &name, NULL, error);
	if (r < 0)
		return r;
	name[strcspn(name, "\n")] = '\0';
	text_blank_controls(name);
	if (!ARRAY_GROW(tree->processes, tree->n_processes)) {
		free(name);
		return error_set(error, ENOMEM, "out of memory");
	}
	tree->processes[tree->n_processes++] = (struct stack_process){.pid = pid, .name = name};
	return 0;
}

static int process_attribute(struct fault_pages *pages, pid_t pid, const struct recorded *recorded,
	struct stack_tree *tree, struct error *error)
{
	CLEANUP(cleanup_free) char *smaps = NULL;
	CLEANUP(cleanup_fault_mappings) struct fault_mappings mappings = {0};
	size_t first = 0, n = 0, process = tree->n_processes;
	char path[32];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	r = file_read(AT_FDCWD, path, MOST_SMAPS_BYTES, &smaps, NULL, error);
	if (r == 0)
		r = process_add(tree, pid, error);
	if (r == 0)
		r = fault_mappings_parse(smaps, &mappings, error);
	if (r < 0)
		return r;
	while (first < recorded->n && recorded->samples[first].pid != pid)
		first++;
	while (first + n < recorded->n && recorded->samples[first + n].pid == pid)
		n++;
	if (n > 0 && modules_collect(tree, process, pid, &mappings) < 0)
		return error_set(error, ENOMEM, "out of memory");
	return fault_pages_attribute(
		pages, process, pid, &mappings, recorded->samples + first, n, tree, error);
}

int recording_attribute(struct recording *recording, const pid_t *pids, size_t n_pids,
	struct stack_tree **ret_tree, struct error *error)
{
	CLEANUP(cleanup_stack_tree) struct stack_tree *tree = calloc(1, sizeof(*tree));
	CLEANUP(cleanup_fault_pages) struct fault_pages *pages = fault_pages_new(recording->period);
	struct recorded recorded = {0};
	int r;

	if (!tree || !pages)
		return error_set(error, ENOMEM, "out of memory");
	r = recording_drain(recording);
	if (r < 0)
		return error_set_errno(error, -r, "cannot write the samples of page faults");
	r = recording_map(recording, tree, &recorded, error);
	for (size_t i = 0; r == 0 && i < n_pids; i++) {
		r = process_attribute(pages, pids[i], &recorded, tree, error);
		if (r == -ESRCH || r == -ENOENT)
			r = 0;
	}
	free(recorded.samples);
	if (r < 0)
		return r;
	*ret_tree = TAKE_PTR(tree);
	return 0;
}

int recording_offered(struct error *error)
{
	struct perf_target self = {.cgroup_fd = -1, .pid = 0, .period = RECORDING_PERIOD};
	struct perf_ring ring;
	int r;

	r = perf_ring_open(&ring, &self, 0, error);
	if (r == 0)
		perf_ring_close(&ring);
	return r;
}
