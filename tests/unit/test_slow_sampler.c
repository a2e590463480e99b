/* The slow sampler with a real slice of this host, v1 or v2. */
#include "tests/unit/slice_fixture.h"

#include "runner/trial/slow_sampler.h"

#define MAX_ROWS 16

struct slow {
	struct fixture *fixture;
	char path[64];
	int directory_fd;
	struct spool *spool;
	struct slow_sampler *sampler;
};

static int slow_set_up(void **state)
{
	struct slow *slow = calloc(1, sizeof(*slow));
	const struct limits limits = {.memory_max_bytes = NUMBER(64 * MIB)};

	if (!slow || set_up((void **)&slow->fixture) < 0)
		return -1;
	*state = slow;
	create(slow->fixture, &limits);
	snprintf(slow->path, sizeof(slow->path), "/tmp/test-slow-XXXXXX");
	assert_non_null(mkdtemp(slow->path));
	slow->directory_fd = open(slow->path, O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(spool_create(slow->directory_fd, "spool", &slow->spool, NULL), 0);
	return 0;
}

static int slow_tear_down(void **state)
{
	struct slow *slow = *state;
	int result = tear_down((void **)&slow->fixture);

	slow_sampler_free(slow->sampler);
	assert_int_equal(spool_remove(&slow->spool, NULL), 0);
	close(slow->directory_fd);
	assert_int_equal(rmdir(slow->path), 0);
	free(slow);
	return result;
}

static void start(struct slow *slow, double rate_hz)
{
	const struct slow_sampler_options options = {
		.slice = slow->fixture->slice,
		.spool = slow->spool,
		.channels =
			{
				[SLOW_STAT] = {true, rate_hz},
				[SLOW_PRESSURE] = {is_v2(slow->fixture), rate_hz},
			},
	};
	struct error error = ERROR_INIT;

	must(slow_sampler_new(&options, &slow->sampler, &error), &error);
}

static uint64_t take(struct slow *slow)
{
	struct error error = ERROR_INIT;
	struct slow_row_numbers numbers = {.row = {UINT64_MAX}};

	must(slow_sampler_take(slow->sampler, &numbers, &error), &error);
	return numbers.row[SLOW_STAT];
}

static void serve(struct slow *slow)
{
	struct error error = ERROR_INIT;

	must(slow_sampler_serve(slow->sampler, &error), &error);
}

static size_t read_rows(struct slow *slow, const char *name, struct sample rows[MAX_ROWS])
{
	struct series *series = spool_find(slow->spool, name);
	size_t n = 0;

	if (!series)
		fail_msg("no series %s", name);
	assert_int_equal(series_read(series, 0, rows, MAX_ROWS, &n, NULL), 0);
	return n;
}

static void test_slow_sampler_new__every_key_has_its_series_before_the_first_row(void **state)
{
	struct slow *slow = *state;

	start(slow, 10);
	assert_non_null(spool_find(slow->spool, "reference.stat.anon_bytes"));
	assert_non_null(spool_find(slow->spool, "reference.stat.workingset_refault_file"));
	if (is_v2(slow->fixture)) {
		assert_non_null(spool_find(slow->spool, "reference.stat.slab_bytes"));
		assert_non_null(spool_find(slow->spool, "reference.pressure.full_total_us"));
	} else {
		assert_null(spool_find(slow->spool, "reference.stat.slab_bytes"));
		assert_null(spool_find(slow->spool, "reference.pressure.full_total_us"));
	}
	for (size_t i = 0; i < spool_n_series(slow->spool); i++)
		assert_int_equal(series_size(spool_series_at(slow->spool, i)), 0);
}

static void test_slow_sampler_new__refuses_pressure_where_there_is_none(void **state)
{
	struct slow *slow = *state;
	const struct slow_sampler_options options = {.slice = slow->fixture->slice,
		.spool = slow->spool,
		.channels = {[SLOW_PRESSURE] = {true, 0}}};
	int result = slow_sampler_new(&options, &slow->sampler, NULL);

	assert_int_equal(result, is_v2(slow->fixture) ? 0 : -EOPNOTSUPP);
}

static void test_slow_sampler_take__a_row_is_a_sample_of_each_key_with_one_time(void **state)
{
	struct slow *slow = *state;
	struct child child = child_start(slow->fixture);
	struct sample anon[MAX_ROWS], faults[MAX_ROWS];
	struct error error = ERROR_INIT;
	uint64_t before_ns, after_ns;

	start(slow, 10);
	must(slice_attach(slow->fixture->slice, child.pid, &error), &error);
	before_ns = clock_monotonic_ns();
	assert_int_equal(take(slow), 0);
	assert_true(child_does(&child, 't'));
	assert_int_equal(take(slow), 1);
	after_ns = clock_monotonic_ns();

	assert_int_equal(read_rows(slow, "reference.stat.anon_bytes", anon), 2);
	assert_int_equal(read_rows(slow, "reference.stat.pgfault", faults), 2);
	/* The child touched 8 MiB of its own in between. */
	assert_in_range(anon[1].value - anon[0].value, 8 * MIB, 9 * MIB);
	assert_true(faults[1].value > faults[0].value);
	for (size_t i = 0; i < 2; i++)
		assert_true(anon[i].time_ns == faults[i].time_ns);
	assert_true(before_ns <= anon[0].time_ns && anon[0].time_ns < anon[1].time_ns);
	assert_true(anon[1].time_ns <= after_ns);
	assert_int_equal(child_end(slow->fixture, &child), 0);
}

/* A deadline per second, 9.5 of them past: the first is served, the other eight are missed. */
static void test_slow_sampler_serve__deadlines_that_passed_are_counted_not_made_up(void **state)
{
	struct slow *slow = *state;
	struct slow_channel_stats stats;
	struct sample rows[MAX_ROWS];
	uint64_t armed_ns = clock_monotonic_ns() - 95 * NS_PER_S / 10;

	start(slow, 1);
	assert_true(slow_sampler_due_ns(slow->sampler) == UINT64_MAX);
	slow_sampler_arm(slow->sampler, armed_ns);
	assert_true(slow_sampler_due_ns(slow->sampler) == armed_ns + NS_PER_S);
	serve(slow);
	assert_true(slow_sampler_due_ns(slow->sampler) == armed_ns + 10 * NS_PER_S);
	serve(slow); /* none is due */
	assert_int_equal(read_rows(slow, "reference.stat.anon_bytes", rows), 1);
	stats = slow_sampler_stats(slow->sampler).channels[SLOW_STAT];
	assert_int_equal(stats.n_scheduled, 9);
	assert_int_equal(stats.n_missed, 8);

	/* Those at 10, 11 and 12 s had passed when it was stopped. */
	slow_sampler_stop(slow->sampler, armed_ns + 125 * NS_PER_S / 10);
	slow_sampler_stop(slow->sampler, armed_ns + 200 * NS_PER_S);
	stats = slow_sampler_stats(slow->sampler).channels[SLOW_STAT];
	assert_int_equal(stats.n_scheduled, 12);
	assert_int_equal(stats.n_missed, 11);
	assert_true(slow_sampler_due_ns(slow->sampler) == UINT64_MAX);
	serve(slow);
	assert_int_equal(take(slow), 1); /* a row at a mark is still possible */
}

/* One per second and one per ten, 9.5 s after arming: the slower one's first is still ahead. */
static void test_slow_sampler_serve__channels_have_deadlines_of_their_own(void **state)
{
	struct slow *slow = *state;
	const struct slow_sampler_options options = {
		.slice = slow->fixture->slice,
		.spool = slow->spool,
		.channels = {[SLOW_STAT] = {true, 0},
			[SLOW_PEAK] = {true, 1},
			[SLOW_PROCESSES] = {true, 0.1}},
	};
	struct slow_sampler_stats stats;
	struct sample rows[MAX_ROWS];
	uint64_t armed_ns = clock_monotonic_ns() - 95 * NS_PER_S / 10;
	struct error error = ERROR_INIT;

	must(slow_sampler_new(&options, &slow->sampler, &error), &error);
	slow_sampler_arm(slow->sampler, armed_ns);
	serve(slow);
	assert_true(slow_sampler_due_ns(slow->sampler) == armed_ns + 10 * NS_PER_S);
	assert_int_equal(read_rows(slow, "reference.peak.peak_bytes", rows), 1);
	assert_int_equal(read_rows(slow, "reference.processes.processes", rows), 0);
	assert_int_equal(read_rows(slow, "reference.stat.anon_bytes", rows), 0);
	stats = slow_sampler_stats(slow->sampler);
	assert_int_equal(stats.channels[SLOW_PEAK].n_scheduled, 9);
	assert_int_equal(stats.channels[SLOW_PEAK].n_missed, 8);
	assert_true(stats.channels[SLOW_PEAK].read_ns > 0);
	assert_true(stats.channels[SLOW_PEAK].read_ns == stats.channels[SLOW_PEAK].read_max_ns);
	assert_int_equal(stats.channels[SLOW_PROCESSES].n_scheduled, 0);
	assert_int_equal(stats.channels[SLOW_PROCESSES].read_ns, 0);

	/* The slower one has only the deadline at ten seconds. */
	slow_sampler_stop(slow->sampler, armed_ns + 125 * NS_PER_S / 10);
	stats = slow_sampler_stats(slow->sampler);
	assert_int_equal(stats.channels[SLOW_PEAK].n_scheduled, 12);
	assert_int_equal(stats.channels[SLOW_PROCESSES].n_scheduled, 1);
	assert_int_equal(stats.channels[SLOW_PROCESSES].n_missed, 1);
	assert_int_equal(stats.channels[SLOW_STAT].n_scheduled, 0);
}

static void test_slow_sampler_take__a_mark_has_a_row_of_each_channel(void **state)
{
	struct slow *slow = *state;
	const struct slow_sampler_options options = {
		.slice = slow->fixture->slice,
		.spool = slow->spool,
		.channels = {[SLOW_PEAK] = {true, 100},
			[SLOW_PROCESSES] = {true, 0.1},
			[SLOW_PSS] = {true, 0.001}},
	};
	struct slow_row_numbers numbers = {.row = {0}};
	struct sample rows[MAX_ROWS];
	struct error error = ERROR_INIT;

	must(slow_sampler_new(&options, &slow->sampler, &error), &error);
	slow_sampler_arm(slow->sampler, clock_monotonic_ns() - NS_PER_S);
	serve(slow); /* a row of the peak only */
	must(slow_sampler_take(slow->sampler, &numbers, &error), &error);
	assert_int_equal(numbers.row[SLOW_PEAK], 1);
	assert_int_equal(numbers.row[SLOW_PROCESSES], 0);
	assert_int_equal(numbers.row[SLOW_PSS], 0);
	assert_int_equal(read_rows(slow, "reference.peak.peak_bytes", rows), 2);
	assert_int_equal(read_rows(slow, "reference.pss.pss_bytes", rows), 1);
	assert_null(spool_find(slow->spool, "reference.stat.anon_bytes"));
}

static void test_slow_sampler_serve__without_a_rate_nothing_is_ever_due(void **state)
{
	struct slow *slow = *state;

	start(slow, 0);
	slow_sampler_arm(slow->sampler, clock_monotonic_ns() - 10 * NS_PER_S);
	assert_true(slow_sampler_due_ns(slow->sampler) == UINT64_MAX);
	serve(slow);
	slow_sampler_stop(slow->sampler, clock_monotonic_ns());
	assert_int_equal(slow_sampler_stats(slow->sampler).channels[SLOW_STAT].n_scheduled, 0);
	assert_int_equal(take(slow), 0);
}

#define ON_SLOW(test) cmocka_unit_test_setup_teardown(test, slow_set_up, slow_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SLOW(test_slow_sampler_new__every_key_has_its_series_before_the_first_row),
		ON_SLOW(test_slow_sampler_new__refuses_pressure_where_there_is_none),
		ON_SLOW(test_slow_sampler_take__a_row_is_a_sample_of_each_key_with_one_time),
		ON_SLOW(test_slow_sampler_serve__deadlines_that_passed_are_counted_not_made_up),
		ON_SLOW(test_slow_sampler_serve__channels_have_deadlines_of_their_own),
		ON_SLOW(test_slow_sampler_take__a_mark_has_a_row_of_each_channel),
		ON_SLOW(test_slow_sampler_serve__without_a_rate_nothing_is_ever_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
