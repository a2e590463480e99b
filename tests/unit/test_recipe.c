/* The recipe of an image, in TOML. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/container/recipe.h"

#include <errno.h>
#include <string.h>

static int parse(const char *text, struct recipe **ret_recipe, struct error *error)
{
	return recipe_parse("r.toml", text, strlen(text), ret_recipe, error);
}

static void test_recipe_parse__joins_packages(void **state)
{
	struct recipe *recipe = NULL;

	(void)state;
	assert_int_equal(
		parse("suite = \"trixie\"\npackages = [\"a\", \"libc++1\"]\n", &recipe, NULL), 0);
	assert_string_equal(recipe->suite, "trixie");
	assert_string_equal(recipe->packages, "a,libc++1");
	assert_null(recipe->mirror);
	recipe_free(recipe);
}

static void test_recipe_parse__tells_mistakes_with_their_place(void **state)
{
	static const struct {
		const char *text;
		const char *begins;
	} cases[] = {
		{"suite = \"x\"\npackages = []", "r.toml:2:12: expected a list of packages"},
		{"suite = \"x\"\npackages = [\"a\", 1]", "r.toml:2:18: expected a name"},
		{"suite = \"x\"\npackages = [\"--hook\"]", "r.toml:2:13: expected a name"},
		{"suite = \"a b\"\n", "r.toml:1:9: expected a name"},
		{"sweet = \"x\"\n", "r.toml:1:1: unknown key \"sweet\""},
		{"mirror = \"x\"\n", "r.toml:1:10: expected the archive's address"},
		{"suite = \"x\"\n", "r.toml: a recipe needs suite and packages"},
		{"suite = \n", "r.toml:1:"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error error = ERROR_INIT;
		struct recipe *recipe = NULL;

		assert_int_equal(parse(cases[i].text, &recipe, &error), -EINVAL);
		assert_null(recipe);
		if (strncmp(error.text, cases[i].begins, strlen(cases[i].begins)) != 0)
			fail_msg("\"%s\" does not begin with \"%s\"", error.text, cases[i].begins);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recipe_parse__joins_packages),
		cmocka_unit_test(test_recipe_parse__tells_mistakes_with_their_place),
	};

	return cmocka_run_group_tests_name("recipe", tests, NULL, NULL);
}
