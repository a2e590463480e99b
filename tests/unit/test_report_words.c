/* The report's texts: parameters, the machine, amounts with their units, and escaping. */

#include "tests/unit/report_fixture.h"

#include "runner/analysis/parameters.h"
#include "runner/analysis/units.h"
#include "runner/report/facts.h"
#include "runner/report/html.h"
#include "runner/report/script.h"

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
	assert_true(parameters_compare("{\"n\":9}", "{\"n\":10}", NULL) < 0);
	assert_true(parameters_compare("{\"n\":10.5}", "{\"n\":10}", NULL) > 0);
	assert_true(parameters_compare("{\"n\":\"64k\"}", "{\"n\":\"256k\"}", NULL) < 0);
	/* The first parameter decides. */
	assert_true(parameters_compare("{\"n\":2,\"m\":1}", "{\"n\":1,\"m\":2}", NULL) > 0);
	assert_int_equal(parameters_compare("{\"n\":2}", "{\"n\":2}", NULL), 0);
}

static void test_parameters_compare__takes_texts_as_the_file_has_them(void **state)
{
	json_t *places = parameters_places("[task]\npython = \"a.py\"\n[task.parameters]\nn = [3, "
					   "1]\nmode = [\"slow\", \"fast\"]\n");

	(void)state;
	assert_true(parameters_compare("{\"mode\":\"slow\"}", "{\"mode\":\"fast\"}", places) < 0);
	assert_true(parameters_compare("{\"mode\":\"fast\"}", "{\"mode\":\"slow\"}", places) > 0);
	/* Values missing from the file, and numbers, are sorted as without it. */
	assert_true(parameters_compare("{\"mode\":\"slow\"}", "{\"mode\":\"a\"}", places) > 0);
	assert_true(parameters_compare("{\"n\":1}", "{\"n\":3}", places) < 0);
	json_decref(places);
	places = parameters_places("no experiment");
	assert_true(parameters_compare("{\"mode\":\"slow\"}", "{\"mode\":\"fast\"}", places) > 0);
	json_decref(places);
}

static void test_parameters__show_floats_as_they_were_written(void **state)
{
	json_t *object = json_loads("{\"alpha\": 0.1, \"c\": \"x\", \"d\": 100000.0}", 0, NULL);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	text = parameters_json(object);
	assert_string_equal(text, "{\"alpha\":0.1,\"c\":\"x\",\"d\":100000.0}");
	check_label("{\"alpha\": 0.1, \"beta\": 0.3}", "alpha=0.1 beta=0.3");
	json_decref(object);
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

static void assert_zero_page(const char *doctor, const char *expected)
{
	struct fake_run run = run_of(three);
	CLEANUP(cleanup_free) char *said = NULL;
	struct results *results;

	run.doctor = doctor;
	results = fake_results_new(&run);
	said = facts_zero_page(results);
	if (expected)
		assert_string_equal(said, expected);
	else
		assert_null(said);
	results_close(results);
}

static void test_facts_zero_page__is_what_the_doctor_found_then(void **state)
{
	(void)state;
	assert_zero_page("{\"memory\": {\"zero_page\": {\"state\": \"ok\", \"value\": \"reading is "
			 "free\"}}}",
		"reading is free");
	/* From a version that did not record it, and without a doctor. */
	assert_zero_page("{\"memory\": {\"swap\": {\"value\": \"none\"}}}", NULL);
	assert_zero_page("{\"memory\": {\"zero_page\": {\"value\": 7}}}", NULL);
	assert_zero_page("[", NULL);
	assert_zero_page(NULL, NULL);
}

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

/* The test vectors of RFC 4648, section 10. */
static void test_html_json_text__ends_neither_string_nor_element(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	html_json_text(stream, "</script><!--&\"\\\n\x7f\xc3\xa4'");
	html_json_text(stream, NULL);
	html_json_number(stream, 0.5);
	html_json_number(stream, NAN);
	fclose(stream);
	assert_string_equal(text,
		"\"\\u003c/script\\u003e\\u003c!--\\u0026\\u0022\\u005c\\u000a\\u007f\xc3\xa4'\""
		"null0.5null");
}

/* The digest of "alert(1)" by openssl dgst -sha256 -binary | base64. */
static void test_html_script_source__is_the_digest(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	html_script_source(stream, "alert(1)");
	fclose(stream);
	assert_string_equal(text, "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='");
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parameters_label__is_for_a_person),
		cmocka_unit_test(test_parameters_compare__takes_numbers_by_value),
		cmocka_unit_test(test_parameters_compare__takes_texts_as_the_file_has_them),
		cmocka_unit_test(test_parameters__show_floats_as_they_were_written),
		cmocka_unit_test(test_facts_name__comes_from_the_folder_where_there_is_none),
		cmocka_unit_test(test_facts_machine__is_one_line),
		cmocka_unit_test(test_facts_zero_page__is_what_the_doctor_found_then),
		cmocka_unit_test(test_units__follow_the_largest),
		cmocka_unit_test(test_format_number__keeps_what_is_significant),
		cmocka_unit_test(test_format_percent__has_a_sign),
		cmocka_unit_test(test_script_quote__nothing_leaves_the_string),
		cmocka_unit_test(test_html_text__escapes),
		cmocka_unit_test(test_html_json_text__ends_neither_string_nor_element),
		cmocka_unit_test(test_html_script_source__is_the_digest),
		cmocka_unit_test(test_html_base64__known_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
