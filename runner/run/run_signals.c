/*
 * The signals by which a user or a batch system ends a run. Once there is something to clean up, a
 * thread receives them: the first makes run->signal_fd readable, which every wait of the run polls;
 * a second Ctrl-C ends the process at once, as a person who asks twice does not want to wait for
 * the cleanup.
 */

#include "runner/run/run_state.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

/*
 * A signal this soon after the first is the same request: timeout(1) and wrappers forward a signal
 * that the terminal has already sent to the whole process group.
 */
#define SAME_WISH_NS (500 * NS_PER_MS)

struct signal_watcher {
	pthread_t thread;
	int signal_fd;		   /* read only by the thread */
	int stop_fd;		   /* an eventfd: ends the thread */
	int wanted_fd;		   /* an eventfd, also run->signal_fd */
	_Atomic uint64_t first_ns; /* time of the first request; 0: none yet */
	const struct run_journal *journal;
	char *run_path;
	void (*end_at_once)(const char *run_path, const char *left);
};

/* ---- the set of signals */

/* As under nohup(1). The kernel queues a blocked signal anyway, in case a handler is installed. */
static bool is_ignored(int signal_number)
{
	struct sigaction action;

	return sigaction(signal_number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/*
 * SIGXFSZ only if sent by a process: for `ulimit -f` it is directed to the writing thread, which
 * handles EFBIG instead, and other threads do not see it.
 */
static void choose_signals(sigset_t *ret_signals)
{
	static const int always[] = {SIGINT, SIGTERM, SIGXFSZ};
	static const int unless_ignored[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU};

	sigemptyset(ret_signals);
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		sigaddset(ret_signals, always[i]);
	for (size_t i = 0; i < sizeof(unless_ignored) / sizeof(unless_ignored[0]); i++)
		if (!is_ignored(unless_ignored[i]))
			sigaddset(ret_signals, unless_ignored[i]);
}

/*
 * `ulimit -t` sets both limits, and the hard limit kills: this makes SIGXCPU come a second earlier,
 * in time to clean up.
 */
static void part_cpu_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_max != RLIM_INFINITY &&
		limit.rlim_max > 1 && limit.rlim_cur >= limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max - 1;
		(void)setrlimit(RLIMIT_CPU, &limit);
	}
}

int run_block_signals(struct run *run, struct error *error)
{
	sigset_t signals;

	part_cpu_limits();
	choose_signals(&signals);
	if (sigprocmask(SIG_BLOCK, &signals, &run->old_signals) < 0)
		return error_set_errno(error, errno, "cannot block signals");
	run->signals_taken = true;
	run->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->signal_fd < 0)
		return error_set_errno(error, errno, "cannot make a signalfd");
	return 0;
}

/* ---- the thread */

static void heed_second_wish(const struct signal_watcher *watcher)
{
	CLEANUP(cleanup_free) char *left = run_journal_list(watcher->journal);

	watcher->end_at_once(watcher->run_path, left ? left : "");
}

static void heed_signal(struct signal_watcher *watcher, uint32_t signal_number)
{
	const uint64_t now_ns = clock_monotonic_ns();
	uint64_t first_ns = 0;

	if (atomic_compare_exchange_strong(&watcher->first_ns, &first_ns, now_ns))
		(void)eventfd_write(watcher->wanted_fd, 1);
	else if (signal_number == SIGINT && now_ns - first_ns >= SAME_WISH_NS)
		heed_second_wish(watcher);
}

static void *watch_signals(void *context)
{
	struct signal_watcher *watcher = context;
	struct pollfd fds[] = {
		{.fd = watcher->stop_fd, .events = POLLIN},
		{.fd = watcher->signal_fd, .events = POLLIN},
	};

	while (!fds[0].revents) {
		struct signalfd_siginfo taken;

		if (poll(fds, 2, -1) < 0)
			continue;
		while (read(watcher->signal_fd, &taken, sizeof(taken)) == sizeof(taken))
			heed_signal(watcher, taken.ssi_signo);
	}
	return NULL;
}

static void watcher_free(struct signal_watcher *watcher)
{
	cleanup_close(&watcher->stop_fd);
	cleanup_close(&watcher->wanted_fd);
	free(watcher->run_path);
	free(watcher);
}

int run_watch_signals(struct run *run, struct error *error)
{
	struct signal_watcher *watcher = calloc(1, sizeof(*watcher));
	int number;

	if (!watcher)
		return error_set_errno(error, ENOMEM, "cannot watch for signals");
	watcher->signal_fd = run->signal_fd;
	watcher->stop_fd = eventfd(0, EFD_CLOEXEC);
	watcher->wanted_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	watcher->journal = run->journal;
	watcher->end_at_once = run->options->end_at_once;
	watcher->run_path = strdup(run->folder.shown_path);
	number = watcher->stop_fd < 0 || watcher->wanted_fd < 0 ? errno
		 : !watcher->run_path
			 ? ENOMEM
			 : pthread_create(&watcher->thread, NULL, watch_signals, watcher);
	if (number != 0) {
		watcher_free(watcher);
		return error_set_errno(error, number, "cannot watch for signals");
	}
	run->watcher = watcher;
	run->signal_fd = watcher->wanted_fd;
	return 0;
}

/* Later signals stay pending, and are consumed when the signals are restored. */
void run_end_watch(struct run *run)
{
	struct signal_watcher *watcher = TAKE_PTR(run->watcher);

	if (!watcher)
		return;
	(void)eventfd_write(watcher->stop_fd, 1);
	(void)pthread_join(watcher->thread, NULL);
	run->signal_fd = watcher->signal_fd;
	watcher_free(watcher);
}

/* ---- restoring */

void run_take_signals(const struct run *run)
{
	struct signalfd_siginfo taken;
	eventfd_t wanted;

	if (run->watcher) {
		(void)eventfd_read(run->watcher->wanted_fd, &wanted);
		atomic_store(&run->watcher->first_ns, 0);
		return;
	}
	while (run->signal_fd >= 0 && read(run->signal_fd, &taken, sizeof(taken)) > 0)
		;
}

void run_give_signals_back(struct run *run)
{
	const struct timespec at_once = {0};
	sigset_t too_large;

	if (!run->signals_taken)
		return;
	/* These were already handled: they must not end the program when unblocked. */
	run_take_signals(run);
	sigemptyset(&too_large);
	sigaddset(&too_large, SIGXFSZ);
	while (sigtimedwait(&too_large, NULL, &at_once) > 0)
		;
	sigprocmask(SIG_SETMASK, &run->old_signals, NULL);
}
