/* The tally of a run. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/tally.h"
#include "util/cleanup.h"

#include <string.h>

static struct tally_trial trial(uint64_t number, enum trial_status status, const char *cause)
{
	return (struct tally_trial){
		.number = number, .backend = "psutil", .status = status, .cause = cause};
}

static void add(struct tally *tally, struct tally_trial counted)
{
	tally_add(tally, &counted);
}

static void assert_sentence(const struct tally *tally, enum tally_kind kind, const char *expected)
{
	CLEANUP(cleanup_free) char *sentence = tally_sentence(tally, kind);

	assert_non_null(sentence);
	assert_string_equal(sentence, expected);
}

static void test_tally__of_trials_that_were_ok_says_nothing(void **state)
{
	struct tally tally = {0};

	(void)state;
	for (unsigned kind = 0; kind < TALLY_N_KINDS; kind++)
		assert_null(tally_sentence(&tally, kind));
	add(&tally, trial(1, TRIAL_OK, ""));
	add(&tally, trial(2, TRIAL_OK, ""));
	assert_int_equal(tally.n_trials, 2);
	for (unsigned kind = 0; kind < TALLY_N_KINDS; kind++)
		assert_null(tally_sentence(&tally, kind));
}

static void test_tally__counts_what_is_not_ok_and_names_the_first(void **state)
{
	struct tally tally = {0};

	(void)state;
	add(&tally, trial(1, TRIAL_OK, ""));
	add(&tally, trial(2, TRIAL_FAILED, "exited with code 3"));
	assert_sentence(&tally, TALLY_NOT_OK,
		"1 of 2 trials is not ok; the first: trial 000002 (psutil): failed: exited with "
		"code 3");
	add(&tally, trial(3, TRIAL_OOM, "at its limit"));
	add(&tally, trial(4, TRIAL_INTERRUPTED, "the run was interrupted"));
	assert_sentence(&tally, TALLY_NOT_OK,
		"3 of 4 trials are not ok; the first: trial 000002 (psutil): failed: exited with "
		"code 3");
	assert_int_equal(tally.n_interrupted, 1);
}

static void test_tally__each_mark_has_its_sentence(void **state)
{
	struct tally_trial marked = trial(7, TRIAL_OK, "");
	struct tally tally = {0};

	(void)state;
	marked.marks[TALLY_SUSPECT] = "the machine swapped";
	marked.marks[TALLY_WIDENED] = "from 0 to 0-1";
	marked.marks[TALLY_REPORTER_FAILED] = "it hung";
	marked.marks[TALLY_UNDERSAMPLED] = "220 of 2038 samples missed";
	marked.marks[TALLY_GAPS] = "nothing was sampled for up to 1.20 s (1 gap)";
	add(&tally, marked);
	assert_int_equal(tally.of[TALLY_NOT_OK].n, 0);
	assert_sentence(&tally, TALLY_SUSPECT,
		"the only trial is suspect: trial 000007 (psutil): the machine swapped; "
		"measure again on an undisturbed machine");
	assert_sentence(&tally, TALLY_WIDENED,
		"the task widened its CPU affinity to the sampler's CPU in the only trial: "
		"trial 000007 (psutil): from 0 to 0-1; they disturb each other there: give "
		"limits.cpus a list");
	assert_sentence(&tally, TALLY_REPORTER_FAILED,
		"the reporter failed in the only trial: trial 000007 (psutil): it hung; "
		"it "
		"has no peak there");
	add(&tally, trial(8, TRIAL_OK, ""));
	marked.number = 9;
	add(&tally, marked);
	assert_sentence(&tally, TALLY_UNDERSAMPLED,
		"2 of 3 trials are undersampled; the first: trial 000007 (psutil): 220 of 2038 "
		"samples missed; traces lack samples there: sample at a lower rate, or on an idle "
		"machine");
	assert_sentence(&tally, TALLY_GAPS,
		"the machine or memcg-run stood still in 2 of 3 trials; the first: trial 000007 "
		"(psutil): nothing was sampled for up to 1.20 s (1 gap); traces have gaps there, "
		"and times may be longer");
	assert_true(tally_is_good(&tally));
	marked.marks[TALLY_OTHER_INPUTS] = "/x/task.py was rewritten";
	marked.marks[TALLY_REMAINDER] = "2 processes outlived it, with 128.00 MiB";
	add(&tally, marked);
	assert_false(tally_is_good(&tally));
	assert_sentence(&tally, TALLY_REMAINDER,
		"memory was used after the task's end in 1 of 4 trials; the first: trial 000009 "
		"(psutil): 2 processes outlived it, with 128.00 MiB; the peak is that of the time "
		"before: have the task wait for what it starts");
	assert_sentence(&tally, TALLY_OTHER_INPUTS,
		"the task's files had changed by the end of 1 of 4 trials; the first: trial 000009 "
		"(psutil): /x/task.py was rewritten; not all trials measured the same task: run it "
		"again without changing its files");
}

/* It is printed to a terminal. */
static void test_tally__blanks_control_characters(void **state)
{
	struct tally tally = {0};

	(void)state;
	add(&tally, trial(1, TRIAL_FAILED, "cannot execute \033[2J"));
	assert_null(strchr(tally.of[TALLY_NOT_OK].first, '\033'));
}

/* Whether it has just run or is read back; a long mark is truncated. */
static void test_tally__cuts_a_long_mark_alike(void **state)
{
	char whole[ERROR_TEXT_SIZE], cut[TALLY_MARK_SIZE];
	struct tally_trial fresh = trial(1, TRIAL_OK, ""), kept = fresh;
	struct tally of_fresh = {0}, of_kept = {0};

	(void)state;
	memset(whole, 'x', sizeof(whole) - 1);
	whole[sizeof(whole) - 1] = '\0';
	memcpy(cut, whole, sizeof(cut) - 1);
	cut[sizeof(cut) - 1] = '\0';
	fresh.marks[TALLY_REPORTER_FAILED] = whole;
	kept.marks[TALLY_REPORTER_FAILED] = cut;
	add(&of_fresh, fresh);
	add(&of_kept, kept);
	assert_memory_equal(&of_fresh, &of_kept, sizeof(of_fresh));
}

static void test_tally_trial_of__has_every_mark_of_a_result(void **state)
{
	const struct backend backend = {.name = "none"};
	const struct planned_trial planned = {.number = 5, .backend = &backend};
	const struct trial_result result = {
		.status = TRIAL_TIMEOUT,
		.cause = "still running",
		.suspect = "a",
		.reporter_failure = "b",
		.undersampled = "c",
		.gapped = "d",
		.other_inputs = "e",
		.remainder = "f",
		.widened = "g",
	};
	const struct tally_trial counted = tally_trial_of(&planned, &result);

	(void)state;
	assert_int_equal(counted.number, 5);
	assert_string_equal(counted.backend, "none");
	assert_int_equal(counted.status, TRIAL_TIMEOUT);
	assert_string_equal(counted.cause, "still running");
	assert_string_equal(counted.marks[TALLY_SUSPECT], "a");
	assert_string_equal(counted.marks[TALLY_REPORTER_FAILED], "b");
	assert_string_equal(counted.marks[TALLY_UNDERSAMPLED], "c");
	assert_string_equal(counted.marks[TALLY_GAPS], "d");
	assert_string_equal(counted.marks[TALLY_OTHER_INPUTS], "e");
	assert_string_equal(counted.marks[TALLY_REMAINDER], "f");
	assert_string_equal(counted.marks[TALLY_WIDENED], "g");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tally__of_trials_that_were_ok_says_nothing),
		cmocka_unit_test(test_tally__counts_what_is_not_ok_and_names_the_first),
		cmocka_unit_test(test_tally__each_mark_has_its_sentence),
		cmocka_unit_test(test_tally__blanks_control_characters),
		cmocka_unit_test(test_tally__cuts_a_long_mark_alike),
		cmocka_unit_test(test_tally_trial_of__has_every_mark_of_a_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
