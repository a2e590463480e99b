/* [backends]: the reporters to use, built-in and user-defined. */

#include "runner/experiment/sections.h"
#include "runner/experiment/user_backend.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <string.h>
#include <sys/stat.h>

/* ---- user-defined backends */

static void list_folder(
	const struct setting *setting, struct user_backend_list *list, const char *folder)
{
	struct error error = ERROR_INIT;

	if (user_backend_list_add(list, folder, &error) < 0)
		setting_refuse(setting, "%s", error.text);
}

/* The experiment's own folder first, then the user's, then the system's. */
static void find_added(const struct setting *setting, struct user_backend_list *list)
{
	struct loader *loader = setting->loader;
	CLEANUP(cleanup_free) char *home = user_backend_home();
	CLEANUP(cleanup_free) char *folder = NULL;
	struct setting path;

	if (setting_find(loader, "backends", "path", &path) &&
		toml_value_kind(path.value) == TOML_STRING) {
		const char *given = toml_string(path.value);

		folder = *given == '/'
				 ? strdup(given)
				 : string_format("%s/%s", loader->experiment->directory, given);
		if (folder)
			list_folder(&path, list, folder);
		else
			loader->out_of_memory = true;
	}
	if (home)
		list_folder(setting, list, home);
	list_folder(setting, list, USER_BACKENDS_OF_SYSTEM);
}

static const struct backend *find_loaded(const struct experiment *experiment, const char *name)
{
	for (size_t i = 0; i < experiment->n_user_backends; i++)
		if (strcmp(experiment->user_backends[i]->name, name) == 0)
			return &experiment->user_backends[i]->backend;
	return NULL;
}

/* Reports a faulty backend and returns NULL. */
static const struct backend *load_added(
	const struct setting *element, const struct user_backend_place *place)
{
	struct experiment *experiment = element->loader->experiment;
	const struct backend *loaded = find_loaded(experiment, place->name);
	struct user_backend *backend;
	struct error error = ERROR_INIT;

	if (loaded)
		return loaded;
	if (user_backend_load(place->folder, place->name, &backend, &error) < 0) {
		setting_refuse(element, "%s", error.text);
		return NULL;
	}
	if (!ARRAY_GROW(experiment->user_backends, experiment->n_user_backends)) {
		user_backend_free(backend);
		element->loader->out_of_memory = true;
		return NULL;
	}
	experiment->user_backends[experiment->n_user_backends++] = backend;
	return &backend->backend;
}

/* ---- names */

static size_t n_built_in(void)
{
	size_t n = 0;

	while (backend_all()[n])
		n++;
	return n;
}

/*
 * The candidates: the registry's names, then the user-defined ones. The caller owns only the list.
 */
static const char **backend_names(struct loader *loader, const struct user_backend_list *added)
{
	const size_t n = n_built_in();
	const char **names = calloc(n + added->n + 1, sizeof(*names));

	if (!names)
		loader->out_of_memory = true;
	for (size_t i = 0; names && i < n; i++)
		names[i] = backend_all()[i]->name;
	for (size_t i = 0; names && i < added->n; i++)
		names[n + i] = added->places[i].name;
	return names;
}

static bool backend_is_listed(const struct experiment *experiment, const struct backend *backend)
{
	for (size_t i = 0; i < experiment->n_backends; i++)
		if (experiment->backends[i] == backend)
			return true;
	return false;
}

/* Reports an unknown name and returns NULL. */
static const struct backend *choose(const struct setting *element, const char *const *names,
	const struct user_backend_list *added)
{
	const struct user_backend_place *place;
	unsigned chosen;

	if (!setting_choice(element, names, &chosen))
		return NULL;
	place = user_backend_list_find(added, names[chosen]);
	if (place && backend_find(place->name)) {
		setting_refuse(element,
			"\"%s\" is already the name of a built-in backend: rename the one in %s",
			place->name, place->folder);
		return NULL;
	}
	return place ? load_added(element, place) : backend_all()[chosen];
}

static void read_chosen(const struct setting *setting, const struct user_backend_list *added)
{
	struct experiment *experiment = setting->loader->experiment;
	CLEANUP(cleanup_free) const char **names = backend_names(setting->loader, added);

	experiment->backends = calloc(toml_size(setting->value), sizeof(*experiment->backends));
	if (!names || !experiment->backends) {
		setting->loader->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < toml_size(setting->value); i++) {
		struct setting element = setting_element(setting, i);
		const struct backend *backend = choose(&element, names, added);

		if (!backend)
			continue;
		if (backend_is_listed(experiment, backend))
			setting_expected(&element, "each backend once");
		else
			experiment->backends[experiment->n_backends++] = backend;
	}
}

static void read_names(const struct setting *setting)
{
	CLEANUP(user_backend_list_release) struct user_backend_list added = {.n = 0};

	if (!setting_array(setting, "names such as [\"none\", \"psutil\"]"))
		return;
	find_added(setting, &added);
	read_chosen(setting, &added);
}

/* This folder is searched when the names are read. */
static void read_path(const struct setting *setting)
{
	CLEANUP(cleanup_free) char *given = NULL;
	CLEANUP(cleanup_free) char *folder = NULL;
	struct stat status;

	if (!setting_string(setting, &given))
		return;
	folder = *given == '/'
			 ? strdup(given)
			 : string_format("%s/%s", setting->loader->experiment->directory, given);
	if (!folder)
		setting->loader->out_of_memory = true;
	else if (stat(folder, &status) < 0 || !S_ISDIR(status.st_mode))
		setting_expected(setting, "an existing folder, relative to the experiment's");
}

const struct field backends_fields[] = {
	READ_OWN("names", read_names),
	READ_OWN("path", read_path),
	READ_SECONDS("interval_s", interval_ns, 1e-6),
	READ_SIZE("files_max", files_max, 0),
	{.key = NULL},
};

/* ---- compatibility with the task */

static void refuse_in_process_backends(struct loader *loader)
{
	struct setting names;

	if (!setting_find(loader, "backends", "names", &names))
		return;
	for (size_t i = 0; i < toml_size(names.value); i++) {
		struct setting element = setting_element(&names, i);
		const struct backend *backend = NULL;

		if (toml_value_kind(element.value) == TOML_STRING)
			backend = backend_find(toml_string(element.value));
		if (!backend && toml_value_kind(element.value) == TOML_STRING)
			backend = find_loaded(loader->experiment, toml_string(element.value));
		if (backend && backend->needs_python_task)
			setting_refuse(&element,
				"\"%s\" runs inside a Python task, and %s a command; "
				"expected a Python task (python, module or --python), or an "
				"external backend",
				backend->name,
				loader->experiment->n_tasks == 1 ? "this task is"
								 : "one of the tasks is");
	}
}

void backends_complete(struct loader *loader)
{
	struct experiment *experiment = loader->experiment;
	struct setting setting;

	if (experiment_n_commands(experiment) > 0)
		refuse_in_process_backends(loader);
	if (setting_find(loader, "backends", "names", &setting))
		return;
	experiment->backends = calloc(1, sizeof(*experiment->backends));
	if (!experiment->backends) {
		loader->out_of_memory = true;
		return;
	}
	experiment->backends[0] = backend_find("none");
	experiment->n_backends = 1;
}
