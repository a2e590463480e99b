/* What limits and reclaim did to a number, in words. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/report/account.h"
#include "util/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIB (1024.0 * 1024.0)

/* One point, two backends: `none` and `psutil`, of three trials each. */
struct made {
	struct comparison comparison;
	struct comparison_point point;
	struct comparison_backend backends[2];
	struct comparison_cell cells[2];
	struct comparison_trial trials[2][3];
};

static void set_trial(struct comparison_trial *trial, uint64_t number, double peak)
{
	*trial = (struct comparison_trial){.number = number,
		.repetition = number,
		.status = "ok",
		.ok = true,
		.reached_initial = MIB,
		.reached_peak = peak};
	for (size_t i = 0; i < COMPARISON_N_FIELDS; i++)
		trial->value[i] = NAN;
	for (size_t i = 0; i < SUMMARY_N_ACCOUNT; i++)
		trial->account[i] = NAN;
	trial->value[COMPARISON_REFERENCE_PEAK] = peak;
}

static void make(struct made *made)
{
	*made = (struct made){
		.point = {.task = "task", .parameters = "{}", .label = (char *)""},
		.backends = {{.name = "none"}, {.name = "psutil"}},
	};
	for (size_t i = 0; i < 2; i++) {
		made->cells[i] = (struct comparison_cell){.trials = made->trials[i],
			.n_trials = 3,
			.n_ok = 3,
			.warmup_peak_bytes = NAN};
		for (size_t j = 0; j < 3; j++)
			set_trial(&made->trials[i][j], 2 * j + i + 1, (double)(20 + j) * MIB);
	}
	made->comparison = (struct comparison){.points = &made->point,
		.n_points = 1,
		.backends = made->backends,
		.n_backends = 2,
		.cells = made->cells,
		.charge_batch_bytes = 64 * 4096.0};
}

static void compose(struct comparison_trial *trial, double anon, double file, double whole)
{
	trial->account[ACCOUNT_PEAK_ANON] = anon;
	trial->account[ACCOUNT_PEAK_FILE] = file;
	trial->account[ACCOUNT_COMPOSED] = whole;
}

static void limit_all(struct comparison_cell *cell, double limit, double met, double kills)
{
	for (size_t i = 0; i < cell->n_trials; i++) {
		cell->trials[i].account[ACCOUNT_MEMORY_MAX] = limit;
		cell->trials[i].account[ACCOUNT_LIMIT_MET] = met;
		cell->trials[i].account[ACCOUNT_OOM_KILLS] = kills;
	}
}

static void kill_all(struct comparison_cell *cell)
{
	cell->n_ok = 0;
	for (size_t i = 0; i < cell->n_trials; i++) {
		cell->trials[i].ok = false;
		cell->trials[i].killed = true;
		cell->trials[i].status = "oom";
	}
}

static void check_text(const struct made *made, bool all, const char *expected)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	assert_int_equal(account_print(&made->comparison, 0, all, stream), 0);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(text, expected);
}

static void test_account_print__says_nothing_where_nothing_happened(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	check_text(&made, false, "");
	compose(&made.trials[0][1], 20 * MIB, MIB, 21 * MIB);
	limit_all(&made.cells[0], 1024 * MIB, 0, 0);
	check_text(&made, false, "");
	check_text(&made, true, "none: peak 21.00 MiB: 20.00 MiB anonymous, 1.00 MiB page cache\n");
}

static void test_account_print__how_often_the_limit_was_met_and_of_what_the_peak_was(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	for (size_t j = 0; j < 3; j++)
		set_trial(&made.trials[1][j], 2 * j + 2, 15.75 * MIB);
	limit_all(&made.cells[1], 16 * MIB, 137, 0);
	made.trials[1][1].account[ACCOUNT_PEAK_KERNEL] = 0.5 * MIB;
	compose(&made.trials[1][1], 1.25 * MIB, 13 * MIB, 15.5 * MIB);
	/* Any backend whose limit was met. */
	check_text(&made, false,
		"psutil: met its limit of 16.00 MiB 137 times; peak 15.75 MiB: 13.00 MiB page "
		"cache, 1.25 MiB anonymous, 512.0 KiB kernel, 768.0 KiB in none of these\n");
}

static void test_account_print__page_cache_that_is_a_tenth_is_told(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	compose(&made.trials[0][1], 18 * MIB, 3 * MIB, 21 * MIB);
	check_text(
		&made, false, "none: peak 21.00 MiB: 18.00 MiB anonymous, 3.00 MiB page cache\n");
}

static void test_account_print__a_task_that_was_always_killed_has_its_limit_and_peak(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	kill_all(&made.cells[0]);
	limit_all(&made.cells[0], 21 * MIB, 9, 1);
	check_text(&made, false,
		"none: killed at its limit of 21.00 MiB in 3 of 3 trials, after meeting it 9 "
		"times; until then peak 21.00 MiB\n");
}

static void test_account_print__only_those_that_the_limit_killed_are_counted(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	kill_all(&made.cells[0]);
	limit_all(&made.cells[0], 21 * MIB, 1, 1);
	made.trials[0][2].killed = false;
	made.trials[0][2].status = "timeout";
	check_text(&made, false,
		"none: killed at its limit of 21.00 MiB in 2 of 3 trials, after meeting it once; "
		"until then peak 20.00 MiB\n");
}

static void test_account_print__parts_that_were_read_far_below_the_peak(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	set_trial(&made.trials[0][1], 3, 900 * MIB);
	made.trials[0][0].reached_peak = made.trials[0][2].reached_peak = 900 * MIB;
	for (size_t i = 0; i < 3; i++) {
		made.trials[0][i].value[COMPARISON_REFERENCE_PEAK] = 900 * MIB;
		compose(&made.trials[0][i], 80 * MIB, 0, 80 * MIB);
	}
	check_text(&made, true,
		"none: peak 900.00 MiB, its parts read at 80.00 MiB: 80.00 MiB anonymous\n");
}

static void test_account_print__a_warmup_that_differs_by_more_than_one_per_cent(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	made.cells[0].warmup_peak_bytes = 21.2 * MIB;
	check_text(&made, false, "");
	made.cells[0].warmup_peak_bytes = 42 * MIB;
	check_text(&made, false,
		"none: the warm-up peaked at 42.00 MiB (+100 %): what a cold start is charged\n");
	/* Of a kernel with pages of 64 KiB. */
	made.comparison.charge_batch_bytes = 4 * MIB;
	made.cells[0].warmup_peak_bytes = 24.9 * MIB;
	check_text(&made, false, "");
}

static void test_comparison_shown_trial__is_ok_or_the_median_of_the_killed(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	assert_int_equal(comparison_shown_trial(&made.cells[0])->number, 3);
	kill_all(&made.cells[0]);
	assert_int_equal(comparison_shown_trial(&made.cells[0])->number, 3);
	made.trials[0][1].reached_peak = 90 * MIB;
	assert_int_equal(comparison_shown_trial(&made.cells[0])->number, 5);
	for (size_t i = 0; i < 3; i++)
		made.trials[0][i].killed = false;
	assert_null(comparison_shown_trial(&made.cells[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_account_print__says_nothing_where_nothing_happened),
		cmocka_unit_test(
			test_account_print__how_often_the_limit_was_met_and_of_what_the_peak_was),
		cmocka_unit_test(test_account_print__page_cache_that_is_a_tenth_is_told),
		cmocka_unit_test(
			test_account_print__a_task_that_was_always_killed_has_its_limit_and_peak),
		cmocka_unit_test(test_account_print__only_those_that_the_limit_killed_are_counted),
		cmocka_unit_test(test_account_print__parts_that_were_read_far_below_the_peak),
		cmocka_unit_test(
			test_account_print__a_warmup_that_differs_by_more_than_one_per_cent),
		cmocka_unit_test(test_comparison_shown_trial__is_ok_or_the_median_of_the_killed),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
