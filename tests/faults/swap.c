/*
 * swap UID [DIRECTORY A B]...: as an unprivileged user, repeatedly exchanges A and B in each
 * directory (renameat2(2), RENAME_EXCHANGE) until it is killed or its parent has died. The
 * directories are opened once, so that another pair may move one of them. Prints a line when it has
 * begun.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MAX_PAIRS 8

struct swapped {
	int fd;
	const char *a;
	const char *b;
};

static int swap_fail(const char *what)
{
	fprintf(stderr, "swap: cannot %s: %s\n", what, strerror(errno));
	return 1;
}

static int become_user(const char *text)
{
	const uid_t user = (uid_t)strtoul(text, NULL, 10);

	if (setgroups(0, NULL) < 0 || setresgid(user, user, user) < 0 ||
		setresuid(user, user, user) < 0)
		return swap_fail("become the user");
	/* After the change of user, which clears it. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? swap_fail("end with the parent") : 0;
}

int main(int argc, char **argv)
{
	struct swapped swapped[MAX_PAIRS];
	int n = 0;

	if (argc < 5 || (argc - 2) % 3 != 0 || (argc - 2) / 3 > MAX_PAIRS) {
		fprintf(stderr, "usage: swap UID [DIRECTORY A B]...\n");
		return 2;
	}
	if (become_user(argv[1]) != 0)
		return 1;
	for (int i = 2; i < argc; i += 3, n++) {
		swapped[n] = (struct swapped){.a = argv[i + 1], .b = argv[i + 2]};
		swapped[n].fd = open(argv[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (swapped[n].fd < 0)
			return swap_fail(argv[i]);
	}
	for (unsigned long round = 0;; round++) {
		for (int i = 0; i < n; i++)
			if (renameat2(swapped[i].fd, swapped[i].a, swapped[i].fd, swapped[i].b,
				    RENAME_EXCHANGE) < 0)
				return swap_fail(swapped[i].a);
		if (round == 0 && (puts("swapping") == EOF || fflush(stdout) == EOF))
			return 1;
	}
}
