#include "util/file.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Each test has a folder of its own, held by a descriptor. */
struct fixture {
	char path[64];
	int fd;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	strcpy(fixture->path, "/tmp/memcg-run-test-file-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	fixture->fd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = fixture;
	return fixture->fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	int result = file_remove_tree(AT_FDCWD, fixture->path, NULL);

	close(fixture->fd);
	free(fixture);
	return result;
}

static bool exists(int directory_fd, const char *path)
{
	struct stat status;

	return fstatat(directory_fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_file_read__returns_what_was_written(void **state)
{
	const struct fixture *fixture = *state;
	char *text = NULL;
	size_t length = 0;

	assert_int_equal(file_write(fixture->fd, "a", "one\0two", 7, 0640, NULL), 0);
	assert_int_equal(file_read(fixture->fd, "a", 7, &text, &length, NULL), 0);
	assert_int_equal(length, 7);
	assert_memory_equal(text, "one\0two\0", 8);
	free(text);
}

static void test_file_read__empty_file(void **state)
{
	const struct fixture *fixture = *state;
	char *text = NULL;

	assert_int_equal(file_write(fixture->fd, "a", "", 0, 0640, NULL), 0);
	assert_int_equal(file_read(fixture->fd, "a", 0, &text, NULL, NULL), 0);
	assert_string_equal(text, "");
	free(text);
}

static void test_file_read__refuses_a_larger_file(void **state)
{
	const struct fixture *fixture = *state;
	struct error error = ERROR_INIT;
	char *text = NULL;

	assert_int_equal(file_write(fixture->fd, "a", "12345678", 8, 0640, NULL), 0);
	assert_int_equal(file_read(fixture->fd, "a", 7, &text, NULL, &error), -EFBIG);
	assert_null(text);
	assert_string_equal(error.text, "cannot read a: larger than 7 bytes");
}

static void test_file_read__grows_past_its_first_buffer(void **state)
{
	const struct fixture *fixture = *state;
	char data[20000];
	char *text = NULL;
	size_t length = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)('a' + i % 26);
	assert_int_equal(file_write(fixture->fd, "a", data, sizeof(data), 0640, NULL), 0);
	assert_int_equal(file_read(fixture->fd, "a", SIZE_MAX, &text, &length, NULL), 0);
	assert_int_equal(length, sizeof(data));
	assert_memory_equal(text, data, sizeof(data));
	free(text);
}

static void test_file_read__names_the_missing_file(void **state)
{
	const struct fixture *fixture = *state;
	struct error error = ERROR_INIT;
	char *text = NULL;

	assert_int_equal(file_read(fixture->fd, "none", 10, &text, NULL, &error), -ENOENT);
	assert_string_equal(error.text, "cannot open none: No such file or directory");
}

static void test_file_write__replaces_and_sets_mode(void **state)
{
	const struct fixture *fixture = *state;
	struct stat status;
	char *text = NULL;

	umask(022);
	assert_int_equal(file_write(fixture->fd, "a", "longer", 6, 0640, NULL), 0);
	assert_int_equal(file_write(fixture->fd, "a", "new", 3, 0600, NULL), 0);
	assert_int_equal(file_read(fixture->fd, "a", 10, &text, NULL, NULL), 0);
	assert_string_equal(text, "new");
	assert_int_equal(fstatat(fixture->fd, "a", &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	free(text);
}

static void test_file_replace__leaves_the_new_bytes_and_no_part(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *text = NULL;

	assert_int_equal(file_write(fixture->fd, "a", "the old ones", 12, 0600, NULL), 0);
	/* left by an earlier, interrupted write */
	assert_int_equal(
		file_write(fixture->fd, "a.part", "of which this is longer", 23, 0600, NULL), 0);
	assert_int_equal(file_replace(fixture->fd, "a", "new", 3, 0600, NULL), 0);
	assert_int_equal(file_read(fixture->fd, "a", 64, &text, NULL, NULL), 0);
	assert_string_equal(text, "new");
	assert_false(exists(fixture->fd, "a.part"));
}

static void test_file_replace__keeps_the_old_bytes_where_it_fails(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *text = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(file_write(fixture->fd, "a", "old", 3, 0600, NULL), 0);
	assert_int_equal(mkdirat(fixture->fd, "a.part", 0700), 0);
	assert_int_equal(file_replace(fixture->fd, "a", "new", 3, 0600, &error), -EISDIR);
	assert_non_null(strstr(error.text, "cannot write a: "));
	assert_int_equal(file_read(fixture->fd, "a", 64, &text, NULL, NULL), 0);
	assert_string_equal(text, "old");
}

/* An existing entry is removed: neither a link's target nor a FIFO is written to. */
static void test_file_replace__writes_a_file_of_its_own(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *other = NULL;

	assert_int_equal(file_write(fixture->fd, "other", "old", 3, 0600, NULL), 0);
	assert_int_equal(symlinkat("other", fixture->fd, "a.part"), 0);
	assert_int_equal(symlinkat("other", fixture->fd, "a"), 0);
	assert_int_equal(file_replace(fixture->fd, "a", "new", 3, 0600, NULL), 0);
	assert_int_equal(mkfifoat(fixture->fd, "b.part", 0600), 0);
	assert_int_equal(mkfifoat(fixture->fd, "b", 0600), 0);
	assert_int_equal(file_replace(fixture->fd, "b", "new", 3, 0600, NULL), 0);
	assert_int_equal(file_read(fixture->fd, "b", 64, &text, NULL, NULL), 0);
	assert_string_equal(text, "new");
	assert_int_equal(file_read(fixture->fd, "other", 64, &other, NULL, NULL), 0);
	assert_string_equal(other, "old");
}

static void test_file_write__reports_a_full_device(void **state)
{
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(file_write(AT_FDCWD, "/dev/full", "x", 1, 0600, &error), -ENOSPC);
	assert_string_equal(error.text, "cannot write /dev/full: No space left on device");
}

/* The size limit shortens the first write(), and only the second one fails. */
static void test_file_write__is_not_content_with_a_short_write(void **state)
{
	const struct fixture *fixture = *state;
	static const char data[5000];
	struct rlimit before;
	struct rlimit limit;
	int result;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){.rlim_cur = 4096, .rlim_max = before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	result = file_write(fixture->fd, "a", data, sizeof(data), 0600, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(result, -EFBIG);
}

static void test_file_make_directories__makes_each_once(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(file_make_directories(fixture->fd, "a/b//c/", 0755, NULL), 0);
	assert_int_equal(file_make_directories(fixture->fd, "a/b/c/d", 0755, NULL), 0);
	assert_true(exists(fixture->fd, "a/b/c/d"));
	assert_int_equal(file_make_directories(AT_FDCWD, "/", 0755, NULL), 0);
	assert_int_equal(file_sync_directory(fixture->fd, "a/b", NULL), 0);
}

static void test_file_make_directories__refuses_a_file_in_the_way(void **state)
{
	const struct fixture *fixture = *state;
	struct error error = ERROR_INIT;

	assert_int_equal(file_write(fixture->fd, "a", "", 0, 0600, NULL), 0);
	assert_int_equal(file_make_directories(fixture->fd, "a/b", 0755, &error), -ENOTDIR);
	assert_string_equal(error.text, "cannot make directory a: Not a directory");
	assert_int_equal(file_make_directories(fixture->fd, "", 0755, NULL), -ENOENT);
}

static void test_file_open_beneath__stays_below(void **state)
{
	const struct fixture *fixture = *state;
	int fd;

	assert_int_equal(file_write(fixture->fd, "a", "", 0, 0600, NULL), 0);
	assert_int_equal(symlinkat("a", fixture->fd, "link"), 0);
	assert_int_equal(file_open_beneath(fixture->fd, "link", O_RDONLY), -ELOOP);
	assert_int_equal(file_open_beneath(fixture->fd, "../", O_RDONLY), -EXDEV);
	assert_int_equal(file_open_beneath(fixture->fd, "/etc", O_RDONLY), -EXDEV);

	fd = file_open_beneath(fixture->fd, "a", O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}

static void test_file_remove_tree__removes_all_but_what_links_name(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(file_make_directories(fixture->fd, "kept", 0755, NULL), 0);
	assert_int_equal(file_write(fixture->fd, "kept/file", "x", 1, 0600, NULL), 0);
	assert_int_equal(file_make_directories(fixture->fd, "tree/a/b", 0755, NULL), 0);
	assert_int_equal(file_make_directories(fixture->fd, "tree/c", 0755, NULL), 0);
	assert_int_equal(file_write(fixture->fd, "tree/a/.hidden", "x", 1, 0400, NULL), 0);
	assert_int_equal(mkfifoat(fixture->fd, "tree/fifo", 0600), 0);
	assert_int_equal(symlinkat("../kept", fixture->fd, "tree/link"), 0);
	assert_int_equal(symlinkat("kept", fixture->fd, "link"), 0);

	assert_int_equal(file_remove_tree(fixture->fd, "tree//", NULL), 0);
	assert_int_equal(file_remove_tree(fixture->fd, "link", NULL), 0);
	assert_false(exists(fixture->fd, "tree"));
	assert_false(exists(fixture->fd, "link"));
	assert_true(exists(fixture->fd, "kept/file"));
}

static void test_file_remove_tree__missing_is_success(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(file_remove_tree(fixture->fd, "none", NULL), 0);
	assert_int_equal(file_remove_tree(fixture->fd, "none/none", NULL), 0);
}

static void test_file_remove_tree__refuses_what_has_no_name(void **state)
{
	static const char *const paths[] = {"", "/", ".", "..", "a/..", "a/."};
	const struct fixture *fixture = *state;

	assert_int_equal(file_make_directories(fixture->fd, "a", 0755, NULL), 0);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(file_remove_tree(fixture->fd, paths[i], NULL), -EINVAL);
	assert_true(exists(fixture->fd, "a"));
}

/* 3000 levels: more than descriptors (1024 by default), and a path longer than PATH_MAX. */
static void test_file_remove_tree__bears_any_depth(void **state)
{
	const struct fixture *fixture = *state;
	int fd = openat(fixture->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < 3000; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "deep", 0755), 0);
		next = openat(fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	close(fd);
	assert_int_equal(file_remove_tree(fixture->fd, "deep", NULL), 0);
	assert_false(exists(fixture->fd, "deep"));
}

static void test_file_remove_tree__removes_many_entries(void **state)
{
	const struct fixture *fixture = *state;

	for (int i = 0; i < 2000; i++) {
		CLEANUP(cleanup_free) char *path = string_format("tree/%d/file", i);
		CLEANUP(cleanup_free) char *directory = string_format("tree/%d", i);

		assert_int_equal(file_make_directories(fixture->fd, directory, 0755, NULL), 0);
		assert_int_equal(file_write(fixture->fd, path, "", 0, 0600, NULL), 0);
	}
	assert_int_equal(file_remove_tree(fixture->fd, "tree", NULL), 0);
	assert_false(exists(fixture->fd, "tree"));
}

/*
 * A bind mount of the same file system has the same st_dev: only the mount ID differs. By path: the
 * descriptor opened before unshare() shows the old namespace's mounts.
 */
static void test_file_remove_tree__stops_at_a_bind_mount(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *source = string_format("%s/kept", fixture->path);
	CLEANUP(cleanup_free) char *tree = string_format("%s/tree", fixture->path);
	CLEANUP(cleanup_free) char *target = string_format("%s/tree/a", fixture->path);
	struct error error = ERROR_INIT;

	if (unshare(CLONE_NEWNS) < 0)
		skip();
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(file_make_directories(fixture->fd, "kept", 0755, NULL), 0);
	assert_int_equal(file_write(fixture->fd, "kept/file", "x", 1, 0600, NULL), 0);
	assert_int_equal(file_make_directories(fixture->fd, "tree/a", 0755, NULL), 0);
	assert_int_equal(mount(source, target, NULL, MS_BIND, NULL), 0);

	assert_int_equal(file_remove_tree(AT_FDCWD, target, NULL), -EBUSY);
	assert_int_equal(file_remove_tree(AT_FDCWD, tree, &error), -EBUSY);
	assert_non_null(strstr(error.text, "/tree: a is a mount point"));
	assert_true(exists(fixture->fd, "kept/file"));
	assert_int_equal(umount(target), 0);
}

static void test_file_next__returns_each_name_but_the_two_of_dots(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_closedir) DIR *listing = NULL;
	const struct dirent *entry;
	size_t n = 0;

	assert_int_equal(file_write(fixture->fd, "file", "", 0, 0600, NULL), 0);
	assert_int_equal(file_write(fixture->fd, ".hidden", "", 0, 0600, NULL), 0);
	assert_int_equal(file_write(fixture->fd, "...", "", 0, 0600, NULL), 0);
	assert_int_equal(file_list(fixture->fd, ".", &listing), 0);
	errno = EIO;
	while ((entry = file_next(listing))) {
		assert_string_not_equal(entry->d_name, ".");
		assert_string_not_equal(entry->d_name, "..");
		assert_true(exists(fixture->fd, entry->d_name));
		errno = EIO;
		n++;
	}
	assert_int_equal(errno, 0);
	assert_int_equal(n, 3);
}

/* Whoever owns the folder between may put a link there. */
static void test_file_remove_tree__takes_no_link_on_the_way(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(file_make_directories(fixture->fd, "kept/a", 0755, NULL), 0);
	assert_int_equal(symlinkat("kept", fixture->fd, "link"), 0);
	assert_int_equal(file_remove_tree(fixture->fd, "link/a", NULL), -ELOOP);
	assert_int_equal(file_remove_tree(fixture->fd, "../a", NULL), -EXDEV);
	assert_int_equal(file_remove_tree(fixture->fd, "/a", NULL), -EXDEV);
	assert_true(exists(fixture->fd, "kept/a"));
}

/* What is held is emptied, not what has its name by now. */
static void test_file_empty_directory__empties_what_is_held(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = -1;

	assert_int_equal(file_make_directories(fixture->fd, "held/a/b", 0755, NULL), 0);
	assert_int_equal(file_make_directories(fixture->fd, "other/a", 0755, NULL), 0);
	fd = openat(fixture->fd, "held", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(renameat2(fixture->fd, "held", fixture->fd, "other", RENAME_EXCHANGE), 0);
	assert_int_equal(file_empty_directory(fd, "held", NULL), 0);
	assert_true(exists(fixture->fd, "held/a"));
	assert_true(exists(fixture->fd, "other"));
	assert_false(exists(fixture->fd, "other/a"));
	assert_int_equal(file_remove_held(fd, "held"), -ESTALE);
	assert_true(exists(fixture->fd, "held"));
	assert_int_equal(file_remove_held(fd, "other"), 0);
	assert_false(exists(fixture->fd, "other"));
}

static void test_file_remove_held__leaves_what_is_not_empty(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int fd = -1;

	assert_int_equal(file_make_directories(fixture->fd, "held/a", 0755, NULL), 0);
	fd = openat(fixture->fd, "held", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(file_remove_held(fd, "/any/path/held"), -ENOTEMPTY);
	assert_int_equal(file_remove_held(fd, "none"), -ENOENT);
	assert_true(exists(fixture->fd, "held/a"));
}

static void test_string_format__formats(void **state)
{
	char *text = string_format("trial-%06d.slice", 42);

	(void)state;
	assert_string_equal(text, "trial-000042.slice");
	free(text);
}

/* A device may do something when it is opened, as a watchdog does: the FIFO stands for it. */
static void test_file_read_regular__opens_nothing_else(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	CLEANUP(cleanup_free) char *path = string_format("%s/fifo", fixture->path);
	CLEANUP(cleanup_free) char *file = string_format("%s/file", fixture->path);
	CLEANUP(cleanup_free) char *text = NULL;
	struct inotify_event event;

	assert_int_equal(mkfifoat(fixture->fd, "fifo", 0600), 0);
	assert_true(inotify_add_watch(watch_fd, path, IN_OPEN) >= 0);
	assert_int_equal(file_read_regular(path, 9, &text, NULL, NULL), -EBADMSG);
	assert_int_equal(read(watch_fd, &event, sizeof(event)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(file_write(fixture->fd, "file", "text", 4, 0600, NULL), 0);
	assert_int_equal(file_read_regular(file, 9, &text, NULL, NULL), 0);
	assert_string_equal(text, "text");
}

int main(void)
{
#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		FILE_TEST(test_file_read_regular__opens_nothing_else),
		FILE_TEST(test_file_read__returns_what_was_written),
		FILE_TEST(test_file_read__empty_file),
		FILE_TEST(test_file_read__refuses_a_larger_file),
		FILE_TEST(test_file_read__grows_past_its_first_buffer),
		FILE_TEST(test_file_read__names_the_missing_file),
		FILE_TEST(test_file_write__replaces_and_sets_mode),
		FILE_TEST(test_file_replace__leaves_the_new_bytes_and_no_part),
		FILE_TEST(test_file_replace__writes_a_file_of_its_own),
		FILE_TEST(test_file_replace__keeps_the_old_bytes_where_it_fails),
		FILE_TEST(test_file_write__reports_a_full_device),
		FILE_TEST(test_file_write__is_not_content_with_a_short_write),
		FILE_TEST(test_file_make_directories__makes_each_once),
		FILE_TEST(test_file_make_directories__refuses_a_file_in_the_way),
		FILE_TEST(test_file_open_beneath__stays_below),
		FILE_TEST(test_file_remove_tree__removes_all_but_what_links_name),
		FILE_TEST(test_file_remove_tree__missing_is_success),
		FILE_TEST(test_file_remove_tree__refuses_what_has_no_name),
		FILE_TEST(test_file_remove_tree__bears_any_depth),
		FILE_TEST(test_file_remove_tree__removes_many_entries),
		FILE_TEST(test_file_remove_tree__stops_at_a_bind_mount),
		FILE_TEST(test_file_next__returns_each_name_but_the_two_of_dots),
		FILE_TEST(test_file_remove_tree__takes_no_link_on_the_way),
		FILE_TEST(test_file_empty_directory__empties_what_is_held),
		FILE_TEST(test_file_remove_held__leaves_what_is_not_empty),
		cmocka_unit_test(test_string_format__formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
