/* Seals: flips every bit of a small file in turn. */

#include "runner/store/seal.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

#define CONTENT "numbers\n"
/* printf 'numbers\n' | sha256sum */
#define SEAL                                                                                       \
	"memcg-run sha256 "                                                                        \
	"587ea6b5769c9ae4c68002a88745c7ea233a2ef98d504a125491b8896c070ee0\n"
#define WORDS "memcg-run sha256 "

static int make_file(const char *content)
{
	int fd = memfd_create("seal", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(file_write_fd(fd, content, strlen(content)), 0);
	return fd;
}

static void test_seal_append__says_what_stands_before_it(void **state)
{
	CLEANUP(cleanup_close) int fd = make_file(CONTENT);
	char text[sizeof(CONTENT SEAL)] = "";

	(void)state;
	assert_int_equal(seal_append(fd, "a", NULL), 0);
	assert_int_equal(pread(fd, text, sizeof(text), 0), strlen(CONTENT SEAL));
	assert_string_equal(text, CONTENT SEAL);
	assert_int_equal(seal_check(fd, "a", NULL), 0);
}

static void test_seal_check__finds_every_bit_that_is_turned(void **state)
{
	CLEANUP(cleanup_close) int fd = make_file(CONTENT SEAL);
	const size_t length = strlen(CONTENT SEAL);

	(void)state;
	for (size_t bit = 0; bit < 8 * length; bit++) {
		const size_t at = bit / 8;
		/*
		 * In the words themselves a flip leaves a file without a seal, with intact content.
		 */
		const bool in_words = at >= strlen(CONTENT) && at < strlen(CONTENT) + strlen(WORDS);
		struct error error = ERROR_INIT;
		char right = (CONTENT SEAL)[at], wrong = (char)(right ^ 1 << bit % 8);

		assert_int_equal(pwrite(fd, &wrong, 1, (off_t)at), 1);
		assert_int_equal(seal_check(fd, "results.h5", &error), in_words ? 1 : -EBADMSG);
		if (!in_words)
			assert_non_null(strstr(error.text, "results.h5 is damaged"));
		assert_int_equal(pwrite(fd, &right, 1, (off_t)at), 1);
	}
	assert_int_equal(seal_check(fd, "results.h5", NULL), 0);
}

static void test_seal_check__bytes_that_were_put_in_or_taken_out(void **state)
{
	CLEANUP(cleanup_close) int longer = make_file("more " CONTENT SEAL);
	CLEANUP(cleanup_close) int shorter = make_file(SEAL);

	(void)state;
	assert_int_equal(seal_check(longer, "a", NULL), -EBADMSG);
	assert_int_equal(seal_check(shorter, "a", NULL), -EBADMSG);
}

/* From another program or an older version, or deliberately changed. */
static void test_seal_check__a_file_without_one_is_told_apart(void **state)
{
	CLEANUP(cleanup_close) int empty = make_file("");
	CLEANUP(cleanup_close) int without = make_file(CONTENT);
	CLEANUP(cleanup_close) int behind = make_file(CONTENT SEAL "more");

	(void)state;
	assert_int_equal(seal_check(empty, "a", NULL), 1);
	assert_int_equal(seal_check(without, "a", NULL), 1);
	assert_int_equal(seal_check(behind, "a", NULL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seal_append__says_what_stands_before_it),
		cmocka_unit_test(test_seal_check__finds_every_bit_that_is_turned),
		cmocka_unit_test(test_seal_check__bytes_that_were_put_in_or_taken_out),
		cmocka_unit_test(test_seal_check__a_file_without_one_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
