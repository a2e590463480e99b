/* The report's pictures and its page, drawn into a folder of their own. */

#include "tests/unit/folder_fixture.h"
#include "tests/unit/report_fixture.h"

#include "runner/report/report.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <sys/stat.h>

/*
 * Reads width and height from a PNG's first chunk; fails for anything else and for an empty
 * picture.
 */
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
	CLEANUP(cleanup_close) int run_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct report_options options = {.run_fd = run_fd, .run_path = folder};
	struct error error = ERROR_INIT;

	if (report_pictures(results, &options, &error) < 0)
		fail_msg("%s", error.text);
}

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
	script = folder_content(*state, "plots/memory-usage-comparison.gp");
	assert_non_null(strstr(script, "'a_b^2{c}@d&e~f''g\"h\\i`j$k%m#n;o<p> q: memory"));
	assert_non_null(strstr(script, "'x=''; system ''touch pwned''; '' %s %d`touch pwned`@x"));
	assert_non_null(strstr(script, " noenhanced "));
	assert_null(folder_content(*state, "plots/pwned"));
	assert_null(folder_content(*state, "pwned"));
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
	script = folder_content(*state, "plots/memory-usage-comparison.gp");
	assert_non_null(strstr(script, "'size_mib=1024   |   the highest peak of 3 points; "
				       "the others are in plots/"));
	check_png(*state, "plots/memory-usage-comparison-point-1.png", 1600, &height);
	check_png(*state, "plots/memory-usage-comparison-point-2.png", 1600, &height);
	largest = folder_content(*state, "plots/memory-usage-comparison-point-3.gp");
	assert_null(largest);
	results_close(results);
}

static void test_report_pictures__of_many_points_the_first_have_one(void **state)
{
	struct fake_run run = run_of(three);
	uint64_t sizes_mib[20];
	struct results *results;
	CLEANUP(cleanup_free) char *script = NULL;
	CLEANUP(cleanup_free) char *beyond = NULL;
	uint32_t height;

	for (size_t i = 0; i < 20; i++)
		sizes_mib[i] = 1 + i;
	run.sizes_mib = sizes_mib;
	run.n_points = 20;
	run.repetitions = 1;
	results = fake_results_new(&run);
	draw(results, *state);
	script = folder_content(*state, "plots/memory-usage-comparison.gp");
	assert_non_null(strstr(
		script, "the highest peak of 20 points; plots/ has 12 others, results.h5 all"));
	check_png(*state, "plots/memory-usage-comparison-point-12.png", 1600, &height);
	beyond = folder_content(*state, "plots/memory-usage-comparison-point-13.gp");
	assert_null(beyond);
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
	script = folder_content(*state, "plots/memory-usage-comparison.gp");
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
	run.memory_max_bytes = 200 * FAKE_MIB;
	results = fake_results_new(&run);
	draw(results, *state);
	check_png(*state, "memory-usage-comparison.png", 1600, &height);
	check_png(*state, "execution-time-comparison.png", 1600, &height);
	memory = folder_content(*state, "plots/memory-usage-comparison.gp");
	times = folder_content(*state, "plots/execution-time-comparison.gp");
	/* One that was killed at its limit is shown. */
	assert_non_null(strstr(memory, "'killed at its memory limit; peak until then "));
	assert_non_null(strstr(memory, "trials not ok: 2 oom, 1 timeout"));
	check_png(*state, "memory-composition.png", 1600, &height);
	assert_non_null(strstr(times, "'no trial ended ok: 2 oom, 1 timeout'"));
	results_close(results);
}

/* The kernel kills where the whole machine, or a group above, has no more memory. */
static void test_report_pictures__killed_without_a_limit(void **state)
{
	static const char *const tracemalloc[] = {"tracemalloc", NULL};
	struct fake_run run = run_of(tracemalloc);
	struct results *results;
	CLEANUP(cleanup_free) char *memory = NULL;
	CLEANUP(cleanup_free) char *composition = NULL;

	run.status = fails;
	results = fake_results_new(&run);
	draw(results, *state);
	memory = folder_content(*state, "plots/memory-usage-comparison.gp");
	composition = folder_content(*state, "plots/memory-composition.gp");
	assert_non_null(strstr(memory, "'killed by the kernel, out of memory; peak until then "));
	assert_non_null(strstr(composition, ", killed by the kernel, out of memory'"));
	assert_null(strstr(memory, "its memory limit"));
	assert_null(strstr(composition, "its memory limit"));
	results_close(results);
}

/*
 * Values at task_begin are at least 49 MiB, the growth is 2: only the growth is drawn, to be
 * visible.
 */
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
	script = folder_content(*state, "plots/memory-usage-comparison.gp");
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
	data = folder_content(*state, "plots/trace-1-01-psutil-truth.dat");
	/* The truth is 64 MiB in eight steps, starting from nothing. */
	assert_non_null(data);
	assert_int_equal(strncmp(data,
				 "# trial 000001: seconds since task_begin, bytes\n"
				 "0.000000000 0\n",
				 62),
		0);
	assert_non_null(strstr(data, " 67108864\n"));
	results_close(results);
}

/* A line between the two samples would show values that nobody saw: it is interrupted. */
static void test_report_pictures__no_line_where_a_reporter_did_not_look(void **state)
{
	static const char *const both[] = {"psutil", "resource", NULL};
	struct fake_run run = run_of(both);
	struct results *results;
	CLEANUP(cleanup_free) char *polled = NULL;
	CLEANUP(cleanup_free) char *at_marks = NULL;

	run.warmups = 0;
	run.repetitions = 1;
	results = fake_results_new(&run);
	draw(results, *state);
	polled = folder_content(*state, "plots/trace-1-01-psutil-metric.dat");
	at_marks = folder_content(*state, "plots/trace-1-02-resource-metric.dat");
	assert_non_null(polled);
	assert_non_null(at_marks);
	assert_null(strstr(polled, "\n\n"));
	assert_non_null(strstr(at_marks, "\n\n"));
	results_close(results);
}

/*
 * A blank line interrupts gnuplot's line. The task takes 2 s: nothing was sampled from 0.8 to 1.2
 * s.
 */
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
	data = folder_content(*state, "plots/trace-1-01-none-reference.dat");
	assert_non_null(data);
	blank = strstr(data, "\n\n");
	assert_non_null(blank);
	assert_null(strstr(blank + 1, "\n\n"));
	script = folder_content(*state, "plots/memory-usage-comparison.gp");
	assert_non_null(strstr(script, "1 gap in the samples, up to "));
	results_close(results);

	run.gap = false;
	results = fake_results_new(&run);
	draw(results, *state);
	free(data);
	data = folder_content(*state, "plots/trace-1-01-none-reference.dat");
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
	assert_null(folder_content(*state, "memory-usage-comparison.png"));
	results_close(results);
}

static void test_report_pictures__says_what_could_not_be_read(void **state)
{
	CLEANUP(cleanup_close) int run_fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct report_options options = {.run_fd = run_fd, .run_path = *state};
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
	CLEANUP(cleanup_close) int run_fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct report_options options = {
		.run_fd = run_fd, .run_path = *state, .dygraphs = "/nonexistent"};
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *page = NULL;

	run.name = HOSTILE;
	run.status = fails;
	run.watched = true;
	results = fake_results_new(&run);
	assert_int_equal(report_write(results, &options, NULL), 0);
	page = folder_content(*state, "report.html");
	assert_non_null(
		strstr(page, "<h1>a_b^2{c}@d&amp;e~f&#39;g&quot;h\\i`j$k%m#n;o&lt;p&gt; q<"));
	assert_non_null(strstr(page, "<img alt=\"Memory over time by backend, size_mib=64: peak "));
	assert_non_null(strstr(page, "MiB\" src=\"data:image/png;base64,iVBORw0KGgo"));
	assert_non_null(
		strstr(page, "<tr class=\"bad\"><th scope=\"row\">tracemalloc</th><td>0/3</td>"));
	assert_non_null(strstr(page, "libjs-dygraphs was not installed where this was written"));
	assert_non_null(strstr(page, "content=\"default-src 'none'; img-src data:; "));
	assert_non_null(strstr(page, "script-src 'none'\">"));
	assert_non_null(strstr(page, "2 oom, 1 timeout"));
	assert_non_null(strstr(page, "<p>Watching used 1.2 % of a CPU (the sampler&#39;s "));
	assert_null(strstr(page, "<script"));
	assert_non_null(strstr(page, "</html>\n"));
	results_close(results);
}

static void put_dygraphs(const char *folder, const char *script)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/dygraph.min.js", folder);
	CLEANUP(cleanup_free) char *style = string_format("%s/dygraph.min.css", folder);

	assert_int_equal(file_write(AT_FDCWD, path, script, strlen(script), 0644, NULL), 0);
	assert_int_equal(file_write(AT_FDCWD, style, ".x{}", 4, 0644, NULL), 0);
}

/* In every place where text gets into the page: as text, in an attribute, in JSON. */
static void test_report_write__names_stay_text_beside_the_traces(void **state)
{
	static const char breakout[] = "</script><script>alert(1)</script><!--\"'";
	CLEANUP(cleanup_close) int run_fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct report_options options = {
		.run_fd = run_fd, .run_path = *state, .dygraphs = *state};
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *page = NULL;

	put_dygraphs(*state, "var Dygraph;\n//# sourceMappingURL=far.map\n");
	run.name = breakout;
	run.parameter = breakout;
	results = fake_results_new(&run);
	assert_int_equal(report_write(results, &options, NULL), 0);
	page = folder_content(*state, "report.html");
	assert_non_null(strstr(page, "var Dygraph;\n"));
	assert_non_null(strstr(page, "Copyright (c) 2006"));
	assert_null(strstr(page, "sourceMappingURL"));
	assert_non_null(strstr(page, "script-src 'sha256-"));
	assert_non_null(strstr(page, "\\u003c/script\\u003e\\u003cscript\\u003ealert"));
	assert_null(strstr(page, "alert(1)<"));
	assert_null(strstr(page, "<!--"));
	/* The data and the program. */
	assert_ptr_equal(
		strstr(strstr(strstr(page, "<script") + 1, "<script") + 1, "<script"), NULL);
	results_close(results);
}

static void test_report_write__a_program_that_ends_early_is_not_written(void **state)
{
	CLEANUP(cleanup_close) int run_fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct report_options options = {
		.run_fd = run_fd, .run_path = *state, .dygraphs = *state};
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	struct error error = ERROR_INIT;

	put_dygraphs(*state, "x = '</SCRIPT >';");
	assert_int_equal(report_write(results, &options, &error), -EINVAL);
	assert_null(folder_content(*state, "report.html"));
	results_close(results);
}

/* Seconds and bytes a person can follow: the first is itself, the others are differences. */
static void test_report_write__samples_are_differences(void **state)
{
	CLEANUP(cleanup_close) int run_fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct report_options options = {
		.run_fd = run_fd, .run_path = *state, .dygraphs = *state};
	struct fake_run run = run_of(only_none);
	struct results *results;
	CLEANUP(cleanup_free) char *page = NULL;

	put_dygraphs(*state, "");
	run.gap = true;
	results = fake_results_new(&run);
	assert_int_equal(report_write(results, &options, NULL), 0);
	page = folder_content(*state, "report.html");
	assert_non_null(
		strstr(page, "{\"backends\":[\"none\"],\"points\":[{\"label\":\"size_mib=64\","));
	assert_non_null(strstr(page, "\"metric\":null"));
	assert_non_null(
		strstr(page, "\"traces\":[{\"kind\":\"reference\",\"total\":1001,\"times\":[-"));
	assert_non_null(strstr(page, "\"kind\":\"truth\",\"total\":41,\"times\":[0,"));
	/* Eight steps of 8 MiB, each of 0.075 of the time; a sample in every fortieth of it. */
	assert_non_null(strstr(page, "\"values\":[0,0,0,8388608,0,0,8388608,0,"));
	results_close(results);
}

static void test_report_write__without_pictures_says_so(void **state)
{
	CLEANUP(cleanup_close) int run_fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct report_options options = {.run_fd = run_fd, .run_path = *state};
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *page = NULL;

	results->windowless = true;
	assert_int_equal(report_write(results, &options, NULL), -EIO);
	page = folder_content(*state, "report.html");
	assert_non_null(strstr(page, "memory-usage-comparison.png was not drawn."));
	assert_non_null(strstr(page, "<th scope=\"row\">psutil</th><td>3/3</td>"));
	results_close(results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(test_report_pictures__draws_both),
		in_folder(test_report_pictures__hostile_names_stay_text),
		in_folder(test_report_pictures__a_user_can_draw_them_again),
		in_folder(test_report_pictures__one_picture_a_point),
		in_folder(test_report_pictures__of_many_points_the_first_have_one),
		in_folder(test_report_pictures__a_command_without_truth),
		in_folder(test_report_pictures__nothing_ended_ok),
		in_folder(test_report_pictures__killed_without_a_limit),
		in_folder(test_report_pictures__small_growth_is_drawn_from_task_begin),
		in_folder(test_report_pictures__data_are_seconds_since_task_begin_and_bytes),
		in_folder(test_report_pictures__no_line_where_a_reporter_did_not_look),
		in_folder(test_report_pictures__a_trace_breaks_where_nothing_was_sampled),
		in_folder(test_report_pictures__no_trial_no_picture),
		in_folder(test_report_pictures__says_what_could_not_be_read),
		in_folder(test_report_write__makes_a_page_that_needs_nothing),
		in_folder(test_report_write__names_stay_text_beside_the_traces),
		in_folder(test_report_write__a_program_that_ends_early_is_not_written),
		in_folder(test_report_write__samples_are_differences),
		in_folder(test_report_write__without_pictures_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
