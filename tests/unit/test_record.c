/* Interpretation of a task's records. Times are ns; the gate opens at 1000. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/record.h"

#include <stdio.h>

#define OPENED_NS 1000
#define NOW_NS 2000

static struct memcg_run_record record_of(
	enum memcg_run_type type, const char *name, uint64_t value, uint64_t time_ns)
{
	struct memcg_run_record record = {
		.magic = MEMCG_RUN_MAGIC,
		.type = type,
		.value = value,
		.time_ns = time_ns,
	};

	snprintf(record.name, sizeof(record.name), "%s", name);
	return record;
}

static enum record_use use_of(enum memcg_run_type type, const char *name, uint64_t time_ns)
{
	struct memcg_run_record record = record_of(type, name, 0, time_ns);

	return record_use(&record, OPENED_NS, NOW_NS);
}

static void test_record_use__knows_each_type(void **state)
{
	(void)state;
	assert_int_equal(use_of(MEMCG_RUN_MARK, "loaded", 1500), RECORD_MARK);
	assert_int_equal(use_of(MEMCG_RUN_TRUTH, "", 1500), RECORD_TRUTH);
	assert_int_equal(use_of(MEMCG_RUN_SAMPLE, "psutil.rss_bytes", 1500), RECORD_SAMPLE);
	assert_int_equal(use_of(MEMCG_RUN_METRIC, "psutil.rss_bytes", 1500), RECORD_KIND);
}

static void test_record_use__rejects_types_that_a_task_does_not_send(void **state)
{
	(void)state;
	assert_int_equal(use_of(MEMCG_RUN_ACK, "a.b", 1500), RECORD_REJECTED);
	assert_int_equal(use_of((enum memcg_run_type)99, "a.b", 1500), RECORD_REJECTED);
	assert_int_equal(use_of((enum memcg_run_type)0, "a.b", 1500), RECORD_REJECTED);
}

/* From the opening of the gate to now, both included. */
static void test_record_use__rejects_impossible_times(void **state)
{
	(void)state;
	assert_int_equal(use_of(MEMCG_RUN_TRUTH, "", 999), RECORD_REJECTED);
	assert_int_equal(use_of(MEMCG_RUN_TRUTH, "", 1000), RECORD_TRUTH);
	assert_int_equal(use_of(MEMCG_RUN_TRUTH, "", 2000), RECORD_TRUTH);
	assert_int_equal(use_of(MEMCG_RUN_TRUTH, "", 2001), RECORD_REJECTED);
}

static void test_record_use__rejects_all_while_the_gate_is_closed(void **state)
{
	struct memcg_run_record record = record_of(MEMCG_RUN_MARK, "early", 0, 1500);

	(void)state;
	assert_int_equal(record_use(&record, UINT64_MAX, NOW_NS), RECORD_REJECTED);
}

static void test_record_use__rejects_metrics_without_an_owner(void **state)
{
	(void)state;
	assert_int_equal(use_of(MEMCG_RUN_SAMPLE, "rss_bytes", 1500), RECORD_REJECTED);
	assert_int_equal(use_of(MEMCG_RUN_METRIC, "truth", 1500), RECORD_REJECTED);
	/* A mark is not a metric: its name is free. */
	assert_int_equal(use_of(MEMCG_RUN_MARK, "truth", 1500), RECORD_MARK);
}

/* Regardless of its time and name: a task without an answer would hang until its timeout. */
static void test_record_awaits_answer__only_of_a_mark_that_asks(void **state)
{
	const struct memcg_run_record asks = record_of(MEMCG_RUN_MARK, "a", 1, 0);
	const struct memcg_run_record does_not = record_of(MEMCG_RUN_MARK, "a", 0, 1500);
	const struct memcg_run_record sample = record_of(MEMCG_RUN_SAMPLE, "a.b", 1, 1500);

	(void)state;
	assert_true(record_awaits_answer(&asks));
	assert_false(record_awaits_answer(&does_not));
	assert_false(record_awaits_answer(&sample));
}

static void test_mark_role__the_first_begin_and_the_first_end_after_it(void **state)
{
	struct measurement measurement = {.begin_seen = false};

	(void)state;
	assert_int_equal(mark_role("loaded", &measurement), MARK_ONLY);
	assert_int_equal(mark_role("task_end", &measurement), MARK_ONLY);
	assert_int_equal(mark_role("task_begin", &measurement), MARK_BEGIN);
	measurement.begin_seen = true;
	assert_int_equal(mark_role("loaded", &measurement), MARK_ONLY);
	assert_int_equal(mark_role("task_begin", &measurement), MARK_ONLY);
	assert_int_equal(mark_role("task_end", &measurement), MARK_END);
	measurement.end_seen = true;
	assert_int_equal(mark_role("task_begin", &measurement), MARK_ONLY);
	assert_int_equal(mark_role("task_end", &measurement), MARK_ONLY);
}

static void test_mark_role__nothing_bounds_a_task_that_has_ended(void **state)
{
	const struct measurement before_begin = {.task_ended = true};
	const struct measurement after_begin = {.task_ended = true, .begin_seen = true};
	/* Stopped before its task_begin was read: the interval would end before it begins. */
	const struct measurement stopped = {.end_seen = true};

	(void)state;
	assert_int_equal(mark_role("task_begin", &before_begin), MARK_ONLY);
	assert_int_equal(mark_role("task_end", &after_begin), MARK_ONLY);
	assert_int_equal(mark_role("task_begin", &stopped), MARK_ONLY);
}

static void test_result_add_mark__keeps_time_and_name_in_order(void **state)
{
	const struct memcg_run_record first = record_of(MEMCG_RUN_MARK, "first", 0, 1100);
	const struct memcg_run_record second = record_of(MEMCG_RUN_MARK, "second", 0, 1050);
	struct trial_result result = {.n_marks = 0};

	(void)state;
	assert_int_equal(result_add_mark(&result, &first, NULL), 0);
	assert_int_equal(result_add_mark(&result, &second, NULL), 0);
	assert_int_equal(result_add_mark(&result, &first, NULL), 0);
	assert_int_equal(result.n_marks, 3);
	assert_string_equal(result.marks[0].name, "first");
	assert_int_equal(result.marks[0].time_ns, 1100);
	assert_string_equal(result.marks[1].name, "second");
	assert_int_equal(result.marks[1].time_ns, 1050);
	assert_string_equal(result.marks[2].name, "first");
	assert_int_equal(result.n_rejected_records, 0);
	trial_result_release(&result);
}

static void test_result_add_mark__counts_what_is_too_many(void **state)
{
	const struct memcg_run_record mark = record_of(MEMCG_RUN_MARK, "again", 0, 1100);
	const struct memcg_run_record last = record_of(MEMCG_RUN_MARK, "last", 0, 1200);
	struct trial_result result = {.n_marks = 0};

	(void)state;
	for (size_t i = 0; i < 65535; i++)
		assert_int_equal(result_add_mark(&result, &mark, NULL), 0);
	assert_int_equal(result_add_mark(&result, &last, NULL), 0);
	assert_int_equal(result.n_rejected_records, 0);
	assert_int_equal(result_add_mark(&result, &mark, NULL), 0);
	assert_int_equal(result_add_mark(&result, &mark, NULL), 0);
	assert_int_equal(result.n_marks, 65536);
	assert_string_equal(result.marks[65535].name, "last");
	assert_int_equal(result.n_rejected_records, 2);
	trial_result_release(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record_use__knows_each_type),
		cmocka_unit_test(test_record_use__rejects_types_that_a_task_does_not_send),
		cmocka_unit_test(test_record_use__rejects_impossible_times),
		cmocka_unit_test(test_record_use__rejects_all_while_the_gate_is_closed),
		cmocka_unit_test(test_record_use__rejects_metrics_without_an_owner),
		cmocka_unit_test(test_record_awaits_answer__only_of_a_mark_that_asks),
		cmocka_unit_test(test_mark_role__the_first_begin_and_the_first_end_after_it),
		cmocka_unit_test(test_mark_role__nothing_bounds_a_task_that_has_ended),
		cmocka_unit_test(test_result_add_mark__keeps_time_and_name_in_order),
		cmocka_unit_test(test_result_add_mark__counts_what_is_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
