/* User-defined backends: which are found, how they are read, and whom root trusts. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/experiment/trusted_path.h"
#include "runner/experiment/user_backend.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
	char folder[64];
	int fd;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	if (!fixture)
		return -1;
	strcpy(fixture->folder, "/tmp/test-user-backend-XXXXXX");
	if (!mkdtemp(fixture->folder))
		return -1;
	fixture->fd = open(fixture->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fixture->fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	struct error error = ERROR_INIT;
	int r = file_remove_tree(AT_FDCWD, fixture->folder, &error);

	close(fixture->fd);
	free(fixture);
	return r;
}

static void add(const struct fixture *fixture, const char *name, mode_t mode, const char *text)
{
	struct error error = ERROR_INIT;

	assert_int_equal(file_write(fixture->fd, name, text, strlen(text), mode, &error), 0);
	/* regardless of the umask */
	assert_int_equal(fchmodat(fixture->fd, name, mode, 0), 0);
}

static void add_good(const struct fixture *fixture)
{
	add(fixture, "mine.toml", 0644,
		"summary = \"what is mine\"\nheadline = \"mine.held_bytes\"\n");
	add(fixture, "mine", 0755, "#!/bin/true\n");
}

static void assert_refused(const struct fixture *fixture, const char *sentence)
{
	struct user_backend *backend = NULL;
	struct error error = ERROR_INIT;

	assert_true(user_backend_load(fixture->folder, "mine", &backend, &error) < 0);
	assert_null(backend);
	if (!strstr(error.text, sentence))
		fail_msg("\"%s\" is not in \"%s\"", sentence, error.text);
}

/* ---- listing */

static void test_user_backend_list__has_what_has_a_sidecar(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(user_backend_list_release) struct user_backend_list list = {.n = 0};
	struct error error = ERROR_INIT;

	add(fixture, "b-2.toml", 0644, "");
	add(fixture, "a.toml", 0644, "");
	add(fixture, "README", 0644, "");
	add(fixture, "c", 0755, "");
	add(fixture, "Upper.toml", 0644, "");
	add(fixture, "2b.toml", 0644, "");
	add(fixture, ".toml", 0644, "");
	add(fixture, "d.toml.bak", 0644, "");
	add(fixture, "a-name-of-thirty-three-characters.toml", 0644, "");
	assert_int_equal(user_backend_list_add(&list, fixture->folder, &error), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.places[0].name, "a");
	assert_string_equal(list.places[1].name, "b-2");
	assert_string_equal(list.places[1].folder, fixture->folder);
	assert_ptr_equal(user_backend_list_find(&list, "b-2"), &list.places[1]);
	assert_null(user_backend_list_find(&list, "c"));
}

static void test_user_backend_list__keeps_the_first_of_a_name(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(user_backend_list_release) struct user_backend_list list = {.n = 0};
	CLEANUP(cleanup_free) char *second = string_format("%s/second", fixture->folder);
	struct error error = ERROR_INIT;

	assert_int_equal(mkdirat(fixture->fd, "second", 0755), 0);
	add(fixture, "mine.toml", 0644, "");
	add(fixture, "second/mine.toml", 0644, "");
	add(fixture, "second/other.toml", 0644, "");
	assert_int_equal(user_backend_list_add(&list, fixture->folder, &error), 0);
	assert_int_equal(user_backend_list_add(&list, second, &error), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(user_backend_list_find(&list, "mine")->folder, fixture->folder);
	assert_string_equal(user_backend_list_find(&list, "other")->folder, second);
}

static void test_user_backend_list__passes_over_a_folder_that_is_not_there(void **state)
{
	CLEANUP(user_backend_list_release) struct user_backend_list list = {.n = 0};
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(user_backend_list_add(&list, "/nowhere/backends", &error), 0);
	assert_int_equal(list.n, 0);
}

/* ---- loading */

static void test_user_backend_load__external_from_an_executable(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *program = string_format("%s/mine", fixture->folder);
	struct user_backend *backend = NULL;
	struct error error = ERROR_INIT;

	add_good(fixture);
	if (user_backend_load(fixture->folder, "mine", &backend, &error) < 0)
		fail_msg("%s", error.text);
	assert_string_equal(backend->backend.name, "mine");
	assert_string_equal(backend->backend.summary, "what is mine");
	assert_string_equal(backend->backend.headline_metric, "mine.held_bytes");
	assert_string_equal(backend->backend.external, program);
	assert_null(backend->backend.reporter);
	assert_false(backend->backend.needs_python_task);
	assert_true(backend_is_outside(&backend->backend));
	assert_null(backend->backend.requirements[0].debian_package);
	user_backend_free(backend);
}

static void test_user_backend_load__in_process_from_a_python_file(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *program = string_format("%s/mine.py", fixture->folder);
	struct user_backend *backend = NULL;
	struct error error = ERROR_INIT;

	add_good(fixture);
	assert_int_equal(renameat(fixture->fd, "mine", fixture->fd, "mine.py"), 0);
	if (user_backend_load(fixture->folder, "mine", &backend, &error) < 0)
		fail_msg("%s", error.text);
	assert_string_equal(backend->backend.reporter, program);
	assert_null(backend->backend.external);
	assert_true(backend->backend.needs_python_task);
	assert_false(backend_is_outside(&backend->backend));
	user_backend_free(backend);
}

static void test_user_backend_load__needs_exactly_one_reporter(void **state)
{
	const struct fixture *fixture = *state;

	add_good(fixture);
	add(fixture, "mine.py", 0644, "");
	assert_refused(fixture, "exist; remove one");
	assert_int_equal(unlinkat(fixture->fd, "mine.py", 0), 0);
	assert_int_equal(unlinkat(fixture->fd, "mine", 0), 0);
	assert_refused(fixture, "/mine.toml has no reporter");
	assert_int_equal(mkdirat(fixture->fd, "mine", 0755), 0);
	assert_refused(fixture, "/mine.toml has no reporter");
}

static void test_user_backend_load__external_must_be_executable(void **state)
{
	const struct fixture *fixture = *state;

	add_good(fixture);
	assert_int_equal(fchmodat(fixture->fd, "mine", 0644, 0), 0);
	assert_refused(fixture, "/mine: chmod +x it");
}

static void assert_sidecar_refused(
	const struct fixture *fixture, const char *text, const char *sentence)
{
	add(fixture, "mine.toml", 0644, text);
	assert_refused(fixture, sentence);
}

static void test_user_backend_load__says_what_is_wrong_with_its_sidecar(void **state)
{
	const struct fixture *fixture = *state;

	add_good(fixture);
	assert_sidecar_refused(fixture, "", "/mine.toml has no summary");
	assert_sidecar_refused(fixture, "summary = \"x\"\n", "/mine.toml has no headline");
	assert_sidecar_refused(
		fixture, "summary = 3\n", "/mine.toml:1:11: summary: expected a string");
	assert_sidecar_refused(
		fixture, "summary = \"\"\n", "mine.toml:1:11: summary: expected a string");
	assert_sidecar_refused(fixture, "summary = \"x\"\nkind = 1\n",
		"/mine.toml:2:1: kind: unknown key; expected summary and headline");
	assert_sidecar_refused(fixture, "summary = \n", "/mine.toml:1:");
	assert_sidecar_refused(fixture, "summary = \"x\"\nheadline = \"yours.held_bytes\"\n",
		"/mine.toml:2:12: headline: found \"yours.held_bytes\"");
	assert_sidecar_refused(fixture, "summary = \"x\"\nheadline = \"mine.held\"\n",
		"headline: found \"mine.held\"; expected one of its metrics, "
		"\"mine.<what>_bytes\"");
	assert_sidecar_refused(fixture, "summary = \"x\"\nheadline = \"mine._bytes.x\"\n",
		"headline: found \"mine._bytes.x\"");
}

/* ---- trust */

static void assert_not_trusted(const char *path, uid_t user, const char *sentence)
{
	struct error error = ERROR_INIT;

	assert_int_equal(trusted_path_check(path, user, &error), -EPERM);
	if (!strstr(error.text, sentence))
		fail_msg("\"%s\" is not in \"%s\"", sentence, error.text);
}

/* As root or any user: the owner of the file is what counts. */
static void test_trusted_path__others_may_not_write(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/file", fixture->folder);
	struct error error = ERROR_INIT;

	add(fixture, "file", 0755, "");
	if (trusted_path_check(path, geteuid(), &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(chmod(path, 0757), 0);
	assert_not_trusted(path, geteuid(), "/file is writable by others");
	assert_int_equal(chmod(path, 0775), 0);
	assert_not_trusted(path, geteuid(), "/file is writable by others");
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(chmod(fixture->folder, 0777), 0);
	assert_not_trusted(path, geteuid(), "is writable by others");
	/* Like /tmp, where users can add names but change none. */
	assert_int_equal(chmod(fixture->folder, 01777), 0);
	assert_int_equal(trusted_path_check(path, geteuid(), &error), 0);
}

static void test_trusted_path__follows_links_to_what_is_run(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *link = string_format("%s/link", fixture->folder);

	add(fixture, "file", 0757, "");
	assert_int_equal(symlinkat("file", fixture->fd, "link"), 0);
	assert_not_trusted(link, geteuid(), "/file is writable by others");
}

static void test_trusted_path__belongs_to_root_or_its_caller(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = string_format("%s/file", fixture->folder);
	struct error error = ERROR_INIT;

	add(fixture, "file", 0755, "");
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 4711, 4711), 0);
		assert_not_trusted(path, 0, "/file belongs to user 4711");
		assert_not_trusted(path, 4712, "/file belongs to user 4711");
		assert_int_equal(trusted_path_check(path, 4711, &error), 0);
	} else {
		assert_not_trusted(path, 0, "/file belongs to user");
	}
}

static void test_trusted_path_user__is_who_called_sudo(void **state)
{
	(void)state;
	unsetenv("SUDO_UID");
	assert_int_equal(trusted_path_user(), 0);
	setenv("SUDO_UID", "1000", 1);
	assert_int_equal(trusted_path_user(), 1000);
	setenv("SUDO_UID", "1000x", 1);
	assert_int_equal(trusted_path_user(), 0);
	setenv("SUDO_UID", "4294967295", 1);
	assert_int_equal(trusted_path_user(), 0);
	unsetenv("SUDO_UID");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_user_backend_list__has_what_has_a_sidecar, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_user_backend_list__keeps_the_first_of_a_name, setup, teardown),
		cmocka_unit_test(test_user_backend_list__passes_over_a_folder_that_is_not_there),
		cmocka_unit_test_setup_teardown(
			test_user_backend_load__external_from_an_executable, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_user_backend_load__in_process_from_a_python_file, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_user_backend_load__needs_exactly_one_reporter, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_user_backend_load__external_must_be_executable, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_user_backend_load__says_what_is_wrong_with_its_sidecar, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_trusted_path__others_may_not_write, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_trusted_path__follows_links_to_what_is_run, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_trusted_path__belongs_to_root_or_its_caller, setup, teardown),
		cmocka_unit_test(test_trusted_path_user__is_who_called_sudo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
