/* results.h5 and summary.csv: gathered by the store, read by h5py. */

#include "tests/unit/results_fixture.h"

#include "tests/unit/forked.h"
#include "util/file.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <sys/mount.h>

/* mkdtemp creates the run's path: the sentence is compared after it. */
static void assert_gather_fails(struct store_fixture *fixture, int number, const char *sentence)
{
	struct error error = ERROR_INIT;
	CLEANUP(cleanup_free)
	char *expected =
		string_format("cannot gather the results of %s: %s", fixture->path, sentence);

	assert_int_equal(
		results_gather(fixture->run_fd, fixture->path, fixture->plan, &made_facts, &error),
		-number);
	assert_string_equal(error.text, expected);
	assert_false(store_exists(fixture->run_fd, "results.h5"));
	assert_false(store_exists(fixture->run_fd, "results.h5.part"));
	assert_false(store_exists(fixture->run_fd, "summary.csv"));
	assert_false(store_exists(fixture->run_fd, "summary.csv.part"));
}

static void test_results_gather__root_attributes(void **state)
{
	struct store_fixture *fixture = *state;

	seal_all(fixture);
	gather(fixture, &made_facts);
	check(fixture,
		"a = f.attrs\n"
		"same((a['format'], a['format_version']), ('memcg-run', 1))\n"
		"same((a['tool_version'], a['created']), ('0.1.0', '2026-11-22T17:53:21Z'))\n"
		"same((a['kernel'], a['cpu_model'], a['cpus']), ('Linux 6.18', 'a CPU', 2))\n"
		"same((a['memory_bytes'], a['page_bytes']), (24000000000, 4096))\n"
		"same((a['hierarchy'], a['runtime']), ('v1', 'runc'))\n"
		"same((a['runtime_version'], a['image']), ('1.1.5', 'host'))\n"
		"same((a['image_digest'], a['seccomp_sha256']), ('sha256:00', ''))\n"
		"same((a['seed'], a['name'], bool(a['quick'])), (42, 'ramp', False))\n"
		"assert a['experiment'].startswith('name = \"ramp\"\\n[task]\\n')\n"
		"same((bool(a['complete']), a['trials_planned'], a['trials_gathered']),\n"
		"     (True, 4, 4))\n");
}

static void test_results_gather__counts_the_suspects_and_names_the_first(void **state)
{
	struct store_fixture *fixture = *state;
	struct results *results;
	CLEANUP(cleanup_free)
	char *program = string_format("same(f.attrs['trials_suspect'], 2)\n"
				      "same(f.attrs['first_suspect'], 'trial 000002 (%s): the "
				      "machine swapped')\n"
				      "t = f['summary'][()]\n"
				      "same(t['suspect'].dtype, np.dtype(bool))\n"
				      "same(set(t['trial'][t['suspect']]), {2, 3})\n"
				      "same(set(t['trial'][~t['suspect']]), {1, 4})\n"
				      "import csv, os\n"
				      "name = os.path.join(os.path.dirname(sys.argv[1]), "
				      "'summary.csv')\n"
				      "rows = csv.DictReader(open(name, newline=''))\n"
				      "same({(r['trial'], r['suspect']) for r in rows}, {('1', "
				      "'false'), ('2', 'true'), ('3', 'true'), ('4', 'false')})\n",
		plan_trial(fixture->plan, 1)->backend->name);

	for (size_t i = 0; i < plan_size(fixture->plan); i++) {
		struct trial_result result;

		store_result_init(fixture, &result);
		if (i == 1 || i == 2)
			snprintf(result.suspect, sizeof(result.suspect), "the machine swapped");
		store_seal(fixture, i, &result);
		store_result_release(&result);
	}
	gather(fixture, &made_facts);
	check(fixture, program);
	results = open_results(fixture);
	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);

		assert_int_equal(row->suspect, row->trial == 2 || row->trial == 3);
	}
	results_close(results);
}

/* The limit, the end and the cause stand in each row of a trial; what the peak was made of in the reference's alone. */
static void test_results_gather__limits_ends_and_composition(void **state)
{
	static const char *const names[] = {"reference.composition.current_bytes",
		"reference.composition.anon_bytes", "reference.composition.file_bytes"};
	static const uint64_t values[] = {890, 200, 600};
	struct store_fixture *fixture = *state;
	struct results *results;
	size_t n_reference = 0;

	fixture->experiment->limits.memory_max_bytes =
		(struct amount){.kind = AMOUNT_NUMBER, .number = 1 << 24};
	for (size_t i = 0; i < plan_size(fixture->plan); i++) {
		struct trial_result result;

		store_result_init(fixture, &result);
		for (size_t j = 0; j < 3; j++)
			store_append(result.spool, names[j], 1500, values[j]);
		store_append(result.spool, "psutil.rss_bytes", 1200, 7);
		snprintf(result.cause, sizeof(result.cause), "it, \"too\"");
		result.task_cpus = i == 0 ? NULL : strdup("0-2,5");
		store_seal(fixture, i, &result);
		free(result.task_cpus);
		store_result_release(&result);
	}
	gather(fixture, &made_facts);
	check(fixture,
		"t = f['summary'][()]\n"
		"import csv, os\n"
		"name = os.path.join(os.path.dirname(sys.argv[1]), 'summary.csv')\n"
		"rows = list(csv.DictReader(open(name, newline='')))\n"
		"same(len(rows), 8)\n"
		"for r, x in zip(rows, t):\n"
		"    same((r['cause'], r['exit_code'], r['signal']), ('it, \"too\"', '0', ''))\n"
		"    same((r['cpu_ns'], r['memory_max_bytes']), ('900', str(1 << 24)))\n"
		"    same((r['limit_met'], r['oom_kills']), ('2', '4'))\n"
		"    same((x['cause'], x['cpu_ns'], x['limit_met']), (b'it, \"too\"', 900, 2))\n"
		"    same(r['task_n_cpus'], '' if r['trial'] == '1' else '4')\n"
		"    own = r['metric'] == 'reference.current_bytes'\n"
		"    same((r['composed_bytes'], r['peak_anon_bytes'], r['peak_file_bytes'],\n"
		"        r['peak_shmem_bytes'], r['composed_ns']),\n"
		"        ('890', '200', '600', '', '500') if own else ('',) * 5)\n"
		"    assert np.isnan(x['peak_kernel_bytes'])\n");
	results = open_results(fixture);
	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);

		assert_true(row->account[ACCOUNT_MEMORY_MAX] == 1 << 24);
		assert_true(isnan(row->account[ACCOUNT_SIGNAL]));
		if (strcmp(row->metric, "reference.current_bytes") != 0)
			continue;
		assert_true(row->account[ACCOUNT_PEAK_FILE] == 600);
		n_reference++;
	}
	assert_int_equal(n_reference, 4);
	results_close(results);
}

static void test_results_gather__counts_the_reporters_that_failed_and_names_the_first(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free)
	char *program =
		string_format("same(f.attrs['trials_reporter_failed'], 1)\n"
			      "same(f.attrs['first_reporter_failure'], 'trial 000003 (%s): "
			      "it hung')\n"
			      "same(f.attrs['trials_suspect'], 0)\n"
			      "assert 'first_suspect' not in f.attrs\n"
			      "assert f.attrs['sealed']\n"
			      "same(f['trials/000003'].attrs['reporter_failure'], 'it hung')\n",
			plan_trial(fixture->plan, 2)->backend->name);

	for (size_t i = 0; i < plan_size(fixture->plan); i++) {
		struct trial_result result;

		store_result_init(fixture, &result);
		if (i == 2)
			snprintf(result.reporter_failure, sizeof(result.reporter_failure),
				"it hung");
		store_seal(fixture, i, &result);
		store_result_release(&result);
	}
	gather(fixture, &made_facts);
	check(fixture, program);
}

static void test_results_gather__trials_are_those_that_were_sealed(void **state)
{
	struct store_fixture *fixture = *state;

	seal_all(fixture);
	gather(fixture, &made_facts);
	check(fixture,
		"import os\n"
		"same(sorted(f['trials']), ['000001', '000002', '000003', '000004'])\n"
		"folder = os.path.join(os.path.dirname(sys.argv[1]), 'trials')\n"
		"def compare(name, there):\n"
		"    here = sealed[name]\n"
		"    same(dict(here.attrs), dict(there.attrs))\n"
		"    if isinstance(there, h5py.Dataset):\n"
		"        assert np.array_equal(here[()], there[()]), name\n"
		"        same((here.dtype, here.compression), (there.dtype, there.compression))\n"
		"for number in f['trials']:\n"
		"    with h5py.File(os.path.join(folder, number + '.h5'), 'r') as sealed:\n"
		"        same(dict(sealed.attrs), dict(f['trials'][number].attrs))\n"
		"        names = []\n"
		"        sealed.visit(names.append)\n"
		"        assert 'reference/current_bytes' in names\n"
		"        for name in names:\n"
		"            compare(name, f['trials'][number][name])\n");
}

static void test_results_gather__summary_has_a_row_a_trial_and_metric(void **state)
{
	struct store_fixture *fixture = *state;

	seal_all(fixture);
	gather(fixture, &made_facts);
	/* psutil.calls is not in bytes: no row. */
	check(fixture,
		"t = f['summary'][()]\n"
		"same(list(t.dtype.names), ['trial', 'task', 'parameters', 'backend', 'metric',\n"
		"    'repetition', 'warmup', 'status', 'initial_bytes', 'peak_bytes', "
		"'final_bytes',\n"
		"    'truth_peak_bytes', 'wall_ns', 'watched_ns', 'runner_cpu_ns',\n"
		"    'sampler_cpu_ns', 'runner_peak_rss_bytes', 'suspect', 'cause', 'exit_code',\n"
		"    'signal', 'cpu_ns', 'memory_max_bytes', 'limit_met', 'oom_kills', "
		"'composed_bytes',\n"
		"    'peak_anon_bytes', 'peak_file_bytes', 'peak_shmem_bytes', "
		"'peak_kernel_bytes', "
		"'composed_ns', 'task_n_cpus', 'maxrss_bytes',\n"
		"    'limit_bytes', 'refaults', 'major_faults', 'stage', 'limit_end'])\n"
		"same(len(t), 6)\n"
		"same(sorted(set(t['trial'])), [1, 2, 3, 4])\n"
		"same(set(t['task']), {b'ramp.py'})\n"
		"same(t['warmup'].dtype, np.dtype(bool)); assert not t['warmup'].any()\n"
		"same(set(t['status']), {b'ok'})\n"
		"r = t[t['metric'] == b'reference.current_bytes']\n"
		"same(len(r), 4)\n"
		"same([tuple(x) for x in r[['initial_bytes', 'peak_bytes', 'final_bytes', "
		"'wall_ns']]],\n"
		"    [(100, 900, 200, 1000)] * 4)\n"
		"same(list(np.isnan(r['truth_peak_bytes'])), list(r['backend'] == b'none'))\n"
		/* The runner's is 40 + 30 of its own plus 8 + 7 of the sampler's thread. */
		"same([tuple(x) for x in t[['watched_ns', 'runner_cpu_ns', 'sampler_cpu_ns', "
		"'runner_peak_rss_bytes']]],\n"
		"    [(1600, 85, 15, 8192)] * 6)\n"
		"m = t[t['metric'] == b'psutil.rss_bytes']\n"
		"same(len(m), 2)\n"
		"same(set(m['backend']), {b'psutil'})\n"
		"same(list(m['repetition']), [1, 2])\n"
		"for x in m:\n"
		"    index = x['trial'] - 1\n"
		"    same((x['initial_bytes'], x['peak_bytes'], x['final_bytes'],\n"
		"        x['truth_peak_bytes']), (40 + index, 70 + index, 70 + index, 60))\n");
}

static void test_results_gather__csv_is_the_same_table(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *csv = NULL;
	size_t length;

	seal_all(fixture);
	gather(fixture, &made_facts);
	assert_int_equal(
		file_read(fixture->run_fd, "summary.csv", 1 << 20, &csv, &length, NULL), 0);
	/* The parameters contain a comma and quotes, which are doubled. */
	assert_non_null(strstr(csv, ",ramp.py,\"{\"\"size_mib\"\": 64, \"\"mode\"\": \"\"a "
				    "\\\"\"b\\\"\", c\"\"}\",none,reference.current_bytes,"));
	check(fixture,
		"import csv, os, json\n"
		"name = os.path.join(os.path.dirname(sys.argv[1]), 'summary.csv')\n"
		"rows = list(csv.DictReader(open(name, newline='')))\n"
		"t = f['summary'][()]\n"
		"same(len(rows), len(t))\n"
		"same(json.loads(rows[0]['parameters']), {'size_mib': 64, 'mode': 'a \"b\", c'})\n"
		"for row, x in zip(rows, t):\n"
		"    for name in t.dtype.names:\n"
		"        value = x[name]\n"
		"        if isinstance(value, bytes): text = value.decode()\n"
		"        elif isinstance(value, np.bool_): text = 'true' if value else 'false'\n"
		"        elif isinstance(value, np.floating):\n"
		"            text = '' if np.isnan(value) else str(int(value))\n"
		"        else: text = str(value)\n"
		"        same((name, row[name]), (name, text))\n");
}

static void test_results_gather__csv_has_numbers_that_a_double_has_not(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *csv = NULL;
	struct trial_result result;
	size_t length;

	seal_all(fixture);
	store_result_init(fixture, &result);
	result.reference.initial_bytes = UINT64_MAX;
	store_seal(fixture, 0, &result);
	store_result_release(&result);
	gather(fixture, &made_facts);
	assert_int_equal(
		file_read(fixture->run_fd, "summary.csv", 1 << 20, &csv, &length, NULL), 0);
	assert_non_null(strstr(csv, ",1,false,ok,18446744073709551615,900,200,"));
}

/* 254 metrics are the maximum of a trial in addition to its reference and truth. */
static void test_results_gather__a_table_of_many_chunks(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;

	seal_all(fixture);
	store_result_init(fixture, &result);
	for (uint64_t i = 0; i < 254; i++) {
		char name[32];

		snprintf(name, sizeof(name), "x.m%03u_bytes", (unsigned)i);
		store_append(result.spool, name, 1100, i);
	}
	store_seal(fixture, 0, &result);
	store_seal(fixture, 2, &result);
	store_result_release(&result);
	gather(fixture, &made_facts);
	check(fixture, "t = f['summary'][()]\n"
		       "for trial in (1, 3):\n"
		       "    x = t[t['trial'] == trial]\n"
		       "    same(len(x), 255)\n"
		       "    same(list(x['peak_bytes'][1:]), list(range(254)))\n"
		       "    same(x['metric'][254], b'x.m253_bytes')\n"
		       "same(list(t['trial']), sorted(t['trial']))\n");
}

static void test_results_gather__a_trial_that_never_began_has_no_numbers(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *csv = NULL;
	struct trial_result result = {.status = TRIAL_TIMEOUT, .cause = "", .exit_code = -1};
	size_t length;

	seal_all(fixture);
	store_seal(fixture, 2, &result);
	gather(fixture, &made_facts);
	assert_int_equal(
		file_read(fixture->run_fd, "summary.csv", 1 << 20, &csv, &length, NULL), 0);
	assert_non_null(strstr(csv,
		",reference.current_bytes,2,false,timeout,,,,,,,,,,false,,,,,,,,,,,,,,,,,,,,\n"));
	check(fixture, "t = f['summary'][()]\n"
		       "x = t[t['trial'] == 3]\n"
		       "same(len(x), 1)\n"
		       "same((x['status'][0], x['wall_ns'][0]), (b'timeout', 0))\n"
		       "assert np.isnan(x['initial_bytes'][0]) and np.isnan(x['peak_bytes'][0])\n"
		       "assert np.isnan(x['final_bytes'][0]) and np.isnan(x['watched_ns'][0])\n"
		       "assert np.isnan(x['runner_cpu_ns'][0])\n");
}

static void test_results_gather__an_interrupted_run_has_what_was_sealed(void **state)
{
	struct store_fixture *fixture = *state;
	struct run_facts interrupted = made_facts;

	seal_trial(fixture, 0);
	seal_trial(fixture, 1);
	assert_int_equal(
		file_write(fixture->trials_fd, "000003.h5.part", "torn", 4, 0600, NULL), 0);
	interrupted.complete = false;
	gather(fixture, &interrupted);
	check(fixture, "same(sorted(f['trials']), ['000001', '000002'])\n"
		       "a = f.attrs\n"
		       "same((bool(a['complete']), a['trials_planned'], a['trials_gathered']),\n"
		       "     (False, 4, 2))\n");
}

static void test_results_gather__again_replaces_the_results(void **state)
{
	struct store_fixture *fixture = *state;

	seal_all(fixture);
	gather(fixture, &made_facts);
	gather(fixture, &made_facts);
	check(fixture, "same((len(f['trials']), len(f['summary'])), (4, 6))\n");
}

static void test_results_remove_trials__leaves_the_results(void **state)
{
	struct store_fixture *fixture = *state;

	seal_all(fixture);
	gather(fixture, &made_facts);
	assert_int_equal(results_remove_trials(fixture->run_fd, NULL), 0);
	assert_false(store_exists(fixture->run_fd, "trials"));
	assert_true(store_exists(fixture->run_fd, "results.h5"));
}

/* ---- failures */

/* The owner of a run's folder could place one for root, who resumes it. */
static void test_results_gather__does_not_follow_a_link(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *kept = NULL;

	seal_all(fixture);
	assert_int_equal(file_write(fixture->run_fd, "others", "kept", 4, 0600, NULL), 0);
	assert_int_equal(symlinkat("others", fixture->run_fd, "results.h5.part"), 0);
	assert_int_equal(symlinkat("others", fixture->run_fd, "summary.csv.part"), 0);
	gather(fixture, &made_facts);
	assert_int_equal(file_read(fixture->run_fd, "others", 100, &kept, NULL, NULL), 0);
	assert_string_equal(kept, "kept");
	check(fixture, "same(len(f['trials']), 4)\n");
}

static void test_results_gather__names_the_trial_that_is_missing(void **state)
{
	struct store_fixture *fixture = *state;

	seal_all(fixture);
	assert_int_equal(unlinkat(fixture->trials_fd, "000003.h5", 0), 0);
	assert_gather_fails(
		fixture, ENOENT, "trial 000003: cannot open 000003.h5: No such file or directory");
}

static void test_results_gather__names_the_trial_that_is_cut_short(void **state)
{
	struct store_fixture *fixture = *state;
	struct error error = ERROR_INIT;
	int fd;

	seal_all(fixture);
	fd = openat(fixture->trials_fd, "000002.h5", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 2048), 0);
	close(fd);
	assert_int_equal(
		results_gather(fixture->run_fd, fixture->path, fixture->plan, &made_facts, &error),
		-EIO);
	assert_non_null(strstr(error.text, "trial 000002: cannot open 000002.h5: truncated file"));
	assert_false(store_exists(fixture->run_fd, "results.h5"));
}

static void test_results_gather__copies_no_link_to_another_file(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/000002.h5", fixture->trials_path);
	struct error error = ERROR_INIT;

	seal_all(fixture);
	store_assert_python(path, "f.close()\n"
				  "with h5py.File(sys.argv[1], 'r+') as g:\n"
				  "    del g.attrs['sealed']\n"
				  "    g['x'] = h5py.ExternalLink('/etc/other.h5', '/')\n");
	assert_int_equal(
		results_gather(fixture->run_fd, fixture->path, fixture->plan, &made_facts, &error),
		-EPERM);
	assert_non_null(strstr(error.text, "x is a link, which is not followed"));
	assert_false(store_exists(fixture->run_fd, "results.h5"));
}

static void test_results_gather__names_the_trial_that_is_no_hdf5(void **state)
{
	struct store_fixture *fixture = *state;

	seal_all(fixture);
	assert_int_equal(file_write(fixture->trials_fd, "000004.h5", "", 0, 0600, NULL), 0);
	assert_gather_fails(
		fixture, EIO, "trial 000004: cannot open 000004.h5: file signature not found");
}

static void test_results_gather__a_trial_is_not_taken_for_another(void **state)
{
	struct store_fixture *fixture = *state;

	/* The second block has the same two backends in either order: 1 and 3, or 1 and 4. */
	const struct planned_trial *first = plan_trial(fixture->plan, 0);
	bool third = plan_trial(fixture->plan, 2)->backend == first->backend;

	seal_all(fixture);
	assert_int_equal(renameat(fixture->trials_fd, "000001.h5", fixture->trials_fd,
				 third ? "000003.h5" : "000004.h5"),
		0);
	seal_trial(fixture, 0);
	assert_gather_fails(fixture, EINVAL,
		third ? "trial 000003: its file is that of another trial"
		      : "trial 000004: its file is that of another trial");
}

static void test_results_gather__the_same_trial_by_another_backend_is_another(void **state)
{
	struct store_fixture *fixture = *state;
	struct planned_trial swapped = *plan_trial(fixture->plan, 0);
	struct trial_result result;

	seal_all(fixture);
	swapped.backend = plan_trial(fixture->plan, 1)->backend;
	store_result_init(fixture, &result);
	assert_int_equal(trial_file_seal(fixture->trials_fd, fixture->trials_path, fixture->plan,
				 &swapped, &result, NULL),
		0);
	store_result_release(&result);
	assert_gather_fails(fixture, EINVAL, "trial 000001: its file is that of another trial");
}

/* As for sealing: on disks of growing size, which are full at each step in turn. */
static int gather_on_small_disks(struct store_fixture *fixture)
{
	CLEANUP(cleanup_free) char *disk = string_format("%s/disk", fixture->path);
	CLEANUP(cleanup_free) char *trials = string_format("%s/disk/trials", fixture->path);
	bool failed = false;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 2;
	for (unsigned pages = 3; pages < 400; pages++) {
		struct error error = ERROR_INIT;
		char size[32];
		int fd, r;

		snprintf(size, sizeof(size), "size=%u", pages * 4096);
		if (mount("tmpfs", disk, "tmpfs", 0, size) < 0 || mkdir(trials, 0700) < 0 ||
			mount(fixture->trials_path, trials, NULL, MS_BIND, NULL) < 0)
			return 3;
		fd = open(disk, O_DIRECTORY | O_CLOEXEC);
		r = results_gather(fd, disk, fixture->plan, &made_facts, &error);
		if (store_exists(fd, "results.h5.part") || store_exists(fd, "summary.csv.part"))
			return 4;
		/* The CSV comes last, and the results are complete without it. */
		if (r == 0 && !(store_exists(fd, "results.h5") && store_exists(fd, "summary.csv")))
			return 5;
		if (r < 0 && (r != -ENOSPC || store_exists(fd, "summary.csv")))
			return 6;
		failed = failed || r < 0;
		close(fd);
		if (umount2(trials, 0) < 0 || umount2(disk, 0) < 0)
			return 7;
		if (r == 0)
			return failed ? 0 : 8;
	}
	return 9;
}

/* A forked_work. Also tests the library's exit handlers. */
static int gather_and_exit(void *context)
{
	exit(gather_on_small_disks(context));
}

static void test_results_gather__a_full_disk_leaves_nothing(void **state)
{
	struct store_fixture *fixture = *state;
	int status;

	seal_all(fixture);
	assert_int_equal(mkdirat(fixture->run_fd, "disk", 0700), 0);
	status = forked_run(gather_and_exit, fixture);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_results_gather__root_attributes),
		STORE_TEST(test_results_gather__counts_the_suspects_and_names_the_first),
		STORE_TEST(test_results_gather__limits_ends_and_composition),
		STORE_TEST(
			test_results_gather__counts_the_reporters_that_failed_and_names_the_first),
		STORE_TEST(test_results_gather__trials_are_those_that_were_sealed),
		STORE_TEST(test_results_gather__summary_has_a_row_a_trial_and_metric),
		STORE_TEST(test_results_gather__csv_is_the_same_table),
		STORE_TEST(test_results_gather__csv_has_numbers_that_a_double_has_not),
		STORE_TEST(test_results_gather__a_trial_that_never_began_has_no_numbers),
		STORE_TEST(test_results_gather__an_interrupted_run_has_what_was_sealed),
		STORE_TEST(test_results_gather__again_replaces_the_results),
		STORE_TEST(test_results_remove_trials__leaves_the_results),
		STORE_TEST(test_results_gather__does_not_follow_a_link),
		STORE_TEST(test_results_gather__names_the_trial_that_is_missing),
		STORE_TEST(test_results_gather__names_the_trial_that_is_cut_short),
		STORE_TEST(test_results_gather__names_the_trial_that_is_no_hdf5),
		STORE_TEST(test_results_gather__copies_no_link_to_another_file),
		STORE_TEST(test_results_gather__a_trial_is_not_taken_for_another),
		STORE_TEST(test_results_gather__a_full_disk_leaves_nothing),
		STORE_TEST(test_results_gather__a_table_of_many_chunks),
		STORE_TEST(test_results_gather__the_same_trial_by_another_backend_is_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
