#include "runner/host/as_owner.h"

#include "runner/host/run_files.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* An exit code that the work never returns. */
#define NOT_BECOME 255

#define READ_LIMIT_S 60
#define READ_BYTES_A_SECOND (1024 * 1024)

/* The only descriptor of the caller's that the work inherits. */
#define FOLDER_FD (STDERR_FILENO + 1)

/* See as_owner.h. A link counts for the one who created it. */
static int find_owner(
	int folder_fd, const char *folder, struct stat *ret_owner, struct error *error)
{
	static const char *const names[] = {RUN_TRIALS, RUN_RESULTS};
	struct stat of_folder, of_name;

	if (fstat(folder_fd, &of_folder) < 0)
		return error_set_errno(error, errno, "cannot find out who owns %s", folder);
	*ret_owner = of_folder;
	for (size_t i = 0; i < LENGTH(names); i++) {
		if (fstatat(folder_fd, names[i], &of_name, AT_SYMLINK_NOFOLLOW) < 0 ||
			of_name.st_uid == 0 || of_name.st_uid == ret_owner->st_uid)
			continue;
		if (geteuid() == 0 && ret_owner->st_uid != 0)
			return error_set(error, EPERM,
				"%s/%s belongs to user %u, but the folder or what else is in it to "
				"user %u: root does not choose between them; chown -R %s to one",
				folder, names[i], of_name.st_uid, ret_owner->st_uid, folder);
		*ret_owner = of_name;
	}
	if (geteuid() == 0 && ret_owner->st_uid == 0 && (of_folder.st_mode & (S_IWGRP | S_IWOTH)))
		return error_set(error, EPERM,
			"%s belongs to root, but others may write to it: their files would be used "
			"with root's rights; if you trust its content, chmod go-w %s",
			folder, folder);
	return 0;
}

/* Irrevocable: sets the saved IDs too. */
static int become_owner(const struct stat *owner)
{
	if (geteuid() != 0 || owner->st_uid == 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(owner->st_gid, owner->st_gid, owner->st_gid) < 0 ||
		setresuid(owner->st_uid, owner->st_uid, owner->st_uid) < 0)
		return -errno;
	return 0;
}

static int enter_folder(int folder_fd)
{
	if (fchdir(folder_fd) < 0)
		return -errno;
	if (folder_fd != FOLDER_FD && dup3(folder_fd, FOLDER_FD, O_CLOEXEC) < 0)
		return -errno;
	return close_range(FOLDER_FD + 1, ~0U, 0) < 0 ? -errno : 0;
}

/*
 * SIGXCPU first, which identifies the cause; SIGKILL a second later. An existing lower limit
 * (`ulimit -t`) is kept.
 */
static int limit_cpu(uint64_t cpu_s)
{
	struct rlimit limit;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGXCPU);
	if (getrlimit(RLIMIT_CPU, &limit) < 0 || signal(SIGXCPU, SIG_DFL) == SIG_ERR ||
		sigprocmask(SIG_UNBLOCK, &signals, NULL) < 0)
		return -errno;
	if (limit.rlim_max > cpu_s + 1)
		limit.rlim_max = cpu_s + 1;
	limit.rlim_cur = limit.rlim_max > 1 ? limit.rlim_max - 1 : limit.rlim_max;
	return setrlimit(RLIMIT_CPU, &limit) < 0 ? -errno : 0;
}

static _Noreturn void do_work(int folder_fd, const struct stat *owner,
	const struct as_owner_limits *limits, as_owner_work work, void *context, pid_t parent)
{
	int code;

	/* The folder first: its owner may lack access to its path, but it is already open. */
	if (limit_cpu(limits->cpu_s) < 0 || enter_folder(folder_fd) < 0 || become_owner(owner) < 0)
		_exit(NOT_BECOME);
	/*
	 * After the change of user, which clears it. Neither the work nor gnuplot may gain rights
	 * by set-user-ID files.
	 */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		getppid() != parent)
		_exit(NOT_BECOME);
	code = work(FOLDER_FD, context);
	fflush(NULL);
	_exit(code);
}

/* Returns 1 if the caller wants to end it early. */
static int poll_for(pid_t child, int end_fd)
{
	CLEANUP(cleanup_close) int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd fds[] = {
		{.fd = pidfd, .events = POLLIN},
		{.fd = end_fd, .events = POLLIN},
	};

	if (pidfd < 0)
		return -errno;
	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	return !fds[0].revents;
}

static int wait_for(pid_t child, int *ret_status)
{
	while (waitpid(child, ret_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int as_owner_in(int folder_fd, const char *folder, const struct as_owner_limits *limits,
	as_owner_work work, void *context, int *ret_code, struct error *error)
{
	pid_t parent = getpid(), child;
	struct stat owner = {.st_uid = 0};
	int ended = 0;
	int status;
	int r = find_owner(folder_fd, folder, &owner, error);

	if (r < 0)
		return r;
	fflush(NULL);
	child = fork();
	if (child < 0)
		return error_set_errno(error, errno, "cannot fork");
	if (child == 0)
		do_work(folder_fd, &owner, limits, work, context, parent);
	if (limits->end_fd >= 0)
		ended = poll_for(child, limits->end_fd);
	/* The work's own children die with it: process_start. */
	if (ended != 0)
		(void)kill(child, SIGKILL);
	r = wait_for(child, &status);
	r = ended < 0 ? ended : r;
	if (r < 0)
		return error_set_errno(error, -r, "cannot wait for process %d", (int)child);
	if (ended)
		return error_set(error, EINTR, "interrupted");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return error_set(error, ETIMEDOUT,
			"reading %s took more than %" PRIu64
			" s of CPU time and was stopped: one of its files is damaged or crafted",
			folder, limits->cpu_s);
	if (WIFSIGNALED(status))
		return error_set(error, EIO,
			"reading %s was killed by signal %d (SIG%s): one of its files is damaged, "
			"or was not written by memcg-run",
			folder, WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
	if (WEXITSTATUS(status) == NOT_BECOME)
		return error_set(error, EPERM, "cannot become the owner of %s", folder);
	*ret_code = WEXITSTATUS(status);
	return 0;
}

/* The smaller of length and disk usage: a file with a hole of a petabyte is quickly made. */
static uint64_t bytes_of(int directory_fd, const char *name)
{
	struct stat status;
	uint64_t blocks;

	if (fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		!S_ISREG(status.st_mode))
		return 0;
	blocks = (uint64_t)status.st_blocks * 512;
	return blocks < (uint64_t)status.st_size ? blocks : (uint64_t)status.st_size;
}

/*
 * 10^8 samples in 139 MB took 2.7 s, with all pictures (docs/benchmarks.md). The factor leaves room
 * for slow or emulated machines.
 */
uint64_t as_owner_read_limit_s(int run_fd)
{
	CLEANUP(cleanup_closedir) DIR *trials = NULL;
	const struct dirent *entry;
	uint64_t bytes = bytes_of(run_fd, RUN_RESULTS);

	if (file_list(run_fd, RUN_TRIALS, &trials) == 0)
		while ((entry = file_next(trials)))
			bytes += bytes_of(dirfd(trials), entry->d_name);
	return READ_LIMIT_S + bytes / READ_BYTES_A_SECOND;
}
