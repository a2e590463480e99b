#include "runner/experiment/user_backend.h"

#include "runner/experiment/toml.h"
#include "runner/experiment/trusted_path.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SIDECAR_SUFFIX ".toml"
#define SIDECAR_MAX_BYTES 65536
#define NAME_MAX_LENGTH 32
/* A metric's name is limited to 63 bytes. */
#define HEADLINE_MAX_LENGTH 63
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-_"

static const struct backend_requirement no_requirements[] = {
	{.debian_package = NULL},
};

/* ---- listing */

/* The length of "mine" in "mine.toml"; 0 for other names. */
static size_t name_length(const char *file)
{
	const size_t length = strspn(file, NAME_CHARACTERS);

	if (strcmp(file + length, SIDECAR_SUFFIX) != 0 || length > NAME_MAX_LENGTH)
		return 0;
	return file[0] >= 'a' && file[0] <= 'z' ? length : 0;
}

const struct user_backend_place *user_backend_list_find(
	const struct user_backend_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->places[i].name, name) == 0)
			return &list->places[i];
	return NULL;
}

static int add_place(struct user_backend_list *list, const char *folder, const char *file)
{
	CLEANUP(cleanup_free) char *name = strndup(file, name_length(file));
	CLEANUP(cleanup_free) char *copy = strdup(folder);

	if (!name || !copy)
		return -ENOMEM;
	if (user_backend_list_find(list, name))
		return 0;
	if (!ARRAY_GROW(list->places, list->n))
		return -ENOMEM;
	list->places[list->n++] =
		(struct user_backend_place){.name = TAKE_PTR(name), .folder = TAKE_PTR(copy)};
	return 0;
}

static int compare_backend_places(const void *left, const void *right)
{
	const struct user_backend_place *a = left;
	const struct user_backend_place *b = right;

	return strcmp(a->name, b->name);
}

int user_backend_list_add(struct user_backend_list *list, const char *folder, struct error *error)
{
	CLEANUP(cleanup_closedir) DIR *directory = opendir(folder);
	const size_t n_before = list->n;
	const struct dirent *entry;

	if (!directory && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!directory)
		return error_set_errno(error, errno, "cannot list the backends in %s", folder);
	while ((entry = file_next(directory)))
		if (name_length(entry->d_name) > 0 && add_place(list, folder, entry->d_name) < 0)
			return error_set_errno(
				error, ENOMEM, "cannot list the backends in %s", folder);
	if (errno != 0)
		return error_set_errno(error, errno, "cannot list the backends in %s", folder);
	if (list->n > n_before)
		qsort(list->places + n_before, list->n - n_before, sizeof(*list->places),
			compare_backend_places);
	return 0;
}

void user_backend_list_release(struct user_backend_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->places[i].name);
		free(list->places[i].folder);
	}
	free(list->places);
	*list = (struct user_backend_list){.n = 0};
}

char *user_backend_home(void)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (geteuid() == 0)
		return NULL;
	if (config && *config == '/')
		return string_format("%s/memcg-run/backends", config);
	return home && *home == '/' ? string_format("%s/.config/memcg-run/backends", home) : NULL;
}

/* ---- the sidecar */

static int read_backend_text(const struct user_backend *backend, const struct toml_value *root,
	const char *key, char **ret_text, struct error *error)
{
	const struct toml_value *value = toml_get(root, key);

	if (!value)
		return error_set(error, EINVAL, "%s has no %s", backend->sidecar, key);
	if (toml_value_kind(value) != TOML_STRING || !*toml_string(value))
		return error_set(error, EINVAL, "%s:%u:%u: %s: expected a string", backend->sidecar,
			toml_value_line(value), toml_value_column(value), key);
	*ret_text = strdup(toml_string(value));
	if (!*ret_text)
		return error_set_errno(error, ENOMEM, "cannot read %s", backend->sidecar);
	text_blank_controls(*ret_text);
	return 0;
}

static int check_keys(
	const struct user_backend *backend, const struct toml_value *root, struct error *error)
{
	for (size_t i = 0; i < toml_size(root); i++) {
		const char *key = toml_key_at(root, i);

		if (strcmp(key, "summary") != 0 && strcmp(key, "headline") != 0)
			return error_set(error, EINVAL,
				"%s:%u:%u: %s: unknown key; expected summary and headline",
				backend->sidecar, toml_key_line(root, i), toml_key_column(root, i),
				key);
	}
	return 0;
}

static int check_headline(
	const struct user_backend *backend, const struct toml_value *root, struct error *error)
{
	static const char unit[] = "_bytes";
	const struct toml_value *value = toml_get(root, "headline");
	const size_t length = strlen(backend->headline);

	if (backend_owns(backend->name, backend->headline) && length <= HEADLINE_MAX_LENGTH &&
		length > strlen(unit) &&
		strcmp(backend->headline + length - strlen(unit), unit) == 0)
		return 0;
	return error_set(error, EINVAL,
		"%s:%u:%u: headline: found \"%s\"; expected one of its metrics, "
		"\"%s.<what>_bytes\", of %d letters at most",
		backend->sidecar, toml_value_line(value), toml_value_column(value),
		backend->headline, backend->name, HEADLINE_MAX_LENGTH);
}

static int read_root(
	struct user_backend *backend, const struct toml_value *root, struct error *error)
{
	int r = check_keys(backend, root, error);

	if (r == 0)
		r = read_backend_text(backend, root, "summary", &backend->summary, error);
	if (r == 0)
		r = read_backend_text(backend, root, "headline", &backend->headline, error);
	return r == 0 ? check_headline(backend, root, error) : r;
}

static int read_sidecar(struct user_backend *backend, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	struct toml_document *document;
	struct toml_error place;
	size_t length;
	int r = file_read(AT_FDCWD, backend->sidecar, SIDECAR_MAX_BYTES, &text, &length, error);

	if (r < 0)
		return r;
	r = toml_parse(text, length, &document, &place);
	if (r == -EINVAL)
		return error_set(error, EINVAL, "%s:%u:%u: %s", backend->sidecar, place.line,
			place.column, place.text);
	if (r < 0)
		return error_set_errno(error, -r, "cannot read %s", backend->sidecar);
	r = read_root(backend, toml_root(document), error);
	toml_free(document);
	return r;
}

/* ---- its program */

static bool is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Exactly one of the two files: with both, the choice would be a guess. */
static int find_reporter_program(
	struct user_backend *backend, const char *folder, struct error *error)
{
	CLEANUP(cleanup_free) char *inside = string_format("%s/%s.py", folder, backend->name);
	CLEANUP(cleanup_free) char *outside = string_format("%s/%s", folder, backend->name);

	if (!inside || !outside)
		return error_set_errno(error, ENOMEM, "cannot read backend %s", backend->name);
	if (is_file(inside) && is_file(outside))
		return error_set(error, EINVAL,
			"both %s (in-process) and %s (external) exist; remove one", inside,
			outside);
	if (!is_file(inside) && !is_file(outside))
		return error_set(error, ENOENT,
			"%s has no reporter: expected %s (in-process) or the executable %s "
			"(external)",
			backend->sidecar, inside, outside);
	backend->backend.needs_python_task = is_file(inside);
	if (is_file(outside) && access(outside, X_OK) < 0)
		return error_set_errno(error, errno, "cannot execute %s: chmod +x it", outside);
	/*
	 * Resolves links: the file checked for trust is the one that will run, even if a link
	 * changes.
	 */
	backend->program = realpath(is_file(inside) ? inside : outside, NULL);
	return backend->program ? 0
				: error_set_errno(error, errno, "cannot examine the reporter of %s",
					  backend->sidecar);
}

/* Also for containers: with runtime none the file runs as root. */
static int check_trust(const struct user_backend *backend, struct error *error)
{
	int r;

	if (geteuid() != 0)
		return 0;
	r = trusted_path_check(backend->sidecar, trusted_path_user(), error);
	return r == 0 ? trusted_path_check(backend->program, trusted_path_user(), error) : r;
}

static void complete_backend(struct user_backend *backend)
{
	struct backend *made = &backend->backend;

	made->summary = backend->summary;
	made->headline_metric = backend->headline;
	made->requirements = no_requirements;
	if (made->needs_python_task)
		made->reporter = backend->program;
	else
		made->external = backend->program;
}

int user_backend_load(const char *folder, const char *name, struct user_backend **ret_backend,
	struct error *error)
{
	struct user_backend *backend = calloc(1, sizeof(*backend));
	int r = 0;

	if (!backend)
		return error_set_errno(error, ENOMEM, "cannot read backend %s", name);
	backend->name = strdup(name);
	backend->sidecar = string_format("%s/%s" SIDECAR_SUFFIX, folder, name);
	backend->backend.name = backend->name;
	if (!backend->name || !backend->sidecar)
		r = error_set_errno(error, ENOMEM, "cannot read backend %s", name);
	if (r == 0)
		r = find_reporter_program(backend, folder, error);
	if (r == 0)
		r = check_trust(backend, error);
	if (r == 0)
		r = read_sidecar(backend, error);
	if (r < 0) {
		user_backend_free(backend);
		return r;
	}
	complete_backend(backend);
	*ret_backend = backend;
	return 0;
}

void user_backend_free(struct user_backend *backend)
{
	if (!backend)
		return;
	free(backend->name);
	free(backend->summary);
	free(backend->headline);
	free(backend->program);
	free(backend->sidecar);
	free(backend);
}
