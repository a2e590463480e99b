/* The manifest of an image's tree, and its differences. */

#include "runner/container/image_manifest.h"
#include "tests/unit/container_fixture.h"
#include "util/text.h"

#include <sys/stat.h>

/*
 * tree/ with a folder, names that sort before and after its content, a link, and a folder closed to
 * others.
 */
static int tree_setup(void **state)
{
	struct fixture *fixture;

	assert_int_equal(fixture_setup(state), 0);
	fixture = *state;
	fixture_directory(fixture, "tree/usr/bin");
	fixture_directory(fixture, "tree/root");
	fixture_file(fixture, "tree/usr/bin/x", "12345");
	fixture_file(fixture, "tree/usr/bin-2", "1");
	fixture_file(fixture, "tree/usr/a b", "");
	fixture_file(fixture, "tree/root/.history", "");
	assert_int_equal(symlinkat("bin/x", fixture->fd, "tree/usr/link"), 0);
	assert_int_equal(fchmodat(fixture->fd, "tree/root", 0700, 0), 0);
	return 0;
}

static char *make(const struct fixture *fixture, size_t *ret_length)
{
	CLEANUP(cleanup_free) char *root = string_format("%s/tree", fixture->path);
	struct error error = ERROR_INIT;
	char *text;

	if (image_manifest_make(root, &text, ret_length, &error) < 0)
		fail_msg("%s", error.text);
	return text;
}

static void test_image_manifest_make__has_each_entry_in_order(void **state)
{
	static const char *const paths[] = {
		".", "root", "usr", "usr/a b", "usr/bin", "usr/bin/x", "usr/bin-2", "usr/link"};
	static const struct timespec times[] = {
		{.tv_sec = 7}, {.tv_sec = 1700000000, .tv_nsec = 5}};
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *expected = NULL;
	CLEANUP(cleanup_free) char *text = NULL;
	const char *entry;
	size_t length;

	assert_int_equal(fchmodat(fixture->fd, "tree/usr/bin/x", 04755, 0), 0);
	assert_int_equal(utimensat(fixture->fd, "tree/usr/bin/x", times, 0), 0);
	expected = string_format(
		"f 4755 %u %u 5 1700000000.000000005 usr/bin/x", geteuid(), getegid());
	text = make(fixture, &length);
	entry = text;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *path = entry + strlen(entry) - strlen(paths[i]);

		assert_true(entry < text + length);
		assert_string_equal(path, paths[i]);
		assert_int_equal(path[-1], ' ');
		if (i == 5)
			assert_string_equal(entry, expected);
		/* A folder's size and time are omitted. */
		if (i == 4)
			assert_non_null(strstr(entry, " 0 0.000000000 usr/bin"));
		entry += strlen(entry) + 1;
	}
	assert_ptr_equal(entry, text + length);
}

static void test_image_manifest_make__is_the_same_while_nothing_changes(void **state)
{
	CLEANUP(cleanup_free) char *first = NULL;
	CLEANUP(cleanup_free) char *second = NULL;
	size_t first_length, second_length;

	first = make(*state, &first_length);
	/* The content of a closed folder is omitted. */
	fixture_file(*state, "tree/root/.other", "");
	second = make(*state, &second_length);
	assert_int_equal(first_length, second_length);
	assert_memory_equal(first, second, first_length);
	assert_null(image_manifest_change(first, first_length, second, second_length));
}

/* Compares the current tree with `then`. */
static void assert_change(
	const struct fixture *fixture, const char *then, size_t length, const char *expected)
{
	CLEANUP(cleanup_free) char *now = NULL;
	CLEANUP(cleanup_free) char *sentence = NULL;
	size_t now_length;

	now = make(fixture, &now_length);
	sentence = image_manifest_change(then, length, now, now_length);
	assert_non_null(sentence);
	assert_string_equal(sentence, expected);
}

static void test_image_manifest_change__names_what_is_missing_new_or_another(void **state)
{
	static const struct timespec then[] = {{.tv_sec = 7}, {.tv_sec = 8}};
	static const struct timespec now[] = {{.tv_sec = 7}, {.tv_sec = 9, .tv_nsec = 1}};
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *before = NULL;
	size_t length;

	assert_int_equal(utimensat(fixture->fd, "tree/usr/bin-2", then, 0), 0);
	before = make(fixture, &length);
	assert_int_equal(utimensat(fixture->fd, "tree/usr/bin-2", now, 0), 0);
	assert_change(fixture, before, length,
		"the time of usr/bin-2 was 8.000000000 and is 9.000000001");
	fixture_file(fixture, "tree/usr/bin-2", "12");
	assert_change(fixture, before, length, "the size of usr/bin-2 was 1 and is 2");
	assert_int_equal(fchmodat(fixture->fd, "tree/usr/bin-2", 0600, 0), 0);
	assert_change(fixture, before, length, "the mode of usr/bin-2 was 0644 and is 0600");
	/* before the changed entry: the folder's content */
	assert_int_equal(unlinkat(fixture->fd, "tree/usr/bin/x", 0), 0);
	assert_change(fixture, before, length, "usr/bin/x is missing");
	fixture_file(fixture, "tree/usr/a\nc", "");
	assert_change(fixture, before, length, "usr/a c was added");
	assert_int_equal(unlinkat(fixture->fd, "tree/usr/a b", 0), 0);
	assert_int_equal(mkdirat(fixture->fd, "tree/usr/a b", 0755), 0);
	assert_int_equal(unlinkat(fixture->fd, "tree/usr/a\nc", 0), 0);
	assert_change(fixture, before, length, "the type of usr/a b was f and is d");
}

static void test_image_manifest_change__at_the_end_of_either(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *before = NULL;
	CLEANUP(cleanup_free) char *sentence = NULL;
	size_t length;

	before = make(fixture, &length);
	assert_change(fixture, before, length - strlen("link") - 1, "usr/link was added");
	sentence = image_manifest_change(before, length, before, 0);
	assert_string_equal(sentence, ". is missing");
	assert_int_equal(unlinkat(fixture->fd, "tree/usr/link", 0), 0);
	assert_change(fixture, before, length, "usr/link is missing");
}

static void test_image_manifest_make__names_a_tree_that_is_not_there(void **state)
{
	struct error error = ERROR_INIT;
	char *text = NULL;
	size_t length;

	(void)state;
	assert_int_equal(image_manifest_make("/no/such/tree", &text, &length, &error), -ENOENT);
	assert_non_null(strstr(error.text, "/no/such/tree"));
	assert_null(text);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, tree_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_image_manifest_make__has_each_entry_in_order),
		TEST(test_image_manifest_make__is_the_same_while_nothing_changes),
		TEST(test_image_manifest_make__names_a_tree_that_is_not_there),
		TEST(test_image_manifest_change__names_what_is_missing_new_or_another),
		TEST(test_image_manifest_change__at_the_end_of_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
