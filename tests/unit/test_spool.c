/* The spool: a trial's samples on disk. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/spool.h"
#include "tests/unit/forked.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

struct fixture {
	char path[64];
	int fd;
	struct spool *spool;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct error error = ERROR_INIT;

	assert_non_null(fixture);
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/test-spool-XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	fixture->fd = open(fixture->path, O_DIRECTORY | O_CLOEXEC);
	assert_true(fixture->fd >= 0);
	assert_int_equal(spool_create(fixture->fd, "spool", &fixture->spool, &error), 0);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(spool_remove(&fixture->spool, NULL), 0);
	assert_int_equal(close(fixture->fd), 0);
	assert_int_equal(rmdir(fixture->path), 0); /* nothing of the spool remains */
	free(fixture);
	return 0;
}

static struct series *series_of(struct fixture *fixture, const char *name)
{
	struct series *series = NULL;
	struct error error = ERROR_INIT;

	if (spool_series(fixture->spool, name, &series, &error) < 0)
		fail_msg("%s", error.text);
	return series;
}

static void append(struct series *series, uint64_t time_ns, uint64_t value)
{
	struct sample sample = {.time_ns = time_ns, .value = value};

	assert_int_equal(series_append(series, &sample, 1, NULL), 0);
}

/* ---- names */

static void test_spool_series__the_same_name_is_the_same_series(void **state)
{
	struct fixture *fixture = *state;
	struct series *first = series_of(fixture, "psutil.rss_bytes");

	assert_ptr_equal(series_of(fixture, "psutil.rss_bytes"), first);
	assert_ptr_not_equal(series_of(fixture, "psutil.uss_bytes"), first);
	assert_int_equal(spool_n_series(fixture->spool), 2);
	assert_string_equal(series_name(spool_series_at(fixture->spool, 1)), "psutil.uss_bytes");
}

static void test_spool_series__rejects_names_that_are_no_link(void **state)
{
	static const char *const names[] = {"", ".", "/", "a/b", "../../etc/x", "a\nb", "a\x7f",
		"a234567890123456789012345678901234567890123456789012345678901234"};
	struct fixture *fixture = *state;
	struct series *series = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(spool_series(fixture->spool, names[i], &series, NULL), -EINVAL);
	assert_null(series);
	assert_int_equal(spool_n_series(fixture->spool), 0);
	/* 63 bytes are the maximum. */
	series_of(fixture, "a23456789012345678901234567890123456789012345678901234567890123");
}

static void test_spool_metric__rejects_the_runners_own_names(void **state)
{
	static const char *const names[] = {"reference", "truth", "oracle", "oracle.user_bytes",
		"reference.current_bytes", "truth.bytes", "reference.stat.anon_bytes",
		"reference.pressure.some_avg10"};
	struct fixture *fixture = *state;
	struct series *series = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(spool_metric(fixture->spool, names[i], &series, NULL), -EINVAL);
	assert_null(series);
	assert_int_equal(spool_metric(fixture->spool, "references", &series, NULL), 0);
	assert_string_equal(series_name(series), "references");
}

static void test_spool_series__a_task_may_not_invent_names_without_end(void **state)
{
	struct fixture *fixture = *state;
	struct series *series = NULL;
	struct error error = ERROR_INIT;
	char name[16];

	for (unsigned i = 0; i < SPOOL_MAX_SERIES; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		series_of(fixture, name);
	}
	assert_int_equal(spool_series(fixture->spool, "more", &series, &error), -ENOSPC);
	assert_string_equal(error.text, "more than 256 series in one trial, the last \"more\"");
	series_of(fixture, "m255");
}

static void test_spool__an_index_says_which_file_is_whose(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length = 0;

	series_of(fixture, "reference");
	series_of(fixture, "..");
	assert_int_equal(file_read(fixture->fd, "spool/index", 4096, &text, &length, NULL), 0);
	assert_string_equal(text, "000 reference\n001 ..\n");
	assert_int_equal(faccessat(fixture->fd, "spool/001.samples", F_OK, 0), 0);
}

static void test_spool_create__a_folder_that_exists_is_somebody_elses(void **state)
{
	struct fixture *fixture = *state;
	struct spool *spool = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(spool_create(fixture->fd, "spool", &spool, &error), -EEXIST);
	assert_string_equal(error.text, "cannot create the spool spool: File exists");
	assert_null(spool);
}

/* ---- samples */

static void test_series_read__gives_back_what_was_appended(void **state)
{
	struct fixture *fixture = *state;
	struct series *series = series_of(fixture, "reference");
	struct sample samples[100];
	size_t n = 99;

	/* Two full buffers of 4096, and some more. */
	for (uint64_t i = 0; i < 10000; i++)
		append(series, i, i * i);
	assert_int_equal(series_size(series), 10000);
	assert_int_equal(series_read(series, 8150, samples, 100, &n, NULL), 0);
	assert_int_equal(n, 100);
	for (uint64_t i = 0; i < n; i++)
		assert_int_equal(samples[i].value, (8150 + i) * (8150 + i));
	assert_int_equal(series_read(series, 9990, samples, 100, &n, NULL), 0);
	assert_int_equal(n, 10);
	assert_int_equal(samples[9].time_ns, 9999);
	assert_int_equal(series_read(series, 10000, samples, 100, &n, NULL), 0);
	assert_int_equal(n, 0);
	/* Writing can continue after reading. */
	append(series, 10000, 7);
	assert_int_equal(series_read(series, 10000, samples, 100, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(samples[0].value, 7);
}

static void test_series_append__writes_whole_buffers_as_plain_samples(void **state)
{
	struct fixture *fixture = *state;
	struct series *series = series_of(fixture, "reference");
	CLEANUP(cleanup_free) char *data = NULL;
	struct sample sample;
	size_t length = 0;

	/* 4096 samples are written at once; the next is still in the buffer. */
	for (uint64_t i = 0; i < 4097; i++)
		append(series, i, i + 5);
	assert_int_equal(
		file_read(fixture->fd, "spool/000.samples", 1 << 20, &data, &length, NULL), 0);
	assert_int_equal(length, 65536);
	memcpy(&sample, data + 4095 * 16, sizeof(sample));
	assert_int_equal(sample.time_ns, 4095);
	assert_int_equal(sample.value, 4100);
}

/* A forked_work. Fills a file system of 64 KiB in its own mount namespace. Returns 0 on success. */
static int fill_small_disk(void *context)
{
	const char *path = context;
	struct spool *spool = NULL;
	struct series *series = NULL;
	struct error error = ERROR_INIT;
	struct sample sample = {.time_ns = 1, .value = 2};
	int fd, r = 0;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", path, "tmpfs", 0, "size=65536") < 0)
		return 2;
	fd = open(path, O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || spool_create(fd, "spool", &spool, NULL) < 0 ||
		spool_series(spool, "reference", &series, NULL) < 0)
		return 3;
	for (unsigned i = 0; i < 100000 && r == 0; i++)
		r = series_append(series, &sample, 1, &error);
	if (r != -ENOSPC ||
		strcmp(error.text, "cannot write the samples of reference to spool/000.samples: "
				   "No space left on device") != 0)
		return 4;
	if (series_append(series, &sample, 1, NULL) != -ENOSPC)
		return 5;
	if (spool_remove(&spool, NULL) < 0 || faccessat(fd, "spool", F_OK, 0) == 0)
		return 6;
	return 0;
}

static void test_series_append__a_full_disk_is_reported_then_and_ever_after(void **state)
{
	struct fixture *fixture = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/disk", fixture->path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(forked_run(fill_small_disk, path), 0);
	assert_int_equal(rmdir(path), 0);
}

/* ---- windows */

static struct series_window window_of(struct series *series, uint64_t begin_ns, uint64_t end_ns)
{
	struct series_window window;

	assert_int_equal(series_window(series, begin_ns, end_ns, &window, NULL), 0);
	return window;
}

static void assert_value(struct window_value value, uint64_t time_ns, uint64_t number)
{
	assert_true(value.present);
	assert_int_equal(value.time_ns, time_ns);
	assert_int_equal(value.value, number);
}

static void test_series_window__initial_peak_and_final(void **state)
{
	struct series *series = series_of(*state, "reference");
	struct series_window window;

	append(series, 50, 900); /* larger, but before the interval */
	append(series, 90, 10);
	append(series, 110, 40);
	append(series, 120, 70);
	append(series, 130, 70);
	append(series, 200, 20);
	append(series, 201, 999); /* after */
	window = window_of(series, 100, 200);
	assert_int_equal(window.n, 4);
	assert_value(window.initial, 90, 10);
	assert_value(window.peak, 120, 70);
	assert_value(window.final, 200, 20);
}

static void test_series_window__a_reporter_that_looked_late_begins_with_its_first(void **state)
{
	struct series *series = series_of(*state, "psutil.rss_bytes");
	struct series_window window;

	append(series, 103, 40);
	append(series, 150, 30);
	window = window_of(series, 100, 200);
	assert_value(window.initial, 103, 40);
	assert_value(window.peak, 103, 40);
	assert_value(window.final, 150, 30);
}

/* GNU time has one number, at the end, which says nothing about the beginning. */
static void test_series_window__what_was_seen_at_the_end_alone_has_no_initial(void **state)
{
	struct series *series = series_of(*state, "gnu-time.maxrss_bytes");
	struct series_window window;

	append(series, 200, 70);
	window = window_of(series, 100, 200);
	assert_false(window.initial.present);
	assert_value(window.peak, 200, 70);
	assert_value(window.final, 200, 70);
}

static void test_series_window__silent_since_before_begin_has_no_peak_nor_final(void **state)
{
	struct series *series = series_of(*state, "psutil.rss_bytes");
	struct series_window window;

	append(series, 90, 10);
	append(series, 201, 30);
	window = window_of(series, 100, 200);
	assert_int_equal(window.n, 0);
	assert_value(window.initial, 90, 10);
	assert_false(window.peak.present);
	assert_false(window.final.present);
}

static void test_series_window__no_samples_have_no_values(void **state)
{
	struct series_window window = window_of(series_of(*state, "x"), 100, 200);

	assert_int_equal(window.n, 0);
	assert_false(window.initial.present);
	assert_false(window.peak.present);
	assert_false(window.final.present);
}

static void test_series_window__first_and_last_are_by_time_not_by_arrival(void **state)
{
	struct series *series = series_of(*state, "x");
	struct series_window window;

	append(series, 180, 3);
	append(series, 100, 8);
	append(series, 100, 1); /* at begin: initial, and within the interval */
	append(series, 99, 9);
	append(series, 200, 8);
	append(series, 150, 5);
	append(series, 200, 2); /* of equal times the last to arrive wins */
	window = window_of(series, 100, 200);
	assert_int_equal(window.n, 6);
	assert_value(window.initial, 100, 1);
	assert_value(window.peak, 100, 8);
	assert_value(window.final, 200, 2);
}

static void test_series_window__sees_every_block_of_a_long_series(void **state)
{
	struct series *series = series_of(*state, "x");
	struct series_window window;

	for (uint64_t i = 0; i < 20000; i++)
		append(series, i, i == 12345 ? 1000000 : i);
	window = window_of(series, 5000, 15000);
	assert_int_equal(window.n, 10001);
	assert_value(window.initial, 5000, 5000);
	assert_value(window.peak, 12345, 1000000);
	assert_value(window.final, 15000, 15000);
}

#define SPOOL_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SPOOL_TEST(test_spool_series__the_same_name_is_the_same_series),
		SPOOL_TEST(test_spool_series__rejects_names_that_are_no_link),
		SPOOL_TEST(test_spool_metric__rejects_the_runners_own_names),
		SPOOL_TEST(test_spool_series__a_task_may_not_invent_names_without_end),
		SPOOL_TEST(test_spool__an_index_says_which_file_is_whose),
		SPOOL_TEST(test_spool_create__a_folder_that_exists_is_somebody_elses),
		SPOOL_TEST(test_series_read__gives_back_what_was_appended),
		SPOOL_TEST(test_series_append__writes_whole_buffers_as_plain_samples),
		SPOOL_TEST(test_series_append__a_full_disk_is_reported_then_and_ever_after),
		SPOOL_TEST(test_series_window__initial_peak_and_final),
		SPOOL_TEST(test_series_window__a_reporter_that_looked_late_begins_with_its_first),
		SPOOL_TEST(test_series_window__what_was_seen_at_the_end_alone_has_no_initial),
		SPOOL_TEST(test_series_window__silent_since_before_begin_has_no_peak_nor_final),
		SPOOL_TEST(test_series_window__no_samples_have_no_values),
		SPOOL_TEST(test_series_window__first_and_last_are_by_time_not_by_arrival),
		SPOOL_TEST(test_series_window__sees_every_block_of_a_long_series),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
