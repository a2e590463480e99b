#include "util/digest.h"

#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* SHA-256 of nothing and of "abc": from the examples of FIPS 180-4. */
#define DIGEST_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define DIGEST_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
/* A million times "a", from the same examples. */
#define DIGEST_OF_MILLION "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

struct fixture {
	char path[64];
	int fd;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	umask(022);
	strcpy(fixture->path, "/tmp/memcg-run-test-digest-XXXXXX");
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

/* tree/{a/b, a-b, link}: "a-b" stands between "a" and "a/b" in byte order. */
static void make_tree(int fd, const char *name)
{
	int tree_fd;

	assert_int_equal(mkdirat(fd, name, 0755), 0);
	tree_fd = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(tree_fd >= 0);
	assert_int_equal(mkdirat(tree_fd, "a", 0700), 0);
	assert_int_equal(file_write(tree_fd, "a/b", "abc", 3, 0644, NULL), 0);
	assert_int_equal(file_write(tree_fd, "a-b", "", 0, 0600, NULL), 0);
	assert_int_equal(symlinkat("a/b", tree_fd, "link"), 0);
	close(tree_fd);
}

static void test_digest_data__known_answers(void **state)
{
	char text[DIGEST_TEXT_SIZE];

	(void)state;
	digest_data("", 0, text);
	assert_string_equal(text, DIGEST_OF_NOTHING);
	digest_data("abc", 3, text);
	assert_string_equal(text, DIGEST_OF_ABC);
}

static void test_digest_file__known_answers(void **state)
{
	const struct fixture *fixture = *state;
	char text[DIGEST_TEXT_SIZE];
	char *million = malloc(1000000);

	memset(million, 'a', 1000000);
	assert_int_equal(file_write(fixture->fd, "abc", "abc", 3, 0600, NULL), 0);
	assert_int_equal(file_write(fixture->fd, "million", million, 1000000, 0600, NULL), 0);
	assert_int_equal(digest_file(fixture->fd, "abc", text, NULL), 0);
	assert_string_equal(text, DIGEST_OF_ABC);
	assert_int_equal(digest_file(fixture->fd, "million", text, NULL), 0);
	assert_string_equal(text, DIGEST_OF_MILLION);
	free(million);
}

static void test_digest_file__leaves_output_alone_on_failure(void **state)
{
	const struct fixture *fixture = *state;
	struct error error = ERROR_INIT;
	char text[DIGEST_TEXT_SIZE] = "untouched";

	assert_int_equal(digest_file(fixture->fd, "none", text, &error), -ENOENT);
	assert_string_equal(error.text, "cannot open none: No such file or directory");
	assert_int_equal(digest_file(fixture->fd, ".", text, NULL), -EISDIR);
	assert_int_equal(digest_tree(fixture->fd, "none", text, NULL), -ENOENT);
	assert_string_equal(text, "untouched");
}

/*
 * The bytes defined in digest.h, written by hand; only the owner is taken from the test's process.
 */
static void test_digest_tree__digests_what_the_header_says(void **state)
{
	const struct fixture *fixture = *state;
	char owner[32];
	char bytes[1024];
	char expected[DIGEST_TEXT_SIZE];
	char text[DIGEST_TEXT_SIZE];
	int length;

	snprintf(owner, sizeof(owner), "%u %u", getuid(), getgid());
	length = snprintf(bytes, sizeof(bytes),
		"d 0755 %s %c.%c"
		"d 0700 %s %ca%c"
		"f 0600 %s " DIGEST_OF_NOTHING "%ca-b%c"
		"f 0644 %s " DIGEST_OF_ABC "%ca/b%c"
		"l 0777 %s a/b%clink%c",
		owner, 0, 0, owner, 0, 0, owner, 0, 0, owner, 0, 0, owner, 0, 0);
	digest_data(bytes, (size_t)length, expected);

	make_tree(fixture->fd, "tree");
	assert_int_equal(digest_tree(fixture->fd, "tree", text, NULL), 0);
	assert_string_equal(text, expected);
}

static void test_digest_tree__equal_trees_are_equal(void **state)
{
	const struct fixture *fixture = *state;
	char first[DIGEST_TEXT_SIZE];
	char second[DIGEST_TEXT_SIZE];

	make_tree(fixture->fd, "one");
	make_tree(fixture->fd, "two");
	assert_int_equal(digest_tree(fixture->fd, "one", first, NULL), 0);
	assert_int_equal(digest_tree(fixture->fd, "two", second, NULL), 0);
	assert_string_equal(first, second);
}

static void assert_changes(const struct fixture *fixture, char last[DIGEST_TEXT_SIZE])
{
	char text[DIGEST_TEXT_SIZE];

	assert_int_equal(digest_tree(fixture->fd, "tree", text, NULL), 0);
	assert_string_not_equal(text, last);
	memcpy(last, text, sizeof(text));
}

static void test_digest_tree__every_part_matters(void **state)
{
	const struct fixture *fixture = *state;
	char last[DIGEST_TEXT_SIZE];
	int fd = fixture->fd;

	make_tree(fd, "tree");
	assert_int_equal(digest_tree(fd, "tree", last, NULL), 0);
	assert_int_equal(file_write(fd, "tree/a/b", "abd", 3, 0644, NULL), 0);
	assert_changes(fixture, last);
	assert_int_equal(fchmodat(fd, "tree/a/b", 0755, 0), 0);
	assert_changes(fixture, last);
	assert_int_equal(fchmodat(fd, "tree", 0750, 0), 0);
	assert_changes(fixture, last);
	assert_int_equal(renameat(fd, "tree/a-b", fd, "tree/a/c"), 0);
	assert_changes(fixture, last);
	assert_int_equal(mkfifoat(fd, "tree/pipe", 0600), 0);
	assert_changes(fixture, last);
	assert_int_equal(unlinkat(fd, "tree/link", 0), 0);
	assert_int_equal(symlinkat("a", fd, "tree/link"), 0);
	assert_changes(fixture, last);
}

/* By path: the descriptor opened before unshare() shows the old namespace's mounts. */
static void test_digest_tree__does_not_enter_a_mount(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *source = string_format("%s/other", fixture->path);
	CLEANUP(cleanup_free) char *tree = string_format("%s/tree", fixture->path);
	CLEANUP(cleanup_free) char *target = string_format("%s/tree/a", fixture->path);
	char before[DIGEST_TEXT_SIZE];
	char after[DIGEST_TEXT_SIZE];

	if (unshare(CLONE_NEWNS) < 0)
		skip();
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	make_tree(fixture->fd, "tree");
	make_tree(fixture->fd, "other");
	assert_int_equal(mount(source, target, NULL, MS_BIND, NULL), 0);
	assert_int_equal(digest_tree(AT_FDCWD, tree, before, NULL), 0);
	assert_int_equal(file_write(fixture->fd, "other/new", "x", 1, 0600, NULL), 0);
	assert_int_equal(digest_tree(AT_FDCWD, tree, after, NULL), 0);
	assert_int_equal(umount(target), 0);
	assert_string_equal(before, after);
}

/* Whether the first page of an open file is in the page cache. */
static bool first_page_is_cached(int fd)
{
	void *memory = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	unsigned char page = 0;

	assert_true(memory != MAP_FAILED);
	assert_int_equal(mincore(memory, 1, &page), 0);
	munmap(memory, 1);
	return page & 1;
}

static void test_digest_file__leaves_the_page_cache_as_it_was(void **state)
{
	/* Not in /tmp, which may be a tmpfs: its files are always there. */
	char path[] = "/var/tmp/memcg-run-test-digest-XXXXXX";
	char digest[DIGEST_TEXT_SIZE];
	CLEANUP(cleanup_close) int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(digest_file(AT_FDCWD, path, digest, NULL), 0);
	assert_true(first_page_is_cached(fd));

	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	if (first_page_is_cached(fd))
		skip();
	assert_int_equal(digest_file(AT_FDCWD, path, digest, NULL), 0);
	assert_string_equal(digest, DIGEST_OF_ABC);
	assert_false(first_page_is_cached(fd));
}

int main(void)
{
#define DIGEST_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest_data__known_answers),
		cmocka_unit_test(test_digest_file__leaves_the_page_cache_as_it_was),
		DIGEST_TEST(test_digest_file__known_answers),
		DIGEST_TEST(test_digest_file__leaves_output_alone_on_failure),
		DIGEST_TEST(test_digest_tree__digests_what_the_header_says),
		DIGEST_TEST(test_digest_tree__equal_trees_are_equal),
		DIGEST_TEST(test_digest_tree__every_part_matters),
		DIGEST_TEST(test_digest_tree__does_not_enter_a_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
