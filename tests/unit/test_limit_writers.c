/* The answer of a search as CSV, JSON, a setting to paste and a picture, of trials that are given. */

#include "tests/unit/folder_fixture.h"
#include "tests/unit/limit_fixture.h"

#include "util/json.h"
#include "util/text.h"

#include <errno.h>

static struct limit_answer *answer_of_cached(void)
{
	limit_given_new(1);
	limit_add_cached(0, 6);
	return limit_given_answer();
}

/* ---- CSV */

static char *csv_of(const struct limit_answer *answer)
{
	struct error error = ERROR_INIT;
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	assert_int_equal(limit_answer_csv(answer, stream, &error), 0);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void test_limit_csv__a_row_for_each_limit(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();
	CLEANUP(cleanup_free) char *text = csv_of(answer);

	(void)state;
	assert_string_equal(text,
		"task,parameters,by,limit_bytes,trials,survived,oom_killed,own_error,timed_out,"
		"invalid,slowdown,slowdown_low,slowdown_high,refaults,major_faults,limit_met,"
		"marks\n"
		"cached.py --read 100MiB,\"{\"\"size\"\": 1}\",max,109051904,1,0,1,0,0,0,,,,,,,\n"
		"cached.py --read 100MiB,\"{\"\"size\"\": 1}\",max,115343360,2,0,1,1,0,0,,,,,,,\n"
		"cached.py --read 100MiB,\"{\"\"size\"\": "
		"1}\",max,119537664,2,1,1,0,0,0,,,,0,0,3,\n"
		"cached.py --read 100MiB,\"{\"\"size\"\": 1}\",max,125829120,65,65,0,0,0,0,2,2,2,"
		"100000,0,3,minimal\n"
		"cached.py --read 100MiB,\"{\"\"size\"\": "
		"1}\",max,146800640,6,6,0,0,0,0,1.3,1.2,1.4,"
		"60000,6000,3,\n"
		"cached.py --read 100MiB,\"{\"\"size\"\": "
		"1}\",max,167772160,6,6,0,0,0,0,1.08,1.08,1.08,"
		"1000,100,3,knee\n"
		"cached.py --read 100MiB,\"{\"\"size\"\": 1}\",max,188743680,6,6,0,0,0,0,1,1,1,"
		"500,50,3,unharmed\n"
		"cached.py --read 100MiB,\"{\"\"size\"\": 1}\",max,209715200,6,6,0,0,0,0,1,1,1,"
		"0,0,3,\n"
		"cached.py --read 100MiB,\"{\"\"size\"\": 1}\",max,,11,11,0,0,0,0,,,,0,0,3,\n");
}

static void test_limit_csv__what_was_not_found_marks_nothing(void **state)
{
	limit_given_new(1);
	limit_add_baseline(0);
	given.points[0].task = "a, \"b\"";
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();
	CLEANUP(cleanup_free) char *text = csv_of(answer);

	(void)state;
	assert_string_equal(strchr(text, '\n') + 1,
		"\"a, \"\"b\"\"\",\"{\"\"size\"\": 1}\",max,,5,5,0,0,0,0,,,,0,0,0,\n");
}

/* ---- JSON */

static json_t *json_of(const struct limit_answer *answer)
{
	struct error error = ERROR_INIT;
	json_t *json = NULL;

	if (limit_answer_json(answer, &json, &error) < 0)
		fail_msg("%s", error.text);
	return json;
}

/* Compares with a text in which quotation marks are apostrophes. */
static void assert_json(json_t *value, const char *expected)
{
	CLEANUP(cleanup_free) char *text = strdup(expected);
	CLEANUP(cleanup_json) json_t *json = NULL;

	for (char *mark = text; (mark = strchr(mark, '\''));)
		*mark = '"';
	json = json_loads(text, JSON_DECODE_ANY, NULL);
	if (!json || !json_equal(value, json)) {
		CLEANUP(cleanup_free) char *is = json_dumps(value, JSON_ENCODE_ANY);

		fail_msg("%s is not %s", is ? is : "missing", text);
	}
}

static void test_limit_json__what_was_found(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();
	CLEANUP(cleanup_json) json_t *json = json_of(answer);
	json_t *points = json_object_get(json, "points");
	json_t *point = json_array_get(points, 0);

	(void)state;
	assert_json(json_object_get(json, "schema"), "'memcg-run limit'");
	assert_json(json_object_get(json, "schema_version"), "1");
	assert_json(json_object_get(json, "settings"),
		"{'survival': 0.95, 'confidence': 0.95, 'slowdown': 1.1, 'curve': 5, "
		"'curve_repetitions': 6, 'by': 'max', 'quick': false}");
	assert_int_equal(json_array_size(points), 1);
	assert_json(json_object_get(point, "task"), "'cached.py --read 100MiB'");
	assert_json(json_object_get(point, "parameters"), "{'size': 1}");
	assert_json(json_object_get(point, "result"), "'found'");
	assert_json(json_object_get(point, "finished"), "true");
	assert_json(json_object_get(point, "minimal_limit_bytes"),
		"{'value': 125829120, 'interval': {'low': 119537664, 'high': 125829120}, "
		"'trials': 59, 'survived': 59, 'trials_below': 2, 'survived_below': 1, "
		"'search_trials': 5, 'candidates': 1, 'candidates_died': 0}");
	assert_json(json_object_get(point, "unharmed_limit_bytes"),
		"{'value': 188743680, 'interval': {'low': 167772160, 'high': 188743680}, "
		"'trials': 6, 'survived': 6, 'slowdown': 1}");
	assert_json(json_object_get(point, "floor_bytes"),
		"{'value': 94371840, 'interval': {'low': 94371840, 'high': 94371840}, 'trials': "
		"5}");
	assert_json(json_object_get(point, "peak_bytes"),
		"{'value': 211812352, 'interval': {'low': 209715200, 'high': 213909504}, "
		"'trials': 5}");
	assert_json(json_object_get(point, "setting_bytes"), "188743680");
	assert_json(json_object_get(point, "page_cache_share"), "0.5");
	assert_json(json_object_get(point, "dies_at_bytes"), "115343360");
	assert_json(json_object_get(point, "dies_by"), "'oom_killed'");
	assert_json(json_object_get(point, "dies_cause"), "'killed by the kernel: out of memory'");
	assert_json(json_object_get(point, "knee_bytes"), "167772160");
	assert_json(json_object_get(point, "monotone"), "true");
	assert_json(json_object_get(point, "adapts"), "false");
}

static void test_limit_json__what_each_limit_did(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();
	CLEANUP(cleanup_json) json_t *json = json_of(answer);
	json_t *limits =
		json_object_get(json_array_get(json_object_get(json, "points"), 0), "limits");

	(void)state;
	assert_int_equal(json_array_size(limits), 9);
	assert_json(json_array_get(limits, 1),
		"{'limit_bytes': 115343360, 'trials': 2, 'on_curve': false, 'slowdown': null, "
		"'slowdown_interval': {'low': null, 'high': null}, 'refaults': null, "
		"'major_faults': null, 'limit_met': null, 'survived': 0, "
		"'oom_killed': 1, 'own_error': 1, 'timed_out': 0, 'invalid': 0}");
	/* Without a limit: null, and the last. */
	assert_json(json_object_get(json_array_get(limits, 8), "limit_bytes"), "null");
	assert_json(json_object_get(json_array_get(limits, 8), "survived"), "11");
}

static void test_limit_json__what_was_not_found_is_null(void **state)
{
	limit_given_new(1);
	limit_add_baseline(0);
	given.findings[0] = (struct limit_finding){
		.result = LIMIT_RUNNING, .upper_bytes = 204 * LIMIT_MIB, .monotone = true};
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();
	CLEANUP(cleanup_json) json_t *json = json_of(answer);
	json_t *point = json_array_get(json_object_get(json, "points"), 0);

	(void)state;
	assert_json(json_object_get(point, "result"), "'running'");
	assert_json(json_object_get(point, "minimal_limit_bytes"),
		"{'value': null, 'interval': {'low': null, 'high': 213909504}, 'trials': 0, "
		"'survived': 0, 'trials_below': 0, 'survived_below': 0, 'search_trials': 0, "
		"'candidates': 0, 'candidates_died': 0}");
	assert_json(json_object_get(point, "unharmed_limit_bytes"),
		"{'value': null, 'interval': {'low': null, 'high': null}, 'trials': 0, "
		"'survived': 0, 'slowdown': null}");
	assert_json(json_object_get(point, "setting_bytes"), "null");
	assert_json(json_object_get(point, "dies_at_bytes"), "null");
	assert_json(json_object_get(point, "dies_by"), "null");
	assert_json(json_object_get(point, "dies_cause"), "null");
	assert_json(json_object_get(point, "knee_bytes"), "null");
}

/* ---- the setting to paste */

static char *setting_of(const struct limit_answer *answer, enum limit_emit emit)
{
	struct error error = ERROR_INIT;
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	if (limit_emit_print(answer, 0, emit, stream, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(fclose(stream), 0);
	return text;
}

/* The text after the comment, which has `n_comments` lines. */
static void assert_setting(
	const struct limit_answer *answer, enum limit_emit emit, const char *expected)
{
	CLEANUP(cleanup_free) char *text = setting_of(answer, emit);
	const char *comment = emit == LIMIT_EMIT_NEXTFLOW ? "// " : "# ";
	const char *setting = text;

	while (strncmp(setting, comment, strlen(comment)) == 0)
		setting = strchr(setting, '\n') + 1;
	assert_string_equal(setting, expected);
}

static void test_limit_emit__says_where_it_comes_from(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();
	CLEANUP(cleanup_free) char *slurm = setting_of(answer, LIMIT_EMIT_SLURM);
	CLEANUP(cleanup_free) char *nextflow = setting_of(answer, LIMIT_EMIT_NEXTFLOW);

	(void)state;
	assert_string_equal(slurm,
		"# memcg-run limit, experiment cached, 2026-11-22T17:53:21Z\n"
		"# task: cached.py --read 100MiB\n"
		"# smallest limit: 120.00 MiB, 59 of 59 runs survived: at least 95 % do, with 95 % "
		"confidence\n"
		"# unharmed from: 180.00 MiB, at most 1.1 times the time without a limit\n"
		"# measured on: Linux 6.12.1, cgroup v2, AMD EPYC, image host\n"
		"#SBATCH --mem=180M\n");
	assert_string_equal(nextflow,
		"// memcg-run limit, experiment cached, 2026-11-22T17:53:21Z\n"
		"// task: cached.py --read 100MiB\n"
		"// smallest limit: 120.00 MiB, 59 of 59 runs survived: at least 95 % do, with 95 "
		"% confidence\n"
		"// unharmed from: 180.00 MiB, at most 1.1 times the time without a limit\n"
		"// measured on: Linux 6.12.1, cgroup v2, AMD EPYC, image host\n"
		"memory '180 MB'\n");
}

static void test_limit_emit__each_format_has_its_unit(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();

	(void)state;
	assert_setting(answer, LIMIT_EMIT_DOCKER, "--memory=180m --memory-swap=180m\n");
	assert_setting(answer, LIMIT_EMIT_KUBERNETES,
		"resources:\n"
		"  requests:\n"
		"    memory: \"180Mi\"\n"
		"  limits:\n"
		"    memory: \"180Mi\"\n");
	assert_setting(answer, LIMIT_EMIT_SYSTEMD,
		"[Service]\n"
		"# MemoryHigh= slows down instead of killing: memcg-run limit --by high finds it.\n"
		"MemoryMax=180M\n"
		"MemorySwapMax=0\n");
	assert_setting(answer, LIMIT_EMIT_SLURM, "#SBATCH --mem=180M\n");
	/* 188743680 bytes. */
	assert_setting(answer, LIMIT_EMIT_SNAKEMAKE, "resources:\n    mem_mb=189\n");
	assert_setting(answer, LIMIT_EMIT_NEXTFLOW, "memory '180 MB'\n");
}

static void test_limit_emit__rounds_up(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();

	(void)state;
	answer->points[0].unharmed_bytes = 180 * LIMIT_MIB + 4096;
	assert_setting(answer, LIMIT_EMIT_DOCKER, "--memory=181m --memory-swap=181m\n");
	assert_setting(answer, LIMIT_EMIT_SLURM, "#SBATCH --mem=181M\n");
	assert_setting(answer, LIMIT_EMIT_NEXTFLOW, "memory '181 MB'\n");
	answer->points[0].unharmed_bytes = 189000000;
	assert_setting(answer, LIMIT_EMIT_SNAKEMAKE, "resources:\n    mem_mb=189\n");
	answer->points[0].unharmed_bytes = 189000001;
	assert_setting(answer, LIMIT_EMIT_SNAKEMAKE, "resources:\n    mem_mb=190\n");
}

static void test_limit_emit__docker_has_a_least_limit(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();

	(void)state;
	answer->points[0].unharmed_bytes = 2 * LIMIT_MIB;
	assert_setting(answer, LIMIT_EMIT_DOCKER, "--memory=6m --memory-swap=6m\n");
	assert_setting(answer, LIMIT_EMIT_SLURM, "#SBATCH --mem=2M\n");
}

static void test_limit_emit__without_an_unharmed_limit_it_is_the_minimal_one(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();

	(void)state;
	answer->points[0].unharmed_bytes = 0;
	assert_setting(answer, LIMIT_EMIT_SLURM, "#SBATCH --mem=120M\n");
}

static void test_limit_emit__swap_is_what_was_measured(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();

	(void)state;
	given.run.swap_bytes = 20 * LIMIT_MIB;
	assert_setting(answer, LIMIT_EMIT_DOCKER, "--memory=180m --memory-swap=200m\n");
	given.run.swap_bytes = UINT64_MAX;
	assert_setting(answer, LIMIT_EMIT_DOCKER, "--memory=180m --memory-swap=-1\n");
	given.run.settings.by = LIMIT_BY_HIGH;
	assert_setting(answer, LIMIT_EMIT_SYSTEMD,
		"[Service]\n"
		"MemoryHigh=180M\n"
		"MemorySwapMax=infinity\n");
	given.run.swap_bytes = 20 * LIMIT_MIB + 1;
	assert_setting(answer, LIMIT_EMIT_SYSTEMD,
		"[Service]\n"
		"MemoryHigh=180M\n"
		"MemorySwapMax=21M\n");
}

static void assert_emit_refused(
	const struct limit_answer *answer, enum limit_emit emit, int number, const char *sentence)
{
	struct error error = ERROR_INIT;
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	assert_int_equal(limit_emit_print(answer, 0, emit, stream, &error), -number);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(error.text, sentence);
	assert_string_equal(text, "");
	free(text);
}

static void test_limit_emit__memory_high_is_no_memory_max(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();

	(void)state;
	given.run.settings.by = LIMIT_BY_HIGH;
	assert_emit_refused(answer, LIMIT_EMIT_DOCKER, EOPNOTSUPP,
		"docker has no setting for memory.high, which this search was by: use --emit "
		"systemd, or search --by max");
}

static void test_limit_emit__nothing_found_is_nothing_to_set(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();

	(void)state;
	answer->points[0].finding.result = LIMIT_RUNNING;
	assert_emit_refused(answer, LIMIT_EMIT_SLURM, ENODATA,
		"there is no limit to set: the search has found none for cached.py --read 100MiB");
}

/*
 * What a name may try: to end the comment by any line break (also Groovy's \u000a, which is decoded before comments are
 * found, U+2028 and U+0085), to be read as an option of sbatch, or to leave YAML's set of characters (U+FFFE).
 */
static const char hostile[] = "a\n#SBATCH --mem=1\r\nmemory: 1\n\\u000aevil()\n\"'*/ \xc2\x85"
			      "b\xe2\x80\xa8"
			      "c\xef\xbf\xbe\x1b[31m";

static void test_limit_emit__a_name_cannot_leave_the_comment(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();

	(void)state;
	for (enum limit_emit emit = 0; emit < LIMIT_N_EMITS; emit++) {
		CLEANUP(cleanup_free) char *tame = setting_of(answer, emit);
		const char *names[] = {given.points[0].task, given.points[0].label, given.run.title,
			given.run.kernel, given.run.cpu_model, given.run.image, given.run.created};
		CLEANUP(cleanup_free) char *text = NULL;
		const char *tame_line = tame, *line;

		given.points[0].task = given.points[0].label = given.run.title = hostile;
		given.run.kernel = given.run.cpu_model = given.run.image = hostile;
		given.run.created = hostile;
		text = setting_of(answer, emit);
		for (line = text; *line; line = strchr(line, '\n') + 1) {
			/* The same lines, of which only comments differ. */
			if (strncmp(tame_line, "# ", 2) == 0 || strncmp(tame_line, "// ", 3) == 0)
				assert_memory_equal(line, tame_line, 3);
			else
				assert_memory_equal(line, tame_line, strcspn(tame_line, "\n") + 1);
			tame_line = strchr(tame_line, '\n') + 1;
		}
		assert_string_equal(tame_line, "");
		for (const char *byte = text; *byte; byte++)
			assert_true(*byte == '\n' || (*byte >= 0x20 && *byte < 0x7f));
		assert_null(strchr(text, '\\'));
		given.points[0].task = names[0];
		given.points[0].label = names[1];
		given.run.title = names[2];
		given.run.kernel = names[3];
		given.run.cpu_model = names[4];
		given.run.image = names[5];
		given.run.created = names[6];
	}
}

static void test_limit_emit__the_name_of_a_task_stands_once(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();
	CLEANUP(cleanup_free) char *text = NULL;
	const struct limit_point before = given.points[0];

	(void)state;
	given.points[0].task = given.points[0].label = "ramp";
	text = setting_of(answer, LIMIT_EMIT_SYSTEMD);
	given.points[0] = before;
	assert_non_null(strstr(text, "task: ramp\n"));
}

static void test_limit_emit__a_character_that_is_not_ascii_is_one_question_mark(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	given.points[0].task = "M\xc3\xbcller.py";
	text = setting_of(answer, LIMIT_EMIT_SLURM);
	assert_non_null(strstr(text, "# task: M?ller.py\n"));
}

static void test_limit_emit__names(void **state)
{
	static const char *const names[] = {
		"docker", "kubernetes", "systemd", "slurm", "snakemake", "nextflow"};

	(void)state;
	for (enum limit_emit emit = 0; emit < LIMIT_N_EMITS; emit++)
		assert_string_equal(limit_emit_name(emit), names[emit]);
	assert_null(limit_emit_name(LIMIT_N_EMITS));
}

/* ---- the picture */

static void draw(const struct limit_answer *answer, const char *folder)
{
	CLEANUP(cleanup_close) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_free) char *picture = NULL;
	struct error error = ERROR_INIT;

	assert_true(fd >= 0);
	if (limit_answer_draw(answer, fd, &error) < 0)
		fail_msg("%s", error.text);
	picture = folder_content(folder, "memory-limit.png");
	assert_non_null(picture);
	assert_memory_equal(picture, "\x89PNG", 4);
}

static void assert_in_file(const char *folder, const char *name, const char *part)
{
	CLEANUP(cleanup_free) char *text = folder_content(folder, name);

	assert_non_null(text);
	if (!strstr(text, part))
		fail_msg("not in %s: %s\n%s", name, part, text);
}

static void test_limit_picture__has_the_numbers_of_the_answer(void **state)
{
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();

	draw(answer, *state);
	assert_in_file(*state, "plots/memory-limit.dat",
		"# limit_bytes survived_percent trials\n"
		"109051904 0 1\n"
		"115343360 0 2\n"
		"119537664 50 2\n"
		"125829120 100 65\n");
	assert_in_file(*state, "plots/memory-limit.dat",
		"# limit_bytes slowdown low high refault_bytes\n"
		"125829120 2 2 2 409600000\n"
		"146800640 1.3 1.2 1.4 245760000\n");
	assert_in_file(*state, "plots/memory-limit.gp", "'survives from 120.00 MiB'");
	assert_in_file(*state, "plots/memory-limit.gp", "'unharmed from 180.00 MiB'");
	assert_in_file(*state, "plots/memory-limit.gp", "'knee 160.00 MiB'");
	assert_in_file(*state, "plots/memory-limit.gp", "'peak without a limit 202.00 MiB'");
	assert_in_file(*state, "plots/memory-limit.gp", "'floor, not reclaimable: 90.00 MiB'");
}

static void test_limit_picture__of_several_points_begins_with_all_of_them(void **state)
{
	limit_given_new(2);
	limit_add_cached(0, 6);
	limit_add_baseline(1);
	given.points[1].task = "it's\n'; set print '/tmp/forged";
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();

	draw(answer, *state);
	assert_in_file(*state, "plots/memory-limit-points.dat",
		"# row floor minimal unharmed peak\n"
		"0 94371840 125829120 188743680 211812352\n"
		"1 94371840 NaN NaN 211812352\n");
	assert_in_file(*state, "plots/memory-limit.gp", "'it''s ''; set print ''/tmp/forged");
}

/* Nothing but a baseline, whose trials say nothing; or a curve without any refaults. */
static void test_limit_picture__of_little(void **state)
{
	limit_given_new(1);
	limit_add(0, LIMIT_STAGE_BASELINE, 0, 1, LIMIT_OWN_ERROR);
	given.findings[0].result = LIMIT_BASELINE_DIED;
	CLEANUP(cleanup_given_answer) struct limit_answer *died = limit_given_answer();

	draw(died, *state);
	limit_given_new(1);
	limit_add_cached(0, 1);
	for (size_t i = 0; i < given.n_trials; i++)
		given.trials[i].outcome.refaults = 0;
	CLEANUP(cleanup_given_answer) struct limit_answer *quiet = limit_given_answer();
	draw(quiet, *state);
}

/* ---- the run's folder */

static void test_limit_files__are_those_of_the_writers(void **state)
{
	CLEANUP(cleanup_close) int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = answer_of_cached();
	CLEANUP(cleanup_free) char *expected = csv_of(answer);
	CLEANUP(cleanup_json) json_t *expected_json = json_of(answer), *json = NULL;
	CLEANUP(cleanup_free) char *csv = NULL, *text = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(limit_answer_write(answer, fd, &error), 0);
	csv = folder_content(*state, "limit.csv");
	text = folder_content(*state, "limit.json");
	assert_non_null(csv);
	assert_non_null(text);
	assert_string_equal(csv, expected);
	json = json_loads(text, 0, NULL);
	assert_true(json_equal(json, expected_json));
}

static void test_limit_html__is_what_is_printed_and_no_markup(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	limit_given_new(1);
	limit_add_cached(0, 6);
	given.points[0].task = "a <b> & c";
	CLEANUP(cleanup_given_answer) struct limit_answer *answer = limit_given_answer();

	assert_non_null(stream);
	assert_int_equal(limit_answer_html(answer, stream), 0);
	assert_int_equal(fclose(stream), 0);
	assert_non_null(strstr(text, "<pre>a &lt;b&gt; &amp; c: survives from 120.00 MiB, "));
	assert_non_null(strstr(text, "\n  survives from    120.00 MiB  59 of 59 runs"));
	assert_non_null(strstr(text, "</pre></div>\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_csv__a_row_for_each_limit),
		cmocka_unit_test(test_limit_csv__what_was_not_found_marks_nothing),
		cmocka_unit_test(test_limit_json__what_was_found),
		cmocka_unit_test(test_limit_json__what_each_limit_did),
		cmocka_unit_test(test_limit_json__what_was_not_found_is_null),
		cmocka_unit_test(test_limit_emit__says_where_it_comes_from),
		cmocka_unit_test(test_limit_emit__each_format_has_its_unit),
		cmocka_unit_test(test_limit_emit__rounds_up),
		cmocka_unit_test(test_limit_emit__docker_has_a_least_limit),
		cmocka_unit_test(test_limit_emit__without_an_unharmed_limit_it_is_the_minimal_one),
		cmocka_unit_test(test_limit_emit__swap_is_what_was_measured),
		cmocka_unit_test(test_limit_emit__memory_high_is_no_memory_max),
		cmocka_unit_test(test_limit_emit__nothing_found_is_nothing_to_set),
		cmocka_unit_test(test_limit_emit__a_name_cannot_leave_the_comment),
		cmocka_unit_test(test_limit_emit__the_name_of_a_task_stands_once),
		cmocka_unit_test(
			test_limit_emit__a_character_that_is_not_ascii_is_one_question_mark),
		cmocka_unit_test(test_limit_emit__names),
		cmocka_unit_test(test_limit_html__is_what_is_printed_and_no_markup),
		cmocka_unit_test_setup_teardown(test_limit_files__are_those_of_the_writers,
			folder_set_up, folder_tear_down),
		cmocka_unit_test_setup_teardown(test_limit_picture__has_the_numbers_of_the_answer,
			folder_set_up, folder_tear_down),
		cmocka_unit_test_setup_teardown(
			test_limit_picture__of_several_points_begins_with_all_of_them,
			folder_set_up, folder_tear_down),
		cmocka_unit_test_setup_teardown(
			test_limit_picture__of_little, folder_set_up, folder_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
