/* Where a run's folder is, in a line. */

#include "tests/unit/folder_fixture.h"

#include "runner/run/run_place.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

static void test_run_place_parse__takes_what_was_formatted(void **state)
{
	const char *folder = *state;
	CLEANUP(cleanup_close) int fd = open(folder, O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_close) int found_fd = -1;
	CLEANUP(cleanup_free) char *text = NULL;
	const struct run_owner owner = {.uid = 1311, .gid = 1312};
	struct run_place place;

	assert_int_equal(run_place_format(fd, folder, &owner, 2, &text, NULL), 0);
	assert_int_equal(run_place_parse(text, &place, NULL), 0);
	assert_int_equal(place.owner.uid, 1311);
	assert_int_equal(place.owner.gid, 1312);
	assert_int_equal(place.n_above, 2);
	assert_string_equal(place.path, folder);
	assert_int_equal(run_place_open(&place, &found_fd, NULL), 0);
}

static void test_run_place_parse__a_path_may_have_blanks_and_newlines(void **state)
{
	struct run_place place;

	(void)state;
	assert_int_equal(run_place_parse("1 2 3 4 0 /a b\n c", &place, NULL), 0);
	assert_int_equal(place.device, 1);
	assert_int_equal(place.inode, 2);
	assert_string_equal(place.path, "/a b\n c");
}

static void test_run_place_parse__refuses_what_is_no_place(void **state)
{
	static const char *const texts[] = {"", "/a", "1 2 3 4 /a", "1 2 3 4 5 a", "1 2 3 4 5 ",
		"-1 2 3 4 5 /a", "1 2 3 4 5 6 /a", "1 2 4294967295 4 5 /a", "1 2 3 4 4097 /a",
		"18446744073709551616 2 3 4 5 /a", "1  2 3 4 5 /a"};
	struct run_place place;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (run_place_parse(texts[i], &place, NULL) != -EBADMSG)
			fail_msg("\"%s\" is taken", texts[i]);
}

static void test_run_place_open__refuses_another_folder_at_the_path(void **state)
{
	const char *folder = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/run", folder);
	CLEANUP(cleanup_free) char *moved = string_format("%s/moved", folder);
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_close) int fd = -1;
	const struct run_owner nobody = {.uid = 0};
	struct error error = ERROR_INIT;
	struct run_place place;
	int found_fd;

	assert_int_equal(mkdir(path, 0700), 0);
	fd = open(path, O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(run_place_format(fd, path, &nobody, 0, &text, NULL), 0);
	assert_int_equal(run_place_parse(text, &place, NULL), 0);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(run_place_open(&place, &found_fd, NULL), -ENOENT);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(run_place_open(&place, &found_fd, &error), -ESTALE);
	assert_non_null(strstr(error.text, "is not the folder that the run made"));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink(moved, path), 0);
	assert_int_equal(run_place_open(&place, &found_fd, NULL), -ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(test_run_place_parse__takes_what_was_formatted),
		cmocka_unit_test(test_run_place_parse__a_path_may_have_blanks_and_newlines),
		cmocka_unit_test(test_run_place_parse__refuses_what_is_no_place),
		in_folder(test_run_place_open__refuses_another_folder_at_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
