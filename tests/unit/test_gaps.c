/* Gaps between samples: their definition, and what is stored. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/gaps.h"
#include "util/clock.h"
#include "util/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
	char path[64];
	int fd;
	struct spool *spool;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	if (!fixture)
		return 1;
	strncpy(fixture->path, "/tmp/test-gaps-XXXXXX", sizeof(fixture->path) - 1);
	if (!mkdtemp(fixture->path))
		return 1;
	fixture->fd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fixture->fd < 0 || spool_create(fixture->fd, "spool", &fixture->spool, NULL) < 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	int r = spool_remove(&fixture->spool, NULL);

	if (r == 0)
		r = file_remove_tree(AT_FDCWD, fixture->path, NULL);
	close(fixture->fd);
	free(fixture);
	return r;
}

static struct gaps at_rate(double rate_hz)
{
	return gaps_new(&(struct sampler_settings){.rate_hz = rate_hz});
}

static void test_gaps_new__is_half_a_second_or_ten_periods(void **state)
{
	(void)state;
	assert_int_equal(at_rate(1000).least_ns, 500 * NS_PER_MS);
	assert_int_equal(at_rate(20).least_ns, 500 * NS_PER_MS);
	assert_int_equal(at_rate(1).least_ns, 10 * NS_PER_S);
	assert_int_equal(
		gaps_new(&(struct sampler_settings){.rate_max = true}).least_ns, 500 * NS_PER_MS);
}

static void test_gaps_add__keeps_where_each_began_and_ended(void **state)
{
	const struct fixture *fixture = *state;
	const struct sample first[] = {{1000 * NS_PER_MS, 7}, {1001 * NS_PER_MS, 7},
		{1501 * NS_PER_MS, 8}, {2000 * NS_PER_MS, 8}};
	const struct sample second[] = {{5000 * NS_PER_MS, 9}};
	struct gaps gaps = at_rate(1000);
	struct sample kept[3];
	size_t n;

	assert_int_equal(gaps_add(&gaps, fixture->spool, first, 4, NULL), 0);
	/* also between two calls */
	assert_int_equal(gaps_add(&gaps, fixture->spool, second, 1, NULL), 0);
	assert_int_equal(gaps.n, 2);
	assert_int_equal(gaps.longest_ns, 3 * NS_PER_S);
	assert_int_equal(gaps.total_ns, 3500 * NS_PER_MS);
	assert_int_equal(
		series_read(spool_find(fixture->spool, SPOOL_GAPS), 0, kept, 3, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_int_equal(kept[0].time_ns, 1001 * NS_PER_MS);
	assert_int_equal(kept[0].value, 1501 * NS_PER_MS);
	assert_int_equal(kept[1].time_ns, 2000 * NS_PER_MS);
	assert_int_equal(kept[1].value, 5000 * NS_PER_MS);
}

static void test_gaps_add__without_one_there_is_no_series(void **state)
{
	const struct fixture *fixture = *state;
	const struct sample samples[] = {{7 * NS_PER_S, 1}, {7499 * NS_PER_MS, 1}};
	struct gaps gaps = at_rate(1000);

	assert_int_equal(gaps_add(&gaps, fixture->spool, samples, 2, NULL), 0);
	assert_int_equal(gaps.n, 0);
	assert_null(spool_find(fixture->spool, SPOOL_GAPS));
}

#define WITH_SPOOL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void test_gaps_describe__the_longest_and_how_many(void **state)
{
	struct gaps gaps = {.n = 0};
	char text[128] = "before";

	(void)state;
	gaps_describe(&gaps, text, sizeof(text));
	assert_string_equal(text, "");
	gaps = (struct gaps){.n = 1, .longest_ns = 1200000000, .total_ns = 1200000000};
	gaps_describe(&gaps, text, sizeof(text));
	assert_string_equal(text, "nothing was sampled for up to 1.20 s (1 gap)");
	gaps.n = 2;
	gaps_describe(&gaps, text, sizeof(text));
	assert_string_equal(text, "nothing was sampled for up to 1.20 s (2 gaps)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gaps_new__is_half_a_second_or_ten_periods),
		WITH_SPOOL(test_gaps_add__keeps_where_each_began_and_ended),
		WITH_SPOOL(test_gaps_add__without_one_there_is_no_series),
		cmocka_unit_test(test_gaps_describe__the_longest_and_how_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
