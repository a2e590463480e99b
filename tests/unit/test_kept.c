/* What the doctor keeps for the next run: it comes back whole, and only under the same conditions. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/doctor/kept.h"
#include "tests/unit/forked.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

struct keeping {
	char folder[64];
	char *file;
	char *program;
	struct hierarchy *hierarchy;
	struct doctor_options options;
};

static int set_up(void **state)
{
	struct keeping *keeping = calloc(1, sizeof(*keeping));

	*state = keeping;
	strcpy(keeping->folder, "/tmp/memcg-run-test-XXXXXX");
	assert_non_null(mkdtemp(keeping->folder));
	keeping->file = string_format("%s/doctor.json", keeping->folder);
	keeping->program = string_format("%s/tool", keeping->folder);
	assert_int_equal(file_write(AT_FDCWD, keeping->program, "1", 1, 0755, NULL), 0);
	keeping->options = (struct doctor_options){
		.kept_directory = keeping->folder, .timer_ns = DOCTOR_RUN_TIMER_NS};
	return hierarchy_find(&keeping->hierarchy, NULL);
}

static int tear_down(void **state)
{
	struct keeping *keeping = *state;

	hierarchy_free(keeping->hierarchy);
	assert_int_equal(file_remove_tree(AT_FDCWD, keeping->folder, NULL), 0);
	free(keeping->program);
	free(keeping->file);
	free(keeping);
	return 0;
}

static const struct attempt tried = {
	.made = true,
	.realtime_ns = UINT64_C(1700000000000000000),
	.has_peak = true,
	.accounts_swap = true,
	.charge_batch_bytes = 262144,
	.sample_cost_ns = 535,
	.sample_cost_p99_ns = 655,
	.timer = {.late_p50_ns = 28,
		.late_p99_ns = 176,
		.late_max_ns = UINT64_C(5000000000),
		.n_scheduled = 51,
		.realtime = true},
};

static void keep(struct keeping *keeping, const struct attempt *attempt)
{
	struct kept *kept = kept_open(&keeping->options, keeping->hierarchy);

	assert_non_null(kept);
	kept_add_attempt(kept, attempt);
	kept_add_version(kept, keeping->program, "1.2.3");
	kept_close(kept);
}

static bool comes_back(struct keeping *keeping, struct attempt *ret_attempt)
{
	struct kept *kept = kept_open(&keeping->options, keeping->hierarchy);
	const bool found = kept_attempt(kept, ret_attempt);

	kept_close(kept);
	return found;
}

static void test_kept__comes_back_whole(void **state)
{
	struct keeping *keeping = *state;
	struct attempt attempt = {.made = false};

	assert_false(comes_back(keeping, &attempt));
	keep(keeping, &tried);
	assert_true(comes_back(keeping, &attempt));
	assert_true(attempt.made);
	assert_int_equal(attempt.realtime_ns, UINT64_C(1700000000000000000));
	assert_true(attempt.has_peak);
	assert_false(attempt.peak_resets);
	assert_true(attempt.accounts_swap);
	assert_int_equal(attempt.charge_batch_bytes, 262144);
	assert_int_equal(attempt.sample_cost_ns, 535);
	assert_int_equal(attempt.sample_cost_p99_ns, 655);
	assert_int_equal(attempt.timer.late_p50_ns, 28);
	assert_int_equal(attempt.timer.late_p99_ns, 176);
	assert_int_equal(attempt.timer.late_max_ns, UINT64_C(5000000000));
	assert_int_equal(attempt.timer.n_scheduled, 51);
	assert_int_equal(attempt.timer.n_missed, 0);
	assert_true(attempt.timer.realtime);
}

static void test_kept__only_under_the_same_conditions(void **state)
{
	struct keeping *keeping = *state;
	struct attempt attempt;

	keep(keeping, &tried);
	keeping->options.delegation = DELEGATION_USER;
	assert_false(comes_back(keeping, &attempt));
	keeping->options.delegation = DELEGATION_NONE;
	keeping->options.timer_ns = DOCTOR_TIMER_NS;
	assert_false(comes_back(keeping, &attempt));
	keeping->options.timer_ns = DOCTOR_RUN_TIMER_NS;
	assert_true(comes_back(keeping, &attempt));
	keeping->options.kept_directory = NULL;
	assert_null(kept_open(&keeping->options, keeping->hierarchy));
	assert_false(kept_attempt(NULL, &attempt));
}

/* In a child, whose conditions end with it. Exits with 0 if nothing comes back. */
static int look_from_fewer_cpus(void *keeping)
{
	struct attempt attempt;
	cpu_set_t cpus;
	size_t cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	while (!CPU_ISSET(cpu, &cpus))
		cpu++;
	CPU_CLR(cpu, &cpus);
	assert_int_equal(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
	return comes_back(keeping, &attempt);
}

static void test_kept__only_on_the_same_cpus(void **state)
{
	cpu_set_t cpus;

	assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	if (CPU_COUNT(&cpus) < 2)
		skip();
	keep(*state, &tried);
	assert_int_equal(forked_run(look_from_fewer_cpus, *state), 0);
}

static struct __user_cap_header_struct capabilities = {.version = _LINUX_CAPABILITY_VERSION_3};

static int look_without_real_time(void *keeping)
{
	const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	struct attempt attempt;

	assert_int_equal(syscall(SYS_capget, &capabilities, sets), 0);
	sets[0].effective &= ~CAP_TO_MASK(CAP_SYS_NICE);
	assert_int_equal(syscall(SYS_capset, &capabilities, sets), 0);
	assert_int_equal(setrlimit(RLIMIT_RTPRIO, &none), 0);
	return comes_back(keeping, &attempt);
}

static void test_kept__only_with_the_same_right_to_real_time(void **state)
{
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	assert_int_equal(syscall(SYS_capget, &capabilities, sets), 0);
	if (!(sets[0].effective & CAP_TO_MASK(CAP_SYS_NICE)))
		skip();
	keep(*state, &tried);
	assert_int_equal(forked_run(look_without_real_time, *state), 0);
}

/* Its timer's lateness would stand in the record of every run after it. */
static void test_kept__a_busy_machine_is_tried_again(void **state)
{
	struct keeping *keeping = *state;
	struct attempt busy = tried, attempt;

	busy.timer.n_missed = 1;
	keep(keeping, &busy);
	assert_false(comes_back(keeping, &attempt));
}

static void test_kept__a_version_is_that_of_the_file(void **state)
{
	struct keeping *keeping = *state;
	CLEANUP(cleanup_free) char *version = NULL;
	struct kept *kept;

	keep(keeping, &tried);
	kept = kept_open(&keeping->options, keeping->hierarchy);
	version = kept_version(kept, keeping->program);
	assert_string_equal(version, "1.2.3");
	assert_null(kept_version(kept, "/nonexistent"));
	assert_int_equal(file_write(AT_FDCWD, keeping->program, "22", 2, 0755, NULL), 0);
	assert_null(kept_version(kept, keeping->program));
	kept_close(kept);
}

static void test_kept__a_malformed_file_is_empty(void **state)
{
	static const char *const texts[] = {"", "{", "[]", "{\"key\": 1}"};
	struct keeping *keeping = *state;
	struct attempt attempt;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(
			file_write(AT_FDCWD, keeping->file, texts[i], strlen(texts[i]), 0600, NULL),
			0);
		assert_false(comes_back(keeping, &attempt));
	}
	keep(keeping, &tried);
	assert_true(comes_back(keeping, &attempt));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kept__comes_back_whole),
		TEST(test_kept__only_under_the_same_conditions),
		TEST(test_kept__only_on_the_same_cpus),
		TEST(test_kept__only_with_the_same_right_to_real_time),
		TEST(test_kept__a_busy_machine_is_tried_again),
		TEST(test_kept__a_version_is_that_of_the_file),
		TEST(test_kept__a_malformed_file_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
