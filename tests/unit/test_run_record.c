/* The conditions of a run's start, recorded in its folder. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/host/run_files.h"
#include "tests/unit/made_facts.h"

#include "runner/run/run_identity.h"
#include "runner/run/run_record.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define EXPERIMENT "[task]\ncommand = [\"/bin/true\"]\n"

struct fixture {
	char path[64];
	int fd;
	struct run_record *record;
};

static json_t *identity(const char *kernel)
{
	return json_pack("{s:s, s:s}", "kernel", kernel, "/home/u/ramp.py", "sha256:12");
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	json_t *then = identity("Linux 6.18");
	const struct run_beginning beginning = {
		.experiment_path = "/home/u/ramp.toml",
		.experiment_text = EXPERIMENT,
		.quick = true,
		.owner = {.uid = 1311, .gid = 1312},
		.identity = then,
		.facts = &made_facts,
	};

	*state = fixture;
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/test-run-record-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	fixture->fd = open(fixture->path, O_DIRECTORY | O_CLOEXEC);
	if (run_record_new(&beginning, &fixture->record, NULL) < 0)
		return -1;
	json_decref(then);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	run_record_free(fixture->record);
	close(fixture->fd);
	file_remove_tree(AT_FDCWD, fixture->path, NULL);
	free(fixture);
	return 0;
}

/* Through its file, as for a resumed run. */
static struct run_record *read_back(const struct fixture *fixture)
{
	struct run_record *record = NULL;
	struct error error = ERROR_INIT;

	if (run_record_write(fixture->fd, fixture->record, &error) < 0 ||
		made_record_read(fixture->fd, &record, &error) < 0)
		fail_msg("%s", error.text);
	return record;
}

static void assert_changes(
	struct run_record *record, json_t *now, enum run_change of, const char *const *expected)
{
	json_t *changes = run_record_changes(record, now, of);
	size_t n = 0;

	assert_non_null(changes);
	for (; expected[n]; n++)
		assert_string_equal(json_string_value(json_array_get(changes, n)), expected[n]);
	assert_int_equal(json_array_size(changes), n);
	json_decref(changes);
	json_decref(now);
}

static void test_run_record__says_what_was_written(void **state)
{
	struct run_record *record = read_back(*state);
	CLEANUP(cleanup_free) char *resumptions = NULL;
	struct run_facts read;

	assert_string_equal(run_record_experiment_path(record), "/home/u/ramp.toml");
	assert_true(run_record_is_quick(record));
	assert_true(run_record_has_text(record, EXPERIMENT));
	assert_false(run_record_has_text(record, EXPERIMENT "#"));
	assert_int_equal(run_record_facts(record, &read, &resumptions, NULL), 0);
	assert_null(resumptions);
	assert_null(read.resumptions);
	assert_string_equal(read.created, made_facts.created);
	assert_string_equal(read.doctor, made_facts.doctor);
	assert_int_equal(read.memory_bytes, 24000000000);
	assert_int_equal(read.cpus, 2);
	run_record_free(record);
}

static void test_run_record_changes__none_where_all_is_as_it_was(void **state)
{
	struct run_record *record = read_back(*state);

	assert_changes(record, identity("Linux 6.18"), RUN_CHANGE_ANY, (const char *const[]){NULL});
	run_record_free(record);
}

static void test_run_record_changes__names_what_differs_is_gone_or_is_new(void **state)
{
	struct run_record *record = read_back(*state);

	assert_changes(record,
		json_pack("{s:s, s:s}", "kernel", "Linux 6.12", "/home/u/new.py", "sha256:34"),
		RUN_CHANGE_ANY,
		(const char *const[]){"kernel: was Linux 6.18, is Linux 6.12",
			"/home/u/ramp.py: was sha256:12, is not there",
			"/home/u/new.py: was not there, is sha256:34", NULL});
	run_record_free(record);
}

/* Before task.setup, which may make them again. */
static void test_run_record_changes__may_leave_the_files_out(void **state)
{
	struct run_record *record = read_back(*state);

	assert_changes(record,
		json_pack("{s:s, s:s}", "kernel", "Linux 6.12", "/home/u/new.py", "sha256:34"),
		RUN_CHANGE_NO_FILE,
		(const char *const[]){"kernel: was Linux 6.18, is Linux 6.12", NULL});
	run_record_free(record);
}

static void test_run_record__keeps_each_resumption(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *resumptions = NULL;
	json_t *changes = json_pack("[s]", "kernel: was a, is b");
	const struct run_resumption resumption = {"2026-11-23T06:00:00Z", 42, changes};
	struct run_record *record;
	struct run_facts read;

	assert_int_equal(run_record_add_resumption(fixture->record, &resumption, NULL), 0);
	assert_int_equal(run_record_add_resumption(fixture->record, &resumption, NULL), 0);
	json_decref(changes);
	record = read_back(fixture);
	assert_int_equal(run_record_facts(record, &read, &resumptions, NULL), 0);
	assert_string_equal(resumptions, "[{\"time\":\"2026-11-23T06:00:00Z\",\"trials_kept\":42,"
					 "\"changes\":[\"kernel: was a, is b\"]},"
					 "{\"time\":\"2026-11-23T06:00:00Z\",\"trials_kept\":42,"
					 "\"changes\":[\"kernel: was a, is b\"]}]");
	assert_ptr_equal(read.resumptions, resumptions);
	run_record_free(record);
}

static void assert_refused(const struct fixture *fixture, const char *text, const char *sentence)
{
	struct run_record *record = (void *)-1;
	struct error error = ERROR_INIT;

	assert_int_equal(file_write(fixture->fd, "run.json", text, strlen(text), 0600, NULL), 0);
	assert_int_equal(made_record_read(fixture->fd, &record, &error), -EBADMSG);
	if (!strstr(error.text, sentence))
		fail_msg("\"%s\" has no \"%s\"", error.text, sentence);
	assert_ptr_equal(record, (void *)-1);
}

/* One entry until something else changes. */
static void test_run_record__keeps_each_change_of_the_tasks_files(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *text = NULL;
	struct run_record *record = fixture->record;

	assert_true(run_record_add_input_change(record, 3, "/x/task.py was rewritten"));
	assert_false(run_record_add_input_change(record, 4, "/x/task.py was rewritten"));
	assert_true(run_record_add_input_change(record, 5, "/x/task.py was removed"));
	record = read_back(fixture);
	assert_false(run_record_add_input_change(record, 6, "/x/task.py was removed"));
	assert_false(run_record_add_input_change(record, 6, "/x/task.py was rewritten"));
	/* A path may be any bytes. */
	assert_true(run_record_add_input_change(record, 7, "/x/\xff.py was removed"));
	run_record_free(record);
	assert_int_equal(file_read(fixture->fd, RUN_RECORD, 1 << 20, &text, NULL, NULL), 0);
	assert_non_null(strstr(text, "\"change\": \"/x/task.py was rewritten\""));
	assert_non_null(strstr(text, "\"trial\": 5"));
	assert_null(strstr(text, "\"trial\": 4"));
}

static void test_run_record_parse__refuses_what_is_no_record(void **state)
{
	const struct fixture *fixture = *state;

	assert_refused(fixture, "", "damaged: line 1");
	assert_refused(fixture, "{\"format\": \"memcg-run-rec", "damaged");
	assert_refused(fixture, "[]", "is not the record of a run");
	assert_refused(fixture, "{\"format\": \"other\", \"format_version\": 1}", "not the record");
	assert_refused(fixture, "{\"format\": \"memcg-run-record\", \"format_version\": 2}",
		"is 2, and this memcg-run reads 1");
	assert_refused(fixture, "{\"format\": \"memcg-run-record\", \"format_version\": 1}",
		"run.json is damaged");
}

/* As written by an older memcg-run: without a digest. */
static json_t *written_root(struct fixture *fixture)
{
	struct run_record *record = read_back(fixture);
	CLEANUP(cleanup_free) char *text = NULL;
	json_t *root;

	run_record_free(record);
	assert_int_equal(file_read(fixture->fd, "run.json", 65536, &text, NULL, NULL), 0);
	root = json_loads(text, 0, NULL);
	assert_int_equal(json_object_del(root, "sha256"), 0);
	return root;
}

/* Any changed value: it would apply to the whole run. */
static void test_run_record_parse__refuses_content_that_its_digest_is_not_of(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;

	run_record_free(read_back(fixture));
	assert_int_equal(file_read(fixture->fd, "run.json", 65536, &text, &length, NULL), 0);
	for (size_t i = 0; i < length; i++) {
		struct run_record *record = NULL;
		struct run_facts facts;
		CLEANUP(cleanup_free) char *resumptions = NULL;

		text[i] ^= 1;
		assert_int_equal(file_write(fixture->fd, "run.json", text, length, 0600, NULL), 0);
		if (made_record_read(fixture->fd, &record, NULL) == 0) {
			/* the key of the digest itself */
			assert_int_equal(run_record_facts(record, &facts, &resumptions, NULL), 0);
			assert_string_equal(facts.kernel, made_facts.kernel);
			assert_int_equal(facts.cpus, made_facts.cpus);
			assert_true(run_record_is_quick(record));
			run_record_free(record);
		}
		text[i] ^= 1;
	}
}

static void test_run_record__says_that_all_is_measured(void **state)
{
	struct fixture *fixture = *state;
	struct run_record *record = read_back(fixture);

	assert_false(run_record_is_measured(record));
	run_record_free(record);
	run_record_set_measured(fixture->record);
	record = read_back(fixture);
	assert_true(run_record_is_measured(record));
	run_record_free(record);
}

/* Changes the type of one key after the other in a complete record. */
static void test_run_record_parse__refuses_a_key_of_another_kind(void **state)
{
	struct fixture *fixture = *state;
	static const char *const keys[] = {"experiment_path", "experiment_sha256", "quick",
		"identity", "facts", "resumptions"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		CLEANUP(cleanup_free) char *text = NULL;
		json_t *root = written_root(fixture);

		json_object_set_new(root, keys[i], json_integer(7));
		text = json_dumps(root, 0);
		json_decref(root);
		assert_refused(fixture, text, "run.json is damaged");
	}
}

static void test_run_record_parse__one_of_an_older_version_is_not_quick(void **state)
{
	struct fixture *fixture = *state;
	json_t *root = written_root(fixture);
	CLEANUP(cleanup_free) char *text = NULL;
	struct run_record *record;

	json_object_del(root, "quick");
	text = json_dumps(root, 0);
	json_decref(root);
	assert_int_equal(file_write(fixture->fd, "run.json", text, strlen(text), 0600, NULL), 0);
	assert_int_equal(made_record_read(fixture->fd, &record, NULL), 0);
	assert_false(run_record_is_quick(record));
	run_record_free(record);
}

static void test_run_record_owner__is_whose_the_folder_is_to_be(void **state)
{
	struct run_record *record = read_back(*state);
	struct run_owner owner;

	assert_true(run_record_owner(record, &owner));
	assert_int_equal(owner.uid, 1311);
	assert_int_equal(owner.gid, 1312);
	run_record_free(record);
}

static void test_run_record_owner__one_of_an_older_version_has_none(void **state)
{
	struct fixture *fixture = *state;
	json_t *root = written_root(fixture);
	CLEANUP(cleanup_free) char *text = NULL;
	struct run_record *record;
	struct run_owner owner;

	json_object_del(root, "owner");
	text = json_dumps(root, 0);
	json_decref(root);
	assert_int_equal(file_write(fixture->fd, "run.json", text, strlen(text), 0600, NULL), 0);
	assert_int_equal(made_record_read(fixture->fd, &record, NULL), 0);
	assert_false(run_record_owner(record, &owner));
	run_record_free(record);
}

/* ---- the task's files */

static void write_text(const struct fixture *fixture, const char *name, const char *text)
{
	assert_int_equal(file_write(fixture->fd, name, text, strlen(text), 0644, NULL), 0);
}

static json_t *task_files(const struct fixture *fixture, const char *task)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/x.toml", fixture->path);
	CLEANUP(cleanup_free)
	char *text = string_format("[task]\n%s%s\nseccomp = \"none\"\n", task,
		strstr(task, "[container]") ? "" : "\n[container]");
	const struct experiment_options options = {.seccomp_directory = fixture->path};
	struct experiment *experiment;
	struct error error = ERROR_INIT;
	struct plan *plan;
	json_t *files = json_object();

	if (experiment_parse(path, text, strlen(text), &options, stderr, &experiment, &error) < 0 ||
		plan_new(experiment, &plan, &error) < 0 ||
		run_identity_add_task(plan, files, &error) < 0)
		fail_msg("%s", error.text);
	plan_free(plan);
	experiment_free(experiment);
	return files;
}

static const char *file_of(const struct fixture *fixture, const json_t *files, const char *name)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", fixture->path, name);

	return json_string_value(json_object_get(files, path));
}

/* SHA-256 of "x\n", as sha256sum gives it. */
#define X_DIGEST "sha256:73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"

static void test_run_identity_add_task__a_script_and_what_it_may_import(void **state)
{
	const struct fixture *fixture = *state;
	json_t *files;

	assert_int_equal(mkdirat(fixture->fd, "pack", 0700), 0);
	assert_int_equal(mkdirat(fixture->fd, "data", 0700), 0);
	write_text(fixture, "script.py", "x\n");
	write_text(fixture, "module.py", "y\n");
	write_text(fixture, "notes.txt", "z\n");
	write_text(fixture, "input.bin", "i\n");
	write_text(fixture, "pack/__init__.py", "");
	write_text(fixture, "pack/inner.py", "x\n");
	write_text(fixture, "data/other.py", "x\n");
	files = task_files(
		fixture, "python = \"script.py\"\narguments = [\"input.bin\", \"--fast\"]");
	assert_string_equal(file_of(fixture, files, "script.py"), X_DIGEST);
	assert_string_equal(file_of(fixture, files, "pack/inner.py"), X_DIGEST);
	assert_non_null(file_of(fixture, files, "module.py"));
	assert_non_null(file_of(fixture, files, "pack/__init__.py"));
	assert_non_null(file_of(fixture, files, "input.bin"));
	assert_int_equal(json_object_size(files), 5);
	json_decref(files);
}

static void test_run_identity_add_task__a_module_and_its_interpreters_packages(void **state)
{
	const struct fixture *fixture = *state;
	static const char *const folders[] = {".venv", ".venv/bin", ".venv/lib",
		".venv/lib/python3.12", ".venv/lib/python3.12/site-packages",
		".venv/lib/python3.12/site-packages/tool-1.2.dist-info"};
	json_t *files;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		assert_int_equal(mkdirat(fixture->fd, folders[i], 0700), 0);
	write_text(fixture, "module.py", "x\n");
	write_text(fixture, ".venv/bin/python", "x\n");
	write_text(fixture, ".venv/pyvenv.cfg", "x\n");
	write_text(
		fixture, ".venv/lib/python3.12/site-packages/tool-1.2.dist-info/METADATA", "x\n");
	assert_int_equal(fchmodat(fixture->fd, ".venv/bin/python", 0755, 0), 0);
	files = task_files(fixture, "module = \"module\"\ninterpreter = \".venv/bin/python\"");
	assert_string_equal(file_of(fixture, files, "module.py"), X_DIGEST);
	assert_string_equal(file_of(fixture, files, ".venv/bin/python"), X_DIGEST);
	assert_string_equal(file_of(fixture, files, ".venv/pyvenv.cfg"), X_DIGEST);
	assert_string_equal(
		file_of(fixture, files,
			".venv/lib/python3.12/site-packages/tool-1.2.dist-info/METADATA"),
		X_DIGEST);
	assert_int_equal(json_object_size(files), 4);
	json_decref(files);
}

static void test_run_identity_add_task__standard_input_at_every_point(void **state)
{
	const struct fixture *fixture = *state;
	json_t *files;

	write_text(fixture, "in-1", "x\n");
	write_text(fixture, "in-2", "y\n");
	write_text(fixture, "in-3", "z\n");
	files = task_files(fixture, "command = [\"cat\"]\nstdin = \"in-{n}\"\n"
				    "parameters = { n = [1, 2, 4] }");
	assert_string_equal(file_of(fixture, files, "in-1"), X_DIGEST);
	assert_non_null(file_of(fixture, files, "in-2"));
	assert_int_equal(json_object_size(files), 2);
	json_decref(files);
}

static void test_run_identity_add_task__a_program_and_the_files_it_is_given(void **state)
{
	const struct fixture *fixture = *state;
	json_t *files;

	write_text(fixture, "prog", "x\n");
	write_text(fixture, "input.bin", "i\n");
	assert_int_equal(fchmodat(fixture->fd, "prog", 0755, 0), 0);
	files = task_files(fixture, "command = [\"prog\", \"-v\", \"input.bin\", \"7\"]");
	assert_string_equal(file_of(fixture, files, "prog"), X_DIGEST);
	assert_non_null(file_of(fixture, files, "input.bin"));
	assert_int_equal(json_object_size(files), 2);
	json_decref(files);
}

/* But neither what the task may write to, nor a folder. */
static void test_run_identity_add_task__files_of_each_point_and_those_that_are_mounted(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *task = NULL;
	json_t *files;

	write_text(fixture, "prog", "x\n");
	write_text(fixture, "a.bin", "x\n");
	write_text(fixture, "b.bin", "x\n");
	write_text(fixture, "c.bin", "x\n");
	write_text(fixture, "out.bin", "x\n");
	assert_int_equal(fchmodat(fixture->fd, "prog", 0755, 0), 0);
	task = string_format("command = [\"prog\", \"{file}.bin\"]\n"
			     "[task.parameters]\nfile = [\"a\", \"b\", \"none\"]\n"
			     "[container]\nmounts = [\"%s/c.bin:/c\", \"%s/out.bin:/out:rw\", "
			     "\"%s:/folder\"]",
		fixture->path, fixture->path, fixture->path);
	files = task_files(fixture, task);
	assert_non_null(file_of(fixture, files, "a.bin"));
	assert_non_null(file_of(fixture, files, "b.bin"));
	assert_non_null(file_of(fixture, files, "c.bin"));
	assert_int_equal(json_object_size(files), 4);
	json_decref(files);
}

/* A sparse file: its content is not read. */
static void test_run_identity_add_task__a_large_file_is_known_by_size_and_time(void **state)
{
	const struct fixture *fixture = *state;
	const struct timespec times[] = {{.tv_sec = 1000}, {.tv_sec = 1234, .tv_nsec = 5}};
	CLEANUP(cleanup_close) int fd = -1;
	json_t *files;

	write_text(fixture, "prog", "x\n");
	assert_int_equal(fchmodat(fixture->fd, "prog", 0755, 0), 0);
	fd = openat(fixture->fd, "large.bin", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, (off_t)100 << 20), 0);
	assert_int_equal(futimens(fd, times), 0);
	files = task_files(fixture, "command = [\"prog\", \"large.bin\"]");
	assert_string_equal(
		file_of(fixture, files, "large.bin"), "104857600 bytes of 1234.000000005");
	json_decref(files);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_run_record__says_what_was_written),
		TEST(test_run_record_changes__none_where_all_is_as_it_was),
		TEST(test_run_record_changes__names_what_differs_is_gone_or_is_new),
		TEST(test_run_record_changes__may_leave_the_files_out),
		TEST(test_run_record__keeps_each_resumption),
		TEST(test_run_record__keeps_each_change_of_the_tasks_files),
		TEST(test_run_record_parse__refuses_what_is_no_record),
		TEST(test_run_record_parse__refuses_a_key_of_another_kind),
		TEST(test_run_record_parse__refuses_content_that_its_digest_is_not_of),
		TEST(test_run_record__says_that_all_is_measured),
		TEST(test_run_record_parse__one_of_an_older_version_is_not_quick),
		TEST(test_run_record_owner__is_whose_the_folder_is_to_be),
		TEST(test_run_record_owner__one_of_an_older_version_has_none),
		TEST(test_run_identity_add_task__a_script_and_what_it_may_import),
		TEST(test_run_identity_add_task__a_module_and_its_interpreters_packages),
		TEST(test_run_identity_add_task__standard_input_at_every_point),
		TEST(test_run_identity_add_task__a_program_and_the_files_it_is_given),
		TEST(test_run_identity_add_task__files_of_each_point_and_those_that_are_mounted),
		TEST(test_run_identity_add_task__a_large_file_is_known_by_size_and_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
