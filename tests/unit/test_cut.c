/* Trials that were interrupted by the end of their run, and are set aside. */

#include "tests/unit/made_facts.h"
#include "tests/unit/store_fixture.h"

#include "runner/store/cut.h"
#include "runner/store/sealed.h"
#include "runner/trial/journal.h"

static int set_up(void **state)
{
	*state = store_fixture_new(2);
	return 0;
}

static int tear_down(void **state)
{
	store_fixture_free(*state);
	return 0;
}

static void seal(struct store_fixture *fixture, size_t index, enum trial_status status)
{
	struct trial_result result;

	store_result_init(fixture, &result);
	result.status = status;
	if (status != TRIAL_OK)
		snprintf(result.cause, sizeof(result.cause), "a cause");
	store_seal(fixture, index, &result);
	store_result_release(&result);
}

static void leave_spool(const struct store_fixture *fixture, const char *name)
{
	CLEANUP(cleanup_free) char *index = string_format("%s/index", name);

	assert_int_equal(mkdirat(fixture->trials_fd, name, 0700), 0);
	assert_int_equal(file_write(fixture->trials_fd, index, "", 0, 0600, NULL), 0);
}

static int settle(const struct store_fixture *fixture, size_t index)
{
	const struct cut_folders folders = {
		fixture->run_fd, fixture->trials_fd, fixture->trials_path, fixture->plan};
	struct error error = ERROR_INIT;
	const struct planned_trial *planned = plan_trial(fixture->plan, index);
	struct sealed_trial sealed;
	int r = sealed_read(fixture->trials_fd, planned, &sealed, &error);

	if (r >= 0)
		r = cut_settle(&folders, planned, r == 0 ? &sealed : NULL, &error);
	if (r < 0)
		fail_msg("%s", error.text);
	return r;
}

static ino_t inode(const struct store_fixture *fixture, const char *name)
{
	struct stat status;

	assert_int_equal(fstatat(fixture->trials_fd, name, &status, 0), 0);
	return status.st_ino;
}

static void test_cut_settle__keeps_a_sealed_trial_as_it_is(void **state)
{
	struct store_fixture *fixture = *state;
	ino_t before;

	seal(fixture, 0, TRIAL_FAILED);
	before = inode(fixture, "000001.h5");
	/* Killed after sealing, before its spool was removed. */
	leave_spool(fixture, "000001.spool");
	assert_int_equal(settle(fixture, 0), 1);
	assert_int_equal(inode(fixture, "000001.h5"), before);
	assert_false(store_exists(fixture->trials_fd, "000001.spool"));
	assert_false(store_exists(fixture->trials_fd, "000001-interrupted-1.h5"));
}

static void test_cut_settle__sets_an_interrupted_trial_aside_with_its_profile(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free)
	char *profile =
		string_format("profiler/000001-%s", plan_trial(fixture->plan, 0)->backend->name);
	CLEANUP(cleanup_free) char *aside = string_format("%s-interrupted-1", profile);
	ino_t before;

	seal(fixture, 0, TRIAL_INTERRUPTED);
	assert_int_equal(file_make_directories(fixture->run_fd, profile, 0755, NULL), 0);
	before = inode(fixture, "000001.h5");
	assert_int_equal(settle(fixture, 0), 0);
	assert_int_equal(inode(fixture, "000001-interrupted-1.h5"), before);
	assert_false(store_exists(fixture->trials_fd, "000001.h5"));
	assert_false(store_exists(fixture->run_fd, profile));
	assert_true(store_exists(fixture->run_fd, aside));
}

static void test_cut_settle__records_a_trial_that_was_killed(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free)
	char *path = string_format("%s/000002-interrupted-1.h5", fixture->trials_path);

	leave_spool(fixture, "000002.spool");
	assert_int_equal(settle(fixture, 1), 0);
	assert_false(store_exists(fixture->trials_fd, "000002.spool"));
	store_assert_python(path,
		"same(f.attrs['status'], 'interrupted')\n"
		"same(f.attrs['cause'], 'the run ended in the middle of this trial')\n"
		"same(int(f.attrs['order']), 2)\n"
		"same('wall_ns' in f.attrs, False)\n");
}

static void test_cut_settle__keeps_what_had_been_sampled(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free)
	char *path = string_format("%s/000002-interrupted-1.h5", fixture->trials_path);
	struct trial_description description;
	struct spool *spool = NULL;

	assert_int_equal(spool_create(fixture->trials_fd, "000002.spool", &spool, NULL), 0);
	assert_int_equal(
		trial_describe(fixture->plan, plan_trial(fixture->plan, 1), &description, NULL), 0);
	assert_int_equal(journal_describe(spool, &description, NULL), 0);
	trial_description_release(&description);
	store_append(spool, "reference", 900, 100);
	assert_int_equal(spool_flush(spool, NULL), 0);
	spool_close(&spool);
	assert_int_equal(settle(fixture, 1), 0);
	assert_false(store_exists(fixture->trials_fd, "000002.spool"));
	store_assert_python(path, "same(bool(f.attrs['recovered']), True)\n"
				  "same(list(f['reference/current_bytes']), [100])\n");
}

static void test_cut_settle__finds_nothing_where_a_trial_never_began(void **state)
{
	const struct store_fixture *fixture = *state;

	assert_int_equal(settle(fixture, 0), 0);
	assert_false(store_exists(fixture->trials_fd, "000001-interrupted-1.h5"));
}

static void test_cut_settle__counts_the_cuts_of_one_trial(void **state)
{
	struct store_fixture *fixture = *state;

	leave_spool(fixture, "000001.spool");
	assert_int_equal(settle(fixture, 0), 0);
	seal(fixture, 0, TRIAL_INTERRUPTED);
	assert_int_equal(settle(fixture, 0), 0);
	assert_true(store_exists(fixture->trials_fd, "000001-interrupted-1.h5"));
	assert_true(store_exists(fixture->trials_fd, "000001-interrupted-2.h5"));
	assert_false(store_exists(fixture->trials_fd, "000001-interrupted-3.h5"));
}

/* Setting aside was interrupted after the sealing. */
static void test_cut_settle__does_not_record_a_cut_twice(void **state)
{
	struct store_fixture *fixture = *state;

	seal(fixture, 0, TRIAL_INTERRUPTED);
	leave_spool(fixture, "000001.spool");
	assert_int_equal(settle(fixture, 0), 0);
	assert_int_equal(settle(fixture, 0), 0);
	assert_true(store_exists(fixture->trials_fd, "000001-interrupted-1.h5"));
	assert_false(store_exists(fixture->trials_fd, "000001-interrupted-2.h5"));
	assert_false(store_exists(fixture->trials_fd, "000001.spool"));
}

static void test_sealed_read__names_a_trial_that_is_damaged(void **state)
{
	const struct store_fixture *fixture = *state;
	struct error error = ERROR_INIT;
	struct sealed_trial sealed;

	assert_int_equal(file_write(fixture->trials_fd, "000001.h5", "no", 2, 0644, NULL), 0);
	assert_true(
		sealed_read(fixture->trials_fd, plan_trial(fixture->plan, 0), &sealed, &error) < 0);
	assert_non_null(strstr(error.text, "trial 000001: "));
}

static void test_sealed_read__how_a_trial_ended(void **state)
{
	struct store_fixture *fixture = *state;
	struct sealed_trial sealed;

	assert_int_equal(
		sealed_read(fixture->trials_fd, plan_trial(fixture->plan, 0), &sealed, NULL), 1);
	seal(fixture, 0, TRIAL_TIMEOUT);
	assert_int_equal(
		sealed_read(fixture->trials_fd, plan_trial(fixture->plan, 0), &sealed, NULL), 0);
	assert_int_equal(sealed.status, TRIAL_TIMEOUT);
	assert_string_equal(sealed.cause, "a cause");
	for (unsigned kind = 0; kind < TALLY_N_KINDS; kind++)
		assert_string_equal(sealed.marks[kind], "");
}

/* A FIFO would block, and a link may lead to another run's file. */
static void test_sealed_read__refuses_what_is_no_file(void **state)
{
	const struct store_fixture *fixture = *state;
	const struct planned_trial *planned = plan_trial(fixture->plan, 0);
	struct error error = ERROR_INIT;
	struct sealed_trial sealed;

	assert_int_equal(mkfifoat(fixture->trials_fd, "000001.h5", 0600), 0);
	assert_int_equal(sealed_read(fixture->trials_fd, planned, &sealed, &error), -EBADMSG);
	assert_string_equal(error.text, "trial 000001: 000001.h5 is not a regular file");
	assert_int_equal(unlinkat(fixture->trials_fd, "000001.h5", 0), 0);
	assert_int_equal(symlinkat("elsewhere", fixture->trials_fd, "000001.h5"), 0);
	assert_int_equal(sealed_read(fixture->trials_fd, planned, &sealed, &error), -EBADMSG);
}

static void assert_same_trial(const struct tally_trial *a, const struct tally_trial *b)
{
	assert_int_equal(a->number, b->number);
	assert_string_equal(a->backend, b->backend);
	assert_int_equal(a->status, b->status);
	assert_string_equal(a->cause, b->cause);
	for (unsigned kind = 0; kind < TALLY_N_KINDS; kind++)
		assert_string_equal(a->marks[kind], b->marks[kind]);
}

/* A tally gets the same values as when the trial had just run. */
static void test_sealed_read__has_all_that_a_tally_counts(void **state)
{
	struct store_fixture *fixture = *state;
	const struct planned_trial *planned = plan_trial(fixture->plan, 1);
	struct sealed_trial sealed;
	struct trial_result result;
	struct tally_trial fresh, kept;

	store_result_init(fixture, &result);
	result.status = TRIAL_OOM;
	snprintf(result.cause, sizeof(result.cause), "at its limit");
	snprintf(result.suspect, sizeof(result.suspect), "the machine swapped");
	snprintf(result.widened, sizeof(result.widened), "from 0 to 0-1");
	snprintf(result.reporter_failure, sizeof(result.reporter_failure), "it hung");
	snprintf(result.undersampled, sizeof(result.undersampled), "20 of 90 samples missed");
	snprintf(result.gapped, sizeof(result.gapped), "nothing was sampled for up to 2 s");
	snprintf(result.other_inputs, sizeof(result.other_inputs), "/x was removed");
	store_seal(fixture, 1, &result);
	assert_int_equal(sealed_read(fixture->trials_fd, planned, &sealed, NULL), 0);
	fresh = tally_trial_of(planned, &result);
	kept = sealed_tally_trial(planned, &sealed);
	assert_same_trial(&fresh, &kept);
	assert_string_equal(kept.marks[TALLY_GAPS], "nothing was sampled for up to 2 s");
	assert_string_equal(kept.marks[TALLY_OTHER_INPUTS], "/x was removed");
	store_result_release(&result);
}

static void test_results_gather__has_what_was_cut_beside_the_trials(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/results.h5", fixture->path);
	struct run_facts facts = made_facts;
	struct error error = ERROR_INIT;

	facts.resumptions = "[{\"trials_kept\":1}]";
	leave_spool(fixture, "000002.spool");
	assert_int_equal(settle(fixture, 1), 0);
	for (size_t i = 0; i < plan_size(fixture->plan); i++)
		seal(fixture, i, TRIAL_OK);
	if (results_gather(fixture->run_fd, fixture->path, fixture->plan, &facts, &error) < 0)
		fail_msg("%s", error.text);
	store_assert_python(path,
		"same(list(f['trials']), ['000001', '000002', '000003', '000004'])\n"
		"same(list(f['interrupted']), ['000002-1'])\n"
		"same(f['interrupted/000002-1'].attrs['status'], 'interrupted')\n"
		"same(f.attrs['resumptions'], '[{\"trials_kept\":1}]')\n"
		"same(len(f['summary']), 4)\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cut_settle__keeps_a_sealed_trial_as_it_is),
		TEST(test_cut_settle__sets_an_interrupted_trial_aside_with_its_profile),
		TEST(test_cut_settle__records_a_trial_that_was_killed),
		TEST(test_cut_settle__keeps_what_had_been_sampled),
		TEST(test_cut_settle__finds_nothing_where_a_trial_never_began),
		TEST(test_cut_settle__counts_the_cuts_of_one_trial),
		TEST(test_cut_settle__does_not_record_a_cut_twice),
		TEST(test_sealed_read__names_a_trial_that_is_damaged),
		TEST(test_sealed_read__how_a_trial_ended),
		TEST(test_sealed_read__refuses_what_is_no_file),
		TEST(test_sealed_read__has_all_that_a_tally_counts),
		TEST(test_results_gather__has_what_was_cut_beside_the_trials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
