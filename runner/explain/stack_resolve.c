#include "runner/explain/stack_tree.h"
#include "runner/explain/stack_unwind.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* What the child may use, and what it may return. */
#define CHILD_CPU_S 120
#define CHILD_MEMORY_BYTES (UINT64_C(8) << 30)
#define CHILD_UID 65534
#define MOST_NAME_BYTES 512
#define MOST_LINE_BYTES 4096
#define MOST_TEXT_BYTES (UINT64_C(512) << 20)

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Closes all descriptors but these, which are sorted. */
static int resolve_close_others(const int *fds, size_t n)
{
	unsigned first = 0;

	for (size_t i = 0; i <= n; i++) {
		unsigned last = i < n ? (unsigned)fds[i] : ~0U;

		if ((i == n || last > first) && close_range(first, i < n ? last - 1 : ~0U, 0) < 0)
			return -errno;
		first = last + 1;
	}
	return 0;
}

static int resolve_limit(int resource, uint64_t most)
{
	struct rlimit limit = {most, most};

	return setrlimit((__rlimit_resource_t)resource, &limit) < 0 ? -errno : 0;
}

/* The child keeps the modules and its pipe, and has no rights over anything else. */
static int resolve_give_up_rights(const struct stack_tree *tree, int output_fd)
{
	CLEANUP(cleanup_free) int *fds = calloc(tree->n_modules + 1, sizeof(*fds));
	size_t n = 0;

	if (!fds)
		return -ENOMEM;
	fds[n++] = output_fd;
	for (size_t i = 0; i < tree->n_modules; i++)
		if (tree->modules[i].fd >= 0)
			fds[n++] = tree->modules[i].fd;
	qsort(fds, n, sizeof(*fds), compare_fds);
	if (resolve_close_others(fds, n) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	if (geteuid() == 0 &&
		(setgroups(0, NULL) < 0 || setresgid(CHILD_UID, CHILD_UID, CHILD_UID) < 0 ||
			setresuid(CHILD_UID, CHILD_UID, CHILD_UID) < 0))
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		resolve_limit(RLIMIT_CPU, CHILD_CPU_S) < 0 || resolve_limit(RLIMIT_FSIZE, 0) < 0 ||
		resolve_limit(RLIMIT_CORE, 0) < 0 || resolve_limit(RLIMIT_NPROC, 0) < 0)
		return -EPERM;
#ifndef __SANITIZE_ADDRESS__ /* whose shadow is larger */
	if (resolve_limit(RLIMIT_AS, CHILD_MEMORY_BYTES) < 0)
		return -EPERM;
#endif
	return 0;
}

static void resolve_write_frame(const char *name, void *context)
{
	CLEANUP(cleanup_free)
	char *line = strndup(*name != '\0' ? name : "[unknown]", MOST_NAME_BYTES);

	if (!line)
		_exit(1);
	text_blank_controls(line);
	fprintf(context, "%s\n", line);
}

/* A line a frame, innermost first; an empty line ends a row. */
static int resolve_child(const struct stack_tree *tree, int output_fd)
{
	struct stack_unwinder *unwinder = NULL;
	size_t process = SIZE_MAX;
	FILE *stream;

	if (resolve_give_up_rights(tree, output_fd) < 0)
		return 1;
	stream = fdopen(output_fd, "w");
	if (!stream)
		return 1;
	for (size_t i = 0; i < tree->n_rows; i++) {
		const struct stack_row *row = &tree->rows[i];

		if (!row->attributed)
			continue;
		if (row->process != process) {
			stack_unwinder_free(unwinder);
			unwinder = stack_unwinder_new(tree, row->process);
			process = row->process;
		}
		if (!unwinder)
			return 1;
		stack_unwinder_walk(unwinder, &row->sample, resolve_write_frame, stream);
		fputc('\n', stream);
	}
	return fflush(stream) == 0 ? 0 : 1;
}

/* The row's frames were read innermost first. */
static void row_reverse(struct stack_row *row)
{
	for (size_t i = 0; i < row->n_frames / 2; i++) {
		char *frame = row->frames[i];

		row->frames[i] = row->frames[row->n_frames - 1 - i];
		row->frames[row->n_frames - 1 - i] = frame;
	}
}

static int row_add_frame(struct stack_row *row, char *line)
{
	if (row->n_frames >= STACK_MOST_FRAMES)
		return -EBADMSG;
	text_blank_controls(line);
	if (!ARRAY_GROW(row->frames, row->n_frames))
		return -ENOMEM;
	row->frames[row->n_frames] = strdup(line);
	return row->frames[row->n_frames++] ? 0 : -ENOMEM;
}

/* Reads what the child says, which is no more to be believed than the task: rows, frames and lines have bounds. */
static int resolve_read(struct stack_tree *tree, FILE *stream)
{
	uint64_t n_bytes = 0;
	char line[MOST_LINE_BYTES];

	for (size_t i = 0; i < tree->n_rows; i++) {
		struct stack_row *row = &tree->rows[i];

		while (row->attributed) {
			size_t length;
			int r;

			if (!fgets(line, sizeof(line), stream))
				return -EIO;
			length = strlen(line);
			n_bytes += length;
			if (length == 0 || line[length - 1] != '\n' || n_bytes > MOST_TEXT_BYTES)
				return -EBADMSG;
			line[length - 1] = '\0';
			if (length == 1)
				break;
			r = row_add_frame(row, line);
			if (r < 0)
				return r;
		}
		row_reverse(row);
	}
	return 0;
}

int stack_tree_resolve(struct stack_tree *tree, struct error *error)
{
	CLEANUP(cleanup_fclose) FILE *stream = NULL;
	int fds[2], r, status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set_errno(error, errno, "cannot create a pipe");
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(resolve_child(tree, fds[1]));
	r = pid < 0 ? -errno : 0;
	close(fds[1]);
	stream = fdopen(fds[0], "r");
	if (!stream)
		close(fds[0]);
	if (r == 0)
		r = stream ? resolve_read(tree, stream) : -ENOMEM;
	if (pid > 0 && r < 0)
		kill(pid, SIGKILL);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return error_set_errno(error, -r, "cannot unwind the sampled stacks");
	stack_tree_merge(tree);
	return 0;
}
