#include "runner/as_owner.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the work never returns. */
#define NOT_BECOME 255

/* For good: the saved IDs too. A folder that is root's, or is not there, changes nothing. */
static int become_owner(const char *folder)
{
	struct stat status;

	if (geteuid() != 0 || stat(folder, &status) < 0 || status.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(status.st_gid, status.st_gid, status.st_gid) < 0 ||
		setresuid(status.st_uid, status.st_uid, status.st_uid) < 0)
		return -errno;
	return 0;
}

static _Noreturn void do_work(
	const char *folder, uint64_t cpu_limit_s, as_owner_work work, void *context, pid_t parent)
{
	/* SIGXCPU first, by which it is known; a second later SIGKILL. */
	const struct rlimit limit = {.rlim_cur = cpu_limit_s, .rlim_max = cpu_limit_s + 1};
	int code;

	if (setrlimit(RLIMIT_CPU, &limit) < 0 || become_owner(folder) < 0)
		_exit(NOT_BECOME);
	/* After the change of user, which clears it. Neither it nor gnuplot may gain by a set-user-ID file. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		getppid() != parent)
		_exit(NOT_BECOME);
	code = work(context);
	fflush(NULL);
	_exit(code);
}

static int wait_for(pid_t child, int *ret_status)
{
	while (waitpid(child, ret_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int as_owner(const char *folder, uint64_t cpu_limit_s, as_owner_work work, void *context,
	int *ret_code, struct error *error)
{
	pid_t parent = getpid(), child;
	int status, r;

	fflush(NULL);
	child = fork();
	if (child < 0)
		return error_set_errno(error, errno, "cannot fork");
	if (child == 0)
		do_work(folder, cpu_limit_s, work, context, parent);
	r = wait_for(child, &status);
	if (r < 0)
		return error_set_errno(error, -r, "cannot wait for process %d", (int)child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return error_set(error, ETIMEDOUT,
			"reading %s took more than %" PRIu64
			" s of a CPU, and was ended: a file of it is damaged, or made to keep its "
			"reader "
			"busy",
			folder, cpu_limit_s);
	if (WIFSIGNALED(status))
		return error_set(error, EIO,
			"reading %s was ended by signal %d (SIG%s): a file of it is damaged, or "
			"not "
			"memcg-run's",
			folder, WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
	if (WEXITSTATUS(status) == NOT_BECOME)
		return error_set(error, EPERM, "cannot become the owner of %s", folder);
	*ret_code = WEXITSTATUS(status);
	return 0;
}
