/* The output for a data sheet of known values: tests/unit/fake_datasheet.h. */

#include "tests/unit/fake_datasheet.h"
#include "tests/unit/folder_fixture.h"

#include "runner/datasheet/columns.h"
#include "runner/datasheet/writers.h"
#include "runner/report/grid.h"
#include "util/cleanup.h"
#include "util/csv.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>

static const struct datasheet_writing plain = {.run_fd = -1, .machine = "Linux 6.12.48"};

static char *printed(const struct datasheet *datasheet, const struct datasheet_writing *writing)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	assert_int_equal(datasheet_print(datasheet, writing, stream, NULL), 0);
	fclose(stream);
	return text;
}

enum document { CSV, REPORTERS_CSV, MARKDOWN };

static char *written(enum document document, const struct datasheet *datasheet)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	if (document == CSV)
		datasheet_csv(datasheet, &plain, stream);
	else if (document == REPORTERS_CSV)
		datasheet_reporters_csv(datasheet, &plain, stream);
	else
		datasheet_markdown(datasheet, &plain, stream);
	fclose(stream);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}

static size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

/* ---- texts */

static void test_sheet_percent__has_a_sign_and_no_more_digits_than_mean_something(void **state)
{
	(void)state;
	assert_string_equal(sheet_percent(7.0).text, "+700 %");
	assert_string_equal(sheet_percent(-1.0).text, "-100 %");
	assert_string_equal(sheet_percent(0.0994).text, "+9.9 %");
	assert_string_equal(sheet_percent(-0.0996).text, "-10 %");
	assert_string_equal(sheet_percent(0.0004).text, "0 %");
	assert_string_equal(sheet_percent(-0.0).text, "0 %");
	assert_string_equal(sheet_percent(NAN).text, "-");
}

static void test_sheet_cell__tells_what_was_not_measured_from_nothing(void **state)
{
	const struct datasheet datasheet = fake_datasheet();

	(void)state;
	fake_reporters[2].shared_times = 0.02;
	assert_string_equal(sheet_cell(&datasheet, 0, SHEET_SHARED).text, "once");
	assert_string_equal(sheet_cell(&datasheet, 1, SHEET_SHARED).text, "8.0 x");
	assert_string_equal(sheet_cell(&datasheet, 2, SHEET_SHARED).text, "no");
	assert_string_equal(sheet_cell(&datasheet, 3, SHEET_SHARED).text, "-");
	assert_string_equal(sheet_cell(&datasheet, 2, SHEET_DISTURBS).text, "no");
	assert_string_equal(sheet_cell(&datasheet, 3, SHEET_DISTURBS).text, "-");
	assert_string_equal(sheet_cell(&datasheet, 1, SHEET_DISTURBS).text, "+2.25 MiB");
	assert_string_equal(sheet_cell(&datasheet, 2, SHEET_COUNTS).text, "-");
	assert_string_equal(sheet_cell(&datasheet, 3, SHEET_FINAL_RIGHT).text, "-");
	/* one that is right in none of its judged situations */
	assert_string_equal(sheet_cell(&datasheet, 1, SHEET_STAGES_RIGHT).text, "0/1");
}

static void test_sheet_tally__counts_by_moment(void **state)
{
	const struct datasheet datasheet = fake_datasheet();
	struct sheet_tally tally = sheet_tally(&datasheet, 1, MOMENT_PEAK);

	(void)state;
	assert_int_equal(tally.n_judged, 2);
	assert_int_equal(tally.n[VERDICT_BLIND], 1);
	assert_int_equal(tally.n[VERDICT_HIGH], 1);
	assert_int_equal(tally.n[VERDICT_RIGHT], 0);
	tally = sheet_tally(&datasheet, 1, MOMENT_FINAL);
	assert_int_equal(tally.n[VERDICT_RIGHT], 1);
	assert_int_equal(tally.n[VERDICT_HIGH], 1);
}

static void test_sheet_is_telling__where_one_is_wrong_as_it_was_not_at_the_peak(void **state)
{
	const struct datasheet datasheet = fake_datasheet();

	(void)state;
	assert_true(sheet_is_telling(&datasheet, 0));
	/* psutil is low, and was blind. */
	assert_true(sheet_is_telling(&datasheet, 1));
	assert_false(sheet_is_telling(&datasheet, 2));
	assert_true(sheet_is_telling(&datasheet, 3));
	/* psutil is high, as it was. */
	assert_false(sheet_is_telling(&datasheet, 4));
	fake_cells[2 * FAKE_SITUATIONS + 2].verdict = VERDICT_BLIND;
	assert_true(sheet_is_telling(&datasheet, 2));
}

static void test_csv_text__quotes_what_must_be(void **state)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	csv_text(stream, "plain text");
	csv_text(stream, "a,\"b\"\n");
	fclose(stream);
	assert_string_equal(text, "plain text\"a,\"\"b\"\"\n\"");
	free(text);
}

static void test_datasheet_cell__is_null_outside(void **state)
{
	const struct datasheet datasheet = fake_datasheet();

	(void)state;
	assert_ptr_equal(datasheet_cell(&datasheet, 1, 2), &fake_cells[7]);
	assert_null(datasheet_cell(&datasheet, FAKE_REPORTERS, 0));
	assert_null(datasheet_cell(&datasheet, 0, FAKE_SITUATIONS));
	assert_null(datasheet_cell(NULL, 0, 0));
}

/* ---- the terminal */

static void test_grid__puts_titles_over_groups_and_numbers_to_the_right(void **state)
{
	static const char title[] = "of two";
	static const struct grid_column columns[] = {
		{NULL, "name", true, 0},
		{title, "a", false, 0},
		{title, "b", false, 0},
		{title, "hidden", false, 0},
		{NULL, "last", false, 0},
	};
	struct grid *grid = grid_new(columns, 5, 2);
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	grid_set(grid, 0, 0, "x");
	grid_set(grid, 0, 1, "1");
	grid_set(grid, 0, 2, "22");
	grid_set(grid, 0, 3, "-");
	grid_set(grid, 0, 4, "5");
	grid_set(grid, 1, 0, "longer");
	grid_set(grid, 1, 1, "333");
	grid_hide_empty(grid);
	assert_int_equal(grid_print(grid, false, stream), 0);
	fclose(stream);
	assert_string_equal(text, "        of two\n"
				  "name      a  b  last\n"
				  "x         1 22     5\n"
				  "longer  333\n");
	free(text);
	grid_free(grid);
}

static void test_grid__hides_what_is_missed_least_until_a_line_fits(void **state)
{
	static const char one[] = "", two[] = "two";
	static const struct grid_column columns[] = {
		{one, "name", true, 0},
		{one, "ok", false, 0},
		{two, "a", false, 2},
		{two, "b", false, 0},
		{two, "c", false, 3},
	};
	struct grid *grid = grid_new(columns, 5, 1);
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	for (size_t i = 0; i < 5; i++)
		grid_set(grid, 0, i, "%zu", i);
	grid_mark(grid, 0);
	grid_fit(grid, 0);
	assert_int_equal(grid_print(grid, false, stream), 0);
	/* "name ok  a b c" has 14. */
	grid_fit(grid, 14);
	assert_false(grid_is_hidden(grid, 2));
	grid_fit(grid, 13);
	assert_true(grid_is_hidden(grid, 2));
	assert_false(grid_is_hidden(grid, 4));
	assert_int_equal(grid_print(grid, true, stream), 0);
	fclose(stream);
	assert_string_equal(text, "           two\n"
				  "name ok  a b c\n"
				  "0     1  2 3 4\n"
				  "\033[2m         two\n\033[0m"
				  "\033[1mname ok  b c\033[0m\n"
				  "\033[31m0     1  3 4\033[0m\n");
	free(text);
	grid_free(grid);
}

static json_t *find_cell(json_t *json, const char *moment, const char *metric)
{
	json_t *cells = json_object_get(json, "cells");

	for (size_t i = 0; i < json_array_size(cells); i++) {
		json_t *cell = json_array_get(cells, i);

		if (strcmp(json_string_value(json_object_get(cell, "phenomenon")), "fork_tree") ==
				0 &&
			strcmp(json_string_value(json_object_get(cell, "moment")), moment) == 0 &&
			strcmp(json_string_value(json_object_get(cell, "metric")), metric) == 0)
			return cell;
	}
	fail_msg("no cell of %s at %s", metric, moment);
	return NULL;
}

static void test_datasheet_json__has_every_cell_and_reporter(void **state)
{
	const struct datasheet datasheet = fake_datasheet();
	json_t *json = datasheet_json(&datasheet, &plain);
	json_t *cell;

	(void)state;
	assert_int_equal(json_array_size(json_object_get(json, "cells")), 20);
	assert_int_equal(json_array_size(json_object_get(json, "reporters")), 4);
	assert_string_equal(json_string_value(json_object_get(json, "truth_kind")), "touched");
	assert_true(json_is_false(json_object_get(json, "incomplete")));
	cell = find_cell(json, "peak", "psutil.rss_bytes");
	assert_string_equal(json_string_value(json_object_get(cell, "verdict")), "blind");
	/* 64 MiB were declared as touched; what was not measured is null. */
	assert_int_equal(json_integer_value(json_object_get(cell, "truth_bytes")), 67108864);
	assert_true(json_is_null(
		json_object_get(find_cell(json, "peak", "none-at-all.bytes"), "error_bytes")));
	assert_true(json_is_null(
		json_object_get(find_cell(json, "peak", "none-at-all.bytes"), "verdict")));
	json_decref(json);
}

static void test_datasheet_print__says_it_in_three_tables_and_letters(void **state)
{
	const struct datasheet datasheet = fake_datasheet();
	char *text = printed(&datasheet, &plain);

	(void)state;
	assert_has(text,
		"20261122T175321Z-datasheet: 4 reporters in 5 situations, compared with what was "
		"touched\n"
		"41 trials, of which 1 did not end ok and is left out; at most 10 repetitions of "
		"each\n");
	assert_has(text,
		"                      what it counts  verdicts at the peak    right in\n"
		"   reporter           counts   right  right high low blind  stages end\n"
		"1  reference.current  charged    2/2      2    0   0     0     1/1 2/2\n"
		"2  psutil.rss         touched    1/2      0    1   0     1     0/1 1/2\n"
		"3  resource.maxrss    -            -      1    0   1     0       -   -\n"
		"4  none-at-all.bytes  -            -      -    -   -     -       -   -\n");
	assert_has(text,
		"                      --------------- what it sees  smallest it shows  ------ its "
		"trace\n"
		"   reporter           children native cache shared       step   spike      rmse   "
		"delay\n"
		"1  reference.current       yes    yes   yes   once  256.0 KiB  100 us  12.0 KiB  "
		"800 "
		"ns\n"
		"2  psutil.rss               no    yes    no  8.0 x    4.0 KiB 20.0 ms  1.50 MiB "
		"5.25 "
		"ms\n");
	assert_has(text,
		"                               ----- the task slower\n"
		"   reporter           reading  ratio      95 % worst       adds  changes peak\n"
		"1  reference.current        -      -         -     -          -             -\n"
		"2  psutil.rss         12.3 us   1.03 1.00-1.06  2.40  +3.50 MiB     +2.25 MiB\n");
	/* The hostile name is truncated, and its escape becomes a blank. */
	assert_has(text,
		"phenomenon         moment       1  2  3  4\n"
		"fork_tree          peak         .  B  L  -\n"
		"                   held         ,  l  -  -\n"
		"ramp|<b> [2J,\"x\"'` peak         .  H  .  -\n"
		"and 2 more, in which every reporter is right, or is wrong as at the peak\n");
	assert_has_not(text, "\033");
	free(text);
}

static void test_datasheet_print__fits_the_terminal(void **state)
{
	const struct datasheet datasheet = fake_datasheet();
	struct datasheet_writing writing = plain;
	char *text;

	(void)state;
	/* Room for two columns of three letters after 30 columns. */
	writing.terminal_width = 38;
	text = printed(&datasheet, &writing);
	assert_has(text,
		"phenomenon         moment       1  2\nfork_tree          peak         .  B\n");
	assert_has(text,
		"phenomenon         moment       3  4\nfork_tree          peak         L  -\n");
	free(text);
	/* Narrower than the names: one block, which the terminal wraps. */
	writing.terminal_width = 20;
	text = printed(&datasheet, &writing);
	assert_has(text, "moment       1  2  3  4\n");
	free(text);
}

static void test_datasheet_print__colors_and_warns_where_asked(void **state)
{
	struct datasheet datasheet = fake_datasheet();
	struct datasheet_writing writing = plain;
	char *text;

	(void)state;
	writing.color = true;
	writing.incomplete = true;
	writing.zero_page = "reading is free";
	datasheet.n_trials_left_out = 0;
	datasheet.repetitions = 1;
	text = printed(&datasheet, &writing);
	assert_has(text, "\033[1m20261122T175321Z-datasheet\033[0m: ");
	assert_has(text, "\n40 trials; 1 repetition of each\n");
	assert_has(text, "The run was ended before every planned trial had run.\n");
	assert_has(text, "\nOn this host reading is free.\n");
	assert_has(text, "  \033[31mH\033[0m");
	free(text);
}

static void test_datasheet_markdown__leaves_out_what_nobody_is_known_of(void **state)
{
	const struct datasheet datasheet = fake_datasheet();
	char *text;

	(void)state;
	fake_reporters[1].disturbs = ANSWER_UNKNOWN;
	fake_reporters[1].added_bytes = FAKE_NOTHING;
	text = written(MARKDOWN, &datasheet);
	assert_has(text, " | slowdown at worst | that is in | changes the peak |\n| --- | ---: |");
	assert_has(text, " | 2.40 | python_objects | - |\n");
	free(text);
}

/* A single trial has no certainty to report per cell. */
static void test_datasheet__of_one_repetition_marks_no_verdict(void **state)
{
	struct datasheet datasheet = fake_datasheet();
	char *text;

	(void)state;
	datasheet.repetitions = 1;
	text = printed(&datasheet, &plain);
	assert_has(text, "                   held         .  L  -  -\n");
	assert_has(text,
		"\nWith one repetition there is no interval, so every verdict is uncertain.\n");
	free(text);
	text = written(MARKDOWN, &datasheet);
	assert_has(text, " | held | right | **low** -25 % | - | - |\n");
	assert_has(text,
		"\n**With one repetition there is no interval, so every verdict is uncertain.**\n");
	free(text);
}

/* ---- CSV */

static void test_datasheet_csv__has_a_line_a_cell(void **state)
{
	const struct datasheet datasheet = fake_datasheet();
	char *text = written(CSV, &datasheet);

	(void)state;
	assert_int_equal(count_of(text, "\n"), 1 + 4 * 5);
	assert_has(text,
		"phenomenon,moment,backend,metric,truth_kind,truth_bytes,scale_bytes,tolerance_"
		"bytes,"
		"value_bytes,error_bytes,error_low_bytes,error_high_bytes,error_percent,verdict,"
		"sure,"
		"against_requested,against_touched,against_charged,against_unique,outliers,trials\n"
		"fork_tree,peak,reference,reference.current_bytes,touched,67108864,67108864,"
		"1048576,"
		"33816576,262144,262144,262144,0.390625,right,true,right,right,right,,0,3 12 57 58 "
		"59\n");
	/* 16 MiB of 64 too low, +-0.5 MiB */
	assert_has(text,
		"\nfork_tree,held,psutil,psutil.rss_bytes,touched,67108864,67108864,1048576,"
		"16777216,"
		"-16777216,-17301504,-16252928,-25,low,false,low,low,low,,0,3 12 57 58 59\n");
	assert_has(text, "\nfork_tree,final,none-at-all,none-at-all.bytes,touched,0,67108864,"
			 "1048576,,,,,,,,,,"
			 ",,0,\n");
	assert_has(text, "\n\"ramp|<b>\033[2J,\"\"x\"\"'`$\",peak,psutil,");
	free(text);
}

static void test_datasheet_reporters_csv__has_a_line_a_reporter(void **state)
{
	const struct datasheet datasheet = fake_datasheet();
	char *text = written(REPORTERS_CSV, &datasheet);

	(void)state;
	assert_int_equal(count_of(text, "\n"), 1 + 4);
	assert_has(text, "backend,metric,counts,counts_right,counts_judged,peak_right,peak_high,");
	assert_has(text,
		"\npsutil,psutil.rss_bytes,touched,1,2,0,1,0,1,0,0,1,0,1,1,0,0,4096,20000000,no,"
		"yes,"
		"no,8,1572864,5250000,12300,1.034,1.001,1.062,2.4,2.25,2.5,python_objects,3670016,"
		"3000000,4000000,2359296,2000000,3000000,fork_tree,yes,false\n");
	assert_has(text, "\nresource,resource.maxrss_bytes,,0,0,1,0,1,0,0,0,0,0,0,0,0,0,,,,,,,,,,,,"
			 ",,,,,,,,,,,,no,"
			 "true\n");
	free(text);
}

/* ---- Markdown */

static void test_datasheet_markdown__names_each_verdict_with_its_error_and_trials(void **state)
{
	const struct datasheet datasheet = fake_datasheet();
	char *text = written(MARKDOWN, &datasheet);

	(void)state;
	assert_has(text, "\n![The verdicts, situations by reporters](datasheet.png)\n");
	assert_has(text,
		"compared with what was **touched**. 40 trials that ended ok, 1 that did not and");
	assert_has(text,
		"\n| psutil.rss | touched | 1/2 | 0 | 1 | 0 | 1 | 0/1 | 1/2 | no | yes | no | 8.0 "
		"x | "
		"4.0 KiB | 20.0 ms | 1.50 MiB | 5.25 ms | 12.3 us | 1.03 | 1.00-1.06 | 2.40 | "
		"python_objects | +3.50 MiB | +2.25 MiB | fork_tree |\n");
	assert_has(text, " | adds | changes the peak | most in |\n");
	assert_has(text, "\n| psutil.rss | 1 high, 1 blind | 1 low | 1 right, 1 high |\n");
	assert_has(text, "\n| resource.maxrss | 1 right, 1 low | - | - |\n");
	assert_has(text,
		"\n| [fork_tree](#trials-1) | peak | right | **blind** -100 % | **low** -1.2 % | - "
		"|\n");
	assert_has(text, "\n| [fork_tree](#trials-2) | held | right? | **low**? -25 % | - | - |\n");
	assert_has(text, "\n| [fork_tree](#trials-3) | final | right? | right | - | - |\n");
	assert_has(text, "\n| <a id=\"trials-1\"></a>fork_tree | peak | 3, 12, 57-59 | 3, 12, "
			 "57-59 | 3, 12, "
			 "57-59 | - |\n");
	assert_has(text, "</a>ramp\\|\\<b\\> \\[2J,\"x\"'\\`$ | peak | 3 | 3, 12 | 3, 12 | - |\n");
	assert_has_not(text, "<b>");
	free(text);
}

/* ---- the run's folder */

static void test_datasheet_write__leaves_four_files_and_a_script(void **state)
{
	const struct datasheet datasheet = fake_datasheet();
	CLEANUP(cleanup_close) int run_fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct datasheet_writing writing = {
		.run_fd = run_fd, .machine = "Linux 6.12.48", .zero_page = "reading is <free>"};
	struct error error = ERROR_INIT;
	CLEANUP(cleanup_free) char *expected = written(CSV, &datasheet);
	CLEANUP(cleanup_free) char *csv = NULL;
	CLEANUP(cleanup_free) char *markdown = NULL;
	CLEANUP(cleanup_free) char *reporters = NULL;
	CLEANUP(cleanup_free) char *script = NULL;
	CLEANUP(cleanup_free) char *picture = NULL;

	/* Files of an earlier sheet are replaced. */
	assert_int_equal(datasheet_write(&datasheet, &writing, &error), 0);
	assert_int_equal(datasheet_write(&datasheet, &writing, &error), 0);
	csv = folder_content(*state, "datasheet.csv");
	markdown = folder_content(*state, "datasheet.md");
	reporters = folder_content(*state, "datasheet-reporters.csv");
	script = folder_content(*state, "plots/datasheet.gp");
	picture = folder_content(*state, "datasheet.png");
	assert_string_equal(csv, expected);
	assert_has(markdown, "# Data sheet: 20261122T175321Z-datasheet\n");
	assert_has(markdown, "\nOn this host reading is \\<free\\>.\n");
	assert_has(reporters, "\npsutil,");
	assert_non_null(picture);
	assert_memory_equal(picture, "\x89PNG\r\n\x1a\n", 8);
	/* The cells, and one of each in the legend, which also has an unsure high one. */
	assert_int_equal(count_of(script, "fc rgb '#bfe3bf'"), 4 + 1);
	assert_int_equal(count_of(script, "fc rgb '#d7301f'"), 1 + 2);
	assert_int_equal(count_of(script, "fc rgb '#5b9bd5'"), 2 + 1);
	assert_int_equal(count_of(script, "fc rgb '#1a1a1a'"), 1 + 1);
	assert_int_equal(count_of(script, "fc rgb '#e6e6e6'"), 4 + 1);
	/* A whole cell of the right one, both sides of the one with a number. */
	assert_int_equal(count_of(script, "pattern 4"), 1 + 2 + 1);
	/* Four reporters need less width, but the legend does not. */
	assert_has(script, " size 1000,");
	assert_has(script, "'psutil.rss'");
	assert_has(script, "'-100 %'");
	assert_has(script, "'+700 %'");
	assert_has(script, "'ramp|<b> [2J,\"x\"''`$'");
	assert_null(folder_content(*state, "datasheet.csv.part"));
}

static void test_datasheet_write__keeps_the_texts_where_nothing_can_be_drawn(void **state)
{
	const struct datasheet datasheet = fake_datasheet();
	CLEANUP(cleanup_close) int run_fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct datasheet_writing writing = {.run_fd = run_fd, .machine = "Linux 6.12.48"};
	CLEANUP(cleanup_free) char *path = strdup(getenv("PATH"));
	CLEANUP(cleanup_free) char *csv = NULL;
	struct error error = ERROR_INIT;
	int r;

	setenv("PATH", "/nowhere", 1);
	r = datasheet_write(&datasheet, &writing, &error);
	setenv("PATH", path, 1);
	assert_int_equal(r, -ENOENT);
	assert_has(error.text, "apt-get install gnuplot-nox");
	csv = folder_content(*state, "datasheet.csv");
	assert_non_null(csv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_sheet_percent__has_a_sign_and_no_more_digits_than_mean_something),
		cmocka_unit_test(test_sheet_cell__tells_what_was_not_measured_from_nothing),
		cmocka_unit_test(test_sheet_tally__counts_by_moment),
		cmocka_unit_test(
			test_sheet_is_telling__where_one_is_wrong_as_it_was_not_at_the_peak),
		cmocka_unit_test(test_csv_text__quotes_what_must_be),
		cmocka_unit_test(test_datasheet_cell__is_null_outside),
		cmocka_unit_test(test_grid__puts_titles_over_groups_and_numbers_to_the_right),
		cmocka_unit_test(test_grid__hides_what_is_missed_least_until_a_line_fits),
		cmocka_unit_test(test_datasheet_json__has_every_cell_and_reporter),
		cmocka_unit_test(test_datasheet_print__says_it_in_three_tables_and_letters),
		cmocka_unit_test(test_datasheet_print__fits_the_terminal),
		cmocka_unit_test(test_datasheet_print__colors_and_warns_where_asked),
		cmocka_unit_test(test_datasheet_markdown__leaves_out_what_nobody_is_known_of),
		cmocka_unit_test(test_datasheet__of_one_repetition_marks_no_verdict),
		cmocka_unit_test(test_datasheet_csv__has_a_line_a_cell),
		cmocka_unit_test(test_datasheet_reporters_csv__has_a_line_a_reporter),
		cmocka_unit_test(
			test_datasheet_markdown__names_each_verdict_with_its_error_and_trials),
		in_folder(test_datasheet_write__leaves_four_files_and_a_script),
		in_folder(test_datasheet_write__keeps_the_texts_where_nothing_can_be_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
