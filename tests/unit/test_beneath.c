/* Files below an untrusted folder: each name may be anything. */

#include "util/beneath.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cmocka.h>

#include "tests/unit/forked.h"

struct fixture {
	char path[64];
	int fd;
};

/*
 * file and folder/file contain text, link and loop are links to them, fifo is a FIFO; 2nd is a
 * second name of 1st.
 */
static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	strcpy(fixture->path, "/tmp/memcg-run-test-beneath-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	fixture->fd = open(fixture->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = fixture;
	return mkdirat(fixture->fd, "folder", 0755) < 0 ||
	       file_write(fixture->fd, "file", "text", 4, 0600, NULL) < 0 ||
	       file_write(fixture->fd, "folder/file", "deep", 4, 0600, NULL) < 0 ||
	       file_write(fixture->fd, "1st", "text", 4, 0600, NULL) < 0 ||
	       linkat(fixture->fd, "1st", fixture->fd, "2nd", 0) < 0 ||
	       symlinkat("file", fixture->fd, "link") < 0 ||
	       symlinkat("folder", fixture->fd, "loop") < 0 ||
	       mkfifoat(fixture->fd, "fifo", 0600) < 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	int r = file_remove_tree(AT_FDCWD, fixture->path, NULL);

	close(fixture->fd);
	free(fixture);
	return r;
}

static void assert_refused(const struct fixture *fixture, const char *path, int number)
{
	struct error error = ERROR_INIT;
	int fd = -1;

	assert_int_equal(beneath_open_file(fixture->fd, path, "SHOWN", &fd, &error), -number);
	assert_non_null(strstr(error.text, "SHOWN"));
	assert_int_equal(fd, -1);
}

static void reads_what_is_below_and_nothing_else(const struct fixture *fixture)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *deep = NULL;
	size_t length;

	assert_int_equal(beneath_read(fixture->fd, "file", 4, &text, &length, NULL), 0);
	assert_string_equal(text, "text");
	assert_int_equal(length, 4);
	assert_int_equal(beneath_read(fixture->fd, "folder//file", 4, &deep, NULL, NULL), 0);
	assert_string_equal(deep, "deep");
	assert_refused(fixture, "none", ENOENT);
	assert_refused(fixture, "link", ELOOP);
	assert_refused(fixture, "fifo", EBADMSG);
	assert_refused(fixture, "folder", EBADMSG);
	assert_refused(fixture, "folder/../../passwd", EXDEV);
	assert_refused(fixture, "/etc/passwd", EXDEV);
	assert_refused(fixture, "loop/file", ELOOP);
	assert_refused(fixture, "file/file", ENOTDIR);
}

static void test_beneath_open_file__regular_files_below_the_folder(void **state)
{
	reads_what_is_below_and_nothing_else(*state);
}

static void test_beneath_read__has_a_bound(void **state)
{
	const struct fixture *fixture = *state;
	char *text = NULL;

	assert_int_equal(beneath_read(fixture->fd, "file", 3, &text, NULL, NULL), -EFBIG);
	assert_null(text);
}

static void test_beneath_open_folder__not_through_a_link(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = beneath_open_folder(fixture->fd, "folder");

	assert_true(fd >= 0);
	assert_int_equal(faccessat(fd, "file", F_OK, 0), 0);
	assert_true(beneath_open_folder(fixture->fd, "loop") < 0);
	assert_int_equal(beneath_open_folder(fixture->fd, "file"), -ENOTDIR);
	assert_int_equal(beneath_open_folder(fixture->fd, "fifo"), -ENOTDIR);
	assert_int_equal(beneath_open_folder(fixture->fd, ".."), -EXDEV);
}

static void test_beneath_open_log__appends_to_a_file_of_one_name(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int old = -1;
	CLEANUP(cleanup_close) int new = -1;
	CLEANUP(cleanup_free) char *text = NULL;
	int fd = -1;

	assert_int_equal(beneath_open_log(fixture->fd, "file", "file", &old, NULL), 0);
	assert_int_equal(file_write_fd(old, "+", 1), 0);
	assert_int_equal(beneath_read(fixture->fd, "file", 9, &text, NULL, NULL), 0);
	assert_string_equal(text, "text+");
	assert_int_equal(beneath_open_log(fixture->fd, "new", "new", &new, NULL), 0);
	assert_int_equal(beneath_open_log(fixture->fd, "link", "link", &fd, NULL), -ELOOP);
	assert_int_equal(beneath_open_log(fixture->fd, "fifo", "fifo", &fd, NULL), -EBADMSG);
	assert_int_equal(beneath_open_log(fixture->fd, "2nd", "2nd", &fd, NULL), -EMLINK);
	assert_int_equal(fd, -1);
}

static int refuse_openat2(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(*filter), .filter = filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0;
}

static int read_without_openat2(void *fixture)
{
	if (refuse_openat2())
		return 77;
	reads_what_is_below_and_nothing_else(fixture);
	return 0;
}

/*
 * As under the profiles of older container runtimes. In a child, since a filter cannot be removed.
 */
static void test_beneath_open_file__without_openat2(void **state)
{
	assert_int_equal(forked_run(read_without_openat2, *state), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_beneath_open_file__regular_files_below_the_folder),
		TEST(test_beneath_read__has_a_bound),
		TEST(test_beneath_open_folder__not_through_a_link),
		TEST(test_beneath_open_log__appends_to_a_file_of_one_name),
		TEST(test_beneath_open_file__without_openat2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
