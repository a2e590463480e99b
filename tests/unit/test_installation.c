#include "runner/host/installation.h"

#include "tests/unit/container_fixture.h"
#include "util/text.h"

/* A prefix with the files of an installation. */
static void make_prefix(struct fixture *fixture)
{
	fixture_directory(fixture, "prefix/bin");
	fixture_directory(fixture, "prefix/tests/unit");
	fixture_directory(fixture, "prefix/one/two/three");
	fixture_directory(fixture, "prefix/share/memcg-run");
	fixture_directory(fixture, "prefix/libexec/memcg-run");
	fixture_file(fixture, "prefix/libexec/memcg-run/launcher", "");
	assert_int_equal(fchmodat(fixture->fd, "prefix/libexec/memcg-run/launcher", 0755, 0), 0);
}

static int find_from(struct fixture *fixture, const char *name, struct installation **ret_found)
{
	CLEANUP(cleanup_free) char *directory = string_format("%s/%s", fixture->path, name);

	assert_non_null(directory);
	return installation_find_from(directory, ret_found, &fixture->error);
}

static void assert_found(struct fixture *fixture, const char *name)
{
	struct installation *installation = NULL;
	size_t skip = strlen(fixture->path);

	assert_int_equal(find_from(fixture, name, &installation), 0);
	assert_string_equal(installation->python + skip, "/prefix/libexec/memcg-run/python");
	assert_string_equal(installation->phenomena + skip, "/prefix/libexec/memcg-run/phenomena");
	assert_string_equal(installation->seccomp + skip, "/prefix/share/memcg-run/seccomp");
	assert_string_equal(installation->images + skip, "/prefix/share/memcg-run/images");
	assert_string_equal(installation->launcher + skip, "/prefix/libexec/memcg-run/launcher");
	assert_string_equal(installation->image_cache, "/var/cache/memcg-run/images");
	installation_free(installation);
}

static void test_installation_find__looks_beside_and_above_the_program(void **state)
{
	make_prefix(*state);
	assert_found(*state, "prefix");
	assert_found(*state, "prefix/bin");
	assert_found(*state, "prefix/tests/unit");
}

static void test_installation_find__does_not_climb_further(void **state)
{
	struct fixture *fixture = *state;
	struct installation *installation = NULL;

	make_prefix(fixture);
	assert_int_equal(find_from(fixture, "prefix/one/two/three", &installation), -ENOENT);
	assert_null(installation);
	assert_non_null(strstr(fixture->error.text, "share/memcg-run"));
}

static void test_installation_find__needs_a_launcher_that_runs(void **state)
{
	struct fixture *fixture = *state;
	struct installation *installation = NULL;

	make_prefix(fixture);
	assert_int_equal(fchmodat(fixture->fd, "prefix/libexec/memcg-run/launcher", 0644, 0), 0);
	assert_int_equal(find_from(fixture, "prefix/bin", &installation), -EACCES);
	assert_non_null(strstr(fixture->error.text, "libexec/memcg-run/launcher"));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_installation_find__looks_beside_and_above_the_program),
		TEST(test_installation_find__does_not_climb_further),
		TEST(test_installation_find__needs_a_launcher_that_runs),
	};

	return cmocka_run_group_tests_name("installation", tests, NULL, NULL);
}
