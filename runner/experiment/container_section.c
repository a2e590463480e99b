/* [container]: the runtime, the image, the filter and the host's files that the task sees. */

#include "runner/experiment/container_rules.h"
#include "runner/experiment/seccomp_needs.h"
#include "runner/experiment/seccomp_profile.h"
#include "runner/experiment/sections.h"
#include "runner/experiment/suggestion.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* Each is a separate mount in every trial's container. */
#define MOUNTS_MAX 100

const char *const runtime_kind_names[] = {
	[RUNTIME_RUNC] = "runc", [RUNTIME_CRUN] = "crun", [RUNTIME_NONE] = "none", NULL};

static void read_image(const struct setting *setting)
{
	if (toml_value_kind(setting->value) == TOML_STRING &&
		image_name_is_valid(toml_string(setting->value)))
		setting_string(setting, &setting->loader->experiment->container.image);
	else
		setting_expected(setting,
			"\"host\" or the name of an image: a lower-case letter, then lower-case "
			"letters, digits and '-'");
}

/* Abstract sockets belong to a network namespace, and no file's mode guards them. */
static void read_network(const struct setting *setting)
{
	bool *network = &setting->loader->experiment->container.network;

	setting_boolean(setting, network);
	if (*network && geteuid() == 0)
		diagnostics_warn(setting->loader->diagnostics, toml_value_line(setting->value),
			toml_value_column(setting->value),
			"container.network: abstract sockets of root's daemons are open to the "
			"task, and "
			"they see user 0; remove the key unless you trust the task");
}

/* ---- mounts */

/* Absolute, without "//", "." and "..", which would disguise the path. */
static bool is_plain_absolute(const char *path)
{
	if (path[0] != '/')
		return false;
	for (const char *part = path; part; part = strchr(part + 1, '/')) {
		size_t length = strcspn(part + 1, "/");

		if ((length == 1 || length == 2) && strspn(part + 1, ".") == length)
			return false;
		if (part[1] == '/')
			return false;
	}
	return true;
}

static void cut_slashes(char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
}

/* "source:destination[:ro|:rw]", split in place. */
static bool split_mount(char *text, struct experiment_mount *ret_mount)
{
	char *destination = strchr(text, ':');
	char *mode;

	if (!destination)
		return false;
	*destination++ = '\0';
	mode = strchr(destination, ':');
	if (mode)
		*mode++ = '\0';
	if (mode && strcmp(mode, "ro") != 0 && strcmp(mode, "rw") != 0)
		return false;
	if (!is_plain_absolute(text) || !is_plain_absolute(destination))
		return false;
	cut_slashes(text);
	cut_slashes(destination);
	*ret_mount = (struct experiment_mount){
		.source = text,
		.destination = destination,
		.writable = mode && strcmp(mode, "rw") == 0,
	};
	return true;
}

/* Reports an unsuitable mount and returns false. */
static bool mount_fits(const struct setting *element, const struct experiment_mount *mount)
{
	const struct experiment *experiment = element->loader->experiment;

	if (access(mount->source, F_OK) < 0) {
		setting_expected(element, "a source that exists on the host");
		return false;
	}
	if (container_path_is_reserved(mount->destination) ||
		path_is_below(experiment->directory, mount->destination)) {
		setting_expected(element,
			"a destination that hides nothing the container needs: not /, /etc, /run, "
			"/tmp, /usr or the experiment's own folder, and nothing in /dev, /proc, "
			"/sys and /run/memcg-run");
		return false;
	}
	for (size_t i = 0; i < experiment->container.n_mounts; i++)
		if (strcmp(experiment->container.mounts[i].destination, mount->destination) == 0) {
			setting_expected(element, "each destination once");
			return false;
		}
	return true;
}

static void read_mount(const struct setting *element)
{
	struct experiment *experiment = element->loader->experiment;
	CLEANUP(cleanup_free) char *text = NULL;
	struct experiment_mount mount, *kept;

	if (toml_value_kind(element->value) == TOML_STRING) {
		text = loader_copy(element->loader, toml_string(element->value));
		if (!text)
			return;
	}
	if (!text || !split_mount(text, &mount)) {
		setting_expected(element,
			"\"/source:/destination\", both absolute, and \":ro\" or \":rw\" after it");
		return;
	}
	if (!mount_fits(element, &mount))
		return;
	kept = &experiment->container.mounts[experiment->container.n_mounts++];
	kept->writable = mount.writable;
	kept->source = loader_copy(element->loader, mount.source);
	kept->destination = loader_copy(element->loader, mount.destination);
}

static void read_mounts(const struct setting *setting)
{
	struct experiment *experiment = setting->loader->experiment;
	size_t n = toml_size(setting->value);

	if (toml_value_kind(setting->value) != TOML_ARRAY) {
		setting_expected(setting, "an array of strings such as [\"/data:/data:ro\"]");
		return;
	}
	if (n > MOUNTS_MAX) {
		setting_refuse(setting, "found %zu mounts; expected at most %d", n, MOUNTS_MAX);
		return;
	}
	experiment->container.mounts = calloc(n + 1, sizeof(*experiment->container.mounts));
	if (!experiment->container.mounts) {
		setting->loader->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct setting element = setting_element(setting, i);

		read_mount(&element);
	}
}

const struct field container_fields[] = {
	READ_CHOICE("runtime", container.runtime, runtime_kind_names),
	READ_OWN("image", read_image),
	READ_STRING("seccomp", container.seccomp_name),
	READ_OWN("network", read_network),
	/* For a tmpfs a size of 0 means no limit (Documentation/filesystems/tmpfs.rst). */
	READ_SIZE("tmp_max", container.tmp_max, 1),
	READ_OWN("mounts", read_mounts),
	{.key = NULL},
};

/* ---- the filter */

static char *profile_path(const struct loader *loader)
{
	const char *name = loader->experiment->container.seccomp_name;

	if (strcmp(name, "default") == 0)
		return string_format("%s/default.json", loader->options->seccomp_directory);
	if (name[0] == '/')
		return strdup(name);
	return string_format("%s/%s", loader->experiment->directory, name);
}

/* At the place of container.seccomp; at the top of the file if that is the default. */
static void report_profile(struct loader *loader, const char *sentence)
{
	struct setting setting;

	if (setting_find(loader, "container", "seccomp", &setting))
		setting_refuse(&setting, "%s", sentence);
	else
		diagnostics_add(loader->diagnostics, 1, 1, "container.seccomp: %s", sentence);
}

static void warn_of_profile(struct loader *loader, const char *sentence, const char *lines)
{
	struct setting setting;
	unsigned line = 1, column = 1;

	if (setting_find(loader, "container", "seccomp", &setting))
		line = toml_value_line(setting.value), column = toml_value_column(setting.value);
	diagnostics_warn(loader->diagnostics, line, column, "container.seccomp: %s", sentence);
	diagnostics_add_detail(loader->diagnostics, lines);
}

/* Of a profile that every trial would fail under. */
static void check_needs(struct loader *loader)
{
	struct experiment *experiment = loader->experiment;
	const char *refused = seccomp_needs_refused(experiment->container.seccomp,
		experiment_n_commands(experiment) < experiment->n_tasks);
	CLEANUP(cleanup_free) char *sentence = NULL;

	experiment->container.seccomp_refused = refused;
	if (!refused)
		return;
	sentence = string_format("the profile refuses %s: every trial will fail", refused);
	if (sentence)
		warn_of_profile(loader, sentence, "");
	else
		loader->out_of_memory = true;
}

/* A name that is not a file is more likely misspelt than a missing profile. */
static void report_missing_profile(struct loader *loader)
{
	static const char *const words[] = {"default", "none", NULL};
	const char *suggestion = suggestion_find(loader->experiment->container.seccomp_name, words);
	struct setting setting;

	if (!setting_find(loader, "container", "seccomp", &setting))
		report_profile(loader, "the default profile is not installed");
	else if (suggestion)
		setting_expected(&setting,
			"\"default\", \"none\" or a profile's file; did you mean \"%s\"?",
			suggestion);
	else
		setting_expected(&setting,
			"\"default\", \"none\" or a profile's file, and there is no such file");
}

static void load_profile(struct loader *loader, const char *path)
{
	struct experiment *experiment = loader->experiment;
	CLEANUP(cleanup_free) char *detail = NULL;
	struct error error = ERROR_INIT;
	size_t length;
	FILE *stream = open_memstream(&detail, &length);
	int r;

	if (!stream) {
		loader->out_of_memory = true;
		return;
	}
	r = seccomp_profile_load(experiment->container.seccomp_name, path, stream,
		&experiment->container.seccomp, &error);
	if (fclose(stream) != 0) {
		loader->out_of_memory = true;
		return;
	}
	if (r == -ENOENT) {
		report_missing_profile(loader);
	} else if (experiment_is_system_error(r)) {
		loader->system_error = error;
	} else if (r < 0) {
		report_profile(loader, error.text);
		diagnostics_add_detail(loader->diagnostics, detail);
	} else {
		if (length > 0)
			warn_of_profile(
				loader, "parts of the profile have no effect on this host", detail);
		check_needs(loader);
	}
}

/*
 * Settings that need a container are rejected, not ignored: the numbers would mean something else.
 */
static void refuse_without_container(struct loader *loader)
{
	struct setting setting;

	if (setting_find(loader, "container", "image", &setting) &&
		strcmp(loader->experiment->container.image, "host") != 0)
		setting_expected(&setting,
			"\"host\", because with runtime \"none\" the task sees the host itself");
	if (setting_find(loader, "container", "network", &setting))
		setting_refuse(&setting,
			"with runtime \"none\" the task has the host's network: leave it out");
	if (setting_find(loader, "container", "tmp_max", &setting))
		setting_refuse(&setting,
			"with runtime \"none\" the task has the host's /tmp: leave it out");
	if (setting_find(loader, "container", "mounts", &setting))
		setting_refuse(&setting,
			"with runtime \"none\" the task sees the host's files where they are: "
			"leave it out");
}

void container_complete(struct loader *loader)
{
	struct experiment *experiment = loader->experiment;
	CLEANUP(cleanup_free) char *path = NULL;

	if (!experiment->container.seccomp_name)
		experiment->container.seccomp_name = loader_copy(loader, "default");
	if (!experiment->container.image)
		experiment->container.image = loader_copy(loader, "host");
	if (!loader->out_of_memory && experiment->container.runtime == RUNTIME_NONE)
		refuse_without_container(loader);
	if (loader->out_of_memory || strcmp(experiment->container.seccomp_name, "none") == 0)
		return;
	path = profile_path(loader);
	if (path)
		load_profile(loader, path);
	else
		loader->out_of_memory = true;
}

/* ---- files visible to the task */

static char *find_in_mounts(const struct experiment *experiment, const char *path)
{
	for (size_t i = 0; i < experiment->container.n_mounts; i++) {
		const struct experiment_mount *mount = &experiment->container.mounts[i];

		if (path_is_below(path, mount->destination))
			return string_format(
				"%s%s", mount->source, path + strlen(mount->destination));
	}
	return NULL;
}

static bool is_seen(const struct experiment *experiment, const char *resolved)
{
	if (experiment->container.runtime == RUNTIME_NONE)
		return true;
	if (path_is_below(resolved, experiment->directory))
		return true;
	if (strcmp(experiment->container.image, "host") == 0 && path_is_below(resolved, "/usr"))
		return true;
	for (size_t i = 0; i < experiment->container.n_mounts; i++) {
		const struct experiment_mount *mount = &experiment->container.mounts[i];

		if (strcmp(mount->source, mount->destination) == 0 &&
			path_is_below(resolved, mount->source))
			return true;
	}
	return false;
}

char *container_find_file(struct loader *loader, const char *path, const char **ret_problem)
{
	const struct experiment *experiment = loader->experiment;
	const bool absolute = path[0] == '/';
	const bool image_may_have_it = absolute &&
				       strcmp(experiment->container.image, "host") != 0 &&
				       !path_is_below(path, experiment->directory);
	CLEANUP(cleanup_free) char *joined = NULL;
	CLEANUP(cleanup_free) char *resolved = NULL;

	*ret_problem = NULL;
	if (absolute)
		joined = find_in_mounts(experiment, path);
	if (joined) {
		resolved = realpath(joined, NULL);
		if (!resolved)
			*ret_problem = "its mount does not have";
		return TAKE_PTR(resolved);
	}
	joined = absolute ? strdup(path) : string_format("%s/%s", experiment->directory, path);
	if (!joined) {
		loader->out_of_memory = true;
		return NULL;
	}
	if (image_may_have_it)
		return NULL;
	resolved = realpath(joined, NULL);
	if (!resolved)
		*ret_problem = errno == ENOENT || errno == ENOTDIR ? "does not exist"
								   : "cannot be looked up";
	else if (!is_seen(experiment, resolved))
		*ret_problem = "the container does not see; put it in the experiment's folder, or "
			       "mount its folder at its own path";
	return *ret_problem ? NULL : TAKE_PTR(resolved);
}
