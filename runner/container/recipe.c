#include "runner/container/recipe.h"

#include "runner/experiment/toml.h"
#include "util/cleanup.h"
#include "util/process.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>

#define MIRROR_VARIABLE "MEMCG_RUN_MIRROR"

/* For suites and packages (Debian policy, 5.6.1): safe on a command line. */
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789+-."

void recipe_free(struct recipe *recipe)
{
	if (!recipe)
		return;
	free(recipe->suite);
	free(recipe->packages);
	free(recipe->mirror);
	free(recipe);
}

CLEANUP_POINTER(cleanup_recipe, struct recipe, recipe_free)

CLEANUP_POINTER(cleanup_toml, struct toml_document, toml_free)

static int mistake(
	const char *path, const struct toml_value *value, const char *text, struct error *error)
{
	return error_set(error, EINVAL, "%s:%u:%u: %s", path, toml_value_line(value),
		toml_value_column(value), text);
}

static int take_package_name(
	const char *path, const struct toml_value *value, char **ret_name, struct error *error)
{
	const char *name = toml_value_kind(value) == TOML_STRING ? toml_string(value) : "";

	if (*name == '\0' || *name == '-' || name[strspn(name, NAME_CHARACTERS)] != '\0')
		return mistake(path, value, "expected a name such as \"trixie\"", error);
	*ret_name = strdup(name);
	return *ret_name ? 0 : error_set_errno(error, ENOMEM, "cannot read %s", path);
}

static int take_mirror(
	const char *path, const struct toml_value *value, char **ret_mirror, struct error *error)
{
	if (toml_value_kind(value) != TOML_STRING || !strstr(toml_string(value), ":/"))
		return mistake(path, value, "expected the archive's address", error);
	*ret_mirror = strdup(toml_string(value));
	return *ret_mirror ? 0 : error_set_errno(error, ENOMEM, "cannot read %s", path);
}

static int add_package(
	const char *path, const struct toml_value *value, char **packages, struct error *error)
{
	CLEANUP(cleanup_free) char *name = NULL;
	int r = take_package_name(path, value, &name, error);

	if (r < 0)
		return r;
	*packages = *packages ? string_append(*packages, ",", "%s", name) : TAKE_PTR(name);
	return *packages ? 0 : error_set_errno(error, ENOMEM, "cannot read %s", path);
}

static int take_packages(
	const char *path, const struct toml_value *value, char **ret_packages, struct error *error)
{
	int r = 0;

	if (toml_value_kind(value) != TOML_ARRAY || toml_size(value) == 0)
		return mistake(path, value, "expected a list of packages", error);
	for (size_t i = 0; r == 0 && i < toml_size(value); i++)
		r = add_package(path, toml_at(value, i), ret_packages, error);
	return r;
}

static int take_member(const char *path, const struct toml_value *root, size_t index,
	struct recipe *recipe, struct error *error)
{
	const struct toml_value *value = toml_at(root, index);
	const char *key = toml_key_at(root, index);

	if (strcmp(key, "suite") == 0)
		return take_package_name(path, value, &recipe->suite, error);
	if (strcmp(key, "packages") == 0)
		return take_packages(path, value, &recipe->packages, error);
	if (strcmp(key, "mirror") == 0)
		return take_mirror(path, value, &recipe->mirror, error);
	return error_set(error, EINVAL,
		"%s:%u:%u: unknown key \"%s\"; a recipe has suite, packages and mirror", path,
		toml_key_line(root, index), toml_key_column(root, index), key);
}

int recipe_parse(const char *path, const char *text, size_t length, struct recipe **ret_recipe,
	struct error *error)
{
	CLEANUP(cleanup_recipe) struct recipe *recipe = NULL;
	CLEANUP(cleanup_toml) struct toml_document *document = NULL;
	struct toml_error toml_error;
	const struct toml_value *root;
	int r = toml_parse(text, length, &document, &toml_error);

	if (r == -EINVAL)
		return error_set(error, EINVAL, "%s:%u:%u: %s", path, toml_error.line,
			toml_error.column, toml_error.text);
	if (r < 0)
		return error_set_errno(error, -r, "cannot read %s", path);
	recipe = calloc(1, sizeof(*recipe));
	if (!recipe)
		return error_set_errno(error, ENOMEM, "cannot read %s", path);
	root = toml_root(document);
	for (size_t i = 0; r == 0 && i < toml_size(root); i++)
		r = take_member(path, root, i, recipe, error);
	if (r < 0)
		return r;
	if (!recipe->suite || !recipe->packages)
		return error_set(error, EINVAL, "%s: a recipe needs suite and packages", path);
	*ret_recipe = TAKE_PTR(recipe);
	return 0;
}

/* The first line that is an address: warnings of apt ("W: ...") may precede it. */
static char *first_address(const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyz+");

		if (scheme > 0 && text[scheme] == ':' && memchr(text, ' ', length) == NULL)
			return strndup(text, length);
		text += length;
		text += *text == '\n' ? 1 : 0;
	}
	return NULL;
}

/*
 * apt-get indextargets lists apt's indexes, one per line, with the archive's description of itself:
 * a mirror of Debian is recognised by its Origin and Label, not by its name.
 */
static int mirror_of_host(char **ret_mirror, struct error *error)
{
	static const char *const argv[] = {"apt-get", "indextargets", "--format", "$(REPO_URI)",
		"Origin: Debian", "Label: Debian", "Component: main", "Created-By: Packages", NULL};
	CLEANUP(cleanup_free) char *output = NULL;
	int r = process_run(&(struct process_helper){.argv = argv}, &output, error);

	if (r < 0) {
		error_prefix(error, "cannot ask apt for this host's archive");
		return r;
	}
	*ret_mirror = first_address(output);
	if (!*ret_mirror)
		return error_set(error, ENOENT,
			"this host's apt has no index of Debian's main archive: run apt-get "
			"update, or "
			"give an archive in " MIRROR_VARIABLE);
	return 0;
}

int recipe_mirror(const struct recipe *recipe, char **ret_mirror, struct error *error)
{
	const char *given = getenv(MIRROR_VARIABLE);
	const char *mirror = given && *given ? given : recipe->mirror;

	if (!mirror)
		return mirror_of_host(ret_mirror, error);
	*ret_mirror = strdup(mirror);
	return *ret_mirror ? 0 : error_set_errno(error, ENOMEM, "cannot name the archive");
}
