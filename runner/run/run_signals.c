/* The signals by which a user ends a run. */

#include "runner/run/run_state.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* As nohup(1) leaves it. The kernel queues a blocked signal all the same, in case a handler comes. */
static bool is_ignored(int signal_number)
{
	struct sigaction action;

	return sigaction(signal_number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int run_block_signals(struct run *run, struct error *error)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (!is_ignored(SIGHUP))
		sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, &run->old_signals) < 0)
		return error_set_errno(error, errno, "cannot block signals");
	run->signals_taken = true;
	run->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->signal_fd < 0)
		return error_set_errno(error, errno, "cannot make a signalfd");
	return 0;
}

void run_take_signals(const struct run *run)
{
	struct signalfd_siginfo taken;

	while (run->signal_fd >= 0 && read(run->signal_fd, &taken, sizeof(taken)) > 0)
		;
}

void run_give_signals_back(struct run *run)
{
	if (!run->signals_taken)
		return;
	/* Those that came were heeded: they must not end the program once they are let through. */
	run_take_signals(run);
	sigprocmask(SIG_SETMASK, &run->old_signals, NULL);
}
