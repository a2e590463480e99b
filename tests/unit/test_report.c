#include "tests/unit/fake_results.h"

#include "runner/report/comparison.h"
#include "runner/report/facts.h"
#include "runner/report/html.h"
#include "runner/report/parameters.h"
#include "runner/report/report.h"
#include "runner/report/script.h"
#include "runner/report/units.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-9)

/* Everything that means something to gnuplot, to its enhanced text or to HTML, and a terminal escape. */
#define HOSTILE "a_b^2{c}@d&e~f'g\"h\\i`j$k%m#n;o<p>\033q"

static const char *const three[] = {"tracemalloc", "psutil", "none", NULL};
static const char *const only_none[] = {"none", NULL};
static const uint64_t one_size[] = {64};
static const uint64_t sweep[] = {64, 1024, 256};

static const char *fails(const char *backend, size_t point, uint64_t repetition)
{
	(void)point;
	if (strcmp(backend, "tracemalloc") == 0)
		return repetition == 1 ? "timeout" : "oom";
	return strcmp(backend, "psutil") == 0 && repetition == 2 ? "failed" : "ok";
}

static struct fake_run run_of(const char *const *backends)
{
	return (struct fake_run){.name = "ramp",
		.task = "ramp.py",
		.backends = backends,
		.parameter = "size_mib",
		.sizes_mib = one_size,
		.n_points = 1,
		.repetitions = 3,
		.warmups = 1,
		.duration_ns = 200 * NS_PER_MS,
		.base_bytes = 9 * FAKE_MIB,
		.truth = true};
}

static struct summary_row *row_of(struct results *results, uint64_t trial, const char *metric)
{
	for (size_t i = 0; i < results->n_rows; i++)
		if (results->rows[i].trial == trial && strcmp(results->rows[i].metric, metric) == 0)
			return &results->rows[i];
	fail_msg("no row of trial %d", (int)trial);
	return NULL;
}

/* ---- a folder to draw in */

static int set_up(void **state)
{
	char *path = strdup("/tmp/test-report-XXXXXX");

	*state = path;
	return mkdtemp(path) ? 0 : -1;
}

static int tear_down(void **state)
{
	file_remove_tree(AT_FDCWD, *state, NULL);
	free(*state);
	return 0;
}

static char *content(const char *folder, const char *name)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", folder, name);
	char *text = NULL;
	size_t length;

	if (file_read(AT_FDCWD, path, 64 << 20, &text, &length, NULL) < 0)
		return NULL;
	return text;
}

/* Width and height from a PNG's first chunk; fails where the file is no PNG of any content. */
static void check_png(const char *folder, const char *name, uint32_t width, uint32_t *ret_height)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", folder, name);
	CLEANUP(cleanup_free) char *png = NULL;
	const unsigned char *bytes;
	size_t length = 0;

	assert_int_equal(file_read(AT_FDCWD, path, 64 << 20, &png, &length, NULL), 0);
	assert_true(length > 10000);
	assert_memory_equal(png, "\x89PNG\r\n\x1a\n", 8);
	bytes = (const unsigned char *)png;
	assert_int_equal(bytes[16] << 24 | bytes[17] << 16 | bytes[18] << 8 | bytes[19], width);
	*ret_height = (uint32_t)(bytes[20] << 24 | bytes[21] << 16 | bytes[22] << 8 | bytes[23]);
}

static void draw(struct results *results, const char *folder)
{
	const struct report_options options = {.run_path = folder};
	struct error error = ERROR_INIT;

	if (report_pictures(results, &options, &error) < 0)
		fail_msg("%s", error.text);
}

static char *table(struct results *results, struct report_options options)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	options.run_path = "/x/20261122T175321Z-ramp";
	assert_int_equal(report_table(results, &options, stream, NULL), 0);
	fclose(stream);
	return text;
}

/* ---- arranging */

static void test_comparison__orders_points_and_backends(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	struct comparison *comparison = NULL;

	(void)state;
	run.sizes_mib = sweep;
	run.n_points = 3;
	results = fake_results_new(&run);
	assert_int_equal(comparison_new(results, &comparison, NULL), 0);
	assert_int_equal(comparison->n_points, 3);
	assert_string_equal(comparison->points[0].label, "size_mib=64");
	assert_string_equal(comparison->points[1].label, "size_mib=256");
	assert_string_equal(comparison->points[2].label, "size_mib=1024");
	assert_int_equal(comparison_largest_point(comparison), 2);
	assert_int_equal(comparison->n_backends, 3);
	assert_string_equal(comparison->backends[0].name, "none");
	assert_null(comparison->backends[0].headline_metric);
	assert_string_equal(comparison->backends[1].name, "psutil");
	assert_string_equal(comparison->backends[1].headline_metric, "psutil.rss_bytes");
	assert_string_equal(comparison->backends[2].name, "tracemalloc");
	comparison_free(comparison);
	results_close(results);
}

static void test_comparison__leaves_out_warmups_and_failures(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	struct comparison *comparison = NULL;
	const struct comparison_cell *cell;

	(void)state;
	run.status = fails;
	results = fake_results_new(&run);
	assert_int_equal(comparison_new(results, &comparison, NULL), 0);
	cell = comparison_cell(comparison, 0, 1);
	assert_int_equal(cell->n_trials, 3);
	assert_int_equal(cell->n_ok, 2);
	assert_int_equal(cell->trials[1].repetition, 2);
	assert_false(cell->trials[1].ok);
	assert_true(isnan(cell->trials[1].value[COMPARISON_PEAK]));
	assert_true(isnan(cell->trials[1].value[COMPARISON_WALL_NS]));
	assert_false(isnan(cell->trials[2].value[COMPARISON_PEAK]));
	assert_null(comparison_typical_trial(comparison_cell(comparison, 0, 2)));
	comparison_free(comparison);
	results_close(results);
}

/* Trials 4 to 12 are the repetitions, in the order tracemalloc, psutil, none. */
static void test_comparison__computes_errors_and_paired_ratios(void **state)
{
	static const uint64_t psutil_ns[] = {300, 450, 900};
	static const uint64_t none_ns[] = {100, 300, 100};
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	struct comparison *comparison = NULL;
	struct statistics statistics;

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		struct summary_row *own = row_of(results, 5 + 3 * i, "psutil.rss_bytes");
		struct summary_row *reference =
			row_of(results, 5 + 3 * i, "reference.current_bytes");

		own->initial_bytes = 100.0;
		own->peak_bytes = 350.0 + 10.0 * (double)i;
		reference->initial_bytes = 10.0;
		reference->peak_bytes = 190.0;
		own->truth_peak_bytes = reference->truth_peak_bytes = 200.0;
		own->wall_ns = reference->wall_ns = psutil_ns[i];
		row_of(results, 6 + 3 * i, "reference.current_bytes")->wall_ns = none_ns[i];
	}
	assert_int_equal(comparison_new(results, &comparison, NULL), 0);
	/* (360 - 100 - 200) / 200 in the middle; (190 - 10 - 200) / 200 for the reference. */
	assert_int_equal(comparison_statistics(
				 comparison_cell(comparison, 0, 1), COMPARISON_ERROR, &statistics),
		0);
	assert_near(statistics.median, 0.3);
	assert_int_equal(comparison_statistics(comparison_cell(comparison, 0, 1),
				 COMPARISON_REFERENCE_ERROR, &statistics),
		0);
	assert_near(statistics.median, -0.1);
	/* 3, 1.5 and 9; the medians' own ratio would be 4.5. */
	assert_int_equal(comparison_ratio(comparison, 0, 1, &statistics), 0);
	assert_int_equal(statistics.n, 3);
	assert_near(statistics.median, 3.0);
	comparison_free(comparison);
	results_close(results);
}

static void test_comparison__ratio_needs_both_of_a_pair(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	struct comparison *comparison = NULL;
	struct statistics statistics;
	struct summary_row *none = row_of(results, 9, "reference.current_bytes");

	(void)state;
	free(none->status);
	none->status = strdup("oom");
	assert_int_equal(comparison_new(results, &comparison, NULL), 0);
	assert_int_equal(comparison_ratio(comparison, 0, 1, &statistics), 0);
	assert_int_equal(statistics.n, 2);
	comparison_free(comparison);
	results_close(results);
}

static void test_comparison__typical_trial_has_the_median_reference_peak(void **state)
{
	static const double peaks[] = {300.0, 100.0, 200.0};
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	struct comparison *comparison = NULL;

	(void)state;
	for (uint64_t i = 0; i < 3; i++)
		row_of(results, 5 + 3 * i, "reference.current_bytes")->peak_bytes = peaks[i];
	assert_int_equal(comparison_new(results, &comparison, NULL), 0);
	assert_int_equal(
		comparison_typical_trial(comparison_cell(comparison, 0, 1))->repetition, 3);
	comparison_free(comparison);

	/* Of two, the lower. */
	row_of(results, 5, "reference.current_bytes")->peak_bytes = NAN;
	assert_int_equal(comparison_new(results, &comparison, NULL), 0);
	assert_int_equal(
		comparison_typical_trial(comparison_cell(comparison, 0, 1))->repetition, 2);
	comparison_free(comparison);
	results_close(results);
}

static void check_label(const char *json, const char *expected)
{
	CLEANUP(cleanup_free) char *label = parameters_label(json);

	assert_string_equal(label, expected);
}

static void test_parameters_label__is_for_a_person(void **state)
{
	(void)state;
	check_label("{\"size_mib\":64,\"mode\":\"fast\",\"ratio\":0.5,\"on\":true}",
		"size_mib=64 mode=fast ratio=0.5 on=true");
	check_label("{}", "");
	check_label("{\"a\":\"b\\u001bc\"}", "a=b c");
	check_label("not JSON", "not JSON");
}

static void test_parameters_compare__takes_numbers_by_value(void **state)
{
	(void)state;
	assert_true(parameters_compare("{\"n\":9}", "{\"n\":10}") < 0);
	assert_true(parameters_compare("{\"n\":10.5}", "{\"n\":10}") > 0);
	assert_true(parameters_compare("{\"n\":\"64k\"}", "{\"n\":\"256k\"}") < 0);
	/* The first parameter decides. */
	assert_true(parameters_compare("{\"n\":2,\"m\":1}", "{\"n\":1,\"m\":2}") > 0);
	assert_int_equal(parameters_compare("{\"n\":2}", "{\"n\":2}"), 0);
}

static void test_facts_name__comes_from_the_folder_where_there_is_none(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *name = NULL;
	CLEANUP(cleanup_free) char *slashed = NULL;

	(void)state;
	run.name = NULL;
	results = fake_results_new(&run);
	name = facts_name(results, "output/20261122T175321Z-my-ramp");
	slashed = facts_name(results, "output/20261122T175321Z-ramp/");
	assert_string_equal(name, "my-ramp");
	assert_string_equal(slashed, "ramp");
	results_close(results);
}

static void test_facts_machine__is_one_line(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *machine = facts_machine(results);

	(void)state;
	assert_string_equal(machine,
		"Linux 6.12.48, cgroup v2; AMD EPYC 7B13, 4 CPUs, 15.63 GiB; runc 1.1.15; "
		"image host; memcg-run 0.1.0; 2026-11-22T17:53:21Z");
	results_close(results);
}

/* ---- units and texts */

static void test_units__follow_the_largest(void **state)
{
	(void)state;
	assert_string_equal(unit_of_bytes(1048575.0).name, "KiB");
	assert_string_equal(unit_of_bytes(1048576.0).name, "MiB");
	assert_string_equal(unit_of_bytes(10737418239.0).name, "MiB");
	assert_string_equal(unit_of_bytes(10737418240.0).name, "GiB");
	assert_string_equal(unit_of_bytes(NAN).name, "MiB");
	assert_string_equal(unit_of_time(999e3).name, "us");
	assert_string_equal(unit_of_time(50e6).name, "ms");
	assert_string_equal(unit_of_time(1e9).name, "s");
	assert_string_equal(unit_of_time(600e9).name, "min");
	assert_string_equal(unit_of_time(36000e9).name, "h");
}

static void test_format_number__keeps_what_is_significant(void **state)
{
	(void)state;
	assert_string_equal(format_number(0.0).text, "0.00");
	assert_string_equal(format_number(9.125).text, "9.12");
	assert_string_equal(format_number(99.994).text, "99.99");
	assert_string_equal(format_number(99.996).text, "100.0");
	assert_string_equal(format_number(9999.96).text, "10000");
	assert_string_equal(format_number(20480.4).text, "20480");
	assert_string_equal(format_number(-3.5).text, "-3.50");
	assert_string_equal(format_number(NAN).text, "-");
}

static void test_format_percent__has_a_sign(void **state)
{
	(void)state;
	assert_string_equal(format_percent(0.0021).text, "+0.21 %");
	assert_string_equal(format_percent(-0.03).text, "-3.0 %");
	assert_string_equal(format_percent(1.5).text, "+150 %");
	assert_string_equal(format_percent(NAN).text, "-");
}

static void test_script_quote__nothing_leaves_the_string(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	script_quote(stream, "it's '' \"x\" `rm` $y\\\n\033z");
	fclose(stream);
	assert_string_equal(text, "'it''s '''' \"x\" `rm` $y\\  z'");
}

static void test_html_text__escapes(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	html_text(stream, "<a href=\"x\">&'\n");
	fclose(stream);
	assert_string_equal(text, "&lt;a href=&quot;x&quot;&gt;&amp;&#39; ");
}

/* The vectors of RFC 4648, section 10. */
static void test_html_base64__known_vectors(void **state)
{
	static const char *const vectors[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"}};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		CLEANUP(cleanup_free) char *text = NULL;
		size_t length;
		FILE *stream = open_memstream(&text, &length);

		html_base64(stream, vectors[i][0], strlen(vectors[i][0]));
		fclose(stream);
		assert_string_equal(text, vectors[i][1]);
	}
}

/* ---- the table */

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	for (; *text; text += strcspn(text, "\n") + 1) {
		size_t length = strcspn(text, "\n");

		longest = length > longest ? length : longest;
		if (!text[length])
			break;
	}
	return longest;
}

static void test_report_table__has_the_medians_of_each_backend(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		struct summary_row *own = row_of(results, 5 + 3 * i, "psutil.rss_bytes");
		struct summary_row *reference =
			row_of(results, 5 + 3 * i, "reference.current_bytes");
		struct summary_row *none = row_of(results, 6 + 3 * i, "reference.current_bytes");

		own->initial_bytes = 20.0 * (double)FAKE_MIB;
		own->peak_bytes = (85.0 + 0.5 * (double)i) * (double)FAKE_MIB;
		own->final_bytes = 30.0 * (double)FAKE_MIB;
		reference->initial_bytes = 10.0 * (double)FAKE_MIB;
		reference->peak_bytes = 75.25 * (double)FAKE_MIB;
		reference->final_bytes = 12.0 * (double)FAKE_MIB;
		own->wall_ns = reference->wall_ns = 300 * NS_PER_MS;
		none->wall_ns = 200 * NS_PER_MS;
	}
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "size_mib=64   memory in MiB, time in ms, truth 64.00 MiB\n"));
	/* (85.5 - 20 - 64) / 64 is 2.3 %; spread 86 - 85. */
	assert_non_null(strstr(text, "\npsutil      3/3    20.00 85.50   1.00 30.00  "
				     "  10.00 75.25 12.00    +2.3 %  300.0  1.50 1.50-1.50\n"));
	assert_true(longest_line(text) <= 100);
	results_close(results);
}

static void test_report_table__counts_and_names_failures(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.status = fails;
	run.incomplete = "FALSE";
	results = fake_results_new(&run);
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "The run was ended before every planned trial had run.\n"));
	assert_non_null(strstr(text, "\ntracemalloc 0/3 "));
	assert_non_null(strstr(
		text, "\ntracemalloc: 3 of 3 trials not ok and left out: 2 oom, 1 timeout\n"));
	assert_non_null(strstr(text, "\npsutil: 1 of 3 trials not ok and left out: 1 failed\n"));
	results_close(results);
}

static void test_report_table__says_that_the_run_was_quick(void **state)
{
	static const char *const values[] = {NULL, "FALSE", "TRUE"};
	struct fake_run run = run_of(three);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		CLEANUP(cleanup_free) char *text = NULL;
		struct results *results;

		run.quick = values[i];
		results = fake_results_new(&run);
		text = table(results, (struct report_options){.table_width = 0});
		assert_int_equal(strstr(text, "\n" FACTS_QUICK "\n") != NULL, i == 2);
		results_close(results);
	}
}

static void test_report_table__says_how_many_trials_are_suspect(void **state)
{
	static const char sentence[] = "2 of 9 trials are suspect, the first: trial 000003 "
				       "(psutil): the machine swapped.\n";
	static const char *const none[] = {NULL, "0"};
	struct fake_run run = run_of(three);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct results *results;
		CLEANUP(cleanup_free) char *text = NULL;

		run.suspect = i < 2 ? none[i] : "2";
		results = fake_results_new(&run);
		text = table(results, (struct report_options){.table_width = 100});
		if (i < 2)
			assert_null(strstr(text, "suspect"));
		else
			assert_non_null(strstr(text, sentence));
		results_close(results);
	}
}

static void test_report_table__says_in_how_many_trials_the_reporter_failed(void **state)
{
	static const char sentence[] = "\nIn 1 of 9 trials the reporter failed, and they have no "
				       "peak of it, the first: trial 000004 (proc-tree): the "
				       "reporter <hung>.\n";
	static const char *const none[] = {NULL, "0"};
	struct fake_run run = run_of(three);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct results *results;
		CLEANUP(cleanup_free) char *text = NULL;

		run.reporter_failed = i < 2 ? none[i] : "1";
		results = fake_results_new(&run);
		text = table(results, (struct report_options){.table_width = 100});
		if (i < 2)
			assert_null(strstr(text, "the reporter"));
		else
			assert_non_null(strstr(text, sentence));
		results_close(results);
	}
}

static void test_report_table__fits_a_narrow_terminal(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *at_80 = NULL;
	CLEANUP(cleanup_free) char *unlimited = NULL;
	const char *rows;

	(void)state;
	unlimited = table(results, (struct report_options){.table_width = 0});
	assert_non_null(strstr(unlimited, "spread final"));
	at_80 = table(results, (struct report_options){.table_width = 70});
	rows = strstr(at_80, "backend  ");
	assert_non_null(rows);
	assert_true(strcspn(rows, "\n") <= 70);
	assert_null(strstr(at_80, "spread final"));
	/* What the table is for is never hidden. */
	assert_non_null(strstr(at_80, "initial  peak"));
	assert_non_null(strstr(at_80, "error"));
	results_close(results);
}

static void test_report_table__color_only_when_asked(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *plain = NULL;
	CLEANUP(cleanup_free) char *colored = NULL;

	(void)state;
	run.status = fails;
	results = fake_results_new(&run);
	plain = table(results, (struct report_options){.color = false});
	colored = table(results, (struct report_options){.color = true});
	assert_null(strchr(plain, '\033'));
	assert_non_null(strstr(colored, "\033[31mtracemalloc"));
	results_close(results);
}

/* 24 ms in 2 s, of which 18 are the sampler's; the last of four trials has the largest peak. */
static void test_report_table__tells_what_watching_cost(void **state)
{
	struct fake_run run = run_of(only_none);
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *spinning = NULL;
	struct results *results;

	(void)state;
	run.watched = true;
	results = fake_results_new(&run);
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "\nWatching used 1.2 % of a CPU (the sampler's thread 0.90 "
				     "%) and at most 14.00 MiB.\n"));
	/* Of one trial nothing is known, and the three others spun. */
	row_of(results, 1, "reference.current_bytes")->watched_ns = NAN;
	for (uint64_t trial = 2; trial <= 4; trial++) {
		struct summary_row *row = row_of(results, trial, "reference.current_bytes");

		row->runner_cpu_ns = 1.996e9;
		row->sampler_cpu_ns = 1.98e9;
		row->runner_peak_rss_bytes = NAN;
	}
	spinning = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(spinning, "\nWatching used 100 % of a CPU (the sampler's thread "
					 "99 %).\n"));
	results_close(results);
}

static void test_report_table__says_nothing_of_an_unknown_cost(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	text = table(results, (struct report_options){.table_width = 100});
	assert_null(strstr(text, "Watching"));
	results_close(results);
}

static void test_report_table__without_truth_or_none(void **state)
{
	static const char *const psutil[] = {"psutil", NULL};
	struct fake_run run = run_of(psutil);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.truth = false;
	results = fake_results_new(&run);
	text = table(results, (struct report_options){.table_width = 100});
	assert_null(strstr(text, "truth"));
	assert_null(strstr(text, "ratio"));
	assert_null(strstr(text, "closest"));
	assert_non_null(strstr(text, "wall"));
	results_close(results);
}

static void test_report_table__has_what_the_oracle_counted(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *without = table(results, (struct report_options){0});
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	assert_null(strstr(without, "pages counted"));
	for (uint64_t trial = 2; trial <= 4; trial++) {
		const struct summary_row common =
			*row_of(results, trial, "reference.current_bytes");

		fake_add_row(results, &common, "oracle.user_bytes", 8.0 * (double)FAKE_MIB,
			(double)(70 + trial) * (double)FAKE_MIB, 9.5 * (double)FAKE_MIB);
		fake_add_row(results, &common, "oracle.anon_bytes", 1.0, 2.0, 3.0);
	}
	text = table(results, (struct report_options){0});
	assert_non_null(strstr(text, " pages counted"));
	assert_non_null(strstr(text, "initial largest final"));
	assert_non_null(strstr(text, "   8.00   73.00  9.50 "));
	assert_non_null(strstr(text, "\npages counted: anon, file and shmem"));
	results_close(results);
}

static void test_report_table__spread_of_the_reference_where_there_is_no_other(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.truth = false;
	results = fake_results_new(&run);
	for (uint64_t trial = 2; trial <= 4; trial++)
		row_of(results, trial, "reference.current_bytes")->peak_bytes =
			(double)(60 + 2 * trial) * (double)FAKE_MIB;
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, " 66.00   4.00 "));
	results_close(results);
}

static void test_report_table__a_metric_never_reported(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	for (size_t i = 0; i < results->n_rows; i++)
		if (strcmp(results->rows[i].metric, "psutil.rss_bytes") == 0)
			results->rows[i].initial_bytes = results->rows[i].peak_bytes =
				results->rows[i].final_bytes = NAN;
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "\npsutil      3/3        -     -      -     -  "));
	results_close(results);
}

static void test_report_table__verdict_names_the_closest(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(
		strstr(text, "\nclosest to the truth: psutil (+0.00 %), tracemalloc (-3.0 %)\n"));
	/* Three pairs are too few to say what slows the task. */
	assert_null(strstr(text, "slow the task"));
	assert_non_null(
		strstr(text, "\nWith fewer than 6 repetitions an interval is no more than"));
	results_close(results);
}

static void test_report_table__verdict_does_not_rank_negligible_errors(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	/* Every rise is the truth of the row: errors of 0 %. */
	for (size_t i = 0; i < results->n_rows; i++)
		results->rows[i].peak_bytes =
			results->rows[i].initial_bytes + results->rows[i].truth_peak_bytes;
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "\nall 2 that report are within 1 % of the truth\n"));
	assert_null(strstr(text, "closest to the truth"));
	results_close(results);
}

static void test_report_table__verdict_names_what_slows_the_task(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.repetitions = 10;
	results = fake_results_new(&run);
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "\nslow the task: tracemalloc (x 2."));
	assert_null(strstr(text, "With fewer than 6"));
	results_close(results);
}

/* Wall times as 100, 101, ... 109 by repetition, under three backends; peaks stand still. */
static void set_drift(struct results *results)
{
	for (size_t i = 0; i < results->n_rows; i++) {
		struct summary_row *row = &results->rows[i];

		row->wall_ns = (99 + row->repetition) * NS_PER_MS;
		if (strcmp(row->metric, "reference.current_bytes") == 0) {
			row->initial_bytes = 0.0;
			row->peak_bytes = 64.0 * (double)FAKE_MIB;
		}
	}
}

static void test_report_table__tells_drift_over_the_repetitions(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.repetitions = 10;
	results = fake_results_new(&run);
	set_drift(results);
	text = table(results, (struct report_options){.table_width = 100});
	/* Medians of the halves are 102 and 107: 4.9 %. */
	assert_non_null(strstr(text, "\nDrift over the repetitions: wall times +4.9 % (rho +1.00, "
				     "p < 0.001); peaks none (rho +0.00, p = 1).\n"));
	results_close(results);
}

/* All ratios are 1 and peaks are the same, so that the fewest repetitions do; then psutil's peaks are five of 100
 * and five of 110 MiB, whose median is 105 and whose interval is 100 to 110: 4.76 times 1 %, squared and by 10: 227. */
static void test_report_table__tells_how_many_repetitions_are_needed(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *wide = NULL;

	(void)state;
	run.repetitions = 10;
	results = fake_results_new(&run);
	set_drift(results);
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "\nfor medians within 1 %: 6 repetitions\n"));
	for (size_t i = 0; i < results->n_rows; i++)
		if (strcmp(results->rows[i].metric, "psutil.rss_bytes") == 0)
			results->rows[i].peak_bytes =
				(results->rows[i].repetition % 2 ? 100.0 : 110.0) *
				(double)FAKE_MIB;
	wide = table(results, (struct report_options){.table_width = 100});
	assert_non_null(
		strstr(wide, "\nfor medians within 1 %: about 230 repetitions (peak of psutil)\n"));
	results_close(results);
}

static void test_report_table__says_nothing_of_drift_in_few_trials(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.repetitions = 5;
	results = fake_results_new(&run);
	set_drift(results);
	text = table(results, (struct report_options){.table_width = 100});
	assert_null(strstr(text, "Drift"));
	assert_null(strstr(text, "for medians within"));
	results_close(results);
}

static void test_report_table__no_trial_at_all(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.repetitions = 0;
	results = fake_results_new(&run);
	text = table(results, (struct report_options){.table_width = 100});
	assert_string_equal(text, "ramp: no trial was recorded\n");
	results_close(results);
}

/* ---- the pictures */

static void test_report_pictures__draws_both(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	uint32_t height;

	draw(results, *state);
	check_png(*state, "memory-usage-comparison.png", 1600, &height);
	assert_true(height > 600 && height < 900);
	check_png(*state, "execution-time-comparison.png", 1600, &height);
	assert_true(height > 250 && height < 500);
	results_close(results);
}

static void test_report_pictures__hostile_names_stay_text(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *script = NULL;
	uint32_t height;

	run.name = HOSTILE;
	results = fake_results_new(&run);
	for (size_t i = 0; i < results->n_rows; i++) {
		free(results->rows[i].parameters);
		results->rows[i].parameters =
			strdup("{\"x\":\"'; system 'touch pwned'; '\\n%s %d`touch pwned`@x\"}");
	}
	draw(results, *state);
	check_png(*state, "memory-usage-comparison.png", 1600, &height);
	check_png(*state, "execution-time-comparison.png", 1600, &height);
	script = content(*state, "plots/memory-usage-comparison.gp");
	assert_non_null(strstr(script, "'a_b^2{c}@d&e~f''g\"h\\i`j$k%m#n;o<p> q: memory"));
	assert_non_null(strstr(script, "'x=''; system ''touch pwned''; '' %s %d`touch pwned`@x"));
	assert_non_null(strstr(script, " noenhanced "));
	assert_null(content(*state, "plots/pwned"));
	assert_null(content(*state, "pwned"));
	results_close(results);
}

static void test_report_pictures__a_user_can_draw_them_again(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free)
	char *picture = string_format("%s/memory-usage-comparison.png", (const char *)*state);
	CLEANUP(cleanup_free)
	char *command = string_format(
		"cd %s/plots && test -z \"$(gnuplot memory-usage-comparison.gp 2>&1)\"",
		(const char *)*state);
	CLEANUP(cleanup_free) char *first = NULL;
	CLEANUP(cleanup_free) char *second = NULL;
	size_t first_length;
	size_t second_length;

	draw(results, *state);
	assert_int_equal(file_read(AT_FDCWD, picture, 64 << 20, &first, &first_length, NULL), 0);
	assert_int_equal(unlink(picture), 0);
	assert_int_equal(system(command), 0);
	assert_int_equal(file_read(AT_FDCWD, picture, 64 << 20, &second, &second_length, NULL), 0);
	assert_int_equal(first_length, second_length);
	assert_memory_equal(first, second, first_length);
	results_close(results);
}

static void test_report_pictures__one_picture_a_point(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *script = NULL;
	CLEANUP(cleanup_free) char *largest = NULL;
	uint32_t height;

	run.sizes_mib = sweep;
	run.n_points = 3;
	results = fake_results_new(&run);
	draw(results, *state);
	script = content(*state, "plots/memory-usage-comparison.gp");
	assert_non_null(strstr(script, "'size_mib=1024   |   the highest peak of 3 points; "
				       "the others are in plots/"));
	check_png(*state, "plots/memory-usage-comparison-point-1.png", 1600, &height);
	check_png(*state, "plots/memory-usage-comparison-point-2.png", 1600, &height);
	largest = content(*state, "plots/memory-usage-comparison-point-3.gp");
	assert_null(largest);
	results_close(results);
}

static void test_report_pictures__a_command_without_truth(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results;
	CLEANUP(cleanup_free) char *script = NULL;
	uint32_t height;

	run.parameter = NULL;
	run.truth = false;
	results = fake_results_new(&run);
	draw(results, *state);
	check_png(*state, "memory-usage-comparison.png", 1600, &height);
	check_png(*state, "execution-time-comparison.png", 1600, &height);
	script = content(*state, "plots/memory-usage-comparison.gp");
	assert_null(strstr(script, "truth: bytes"));
	assert_null(strstr(script, "what the backend reported"));
	results_close(results);
}

static void test_report_pictures__nothing_ended_ok(void **state)
{
	static const char *const tracemalloc[] = {"tracemalloc", NULL};
	struct fake_run run = run_of(tracemalloc);
	struct results *results;
	CLEANUP(cleanup_free) char *memory = NULL;
	CLEANUP(cleanup_free) char *times = NULL;
	uint32_t height;

	run.status = fails;
	results = fake_results_new(&run);
	draw(results, *state);
	check_png(*state, "memory-usage-comparison.png", 1600, &height);
	check_png(*state, "execution-time-comparison.png", 1600, &height);
	memory = content(*state, "plots/memory-usage-comparison.gp");
	times = content(*state, "plots/execution-time-comparison.gp");
	assert_non_null(strstr(memory, "'no trial ended ok: 2 oom, 1 timeout'"));
	assert_non_null(strstr(times, "'no trial ended ok: 2 oom, 1 timeout'"));
	results_close(results);
}

/* Values at task_begin are 49 MiB and more, the growth 2: it is drawn as growth, or one would not see it. */
static void test_report_pictures__small_growth_is_drawn_from_task_begin(void **state)
{
	static const char *const psutil[] = {"psutil", NULL};
	static const uint64_t two_mib[] = {2};
	struct fake_run run = run_of(psutil);
	struct results *results;
	CLEANUP(cleanup_free) char *script = NULL;

	run.sizes_mib = two_mib;
	run.base_bytes = 49 * FAKE_MIB;
	results = fake_results_new(&run);
	draw(results, *state);
	script = content(*state, "plots/memory-usage-comparison.gp");
	assert_non_null(strstr(script, "set ylabel 'MiB above task_begin'"));
	assert_non_null(strstr(script, "task declared to have touched, since task_begin'"));
	results_close(results);
}

static void test_report_pictures__data_are_seconds_since_task_begin_and_bytes(void **state)
{
	static const char *const psutil[] = {"psutil", NULL};
	struct fake_run run = run_of(psutil);
	struct results *results;
	CLEANUP(cleanup_free) char *data = NULL;

	run.warmups = 0;
	run.repetitions = 1;
	results = fake_results_new(&run);
	draw(results, *state);
	data = content(*state, "plots/trace-1-01-psutil-truth.dat");
	/* The truth is 64 MiB in eight steps: nothing is held at first. */
	assert_non_null(data);
	assert_int_equal(strncmp(data,
				 "# trial 000001: seconds since task_begin, bytes\n"
				 "0.000000000 0\n",
				 62),
		0);
	assert_non_null(strstr(data, " 67108864\n"));
	results_close(results);
}

/* A blank line lifts gnuplot's pen. The task takes 2 s: nothing was seen from 0.8 to 1.2 s. */
static void test_report_pictures__a_trace_breaks_where_nothing_was_sampled(void **state)
{
	static const char *const none[] = {"none", NULL};
	struct fake_run run = run_of(none);
	struct results *results;
	CLEANUP(cleanup_free) char *data = NULL;
	CLEANUP(cleanup_free) char *script = NULL;
	const char *blank;

	run.warmups = 0;
	run.repetitions = 1;
	run.gap = true;
	run.duration_ns = 2000000000;
	results = fake_results_new(&run);
	draw(results, *state);
	data = content(*state, "plots/trace-1-01-none-reference.dat");
	assert_non_null(data);
	blank = strstr(data, "\n\n");
	assert_non_null(blank);
	assert_null(strstr(blank + 1, "\n\n"));
	script = content(*state, "plots/memory-usage-comparison.gp");
	assert_non_null(strstr(script, "1 gap in the samples, up to "));
	results_close(results);

	run.gap = false;
	results = fake_results_new(&run);
	draw(results, *state);
	free(data);
	data = content(*state, "plots/trace-1-01-none-reference.dat");
	assert_null(strstr(data, "\n\n"));
	results_close(results);
}

static void test_report_pictures__no_trial_no_picture(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;

	run.repetitions = 0;
	results = fake_results_new(&run);
	draw(results, *state);
	assert_null(content(*state, "memory-usage-comparison.png"));
	results_close(results);
}

static void test_report_pictures__says_what_could_not_be_read(void **state)
{
	const struct report_options options = {.run_path = *state};
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	struct error error = ERROR_INIT;

	results->windowless = true;
	assert_int_equal(report_pictures(results, &options, &error), -EIO);
	assert_string_equal(error.text, "cannot read the marks");
	results_close(results);
}

/* ---- report.html */

static void test_report_write__makes_a_page_that_needs_nothing(void **state)
{
	const struct report_options options = {.run_path = *state};
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *page = NULL;

	run.name = HOSTILE;
	run.status = fails;
	run.watched = true;
	results = fake_results_new(&run);
	assert_int_equal(report_write(results, &options, NULL), 0);
	page = content(*state, "report.html");
	assert_non_null(
		strstr(page, "<h1>a_b^2{c}@d&amp;e~f&#39;g&quot;h\\i`j$k%m#n;o&lt;p&gt; q<"));
	assert_non_null(strstr(page, "<img alt=\"Memory over time by backend\" "
				     "src=\"data:image/png;base64,iVBORw0KGgo"));
	assert_non_null(strstr(page, "<tr class=\"bad\"><td>tracemalloc</td><td>0/3</td>"));
	assert_non_null(strstr(page, "2 oom, 1 timeout"));
	assert_non_null(strstr(page, "<p>Watching used 1.2 % of a CPU (the sampler&#39;s "));
	assert_null(strstr(page, "<script"));
	assert_non_null(strstr(page, "</html>\n"));
	results_close(results);
}

static void test_report_write__without_pictures_says_so(void **state)
{
	const struct report_options options = {.run_path = *state};
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *page = NULL;

	results->windowless = true;
	assert_int_equal(report_write(results, &options, NULL), -EIO);
	page = content(*state, "report.html");
	assert_non_null(strstr(page, "memory-usage-comparison.png was not drawn."));
	assert_non_null(strstr(page, "<td>psutil</td><td>3/3</td>"));
	results_close(results);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comparison__orders_points_and_backends),
		cmocka_unit_test(test_comparison__leaves_out_warmups_and_failures),
		cmocka_unit_test(test_comparison__computes_errors_and_paired_ratios),
		cmocka_unit_test(test_comparison__ratio_needs_both_of_a_pair),
		cmocka_unit_test(test_comparison__typical_trial_has_the_median_reference_peak),
		cmocka_unit_test(test_parameters_label__is_for_a_person),
		cmocka_unit_test(test_parameters_compare__takes_numbers_by_value),
		cmocka_unit_test(test_facts_name__comes_from_the_folder_where_there_is_none),
		cmocka_unit_test(test_facts_machine__is_one_line),
		cmocka_unit_test(test_units__follow_the_largest),
		cmocka_unit_test(test_format_number__keeps_what_is_significant),
		cmocka_unit_test(test_format_percent__has_a_sign),
		cmocka_unit_test(test_script_quote__nothing_leaves_the_string),
		cmocka_unit_test(test_html_text__escapes),
		cmocka_unit_test(test_html_base64__known_vectors),
		cmocka_unit_test(test_report_table__has_the_medians_of_each_backend),
		cmocka_unit_test(test_report_table__counts_and_names_failures),
		cmocka_unit_test(test_report_table__says_that_the_run_was_quick),
		cmocka_unit_test(test_report_table__says_how_many_trials_are_suspect),
		cmocka_unit_test(test_report_table__says_in_how_many_trials_the_reporter_failed),
		cmocka_unit_test(test_report_table__fits_a_narrow_terminal),
		cmocka_unit_test(test_report_table__color_only_when_asked),
		cmocka_unit_test(test_report_table__tells_what_watching_cost),
		cmocka_unit_test(test_report_table__says_nothing_of_an_unknown_cost),
		cmocka_unit_test(test_report_table__without_truth_or_none),
		cmocka_unit_test(test_report_table__has_what_the_oracle_counted),
		cmocka_unit_test(
			test_report_table__spread_of_the_reference_where_there_is_no_other),
		cmocka_unit_test(test_report_table__a_metric_never_reported),
		cmocka_unit_test(test_report_table__verdict_names_the_closest),
		cmocka_unit_test(test_report_table__verdict_does_not_rank_negligible_errors),
		cmocka_unit_test(test_report_table__verdict_names_what_slows_the_task),
		cmocka_unit_test(test_report_table__tells_drift_over_the_repetitions),
		cmocka_unit_test(test_report_table__tells_how_many_repetitions_are_needed),
		cmocka_unit_test(test_report_table__says_nothing_of_drift_in_few_trials),
		cmocka_unit_test(test_report_table__no_trial_at_all),
		in_folder(test_report_pictures__draws_both),
		in_folder(test_report_pictures__hostile_names_stay_text),
		in_folder(test_report_pictures__a_user_can_draw_them_again),
		in_folder(test_report_pictures__one_picture_a_point),
		in_folder(test_report_pictures__a_command_without_truth),
		in_folder(test_report_pictures__nothing_ended_ok),
		in_folder(test_report_pictures__small_growth_is_drawn_from_task_begin),
		in_folder(test_report_pictures__data_are_seconds_since_task_begin_and_bytes),
		in_folder(test_report_pictures__a_trace_breaks_where_nothing_was_sampled),
		in_folder(test_report_pictures__no_trial_no_picture),
		in_folder(test_report_pictures__says_what_could_not_be_read),
		in_folder(test_report_write__makes_a_page_that_needs_nothing),
		in_folder(test_report_write__without_pictures_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
