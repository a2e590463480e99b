#include "runner/experiment/experiment.h"

#include "runner/experiment/container_rules.h"
#include "runner/experiment/seccomp_profile.h"
#include "runner/experiment/sections.h"
#include "runner/experiment/suggestion.h"
#include "runner/experiment/toml.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Nobody writes more by hand; catches a wrong path (to a device, to data) early. */
#define TEXT_MAX_BYTES (1024 * 1024)

#define SECTION_MAX_FIELDS 16

struct section {
	const char *name;
	const struct field *fields;
};

static const struct section sections[] = {
	{"task", task_fields},
	{"tasks", NULL}, /* of tables, each with the fields of [task] */
	{"trials", trials_fields},
	{"backends", backends_fields},
	{"sampler", sampler_fields},
	{"oracle", oracle_fields},
	{"limits", limits_fields},
	{"limit", limit_fields},
	{"container", container_fields},
	{NULL, NULL},
};

/* ---- keys */

static const struct field *find_field(const struct field *fields, const char *key)
{
	for (; fields && fields->key; fields++)
		if (strcmp(fields->key, key) == 0)
			return fields;
	return NULL;
}

static const struct section *find_section(const char *name)
{
	for (const struct section *section = sections; section->name; section++)
		if (strcmp(section->name, name) == 0)
			return section;
	return NULL;
}

/* The section that has this key, if it was written in another. */
static const char *owner_of(const char *key)
{
	for (const struct section *section = sections; section->name; section++)
		if (find_field(section->fields, key))
			return section->name;
	return NULL;
}

/* The candidates: a section's keys, or the top level's if `fields` is NULL. */
static void list_names(const struct field *fields, const char *ret_names[SECTION_MAX_FIELDS])
{
	size_t n = 0;

	if (!fields) {
		ret_names[n++] = "name";
		for (const struct section *section = sections; section->name; section++)
			ret_names[n++] = section->name;
	}
	for (; fields && fields->key && n + 1 < SECTION_MAX_FIELDS; fields++)
		ret_names[n++] = fields->key;
	ret_names[n] = NULL;
}

static void report_unknown_key(struct loader *loader, const char *section,
	const struct field *fields, const struct toml_value *table, size_t index)
{
	const char *key = toml_key_at(table, index);
	const char *names[SECTION_MAX_FIELDS];
	const char *owner = owner_of(key), *suggestion;
	CLEANUP(cleanup_free) char *advice = NULL;
	bool plain = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789_-") == strlen(key) &&
		     strlen(key) < QUOTED_SIZE;

	list_names(fields, names);
	suggestion = suggestion_find(key, names);
	if (owner)
		advice = string_format("it belongs in [%s]", owner);
	else if (suggestion)
		advice = string_format("did you mean \"%s\"?", suggestion);
	else
		advice = string_format("expected one of those that memcg-run.toml(5) lists");
	if (!advice) {
		loader->out_of_memory = true;
		return;
	}
	diagnostics_add(loader->diagnostics, toml_key_line(table, index),
		toml_key_column(table, index), "%s%s%s: unknown key; %s", section ? section : "",
		section ? "." : "", plain ? key : quoted(key).text, advice);
}

/* Reads a table into its owner; with `owner` NULL it is read elsewhere, and only what it may not have is reported here. */
static void read_table(
	const struct setting *table, const char *section, const struct field *fields, void *owner)
{
	if (toml_value_kind(table->value) != TOML_TABLE) {
		setting_expected(table, "a table: [%s]", section);
		return;
	}
	for (size_t i = 0; i < toml_size(table->value); i++) {
		const char *key = toml_key_at(table->value, i);
		const struct field *field = find_field(fields, key);
		const struct setting value = {
			table->loader, section, key, toml_at(table->value, i)};

		if (!field)
			report_unknown_key(table->loader, section, fields, table->value, i);
		else if (owner)
			setting_read(&value, field, owner);
	}
}

static void check_named_tasks(const struct setting *tasks)
{
	for (size_t i = 0; i < toml_size(tasks->value); i++) {
		const char *name = toml_key_at(tasks->value, i);
		const struct setting task = {
			tasks->loader, "tasks", name, toml_at(tasks->value, i)};
		char section[SECTION_SIZE];

		snprintf(section, sizeof(section), "tasks.%s", name);
		if (toml_value_kind(task.value) == TOML_TABLE)
			read_table(&task, section, task_fields, NULL);
	}
}

static void read_document(struct loader *loader)
{
	for (size_t i = 0; i < toml_size(loader->root); i++) {
		const char *key = toml_key_at(loader->root, i);
		const struct section *section = find_section(key);
		struct setting setting = {loader, NULL, key, toml_at(loader->root, i)};

		if (section && !section->fields)
			check_named_tasks(&setting);
		else if (section)
			read_table(&setting, section->name, section->fields,
				section->fields == task_fields ? NULL : loader->experiment);
		else if (strcmp(key, "name") == 0)
			name_read(&setting);
		else
			report_unknown_key(loader, NULL, NULL, loader->root, i);
	}
	tasks_read(loader);
}

/* ---- defaults and completion */

static void set_defaults(struct experiment *experiment)
{
	experiment->trials.repetitions = 10;
	experiment->trials.warmups = 1;
	experiment->trials.order = ORDER_RANDOM;
	experiment->trials.seed = 1;
	experiment->trials.timeout_ns = 60 * NS_PER_S;
	experiment->trials.setup_timeout_ns = 3600 * NS_PER_S;
	experiment->trials.page_cache = PAGE_CACHE_WARM;
	experiment->interval_ns = 10 * NS_PER_MS;
	experiment->files_max =
		(struct amount){.kind = AMOUNT_NUMBER, .number = EXPERIMENT_FILES_MAX_BYTES};
	experiment->sampler.rate_hz = 1000;
	experiment->sampler.mode = SAMPLER_AUTO;
	experiment->sampler.stat_hz = 10;
	experiment->sampler.peak_hz = 10;
	experiment->limits.pids_max =
		(struct amount){.kind = AMOUNT_NUMBER, .number = EXPERIMENT_PIDS_MAX};
	experiment->limit = limit_settings_default();
	experiment->container.runtime = RUNTIME_RUNC;
	experiment->container.tmp_max =
		(struct amount){.kind = AMOUNT_NUMBER, .number = EXPERIMENT_TMP_MAX_BYTES};
}

/* The file's name without ".toml" if the file sets no name. */
static void complete_name(struct loader *loader)
{
	const char *base = strrchr(loader->experiment->path, '/');
	CLEANUP(cleanup_free) char *name = NULL;
	size_t length;

	if (toml_get(loader->root, "name"))
		return;
	base = base ? base + 1 : loader->experiment->path;
	length = strlen(base);
	if (length > 5 && strcmp(base + length - 5, ".toml") == 0)
		length -= 5;
	name = length > 0 ? strndup(base, length) : strdup("stdin");
	if (!name)
		loader->out_of_memory = true;
	else if (name_is_allowed(name))
		loader->experiment->name = TAKE_PTR(name);
	else
		diagnostics_add(loader->diagnostics, 1, 1,
			"name: the file's own name, %s, cannot be the experiment's; expected "
			"name = \"...\" with letters, digits, '-', '_' and '.'",
			quoted(name).text);
}

/* The folder is mounted at its own path, which must not hide what the container needs. */
static void check_directory(struct loader *loader)
{
	if (loader->experiment->container.runtime == RUNTIME_NONE ||
		!container_path_is_reserved(loader->experiment->directory))
		return;
	if (!experiment_path_is_file(loader->experiment->path))
		diagnostics_add(loader->diagnostics, 1, 1,
			"the current folder, %s, cannot be the task's working directory, because "
			"it would hide a folder of the container: change to another, or use %s",
			quoted(loader->experiment->directory).text,
			loader->diagnostics->origins ? "--runtime none"
						     : "container.runtime = \"none\"");
	else
		diagnostics_add(loader->diagnostics, 1, 1,
			"found the experiment in the folder %s; expected a folder of its own, "
			"which the task sees at the same path",
			quoted(loader->experiment->directory).text);
}

static void complete_experiment(struct loader *loader)
{
	complete_name(loader);
	check_directory(loader);
	trials_complete(loader);
	sampler_complete(loader);
	oracle_complete(loader);
	backends_complete(loader);
	container_complete(loader);
	if (!loader->out_of_memory)
		tasks_complete(loader);
	limit_complete(loader);
	if (loader->options->quick) {
		loader->experiment->trials.quick = true;
		loader->experiment->trials.repetitions = 1;
		loader->experiment->trials.warmups = 0;
	}
}

/* ---- files and buffers */

/* The absolute folder of a file that need not exist. */
static int find_directory(const char *path, char **ret_directory, struct error *error)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(cleanup_free) char *given = NULL;
	char *resolved;

	if (!slash)
		given = strdup(".");
	else
		given = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (!given)
		return error_set_errno(error, ENOMEM, "cannot look up %s", path);
	resolved = realpath(given, NULL);
	if (!resolved)
		return error_set_errno(error, errno, "cannot look up the folder of %s", path);
	*ret_directory = resolved;
	return 0;
}

static int experiment_new(const char *path, const char *text, size_t length,
	struct experiment **ret_experiment, struct error *error)
{
	struct experiment *experiment = calloc(1, sizeof(*experiment));
	int r;

	if (!experiment)
		return error_set_errno(error, ENOMEM, "cannot read %s", path);
	set_defaults(experiment);
	experiment->path = strdup(path);
	experiment->text = strndup(text, length);
	if (!experiment->path || !experiment->text)
		r = error_set_errno(error, ENOMEM, "cannot read %s", path);
	else
		r = find_directory(path, &experiment->directory, error);
	if (r < 0) {
		experiment_free(experiment);
		return r;
	}
	*ret_experiment = experiment;
	return 0;
}

/* Fills the experiment from the text, and collects the mistakes. */
static int read_experiment_text(struct experiment *experiment, const char *text, size_t length,
	const struct experiment_options *options, struct diagnostics *diagnostics,
	struct error *error)
{
	struct toml_document *document;
	struct toml_error place;
	struct loader loader = {
		.experiment = experiment, .options = options, .diagnostics = diagnostics};
	int r;

	r = toml_parse(text, length, &document, &place);
	if (r == -EINVAL) {
		diagnostics_add(diagnostics, place.line, place.column, "%s", place.text);
		return 0;
	}
	if (r < 0)
		return error_set_errno(error, -r, "cannot read %s", diagnostics->path);
	loader.root = toml_root(document);
	read_document(&loader);
	complete_experiment(&loader);
	toml_free(document);
	if (loader.system_error.number)
		return error_set(error, loader.system_error.number, "%s", loader.system_error.text);
	return loader.out_of_memory
		       ? error_set_errno(error, ENOMEM, "cannot read %s", diagnostics->path)
		       : 0;
}

bool experiment_path_is_file(const char *path)
{
	size_t length = strlen(path);

	return length > 0 && path[length - 1] != '/';
}

int experiment_read(const struct experiment_text *text, const struct experiment_options *options,
	FILE *stream, struct experiment **ret_experiment, struct error *error)
{
	const char *title = text->title ? text->title : text->path;
	struct diagnostics diagnostics = DIAGNOSTICS_INIT(title);
	struct experiment *experiment = NULL;
	int finished;
	int r;

	r = experiment_new(text->path, text->text, text->length, &experiment, error);
	if (r < 0)
		return r;
	diagnostics.origins = text->origins;
	diagnostics.n_origins = text->n_origins;
	r = read_experiment_text(
		experiment, text->text, text->length, options, &diagnostics, error);
	finished = diagnostics_finish(&diagnostics, stream, r < 0 ? NULL : error);
	if (r == 0)
		r = finished;
	if (r < 0) {
		experiment_free(experiment);
		return r;
	}
	*ret_experiment = experiment;
	return 0;
}

int experiment_parse(const char *path, const char *text, size_t length,
	const struct experiment_options *options, FILE *stream, struct experiment **ret_experiment,
	struct error *error)
{
	return experiment_read(
		&(struct experiment_text){.path = path, .text = text, .length = length}, options,
		stream, ret_experiment, error);
}

int experiment_load(const char *path, const struct experiment_options *options, FILE *diagnostics,
	struct experiment **ret_experiment, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	int r;

	r = file_read(AT_FDCWD, path, TEXT_MAX_BYTES, &text, &length, error);
	if (r < 0)
		return r;
	return experiment_parse(path, text, length, options, diagnostics, ret_experiment, error);
}

void experiment_free(struct experiment *experiment)
{
	if (!experiment)
		return;
	for (size_t i = 0; i < experiment->container.n_mounts; i++) {
		free(experiment->container.mounts[i].source);
		free(experiment->container.mounts[i].destination);
	}
	free(experiment->container.mounts);
	free(experiment->container.image);
	free(experiment->container.seccomp_name);
	seccomp_profile_free(experiment->container.seccomp);
	free(experiment->limits_cpus);
	string_list_free(experiment->oracle.marks);
	free(experiment->backends);
	for (size_t i = 0; i < experiment->n_user_backends; i++)
		user_backend_free(experiment->user_backends[i]);
	free(experiment->user_backends);
	tasks_free(experiment->tasks, experiment->n_tasks);
	free(experiment->name);
	free(experiment->directory);
	free(experiment->text);
	free(experiment->path);
	free(experiment);
}

bool experiment_sampler_needs_cpu(const struct experiment *experiment)
{
	const struct sampler_settings *sampler = &experiment->sampler;

	return sampler->rate_max || sampler->mode == SAMPLER_SPIN ||
	       sampler->rate_hz > EXPERIMENT_BESIDE_MAX_HZ;
}
