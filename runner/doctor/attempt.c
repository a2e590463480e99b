#include "runner/doctor/attempt.h"

#include "cgroup/slice.h"
#include "runner/trial/histogram.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* 16 batches of 64 pages: 4 MiB with pages of 4 KiB. */
#define N_PAGES 1024

#define N_READS 4096

/*
 * A process in the slice that touches page after page and reads the slice's memory after each. It
 * is silent meanwhile: a message over a socket would be charged and freed within a step.
 */
struct toucher {
	pid_t pid;
	int fd; /* a byte to start, a byte when done; the process ends when it is closed */
	const struct slice *slice;
	char *pages;
	size_t page_bytes;
	/* shared memory charged to the runner: usage after 0, 1, ... N_PAGES pages */
	uint64_t *use_bytes;
};

#define USE_SIZE ((N_PAGES + 1) * sizeof(uint64_t))

/* ---- the child */

/* After a fork: only system calls and its own pages. */
_Noreturn static void touch_pages(const struct toucher *toucher, int fd, pid_t parent)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || read(fd, &byte, 1) != 1)
		_exit(1);
	if (slice_current_bytes(toucher->slice, &toucher->use_bytes[0]) < 0)
		_exit(1);
	for (size_t i = 0; i < N_PAGES; i++) {
		*(volatile char *)(toucher->pages + i * toucher->page_bytes) = 1;
		if (slice_current_bytes(toucher->slice, &toucher->use_bytes[i + 1]) < 0)
			_exit(1);
	}
	if (write(fd, &byte, 1) == 1)
		(void)!read(fd, &byte, 1);
	_exit(0);
}

static int map_pages(struct toucher *toucher, struct error *error)
{
	toucher->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	toucher->pages = mmap(NULL, N_PAGES * toucher->page_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	toucher->use_bytes = mmap(NULL, USE_SIZE, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (toucher->pages == MAP_FAILED || toucher->use_bytes == MAP_FAILED)
		return error_set_errno(error, ENOMEM, "cannot map memory");
	/*
	 * A huge page would be charged at once. Ignores the error of a kernel without huge pages.
	 */
	(void)madvise(toucher->pages, N_PAGES * toucher->page_bytes, MADV_NOHUGEPAGE);
	return 0;
}

static int toucher_start(struct toucher *toucher, struct error *error)
{
	pid_t parent = getpid();
	int fds[2];
	int r = map_pages(toucher, error);

	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return error_set_errno(error, errno, "cannot make a socket");
	toucher->pid = fork();
	if (toucher->pid == 0) {
		close(fds[0]);
		touch_pages(toucher, fds[1], parent);
	}
	r = toucher->pid < 0 ? error_set_errno(error, errno, "cannot fork") : 0;
	close(fds[1]);
	toucher->fd = fds[0];
	return r;
}

static void toucher_end(struct toucher *toucher)
{
	cleanup_close(&toucher->fd);
	if (toucher->pid > 0)
		while (waitpid(toucher->pid, NULL, 0) < 0 && errno == EINTR)
			;
	if (toucher->pages != MAP_FAILED)
		munmap(toucher->pages, N_PAGES * toucher->page_bytes);
	if (toucher->use_bytes != MAP_FAILED)
		munmap(toucher->use_bytes, USE_SIZE);
}

/* ---- measurements */

static int compare_numbers(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* The median step up; migrations between CPUs make some steps irregular. 0: none. */
static uint64_t usual_step(const uint64_t *use_bytes)
{
	uint64_t steps[N_PAGES];
	size_t n = 0;

	for (size_t i = 0; i < N_PAGES; i++)
		if (use_bytes[i + 1] > use_bytes[i])
			steps[n++] = use_bytes[i + 1] - use_bytes[i];
	if (n == 0)
		return 0;
	qsort(steps, n, sizeof(*steps), compare_numbers);
	return steps[n / 2];
}

static int measure_sample_cost(
	const struct slice *slice, struct attempt *attempt, struct error *error)
{
	CLEANUP(cleanup_free) struct histogram *costs = calloc(1, sizeof(*costs));
	uint64_t bytes;

	if (!costs)
		return error_set_errno(error, ENOMEM, "cannot measure a sample's cost");
	for (size_t i = 0; i < N_READS; i++) {
		uint64_t begin_ns = clock_monotonic_ns();
		int r = slice_current_bytes(slice, &bytes);

		if (r < 0)
			return error_set_errno(error, -r, "cannot read the slice's memory");
		histogram_add(costs, clock_monotonic_ns() - begin_ns);
	}
	attempt->sample_cost_ns = histogram_percentile(costs, 50);
	attempt->sample_cost_p99_ns = histogram_percentile(costs, 99);
	return 0;
}

static int attempt_read_current(const void *context, uint64_t *ret_value)
{
	return slice_current_bytes(context, ret_value);
}

/* Uses the real sampler in sleep mode: the lateness is that of a trial's samples. */
static int watch_timer(const struct slice *slice, uint64_t timer_ns,
	struct sampler_stats *ret_stats, struct error *error)
{
	const struct sampler_options options = {
		.read = attempt_read_current,
		.context = slice,
		.rate_hz = ATTEMPT_TIMER_HZ,
		.mode = SAMPLER_SLEEP,
		.cpu = -1,
		.ring_capacity = 4096,
	};
	struct timespec deadline;
	struct sampler *sampler;
	int r = sampler_start(&options, &sampler, error);

	if (r < 0)
		return r;
	sampler_arm(sampler);
	deadline = timespec_from_ns(clock_deadline_ns(timer_ns));
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR)
		;
	sampler_stop(sampler, ret_stats);
	sampler_free(sampler);
	return 0;
}

/* memory.swap.max of v2; on v1 every group has its own file with another name. */
static bool accounts_swap(const struct hierarchy *hierarchy, const struct slice *slice)
{
	const char *file = hierarchy_version(hierarchy) == HIERARCHY_V2
				   ? "memory.swap.max"
				   : "memory.memsw.limit_in_bytes";
	CLEANUP(cleanup_free)
	char *path = string_format("%s/%s", slice_task_directory(slice), file);

	return path && access(path, F_OK) == 0;
}

static int look_at_slice(const struct hierarchy *hierarchy, struct slice *slice,
	struct toucher *toucher, uint64_t timer_ns, struct attempt *attempt, struct error *error)
{
	uint64_t peak_bytes;
	char byte = 0;
	int r = slice_attach(slice, toucher->pid, error);

	if (r < 0)
		return r;
	if (send(toucher->fd, &byte, 1, MSG_NOSIGNAL) != 1 || read(toucher->fd, &byte, 1) != 1)
		return error_set(error, EPIPE, "cannot watch a process touch memory: it ended");
	attempt->charge_batch_bytes = usual_step(toucher->use_bytes);
	r = slice_reset_peak(slice, error);
	if (r < 0)
		return r;
	attempt->peak_resets = r == 0;
	attempt->has_peak = slice_peak_bytes(slice, &peak_bytes) == 0;
	attempt->accounts_swap = accounts_swap(hierarchy, slice);
	r = measure_sample_cost(slice, attempt, error);
	return r == 0 ? watch_timer(slice, timer_ns, &attempt->timer, error) : r;
}

/* ---- the slice around it */

static int look_in_slice(const struct hierarchy *hierarchy, const char *slice_name,
	uint64_t timer_ns, struct attempt *attempt, struct error *error)
{
	const struct limits no_limits = {.memory_max_bytes = {.kind = AMOUNT_UNSET}};
	struct toucher toucher = {
		.pid = -1, .fd = -1, .pages = MAP_FAILED, .use_bytes = MAP_FAILED};
	struct slice *slice = NULL;
	struct error removal = ERROR_INIT;
	int r = slice_create(hierarchy, slice_name, &no_limits, &slice, error);

	if (r < 0)
		return r;
	toucher.slice = slice;
	r = toucher_start(&toucher, error);
	if (r == 0)
		r = look_at_slice(hierarchy, slice, &toucher, timer_ns, attempt, error);
	toucher_end(&toucher);
	if (slice_remove(&slice, &removal) < 0 && r == 0)
		r = error_set(error, removal.number, "%s", removal.text);
	return r;
}

int attempt_make(const struct hierarchy *hierarchy, const char *slice_name, uint64_t timer_ns,
	struct attempt *ret_attempt, struct error *error)
{
	struct attempt attempt = {.made = true, .realtime_ns = clock_realtime_ns()};
	sigset_t signals, old_signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &old_signals);
	r = look_in_slice(hierarchy, slice_name, timer_ns, &attempt, error);
	sigprocmask(SIG_SETMASK, &old_signals, NULL);
	if (r == 0)
		*ret_attempt = attempt;
	return r;
}
