#include "runner/launcher/launcher.h"

#include "util/cpu_list.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* Moves past the digits, of which there must be one. */
static bool parse_digits(const char **text, int *ret_number)
{
	const char *first = *text;
	int64_t number = 0;

	for (; **text >= '0' && **text <= '9'; ++*text) {
		number = number * 10 + (**text - '0');
		if (number > INT_MAX)
			return false;
	}
	*ret_number = (int)number;
	return *text > first;
}

static bool parse_launcher_number(const char *text, int *ret_number)
{
	return parse_digits(&text, ret_number) && *text == '\0';
}

/* "1000:1000,27,44" */
static bool parse_user(struct launcher *launcher, const char *text)
{
	int id;

	if (!parse_digits(&text, &id) || *text++ != ':')
		return false;
	launcher->uid = (unsigned int)id;
	if (!parse_digits(&text, &id))
		return false;
	launcher->gid = (unsigned int)id;
	while (*text == ',' && launcher->n_groups < MAX_GROUPS) {
		text++;
		if (!parse_digits(&text, &id))
			return false;
		launcher->groups[launcher->n_groups++] = (unsigned int)id;
	}
	launcher->has_user = *text == '\0';
	return launcher->has_user;
}

/* "65024:1311" */
static bool parse_identity(const char *text, uint64_t *ret_device, uint64_t *ret_inode)
{
	uint64_t numbers[2] = {0, 0};

	for (int i = 0; i < 2; i++) {
		if (*text < '0' || *text > '9')
			return false;
		for (; *text >= '0' && *text <= '9'; text++)
			if (__builtin_mul_overflow(numbers[i], 10, &numbers[i]) ||
				__builtin_add_overflow(
					numbers[i], (uint64_t)(*text - '0'), &numbers[i]))
				return false;
		if (*text != (i == 0 ? ':' : '\0'))
			return false;
		text++;
	}
	*ret_device = numbers[0];
	*ret_inode = numbers[1];
	return true;
}

static bool parse_fd(const char *text, int *ret_fd)
{
	int fd;

	if (!parse_launcher_number(text, &fd) || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return false;
	*ret_fd = fd;
	return true;
}

/* OPTION N WORD...: the words move to the place of N, so that a NULL can stand behind them. Returns N; 0 where it is none. */
static int parse_helper(char **argv, char ***ret_words)
{
	int n;

	if (!argv[1] || !parse_launcher_number(argv[1], &n))
		return 0;
	for (int i = 0; i < n; i++) {
		if (!argv[2 + i])
			return 0;
		argv[1 + i] = argv[2 + i];
	}
	argv[1 + n] = NULL;
	*ret_words = argv + 1;
	return n;
}

/* An option of one word: where it goes. NULL: it is none of these. */
static const char **find_word(struct launcher *launcher, const char *option)
{
	return strcmp(option, "--stdin") == 0		 ? &launcher->stdin_file
	       : strcmp(option, "--folder-place") == 0	 ? &launcher->folder_place
	       : strcmp(option, "--channel-folder") == 0 ? &launcher->channel_folder
							 : NULL;
}

static int *find_fd(struct launcher *launcher, const char *option)
{
	return strcmp(option, "--leaf-fd") == 0	    ? &launcher->leaf_fd
	       : strcmp(option, "--tasks-fd") == 0  ? &launcher->tasks_fd
	       : strcmp(option, "--filter-fd") == 0 ? &launcher->filter_fd
	       : strcmp(option, "--idmap-fd") == 0  ? &launcher->writable.idmap_fd
						    : NULL;
}

static char ***find_helper(struct launcher *launcher, const char *option)
{
	return strcmp(option, "--prepare") == 0	  ? &launcher->prepare
	       : strcmp(option, "--check") == 0	  ? &launcher->check
	       : strcmp(option, "--cleanup") == 0 ? &launcher->cleanup
						  : NULL;
}

/* argv[0] is the option; a NULL ends them. Returns how many words follow it that are its own; 0 where it is none. */
static int parse_option(struct launcher *launcher, char **argv)
{
	const char *option = argv[0];
	const char **word = find_word(launcher, option);
	int *fd = find_fd(launcher, option);
	char ***helper = find_helper(launcher, option);

	if (!argv[1])
		return 0;
	if (word) {
		*word = argv[1];
		return 1;
	}
	if (fd)
		return parse_fd(argv[1], fd);
	if (helper) {
		int n = parse_helper(argv, helper);

		return n > 0 ? 1 + n : 0;
	}
	if (strcmp(option, "--cpus") == 0) {
		launcher->has_cpus = true;
		return *argv[1] && cpu_list_parse(argv[1], &launcher->cpus) == 0;
	}
	if (strcmp(option, "--user") == 0)
		return parse_user(launcher, argv[1]);
	if (!argv[2])
		return 0;
	if (strcmp(option, "--folder") == 0) {
		launcher->folder = argv[1];
		return parse_identity(argv[2], &launcher->folder_device, &launcher->folder_inode)
			       ? 2
			       : 0;
	}
	if (strcmp(option, "--host") == 0) {
		launcher->leaf = argv[1];
		launcher->leaf_place = argv[2];
		return 2;
	}
	if (argv[3] && strncmp(option, "--writable", 10) == 0 &&
		(!option[10] || strcmp(option + 10, "-kept") == 0)) {
		launcher->keep = option[10] != '\0';
		launcher->writable.path = argv[1];
		launcher->writable.tmpfs_size = argv[2];
		launcher->writable.overlay = argv[3];
		return 3;
	}
	return 0;
}

bool launcher_options_parse(struct launcher *launcher, char **argv)
{
	for (argv++; *argv && strcmp(*argv, "--") != 0; argv++) {
		int n = parse_option(launcher, argv);

		if (n == 0)
			return false;
		argv += n;
	}
	if (!*argv || !argv[1])
		return false;
	launcher->command = argv + 1;
	return fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC) == 0;
}
