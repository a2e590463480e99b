#include "experiments/phenomena/crew.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static _Noreturn void live(struct crew *crew, crew_work work, void *context, int told_fd)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(crew->end_fds[1]);
	if (work(context) && write(told_fd, "!", 1) == 1)
		while (read(crew->end_fds[0], &byte, 1) < 0 && errno == EINTR)
			;
	_exit(0);
}

/* One pipe each; it closes silently when a child dies. */
static int start_one(struct crew *crew, crew_work work, void *context)
{
	int told[2];
	char byte = 0;
	pid_t pid;

	if (pipe(told) < 0)
		return stage_failed("pipe");
	pid = fork();
	if (pid == 0)
		live(crew, work, context, told[1]);
	close(told[1]);
	if (pid > 0)
		crew->pids[crew->n++] = pid;
	if (pid > 0 && read(told[0], &byte, 1) == 0)
		errno = ECHILD;
	close(told[0]);
	return byte == '!' ? 0 : stage_failed(pid < 0 ? "fork" : "a child ended early");
}

int crew_start(struct crew *crew, size_t n, crew_work work, void *context)
{
	int r = 0;

	crew->n = 0;
	if (pipe(crew->end_fds) < 0)
		return stage_failed("pipe");
	for (size_t i = 0; i < n && r == 0; i++)
		r = start_one(crew, work, context);
	if (r < 0)
		crew_end(crew);
	return r;
}

void crew_end(struct crew *crew)
{
	close(crew->end_fds[1]);
	close(crew->end_fds[0]);
	for (size_t i = 0; i < crew->n; i++)
		while (waitpid(crew->pids[i], NULL, 0) < 0 && errno == EINTR)
			;
}
