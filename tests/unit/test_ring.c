/* The ring between the sampler's thread and the reader. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/ring.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

static struct sample sample_of(uint64_t number)
{
	return (struct sample){.time_ns = number, .value = number * 3};
}

static void test_ring_pop__gives_samples_in_the_order_of_pushing(void **state)
{
	struct ring *ring = NULL;
	struct sample out[4] = {0};

	(void)state;
	assert_int_equal(ring_new(4, &ring), 0);
	for (uint64_t i = 1; i <= 3; i++)
		assert_true(ring_push(ring, sample_of(i)));
	assert_int_equal(ring_pop(ring, out, 2), 2);
	assert_int_equal(out[0].time_ns, 1);
	assert_int_equal(out[1].value, 6);
	assert_int_equal(ring_pop(ring, out, 4), 1);
	assert_int_equal(out[0].time_ns, 3);
	assert_int_equal(ring_pop(ring, out, 4), 0);
	ring_free(ring);
}

static void test_ring_push__full_drops_the_new_sample_and_counts_it(void **state)
{
	struct ring *ring = NULL;
	struct sample out[8] = {0};

	(void)state;
	assert_int_equal(ring_new(4, &ring), 0);
	for (uint64_t i = 1; i <= 4; i++)
		assert_true(ring_push(ring, sample_of(i)));
	assert_false(ring_push(ring, sample_of(5)));
	assert_false(ring_push(ring, sample_of(6)));
	assert_int_equal(ring_dropped(ring), 2);
	assert_int_equal(ring_pop(ring, out, 8), 4);
	assert_int_equal(out[3].time_ns, 4);
	assert_true(ring_push(ring, sample_of(7)));
	assert_int_equal(ring_dropped(ring), 2);
	ring_free(ring);
}

static void test_ring_pop__copies_across_the_end_of_the_array(void **state)
{
	struct ring *ring = NULL;
	struct sample out[4] = {0};

	(void)state;
	assert_int_equal(ring_new(4, &ring), 0);
	for (uint64_t i = 1; i <= 3; i++)
		assert_true(ring_push(ring, sample_of(i)));
	assert_int_equal(ring_pop(ring, out, 3), 3);
	for (uint64_t i = 4; i <= 7; i++)
		assert_true(ring_push(ring, sample_of(i)));
	assert_int_equal(ring_pop(ring, out, 4), 4);
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(out[i].value, (i + 4) * 3);
	ring_free(ring);
}

static void test_ring_new__rounds_the_capacity_up_to_a_power_of_two(void **state)
{
	struct ring *ring = NULL;
	uint64_t n_taken = 0;

	(void)state;
	assert_int_equal(ring_new(5, &ring), 0);
	while (ring_push(ring, sample_of(n_taken)))
		n_taken++;
	assert_int_equal(n_taken, 8);
	ring_free(ring);
}

static void test_ring_new__rejects_no_capacity_and_one_without_end(void **state)
{
	struct ring *ring = NULL;

	(void)state;
	assert_int_equal(ring_new(0, &ring), -EINVAL);
	assert_int_equal(ring_new(SIZE_MAX, &ring), -EINVAL);
	assert_null(ring);
}

#define N_THREADED 2000000

static void *push_all(void *argument)
{
	struct ring *ring = argument;

	for (uint64_t i = 1; i <= N_THREADED; i++)
		ring_push(ring, sample_of(i));
	return NULL;
}

/* Every sample is either popped, intact and in order, or counted as dropped. */
static void test_ring__two_threads_lose_nothing_uncounted(void **state)
{
	struct ring *ring = NULL;
	struct sample out[100];
	pthread_t writer;
	uint64_t n_popped = 0, last = 0;
	size_t n;

	(void)state;
	assert_int_equal(ring_new(256, &ring), 0);
	assert_int_equal(pthread_create(&writer, NULL, push_all, ring), 0);
	while (n_popped + ring_dropped(ring) < N_THREADED) {
		n = ring_pop(ring, out, 100);
		for (size_t i = 0; i < n; i++) {
			assert_true(out[i].time_ns > last);
			assert_int_equal(out[i].value, out[i].time_ns * 3);
			last = out[i].time_ns;
		}
		n_popped += n;
		if (n == 0)
			sched_yield();
	}
	assert_int_equal(pthread_join(writer, NULL), 0);
	assert_int_equal(ring_pop(ring, out, 100), 0);
	assert_int_equal(n_popped + ring_dropped(ring), N_THREADED);
	assert_true(n_popped > 0);
	ring_free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring_pop__gives_samples_in_the_order_of_pushing),
		cmocka_unit_test(test_ring_push__full_drops_the_new_sample_and_counts_it),
		cmocka_unit_test(test_ring_pop__copies_across_the_end_of_the_array),
		cmocka_unit_test(test_ring_new__rounds_the_capacity_up_to_a_power_of_two),
		cmocka_unit_test(test_ring_new__rejects_no_capacity_and_one_without_end),
		cmocka_unit_test(test_ring__two_threads_lose_nothing_uncounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
