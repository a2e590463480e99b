/* The sampler with a made-up value. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/histogram.h"
#include "runner/trial/sampler.h"
#include "util/clock.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

/* ---- the source: a number that counts its own reads */

struct source {
	_Atomic uint64_t n_reads;
	uint64_t fail_at; /* the number, from 1, of the read that fails; 0: none */
	uint64_t slow_at; /* the number of the read that takes `slow_ns` */
	uint64_t slow_ns;
	uint64_t burn_ns; /* CPU time that each read takes */
};

static void burn(uint64_t cpu_ns)
{
	uint64_t until_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) + cpu_ns;

	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < until_ns)
		;
}

static int read_source(const void *context, uint64_t *ret_value)
{
	struct source *source = (struct source *)context;
	uint64_t n = atomic_fetch_add(&source->n_reads, 1) + 1;

	if (n == source->fail_at)
		return -ENODEV;
	if (n == source->slow_at) {
		uint64_t until_ns = clock_monotonic_ns() + source->slow_ns;

		while (clock_monotonic_ns() < until_ns)
			;
	}
	if (source->burn_ns > 0)
		burn(source->burn_ns);
	*ret_value = n;
	return 0;
}

static struct sampler_options options_for(struct source *source)
{
	return (struct sampler_options){
		.read = read_source,
		.context = source,
		.rate_hz = 1000,
		.mode = SAMPLER_SLEEP,
		.cpu = -1,
		.ring_capacity = 1024,
	};
}

static struct sampler *start(const struct sampler_options *options)
{
	struct sampler *sampler = NULL;
	struct error error = ERROR_INIT;

	if (sampler_start(options, &sampler, &error) < 0)
		fail_msg("%s", error.text);
	return sampler;
}

static void wait_for_reads(const struct source *source, uint64_t n)
{
	while (atomic_load(&source->n_reads) < n)
		sched_yield();
}

/* Drains all samples; checks that times increase. */
static uint64_t drain_all(struct sampler *sampler, uint64_t *last_ns)
{
	struct sample samples[64];
	uint64_t n_drained = 0;
	size_t n;

	while ((n = sampler_drain(sampler, samples, 64)) > 0) {
		for (size_t i = 0; i < n; i++) {
			assert_true(samples[i].time_ns > *last_ns);
			*last_ns = samples[i].time_ns;
		}
		n_drained += n;
	}
	return n_drained;
}

/* ---- sleeping and spinning */

static void check_that_counts_add_up(enum sampler_mode mode, double rate_hz)
{
	struct source source = {0};
	struct sampler_options options = options_for(&source);
	struct sampler_stats stats;
	struct sampler *sampler;
	uint64_t begin_ns, end_ns, last_ns = 0, n_drained, n_periods;

	options.mode = mode;
	options.rate_hz = rate_hz;
	sampler = start(&options);
	assert_int_equal(atomic_load(&source.n_reads), 0);
	begin_ns = clock_monotonic_ns();
	sampler_arm(sampler);
	wait_for_reads(&source, 20);
	sampler_stop(sampler, &stats);
	end_ns = clock_monotonic_ns();

	n_drained = drain_all(sampler, &last_ns);
	n_periods = (uint64_t)((double)(end_ns - begin_ns) * rate_hz / 1e9);
	assert_true(last_ns > begin_ns && last_ns < end_ns);
	assert_int_equal(stats.mode, mode);
	assert_true(stats.n_samples >= 20);
	assert_int_equal(stats.n_samples, n_drained + stats.n_dropped);
	assert_int_equal(stats.n_samples, atomic_load(&source.n_reads));
	assert_int_equal(stats.n_scheduled, stats.n_samples + stats.n_missed);
	/* The first deadline is at arming, hence one more than whole periods. */
	assert_in_range(stats.n_scheduled, 20, n_periods + 1);
	assert_true(stats.late_p50_ns <= stats.late_p99_ns);
	assert_true(stats.late_p99_ns <= stats.late_max_ns);
	assert_int_equal(stats.read_error, 0);
	sampler_free(sampler);
}

static void test_sampler__sleeping_counts_add_up(void **state)
{
	(void)state;
	check_that_counts_add_up(SAMPLER_SLEEP, 1000);
}

static void test_sampler__spinning_counts_add_up(void **state)
{
	(void)state;
	check_that_counts_add_up(SAMPLER_SPIN, 50000);
}

/* Five reads of 2 ms each; excludes what this thread does meanwhile. */
static void test_sampler__its_cpu_time_is_that_of_its_thread(void **state)
{
	struct source source = {.burn_ns = 2 * NS_PER_MS};
	struct sampler_options options = options_for(&source);
	struct sampler_stats stats;
	struct sampler *sampler;
	uint64_t process_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t thread_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	uint64_t usage_ns;

	(void)state;
	options.rate_hz = 100;
	sampler = start(&options);
	burn(30 * NS_PER_MS);
	sampler_arm(sampler);
	wait_for_reads(&source, 5);
	sampler_stop(sampler, &stats);
	thread_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - thread_ns;
	process_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - process_ns;

	usage_ns = stats.usage.user_ns + stats.usage.system_ns;
	/* getrusage rounds down to microseconds. */
	assert_in_range(usage_ns, 10 * NS_PER_MS - 2000, process_ns - thread_ns + 2000);
	/* It waited to be armed. */
	assert_true(stats.usage.voluntary_switches > 0);
	sampler_free(sampler);
}

static void test_sampler__spinning_is_never_realtime(void **state)
{
	struct source source = {0};
	struct sampler_options options = options_for(&source);
	struct sampler_stats stats;
	struct sampler *sampler;

	(void)state;
	options.mode = SAMPLER_SPIN;
	sampler = start(&options);
	sampler_stop(sampler, &stats);
	assert_false(stats.realtime);
	sampler_free(sampler);
}

static void test_sampler__a_slow_read_misses_the_deadlines_it_overran(void **state)
{
	/*
	 * 10.5 periods of 1 ms: the read at deadline 5 ends after deadline 15, and those in between
	 * are missed.
	 */
	struct source source = {.slow_at = 6, .slow_ns = 10500000};
	struct sampler_options options = options_for(&source);
	struct sampler_stats stats;
	struct sampler *sampler = start(&options);
	struct sample samples[8];

	(void)state;
	sampler_arm(sampler);
	wait_for_reads(&source, 8);
	sampler_stop(sampler, &stats);
	assert_true(stats.n_missed >= 10);
	assert_int_equal(stats.n_scheduled, stats.n_samples + stats.n_missed);
	assert_int_equal(sampler_drain(sampler, samples, 8), 8);
	/*
	 * The midpoint of the slow read is 5 ms after its start; missed reads are not made up for.
	 */
	assert_true(samples[5].time_ns - samples[4].time_ns >= 5250000);
	assert_true(samples[6].time_ns - samples[5].time_ns >= 5250000);
	sampler_free(sampler);
}

/* A read of a microsecond contains a multiple of 64 ns near its midpoint. */
static void test_sampler__times_are_in_steps_and_within_the_read(void **state)
{
	struct source source = {.slow_at = 5, .slow_ns = 1000};
	struct sampler_options options = options_for(&source);
	struct sampler_stats stats;
	struct sample samples[5];
	struct sampler *sampler;
	uint64_t begin_ns;

	(void)state;
	sampler = start(&options);
	begin_ns = clock_monotonic_ns();
	sampler_arm(sampler);
	wait_for_reads(&source, 5);
	sampler_stop(sampler, &stats);
	assert_int_equal(sampler_drain(sampler, samples, 5), 5);
	assert_true(samples[0].time_ns >= begin_ns);
	assert_int_equal(samples[4].time_ns % 64, 0);
	/* The fifth deadline is 4 ms after the first. */
	assert_true(samples[4].time_ns >= begin_ns + 4000000);
	sampler_free(sampler);
}

static void test_sampler__rate_max_times_rise_and_a_full_ring_is_counted(void **state)
{
	struct source source = {0};
	struct sampler_options options = options_for(&source);
	struct sampler_stats stats;
	struct sampler *sampler;
	uint64_t last_ns = 0;

	(void)state;
	options.rate_max = true;
	options.rate_hz = 0;
	options.mode = SAMPLER_AUTO;
	options.ring_capacity = 16;
	sampler = start(&options);
	sampler_arm(sampler);
	wait_for_reads(&source, 1000);
	sampler_stop(sampler, &stats);
	assert_int_equal(drain_all(sampler, &last_ns), 16);
	assert_int_equal(stats.mode, SAMPLER_SPIN);
	assert_true(stats.n_samples >= 1000);
	assert_int_equal(stats.n_dropped, stats.n_samples - 16);
	assert_int_equal(stats.n_scheduled, stats.n_samples);
	assert_int_equal(stats.n_missed, 0);
	assert_int_equal(stats.late_max_ns, 0);
	sampler_free(sampler);
}

/* ---- start and stop */

/* ---- maxima */

/* The n-th read of the source gives n. */
static int read_source_stat(const void *context, struct memory_stat *ret_stat)
{
	const struct source *source = context;

	*ret_stat = (struct memory_stat){
		.value[MEMORY_STAT_ANON] = atomic_load(&source->n_reads),
		.present[MEMORY_STAT_ANON] = true,
	};
	return 0;
}

/* Samples of 1, 2, 3, ...: each is a new maximum, and is read right after it. */
static void test_sampler__a_new_maximum_is_read_at_beside_the_sample(void **state)
{
	struct source source = {0};
	struct sampler_options options = options_for(&source);
	struct sampler_stats stats;
	struct sampler *sampler;
	struct maximum maximum;
	uint64_t n = 0;

	(void)state;
	options.read_stat = read_source_stat;
	sampler = start(&options);
	sampler_arm(sampler);
	wait_for_reads(&source, 20);
	sampler_stop(sampler, &stats);
	assert_true(sampler_take_maximum(sampler, &maximum));
	do {
		const struct composition *composition = &maximum.composition;

		n++;
		assert_int_equal(composition->bytes[COMPOSITION_CURRENT], n);
		assert_int_equal(composition->bytes[COMPOSITION_ANON], n);
		assert_false(composition->present[COMPOSITION_FILE]);
		assert_true(maximum.before_ns <= maximum.after_ns);
	} while (sampler_take_maximum(sampler, &maximum));
	assert_int_equal(n, stats.n_samples < MAXIMA_ROOM ? stats.n_samples : MAXIMA_ROOM);
	sampler_free(sampler);
}

static void test_sampler_start__auto_sleeps_up_to_its_limit(void **state)
{
	struct source source = {0};
	struct sampler_options options = options_for(&source);
	struct sampler_stats stats;
	struct sampler *sampler;
	cpu_set_t cpus;

	(void)state;
	options.mode = SAMPLER_AUTO;
	options.rate_hz = 20000;
	sampler = start(&options);
	sampler_stop(sampler, &stats);
	assert_int_equal(stats.mode, SAMPLER_SLEEP);
	sampler_free(sampler);

	options.rate_hz = 20001;
	sampler = start(&options);
	sampler_stop(sampler, &stats);
	assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	assert_int_equal(stats.mode, CPU_COUNT(&cpus) > 1 ? SAMPLER_SPIN : SAMPLER_SLEEP);
	sampler_free(sampler);
}

static void test_sampler_start__pins_to_the_cpu(void **state)
{
	struct source source = {0};
	struct sampler_options options = options_for(&source);
	struct sampler_stats stats;
	struct sampler *sampler;
	int cpu = sched_getcpu();

	(void)state;
	options.cpu = cpu;
	sampler = start(&options);
	sampler_stop(sampler, &stats);
	assert_int_equal(stats.cpu, cpu);
	sampler_free(sampler);
}

static void test_sampler_start__a_cpu_that_is_not_there_is_an_error(void **state)
{
	struct source source = {0};
	struct sampler_options options = options_for(&source);
	struct sampler *sampler = NULL;
	struct error error = ERROR_INIT;

	(void)state;
	options.cpu = 1023;
	assert_int_equal(sampler_start(&options, &sampler, &error), -EINVAL);
	assert_string_equal(error.text, "cannot pin the sampler to CPU 1023: Invalid argument");
	assert_null(sampler);
}

static void test_sampler_start__rejects_a_rate_without_a_period(void **state)
{
	static const double rates[] = {0, -1, 1e-7, 2e9};
	struct source source = {0};
	struct sampler_options options = options_for(&source);
	struct sampler *sampler = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		options.rate_hz = rates[i];
		assert_int_equal(sampler_start(&options, &sampler, NULL), -EINVAL);
	}
}

static void test_sampler_stop__before_arming_has_nothing_scheduled(void **state)
{
	struct source source = {0};
	struct sampler_options options = options_for(&source);
	struct sampler_stats stats;
	struct sampler *sampler = start(&options);

	(void)state;
	sampler_stop(sampler, &stats);
	assert_int_equal(stats.n_scheduled, 0);
	assert_int_equal(stats.n_samples, 0);
	assert_int_equal(stats.n_missed, 0);
	assert_int_equal(atomic_load(&source.n_reads), 0);
	sampler_free(sampler);
}

/* At one sample per 1000 s an uninterrupted sleep would hang this test for as long. */
static void test_sampler_stop__ends_a_long_sleep(void **state)
{
	struct source source = {0};
	struct sampler_options options = options_for(&source);
	struct sampler_stats stats;
	struct sampler *sampler;
	uint64_t begin_ns;

	(void)state;
	options.rate_hz = 0.001;
	sampler = start(&options);
	sampler_arm(sampler);
	wait_for_reads(&source, 1);
	begin_ns = clock_monotonic_ns();
	sampler_stop(sampler, &stats);
	assert_true(clock_monotonic_ns() - begin_ns < 100 * NS_PER_S);
	assert_int_equal(stats.n_samples, 1);
	assert_int_equal(stats.n_scheduled, 1);
	assert_int_equal(stats.n_missed, 0);
	sampler_free(sampler);
}

static void test_sampler_stop__again_gives_the_same(void **state)
{
	struct source source = {0};
	struct sampler_options options = options_for(&source);
	struct sampler_stats first, second;
	struct sampler *sampler = start(&options);

	(void)state;
	sampler_arm(sampler);
	wait_for_reads(&source, 3);
	sampler_stop(sampler, &first);
	sampler_stop(sampler, &second);
	assert_int_equal(first.n_scheduled, second.n_scheduled);
	assert_int_equal(first.n_samples, second.n_samples);
	sampler_free(sampler);
}

static void test_sampler__a_read_that_fails_ends_it_with_the_cause(void **state)
{
	struct source source = {.fail_at = 4};
	struct sampler_options options = options_for(&source);
	struct sampler_stats stats;
	struct sampler *sampler = start(&options);
	uint64_t last_ns = 0;

	(void)state;
	sampler_arm(sampler);
	wait_for_reads(&source, 4);
	sampler_stop(sampler, &stats);
	assert_int_equal(stats.read_error, ENODEV);
	assert_int_equal(stats.n_samples, 3);
	assert_int_equal(drain_all(sampler, &last_ns), 3);
	/* Including the deadline of the failed read. */
	assert_true(stats.n_missed >= 1);
	assert_int_equal(stats.n_scheduled, 3 + stats.n_missed);
	assert_int_equal(atomic_load(&source.n_reads), 4);
	sampler_free(sampler);
}

/* ---- lateness */

static void test_histogram__small_values_are_exact(void **state)
{
	struct histogram *histogram = calloc(1, sizeof(*histogram));

	(void)state;
	assert_non_null(histogram);
	assert_int_equal(histogram_percentile(histogram, 50), 0);
	for (uint64_t value = 1; value <= 100; value++)
		histogram_add(histogram, value);
	assert_int_equal(histogram_percentile(histogram, 50), 50);
	assert_int_equal(histogram_percentile(histogram, 99), 99);
	assert_int_equal(histogram_percentile(histogram, 100), 100);
	free(histogram);
}

/*
 * 1,000,000 is in the octave from 524,288, divided into steps of 8,192: its step ends at 1,007,615.
 */
static void test_histogram__large_values_are_rounded_up_to_their_step(void **state)
{
	struct histogram *histogram = calloc(1, sizeof(*histogram));

	(void)state;
	assert_non_null(histogram);
	histogram_add(histogram, 1000000);
	histogram_add(histogram, 5000000);
	assert_int_equal(histogram_percentile(histogram, 50), 1007615);
	assert_int_equal(histogram_percentile(histogram, 99), 5000000);
	assert_int_equal(histogram->maximum, 5000000);
	free(histogram);
}

static void test_histogram__holds_the_largest_number(void **state)
{
	struct histogram *histogram = calloc(1, sizeof(*histogram));

	(void)state;
	assert_non_null(histogram);
	histogram_add(histogram, 0);
	histogram_add(histogram, UINT64_MAX);
	assert_int_equal(histogram_percentile(histogram, 50), 0);
	assert_true(histogram_percentile(histogram, 99) == UINT64_MAX);
	free(histogram);
}

/* ---- reporting */

static bool fell_short(uint64_t n_scheduled, uint64_t n_missed, uint64_t n_dropped)
{
	const struct sampler_stats stats = {
		.n_scheduled = n_scheduled, .n_missed = n_missed, .n_dropped = n_dropped};

	return sampler_fell_short(&stats);
}

static void test_sampler_fell_short__needs_one_per_cent_and_ten(void **state)
{
	(void)state;
	assert_false(fell_short(0, 0, 0));
	/* A short trial: 9 of 50 are many, but too few to report. */
	assert_false(fell_short(50, 9, 0));
	assert_true(fell_short(50, 10, 0));
	/* A long trial: exactly 1 % is not more than 1 %. */
	assert_false(fell_short(100000, 1000, 0));
	assert_true(fell_short(100000, 1001, 0));
	assert_false(fell_short(100000, 10, 0));
}

static void test_sampler_fell_short__not_by_its_compositions(void **state)
{
	struct sampler_stats stats = {.n_scheduled = 1000, .n_missed = 500, .n_composing = 495};

	(void)state;
	assert_false(sampler_fell_short(&stats));
	stats.n_composing = 489;
	assert_true(sampler_fell_short(&stats));
}

static void test_sampler_describe_shortfall__says_nothing_of_a_few(void **state)
{
	struct sampler_stats stats = {.n_scheduled = 2038, .n_missed = 20};
	char text[128] = "before";

	(void)state;
	sampler_describe_shortfall(&stats, text, sizeof(text));
	assert_string_equal(text, "");
	stats.n_missed = 220;
	sampler_describe_shortfall(&stats, text, sizeof(text));
	assert_string_equal(text, "220 of 2038 samples missed");
	stats.n_dropped = 3;
	sampler_describe_shortfall(&stats, text, sizeof(text));
	assert_string_equal(text, "220 of 2038 samples missed, 3 dropped");
}

static void test_sampler_fell_short__any_sample_dropped_is_told(void **state)
{
	(void)state;
	assert_true(fell_short(100000, 0, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sampler__sleeping_counts_add_up),
		cmocka_unit_test(test_sampler__spinning_counts_add_up),
		cmocka_unit_test(test_sampler__its_cpu_time_is_that_of_its_thread),
		cmocka_unit_test(test_sampler__spinning_is_never_realtime),
		cmocka_unit_test(test_sampler__a_slow_read_misses_the_deadlines_it_overran),
		cmocka_unit_test(test_sampler__times_are_in_steps_and_within_the_read),
		cmocka_unit_test(test_sampler__rate_max_times_rise_and_a_full_ring_is_counted),
		cmocka_unit_test(test_sampler__a_new_maximum_is_read_at_beside_the_sample),
		cmocka_unit_test(test_sampler_start__auto_sleeps_up_to_its_limit),
		cmocka_unit_test(test_sampler_start__pins_to_the_cpu),
		cmocka_unit_test(test_sampler_start__a_cpu_that_is_not_there_is_an_error),
		cmocka_unit_test(test_sampler_start__rejects_a_rate_without_a_period),
		cmocka_unit_test(test_sampler_stop__before_arming_has_nothing_scheduled),
		cmocka_unit_test(test_sampler_stop__ends_a_long_sleep),
		cmocka_unit_test(test_sampler_stop__again_gives_the_same),
		cmocka_unit_test(test_sampler__a_read_that_fails_ends_it_with_the_cause),
		cmocka_unit_test(test_sampler_fell_short__needs_one_per_cent_and_ten),
		cmocka_unit_test(test_sampler_fell_short__any_sample_dropped_is_told),
		cmocka_unit_test(test_sampler_fell_short__not_by_its_compositions),
		cmocka_unit_test(test_sampler_describe_shortfall__says_nothing_of_a_few),
		cmocka_unit_test(test_histogram__small_values_are_exact),
		cmocka_unit_test(test_histogram__large_values_are_rounded_up_to_their_step),
		cmocka_unit_test(test_histogram__holds_the_largest_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
