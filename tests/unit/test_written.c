/* What is kept of a writable working directory: needs root for what an overlay leaves, but neither an overlay nor a cgroup. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/written.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define NO_LIMIT ((struct amount){.kind = AMOUNT_MAX})
#define KEPT "run/written/000042/files/"

struct fixture {
	char path[64];
	int fd; /* of a folder with upper/ and run/ */
	int upper_fd;
	int run_fd;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	assert_non_null(fixture);
	strcpy(fixture->path, "/tmp/test-written-XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	fixture->fd = open(fixture->path, O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(fixture->fd, "upper", 0755), 0);
	assert_int_equal(mkdirat(fixture->fd, "run", 0755), 0);
	fixture->upper_fd = openat(fixture->fd, "upper", O_DIRECTORY | O_CLOEXEC);
	fixture->run_fd = openat(fixture->fd, "run", O_DIRECTORY | O_CLOEXEC);
	assert_true(fixture->upper_fd >= 0 && fixture->run_fd >= 0);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->upper_fd);
	close(fixture->run_fd);
	close(fixture->fd);
	assert_int_equal(file_remove_tree(AT_FDCWD, fixture->path, NULL), 0);
	free(fixture);
	return 0;
}

static void put(const struct fixture *fixture, const char *name, const char *text)
{
	assert_int_equal(file_write(fixture->upper_fd, name, text, strlen(text), 0644, NULL), 0);
}

static void assert_kept(const struct fixture *fixture, const char *path, const char *expected)
{
	CLEANUP(cleanup_free) char *text = NULL;

	assert_int_equal(file_read(fixture->fd, path, 1 << 20, &text, NULL, NULL), 0);
	assert_string_equal(text, expected);
}

static bool exists(const struct fixture *fixture, const char *path)
{
	return faccessat(fixture->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_written_keep__files_are_kept_with_their_folders(void **state)
{
	const struct fixture *fixture = *state;
	struct stat status;

	assert_int_equal(mkdirat(fixture->upper_fd, "a", 0700), 0);
	put(fixture, "a/file", "text");
	put(fixture, "run", "x");
	assert_int_equal(fchmodat(fixture->upper_fd, "run", 04755, 0), 0);
	assert_int_equal(written_keep(fixture->upper_fd, fixture->run_fd, 42, NO_LIMIT, NULL), 0);
	assert_kept(fixture, KEPT "a/file", "text");
	assert_int_equal(fstatat(fixture->fd, KEPT "run", &status, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0755);
	assert_false(exists(fixture, "run/written/000042/left-out.txt"));
}

static void test_written_keep__links_and_special_files_are_only_named(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(symlinkat("/etc/passwd", fixture->upper_fd, "link"), 0);
	assert_int_equal(mkfifoat(fixture->upper_fd, "fifo\n", 0644), 0);
	assert_int_equal(written_keep(fixture->upper_fd, fixture->run_fd, 42, NO_LIMIT, NULL), 0);
	assert_false(exists(fixture, KEPT "link"));
	assert_false(exists(fixture, KEPT "fifo\n"));
	if (faccessat(fixture->fd, "run/written/000042/left-out.txt", R_OK, 0) == 0) {
		CLEANUP(cleanup_free) char *text = NULL;

		assert_int_equal(file_read(fixture->fd, "run/written/000042/left-out.txt", 4096,
					 &text, NULL, NULL),
			0);
		assert_non_null(strstr(text, "link link -> /etc/passwd\n"));
		assert_non_null(strstr(text, "special fifo \n"));
	} else {
		fail_msg("no left-out.txt");
	}
}

static void test_written_keep__a_whiteout_is_a_removed_file(void **state)
{
	const struct fixture *fixture = *state;

	if (mknodat(fixture->upper_fd, "gone", S_IFCHR | 0600, makedev(0, 0)) < 0)
		skip();
	assert_int_equal(written_keep(fixture->upper_fd, fixture->run_fd, 42, NO_LIMIT, NULL), 0);
	assert_kept(fixture, "run/written/000042/left-out.txt", "removed gone\n");
}

/* What is only renamed or has another mode must not be kept as a file of zeros (overlayfs.rst, "metadata only copy up"). */
static void test_written_keep__what_has_no_content_of_its_own_is_only_named(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close)
	int fd = openat(fixture->upper_fd, "meta", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int folder_fd;

	assert_int_equal(ftruncate(fd, 4096), 0);
	if (fsetxattr(fd, "trusted.overlay.metacopy", "", 0, 0) < 0)
		skip();
	assert_int_equal(mkdirat(fixture->upper_fd, "moved", 0755), 0);
	folder_fd = openat(fixture->upper_fd, "moved", O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fsetxattr(folder_fd, "trusted.overlay.redirect", "sub", 3, 0), 0);
	close(folder_fd);
	assert_int_equal(written_keep(fixture->upper_fd, fixture->run_fd, 42, NO_LIMIT, NULL), 0);
	assert_false(exists(fixture, KEPT "meta"));
	{
		CLEANUP(cleanup_free) char *text = NULL;

		assert_int_equal(file_read(fixture->fd, "run/written/000042/left-out.txt", 4096,
					 &text, NULL, NULL),
			0);
		assert_non_null(strstr(text, "unchanged meta, but for its name or its mode\n"));
		assert_non_null(
			strstr(text, "renamed moved, from sub: of it only what was written\n"));
	}
}

static void test_written_keep__a_hole_stays_one(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_close)
	int fd = openat(fixture->upper_fd, "hole", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	struct stat status;

	assert_int_equal(ftruncate(fd, (off_t)1 << 36), 0);
	assert_int_equal(pwrite(fd, "x", 1, (off_t)1 << 35), 1);
	assert_int_equal(written_keep(fixture->upper_fd, fixture->run_fd, 42, NO_LIMIT, NULL), 0);
	assert_int_equal(fstatat(fixture->fd, KEPT "hole", &status, 0), 0);
	assert_int_equal(status.st_size, (off_t)1 << 36);
	assert_true(status.st_blocks < 1024);
}

static void test_written_keep__more_than_allowed_is_not_kept(void **state)
{
	const struct fixture *fixture = *state;
	struct error error = ERROR_INIT;

	put(fixture, "file", "12345");
	assert_int_equal(written_keep(fixture->upper_fd, fixture->run_fd, 42,
				 (struct amount){.kind = AMOUNT_NUMBER, .number = 4}, &error),
		-EOVERFLOW);
	assert_non_null(strstr(error.text, "backends.files_max"));
	assert_false(exists(fixture, "run/written"));
}

/* It was killed while it was kept: what is there is left as it is. */
static void test_written_keep__a_trial_that_is_run_again_has_another_folder(void **state)
{
	const struct fixture *fixture = *state;

	put(fixture, "file", "first");
	assert_int_equal(written_keep(fixture->upper_fd, fixture->run_fd, 42, NO_LIMIT, NULL), 0);
	put(fixture, "file", "second");
	assert_int_equal(written_keep(fixture->upper_fd, fixture->run_fd, 42, NO_LIMIT, NULL), 0);
	assert_kept(fixture, KEPT "file", "first");
	assert_kept(fixture, "run/written/000042-2/files/file", "second");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_written_keep__files_are_kept_with_their_folders),
		TEST(test_written_keep__links_and_special_files_are_only_named),
		TEST(test_written_keep__a_whiteout_is_a_removed_file),
		TEST(test_written_keep__what_has_no_content_of_its_own_is_only_named),
		TEST(test_written_keep__a_hole_stays_one),
		TEST(test_written_keep__more_than_allowed_is_not_kept),
		TEST(test_written_keep__a_trial_that_is_run_again_has_another_folder),
	};

	return cmocka_run_group_tests_name("written", tests, NULL, NULL);
}
