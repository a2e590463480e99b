/* results.h5 and summary.csv: gathered by us, read by h5py and by the report's own reader. */

#include "tests/unit/store_fixture.h"

#include "runner/store/thinning.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

/* Four trials: two blocks of two backends. */
static int setup(void **state)
{
	*state = store_fixture_new(2);
	return 0;
}

static int teardown(void **state)
{
	store_fixture_free(*state);
	return 0;
}

static const struct run_facts facts = {
	.tool_version = "0.1.0",
	.created = "2026-11-22T17:53:21Z",
	.kernel = "Linux 6.18",
	.cpu_model = "a CPU",
	.cpus = 2,
	.memory_bytes = 24000000000,
	.page_bytes = 4096,
	.hierarchy = "v1",
	.runtime = "runc",
	.runtime_version = "1.1.5",
	.image = "host",
	.image_digest = "sha256:00",
	.seccomp_sha256 = "",
	.doctor = "{\"can_run\": true}\n",
	.complete = true,
};

/* The trial's initial is 100, peak 900, final 200 and wall 1000; the rest grows with the index. */
static void seal_trial(struct store_fixture *fixture, size_t index)
{
	struct trial_result result;

	store_result_init(fixture, &result);
	if (strcmp(plan_trial(fixture->plan, index)->backend->name, "psutil") == 0) {
		store_append(result.spool, "psutil.rss_bytes", 1100, 40 + index);
		store_append(result.spool, "psutil.rss_bytes", 1200, 70 + index);
		store_append(result.spool, "psutil.calls", 1200, 5);
		store_append(result.spool, "truth", 1100, 60);
		store_append(result.spool, "truth.charged", 1100, 64);
	}
	store_seal(fixture, index, &result);
	store_result_release(&result);
}

static void seal_all(struct store_fixture *fixture)
{
	for (size_t i = 0; i < plan_size(fixture->plan); i++)
		seal_trial(fixture, i);
}

static void gather(struct store_fixture *fixture, const struct run_facts *run_facts)
{
	struct error error = ERROR_INIT;

	if (results_gather(fixture->run_fd, fixture->path, fixture->plan, run_facts, &error) < 0)
		fail_msg("%s", error.text);
	assert_false(store_exists(fixture->run_fd, "results.h5.part"));
	assert_false(store_exists(fixture->run_fd, "summary.csv.part"));
}

/* The run's path is made by mkdtemp: the sentence is compared from after it. */
static void assert_gather_fails(struct store_fixture *fixture, int number, const char *sentence)
{
	struct error error = ERROR_INIT;
	CLEANUP(cleanup_free)
	char *expected =
		string_format("cannot gather the results of %s: %s", fixture->path, sentence);

	assert_int_equal(
		results_gather(fixture->run_fd, fixture->path, fixture->plan, &facts, &error),
		-number);
	assert_string_equal(error.text, expected);
	assert_false(store_exists(fixture->run_fd, "results.h5"));
	assert_false(store_exists(fixture->run_fd, "results.h5.part"));
	assert_false(store_exists(fixture->run_fd, "summary.csv"));
	assert_false(store_exists(fixture->run_fd, "summary.csv.part"));
}

static void check(struct store_fixture *fixture, const char *program)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/results.h5", fixture->path);

	store_assert_python(path, program);
}

static struct results *open_results(struct store_fixture *fixture)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/results.h5", fixture->path);
	struct results *results = NULL;
	struct error error = ERROR_INIT;

	if (results_open(path, &results, &error) < 0)
		fail_msg("%s", error.text);
	return results;
}

/* ---- gathering */

static void test_results_gather__root_attributes(void **state)
{
	struct store_fixture *fixture = *state;

	seal_all(fixture);
	gather(fixture, &facts);
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
	gather(fixture, &facts);
	check(fixture, program);
	results = open_results(fixture);
	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);

		assert_int_equal(row->suspect, row->trial == 2 || row->trial == 3);
	}
	results_close(results);
}

static void test_results_gather__counts_the_reporters_that_failed_and_names_the_first(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free)
	char *program = string_format("same(f.attrs['trials_reporter_failed'], 1)\n"
				      "same(f.attrs['first_reporter_failure'], 'trial 000003 (%s): "
				      "it hung')\n"
				      "same(f.attrs['trials_suspect'], 0)\n"
				      "assert 'first_suspect' not in f.attrs\n",
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
	gather(fixture, &facts);
	check(fixture, program);
}

static void test_results_gather__trials_are_those_that_were_sealed(void **state)
{
	struct store_fixture *fixture = *state;

	seal_all(fixture);
	gather(fixture, &facts);
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
	gather(fixture, &facts);
	/* psutil.calls is not in bytes: it has no row. */
	check(fixture,
		"t = f['summary'][()]\n"
		"same(list(t.dtype.names), ['trial', 'task', 'parameters', 'backend', 'metric',\n"
		"    'repetition', 'warmup', 'status', 'initial_bytes', 'peak_bytes', "
		"'final_bytes',\n"
		"    'truth_peak_bytes', 'wall_ns', 'watched_ns', 'runner_cpu_ns',\n"
		"    'sampler_cpu_ns', 'runner_peak_rss_bytes', 'suspect'])\n"
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
		/* The runner's is 40 + 30 of its own and 8 + 7 of the sampler's thread. */
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
	gather(fixture, &facts);
	assert_int_equal(
		file_read(fixture->run_fd, "summary.csv", 1 << 20, &csv, &length, NULL), 0);
	/* The parameters have a comma and quotes, which are doubled. */
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
	gather(fixture, &facts);
	assert_int_equal(
		file_read(fixture->run_fd, "summary.csv", 1 << 20, &csv, &length, NULL), 0);
	assert_non_null(strstr(csv, ",1,false,ok,18446744073709551615,900,200,"));
}

/* 254 metrics are as many as a trial may have beside its reference and truth. */
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
	gather(fixture, &facts);
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
	gather(fixture, &facts);
	assert_int_equal(
		file_read(fixture->run_fd, "summary.csv", 1 << 20, &csv, &length, NULL), 0);
	assert_non_null(strstr(csv, ",reference.current_bytes,2,false,timeout,,,,,,,,,,false\n"));
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
	struct run_facts interrupted = facts;

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
	gather(fixture, &facts);
	gather(fixture, &facts);
	check(fixture, "same((len(f['trials']), len(f['summary'])), (4, 6))\n");
}

static void test_results_remove_trials__leaves_the_results(void **state)
{
	struct store_fixture *fixture = *state;

	seal_all(fixture);
	gather(fixture, &facts);
	assert_int_equal(results_remove_trials(fixture->run_fd, NULL), 0);
	assert_false(store_exists(fixture->run_fd, "trials"));
	assert_true(store_exists(fixture->run_fd, "results.h5"));
}

/* ---- trials that cannot be gathered */

/* As the owner of a run's folder may put there, for root to follow who goes on with it. */
static void test_results_gather__does_not_follow_a_link(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *kept = NULL;

	seal_all(fixture);
	assert_int_equal(file_write(fixture->run_fd, "others", "kept", 4, 0600, NULL), 0);
	assert_int_equal(symlinkat("others", fixture->run_fd, "results.h5.part"), 0);
	assert_int_equal(symlinkat("others", fixture->run_fd, "summary.csv.part"), 0);
	gather(fixture, &facts);
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
		results_gather(fixture->run_fd, fixture->path, fixture->plan, &facts, &error),
		-EIO);
	assert_non_null(strstr(error.text, "trial 000002: cannot open 000002.h5: truncated file"));
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

	/* The second block has the same two backends in some order: 1 and 3, or 1 and 4. */
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

/* As for sealing: disks of growing size, full at every step in turn. */
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
		r = results_gather(fd, disk, fixture->plan, &facts, &error);
		if (store_exists(fd, "results.h5.part") || store_exists(fd, "summary.csv.part"))
			return 4;
		/* The CSV comes after, and the results are whole without it. */
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

static void test_results_gather__a_full_disk_leaves_nothing(void **state)
{
	struct store_fixture *fixture = *state;
	int status = 0;
	pid_t pid;

	seal_all(fixture);
	assert_int_equal(mkdirat(fixture->run_fd, "disk", 0700), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		exit(gather_on_small_disks(fixture));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- reading */

static void test_results_row__gives_the_summary(void **state)
{
	struct store_fixture *fixture = *state;
	struct results *results;
	unsigned n_metric_rows = 0;

	seal_all(fixture);
	gather(fixture, &facts);
	results = open_results(fixture);
	assert_int_equal(results_n_rows(results), 6);
	for (size_t i = 0; i < 6; i++) {
		const struct summary_row *row = results_row(results, i);
		bool psutil = strcmp(row->backend, "psutil") == 0;

		assert_string_equal(row->task, "ramp.py");
		assert_string_equal(
			row->parameters, "{\"size_mib\": 64, \"mode\": \"a \\\"b\\\", c\"}");
		assert_string_equal(row->status, "ok");
		assert_int_equal(row->wall_ns, 1000);
		assert_true(row->watched_ns == 1600.0 && row->runner_cpu_ns == 85.0);
		assert_true(row->sampler_cpu_ns == 15.0 && row->runner_peak_rss_bytes == 8192.0);
		assert_false(row->warmup);
		assert_int_equal(isnan(row->truth_peak_bytes) != 0, !psutil);
		if (strcmp(row->metric, "reference.current_bytes") == 0) {
			assert_true(row->peak_bytes == 900.0);
			continue;
		}
		n_metric_rows++;
		assert_string_equal(row->metric, "psutil.rss_bytes");
		assert_true(psutil);
		assert_true(row->initial_bytes == 40.0 + (double)(row->trial - 1));
		assert_true(row->final_bytes == 70.0 + (double)(row->trial - 1));
		assert_int_equal(row->repetition, n_metric_rows);
	}
	assert_int_equal(n_metric_rows, 2);
	results_close(results);
}

/* As a program that did not measure them has written it. */
static void test_results_row__later_columns_may_be_missing(void **state)
{
	struct store_fixture *fixture = *state;
	struct results *results;

	seal_all(fixture);
	gather(fixture, &facts);
	check(fixture, "f.close()\n"
		       "f = h5py.File(sys.argv[1], 'r+')\n"
		       "t = f['summary'][()]\n"
		       "del f['summary']\n"
		       "names = [n for n in t.dtype.names if 'runner' not in n and n not in "
		       "('watched_ns', 'sampler_cpu_ns', 'suspect')]\n"
		       "import numpy.lib.recfunctions as rf\n"
		       "f['summary'] = rf.repack_fields(t[names])\n"
		       "same(len(f['summary'].dtype.names), 13)\n");
	results = open_results(fixture);
	assert_int_equal(results_n_rows(results), 6);
	for (size_t i = 0; i < 6; i++) {
		const struct summary_row *row = results_row(results, i);

		assert_int_equal(row->wall_ns, 1000);
		assert_true(isnan(row->watched_ns) && isnan(row->runner_cpu_ns));
		assert_true(isnan(row->sampler_cpu_ns) && isnan(row->runner_peak_rss_bytes));
		assert_false(row->suspect);
	}
	assert_true(results_row(results, 0)->peak_bytes == 900.0);
	results_close(results);
}

static void test_results_attribute__texts_numbers_and_booleans(void **state)
{
	struct store_fixture *fixture = *state;
	struct results *results;
	const char *kernel;

	seal_all(fixture);
	gather(fixture, &facts);
	results = open_results(fixture);
	kernel = results_attribute(results, "kernel");
	assert_string_equal(kernel, "Linux 6.18");
	assert_string_equal(results_attribute(results, "memory_bytes"), "24000000000");
	assert_string_equal(results_attribute(results, "complete"), "TRUE");
	assert_string_equal(results_attribute(results, "seccomp_sha256"), "");
	assert_string_equal(results_attribute(results, "doctor"), "{\"can_run\": true}\n");
	assert_null(results_attribute(results, "nothing"));
	assert_ptr_equal(results_attribute(results, "kernel"), kernel);
	results_close(results);
}

static void test_results_trial_window__of_a_trial(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result never = {.status = TRIAL_FAILED, .exit_code = -1};
	uint64_t begin_ns = 7, end_ns = 7;
	struct results *results;
	struct error error = ERROR_INIT;

	seal_all(fixture);
	store_seal(fixture, 3, &never);
	gather(fixture, &facts);
	results = open_results(fixture);
	assert_int_equal(results_trial_window(results, 4, &begin_ns, &end_ns, &error), -ENODATA);
	assert_string_equal(error.text, "trial 000004 never began");
	assert_int_equal(results_trial_window(results, 5, &begin_ns, &end_ns, &error), -ENOENT);
	assert_string_equal(error.text, "there is no trial 000005");
	assert_int_equal(begin_ns, 7);
	assert_int_equal(results_trial_window(results, 1, &begin_ns, &end_ns, NULL), 0);
	assert_int_equal(begin_ns, 1000);
	assert_int_equal(end_ns, 2000);
	results_close(results);
}

static uint64_t trial_of(struct store_fixture *fixture, const char *backend)
{
	for (size_t i = 0; i < plan_size(fixture->plan); i++) {
		if (strcmp(plan_trial(fixture->plan, i)->backend->name, backend) == 0)
			return i + 1;
	}
	return 0;
}

static size_t trace_of(struct results *results, uint64_t trial, const char *name,
	size_t max_samples, struct sample **ret_samples)
{
	struct error error = ERROR_INIT;
	size_t n = 99;

	if (results_trace(results, trial, name, max_samples, ret_samples, &n, &error) < 0)
		fail_msg("%s", error.text);
	return n;
}

static void test_results_trace__reference_truth_and_metric(void **state)
{
	static const char *const absent[] = {"psutil.uss_bytes", "", "..",
		"metrics/psutil.rss_bytes", "reference/stat", "truth/unique", "truth/bytes"};
	struct store_fixture *fixture = *state;
	uint64_t trial = trial_of(fixture, "psutil");
	struct results *results;
	struct sample *samples = NULL;

	seal_all(fixture);
	gather(fixture, &facts);
	results = open_results(fixture);
	assert_int_equal(trace_of(results, trial, "reference", 100, &samples), 3);
	assert_int_equal(samples[1].time_ns, 1500);
	assert_int_equal(samples[1].value, 800);
	free(samples);
	assert_int_equal(trace_of(results, trial, "truth", 100, &samples), 1);
	assert_int_equal(samples[0].value, 60);
	free(samples);
	assert_int_equal(trace_of(results, trial, "truth/charged", 100, &samples), 1);
	assert_int_equal(samples[0].value, 64);
	free(samples);
	assert_int_equal(trace_of(results, trial, "psutil.rss_bytes", 100, &samples), 2);
	assert_int_equal(samples[1].value, 70 + trial - 1);
	free(samples);
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		assert_int_equal(trace_of(results, trial, absent[i], 100, &samples), 0);
		free(samples);
	}
	assert_int_equal(trace_of(results, trial_of(fixture, "none"), "truth", 100, &samples), 0);
	free(samples);
	assert_int_equal(
		trace_of(results, trial_of(fixture, "none"), "truth/charged", 100, &samples), 0);
	free(samples);
	results_close(results);
}

/* 200,000 samples of 1000, one of 5000 and one of 3: both are in 100 samples of it. */
static void test_results_trace__keeps_a_spike_of_one_sample(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;
	struct results *results;
	struct sample *samples = NULL;
	bool spike = false, dip = false;
	size_t n;

	seal_all(fixture);
	store_result_init(fixture, &result);
	for (uint64_t i = 0; i < 200000; i++)
		store_append(result.spool, "x.y_bytes", i,
			i == 123456 ? 5000 : (i == 123457 ? 3 : 1000));
	store_seal(fixture, 0, &result);
	store_result_release(&result);
	gather(fixture, &facts);
	results = open_results(fixture);
	n = trace_of(results, 1, "x.y_bytes", 100, &samples);
	assert_in_range(n, 50, 100);
	assert_int_equal(samples[0].time_ns, 0);
	assert_int_equal(samples[n - 1].time_ns, 199999);
	for (size_t i = 0; i < n; i++) {
		assert_true(i == 0 || samples[i].time_ns > samples[i - 1].time_ns);
		spike = spike || (samples[i].time_ns == 123456 && samples[i].value == 5000);
		dip = dip || (samples[i].time_ns == 123457 && samples[i].value == 3);
	}
	assert_true(spike && dip);
	free(samples);
	results_close(results);
}

static void test_results_trace__is_in_order_of_time(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_result result;
	struct results *results;
	struct sample *samples = NULL;

	seal_all(fixture);
	store_result_init(fixture, &result);
	store_append(result.spool, "x.y_bytes", 1300, 3);
	store_append(result.spool, "x.y_bytes", 1100, 1);
	store_append(result.spool, "x.y_bytes", 1200, 2);
	store_seal(fixture, 0, &result);
	store_result_release(&result);
	gather(fixture, &facts);
	results = open_results(fixture);
	assert_int_equal(trace_of(results, 1, "x.y_bytes", 4, &samples), 3);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(samples[i].value, i + 1);
	free(samples);
	results_close(results);
}

static void add_mark(struct trial_result *result, uint64_t time_ns, const char *name)
{
	struct trial_mark *marks = reallocarray(result->marks, result->n_marks + 1, sizeof(*marks));

	assert_non_null(marks);
	result->marks = marks;
	marks[result->n_marks] = (struct trial_mark){.time_ns = time_ns};
	snprintf(marks[result->n_marks].name, sizeof(marks->name), "%s", name);
	result->n_marks++;
}

static void test_results_marks__as_they_came(void **state)
{
	/* As long as a name can be. */
	static const char longest[] =
		"a23456789b123456789c123456789d123456789e123456789f123456789g123";
	struct store_fixture *fixture = *state;
	struct trial_mark *marks = NULL;
	struct trial_result result;
	struct results *results;
	struct error error = ERROR_INIT;
	size_t n = 99;

	seal_all(fixture);
	store_result_init(fixture, &result);
	add_mark(&result, 1000, "task_begin");
	add_mark(&result, 1300, longest);
	add_mark(&result, 1200, "held");
	store_seal(fixture, 1, &result);
	store_result_release(&result);
	gather(fixture, &facts);
	results = open_results(fixture);
	assert_int_equal(results_marks(results, 2, &marks, &n, &error), 0);
	assert_int_equal(n, 3);
	assert_int_equal(marks[0].time_ns, 1000);
	assert_string_equal(marks[0].name, "task_begin");
	assert_int_equal(marks[1].time_ns, 1300);
	assert_string_equal(marks[1].name, longest);
	assert_int_equal(marks[2].time_ns, 1200);
	assert_string_equal(marks[2].name, "held");
	free(marks);
	assert_int_equal(results_marks(results, 1, &marks, &n, &error), 0);
	assert_int_equal(n, 0);
	free(marks);
	assert_int_equal(results_marks(results, 5, &marks, &n, &error), -ENOENT);
	assert_string_equal(error.text, "there is no trial 000005");
	results_close(results);
}

static void test_results_marks__refuses_columns_that_differ(void **state)
{
	struct store_fixture *fixture = *state;
	struct trial_mark *marks = NULL;
	struct results *results;
	struct error error = ERROR_INIT;
	size_t n = 99;

	seal_all(fixture);
	gather(fixture, &facts);
	check(fixture, "f.close()\n"
		       "f = h5py.File(sys.argv[1], 'r+')\n"
		       "del f['trials/000001/marks/time_ns']\n"
		       "f['trials/000001/marks/time_ns'] = np.array([1, 2], 'u8')\n");
	results = open_results(fixture);
	assert_int_equal(results_marks(results, 1, &marks, &n, &error), -EINVAL);
	assert_string_equal(error.text, "trial 000001: its marks are not those of a trial");
	assert_null(marks);
	results_close(results);
}

static void test_results_metric_kind__of_each(void **state)
{
	struct store_fixture *fixture = *state;
	enum metric_kind kind = METRIC_GAUGE;
	struct trial_result result;
	struct results *results;

	seal_all(fixture);
	store_result_init(fixture, &result);
	store_append(result.spool, "psutil.rss_bytes", 1100, 40);
	store_append(result.spool, "psutil.peak_bytes", 1100, 40);
	series_set_kind(store_series(result.spool, "psutil.peak_bytes"), METRIC_HIGH_WATER);
	store_seal(fixture, 0, &result);
	store_result_release(&result);
	gather(fixture, &facts);
	results = open_results(fixture);
	assert_int_equal(results_metric_kind(results, 1, "psutil.peak_bytes", &kind, NULL), 0);
	assert_int_equal(kind, METRIC_HIGH_WATER);
	assert_int_equal(results_metric_kind(results, 1, "psutil.nothing", &kind, NULL), 1);
	assert_int_equal(results_metric_kind(results, 1, "../reference", &kind, NULL), 1);
	assert_int_equal(kind, METRIC_HIGH_WATER);
	assert_int_equal(results_metric_kind(results, 1, "psutil.rss_bytes", &kind, NULL), 0);
	assert_int_equal(kind, METRIC_GAUGE);
	results_close(results);
}

static void test_results_open__says_why_a_file_is_none(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *text = string_format("%s/ramp.toml", fixture->path);
	CLEANUP(cleanup_free) char *trial = string_format("%s/000001.h5", fixture->trials_path);
	CLEANUP(cleanup_free)
	char *sentence =
		string_format("cannot read %s: it is not a results file of memcg-run", trial);
	struct results *results = NULL;
	struct error error = ERROR_INIT;

	seal_trial(fixture, 0);
	assert_int_equal(results_open("/nowhere/results.h5", &results, &error), -ENOENT);
	assert_string_equal(
		error.text, "cannot open /nowhere/results.h5: No such file or directory");
	assert_int_equal(results_open(text, &results, &error), -EIO);
	assert_non_null(strstr(error.text, "file signature not found"));
	assert_int_equal(results_open(trial, &results, &error), -EINVAL);
	assert_string_equal(error.text, sentence);
	assert_null(results);
}

static void test_results_open__refuses_a_version_it_does_not_know(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/results.h5", fixture->path);
	struct results *results = NULL;
	struct error error = ERROR_INIT;

	seal_all(fixture);
	gather(fixture, &facts);
	check(fixture, "f.close()\n"
		       "with h5py.File(sys.argv[1], 'r+') as g: g.attrs['format_version'] = 2\n");
	assert_int_equal(results_open(path, &results, &error), -EINVAL);
	assert_non_null(strstr(error.text, "its format version is 2, and this memcg-run reads 1"));
	assert_null(results);
}

/* ---- thinning */

static void assert_thinned(const uint64_t *values, size_t n, size_t max_samples,
	const uint64_t *expected_indices, size_t n_expected)
{
	struct sample kept[16];
	struct thinning thinning;

	assert_true(max_samples <= 16);
	thinning_init(&thinning, kept, max_samples, n);
	for (size_t i = 0; i < n; i++)
		thinning_add(&thinning, (struct sample){.time_ns = i, .value = values[i]});
	assert_int_equal(thinning.n_kept, n_expected);
	for (size_t i = 0; i < n_expected; i++)
		assert_int_equal(kept[i].time_ns, expected_indices[i]);
}

static void test_thinning__keeps_all_that_fits(void **state)
{
	static const uint64_t values[] = {5, 5, 5, 5};
	static const uint64_t expected[] = {0, 1, 2, 3};

	(void)state;
	assert_thinned(values, 4, 4, expected, 4);
	assert_thinned(values, 1, 4, expected, 1);
	assert_thinned(values, 0, 4, expected, 0);
}

/* Ten samples into six: first, last, and of [1, 4] and [5, 8] the smallest and largest. */
static void test_thinning__keeps_both_ends_and_the_extremes_of_each_stretch(void **state)
{
	static const uint64_t values[] = {5, 9, 2, 3, 4, 6, 6, 1, 8, 5};
	static const uint64_t expected[] = {0, 1, 2, 7, 8, 9};
	static const uint64_t level[] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
	static const uint64_t expected_of_level[] = {0, 1, 5, 9};

	(void)state;
	assert_thinned(values, 10, 6, expected, 6);
	assert_thinned(level, 10, 6, expected_of_level, 4);
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_results_gather__root_attributes),
		STORE_TEST(test_results_gather__counts_the_suspects_and_names_the_first),
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
		STORE_TEST(test_results_gather__a_trial_is_not_taken_for_another),
		STORE_TEST(test_results_gather__a_full_disk_leaves_nothing),
		STORE_TEST(test_results_row__gives_the_summary),
		STORE_TEST(test_results_row__later_columns_may_be_missing),
		STORE_TEST(test_results_attribute__texts_numbers_and_booleans),
		STORE_TEST(test_results_trial_window__of_a_trial),
		STORE_TEST(test_results_trace__reference_truth_and_metric),
		STORE_TEST(test_results_trace__keeps_a_spike_of_one_sample),
		STORE_TEST(test_results_trace__is_in_order_of_time),
		STORE_TEST(test_results_marks__as_they_came),
		STORE_TEST(test_results_marks__refuses_columns_that_differ),
		STORE_TEST(test_results_metric_kind__of_each),
		STORE_TEST(test_results_open__says_why_a_file_is_none),
		STORE_TEST(test_results_gather__a_table_of_many_chunks),
		STORE_TEST(test_results_open__refuses_a_version_it_does_not_know),
		STORE_TEST(test_results_gather__the_same_trial_by_another_backend_is_another),
		cmocka_unit_test(test_thinning__keeps_all_that_fits),
		cmocka_unit_test(test_thinning__keeps_both_ends_and_the_extremes_of_each_stretch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
