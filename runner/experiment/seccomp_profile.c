#include "runner/experiment/seccomp_profile.h"

#include "runner/experiment/diagnostics.h"
#include "runner/experiment/seccomp_json.h"
#include "runner/experiment/seccomp_rule.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Docker's own profile has some 20 KiB. */
#define TEXT_MAX_BYTES (1024 * 1024)

static const struct json_path root = {.n = 0};

/* ---- architectures */

/* Used in current profiles, but newer than libseccomp 2.5. */
static const char *const foreign_architectures[] = {
	"SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB", NULL};

/* libseccomp's token: "SCMP_ARCH_X86_64" is its "x86_64". 0 if unknown. */
static uint32_t architecture_token(const char *name)
{
	static const char prefix[] = "SCMP_ARCH_";
	char lower[32];
	size_t n;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return 0;
	name += strlen(prefix);
	for (n = 0; n < sizeof(lower) - 1 && name[n]; n++)
		lower[n] = (char)tolower((unsigned char)name[n]);
	lower[n] = '\0';
	return seccomp_arch_resolve_name(lower);
}

/*
 * The token of an architecture's name, 0 for a known one that libseccomp lacks; reports an unknown
 * name.
 */
static bool read_architecture(
	struct profile_reader *reader, struct json_path path, json_t *value, uint32_t *ret_token)
{
	const char *name = json_string_value(value);
	uint32_t token = name ? architecture_token(name) : 0;

	for (size_t i = 0; name && token == 0 && foreign_architectures[i]; i++)
		if (strcmp(foreign_architectures[i], name) == 0) {
			*ret_token = 0;
			return true;
		}
	if (token == 0) {
		profile_report(reader, path,
			"found %s; expected an architecture such as \"SCMP_ARCH_X86_64\"",
			name ? quoted(name).text : "something else");
		return false;
	}
	*ret_token = token;
	return true;
}

static void add_architecture(struct profile_reader *reader, struct json_path path, json_t *value)
{
	uint32_t token;
	int r;

	if (!read_architecture(reader, path, value, &token) || token == 0)
		return;
	r = seccomp_arch_add(reader->filter->context, token);
	if (r < 0 && r != -EEXIST)
		profile_report(reader, path, "libseccomp rejects the architecture %s: %s",
			quoted(json_string_value(value)).text, strerror(-r));
}

/* Only the native entry of the map counts: processes here make no other calls. */
static void read_architecture_map(
	struct profile_reader *reader, struct json_path path, json_t *entry)
{
	static const char *const keys[] = {"architecture", "subArchitectures", NULL};
	json_t *others = json_object_get(entry, "subArchitectures");
	uint32_t token;
	json_t *other;
	size_t i;

	if (!json_is_object(entry)) {
		profile_report(reader, path,
			"found no object; expected {\"architecture\": \"SCMP_ARCH_...\"}");
		return;
	}
	profile_check_keys(reader, path, entry, keys);
	if (!json_is_string(json_object_get(entry, "architecture"))) {
		profile_report(reader, path,
			"found no architecture; expected "
			"\"architecture\": \"SCMP_ARCH_...\"");
		return;
	}
	if (!read_architecture(reader, json_path_key(path, "architecture"),
		    json_object_get(entry, "architecture"), &token) ||
		token != seccomp_arch_native())
		return;
	json_array_foreach(others, i, other)
	{
		add_architecture(
			reader, json_path_index(json_path_key(path, "subArchitectures"), i), other);
	}
}

/* Calls a function on each element of the array `key`, which may be missing or null. */
static void for_each(struct profile_reader *reader, json_t *profile, const char *key,
	void (*read)(struct profile_reader *reader, struct json_path path, json_t *element))
{
	json_t *array = json_object_get(profile, key);
	json_t *element;
	size_t i;

	if (!array || json_is_null(array))
		return;
	if (!json_is_array(array)) {
		profile_report(reader, json_path_key(root, key),
			"found something else; expected %s to be an array", key);
		return;
	}
	json_array_foreach(array, i, element)
	{
		if (reader->diagnostics->more)
			break;
		read(reader, json_path_index(json_path_key(root, key), i), element);
	}
}

/* ---- the rest of the top level */

/* Flags apply when a filter is installed; TSYNC has no effect on a single-threaded process. */
static void read_flag(struct profile_reader *reader, struct json_path path, json_t *value)
{
	static const char prefix[] = "SECCOMP_FILTER_FLAG_";
	const char *name = json_string_value(value);
	const char *flag =
		name && strncmp(name, prefix, strlen(prefix)) == 0 ? name + strlen(prefix) : "";

	if (strcmp(flag, "LOG") == 0 || strcmp(flag, "SPEC_ALLOW") == 0)
		profile_warn(
			reader, path, "the flag %s is not set: it changes no call's outcome", name);
	else if (strcmp(flag, "TSYNC") != 0)
		profile_report(reader, path,
			"found %s; expected SECCOMP_FILTER_FLAG_TSYNC, LOG or SPEC_ALLOW",
			name ? quoted(name).text : "something else");
}

static bool read_default_action(
	struct profile_reader *reader, json_t *profile, uint32_t *ret_action)
{
	json_t *action = json_object_get(profile, "defaultAction");
	int error_number;

	if (!json_is_string(action)) {
		profile_report(reader, root,
			"found no default action; expected \"defaultAction\": \"SCMP_ACT_...\"");
		return false;
	}
	if (!profile_read_errno(
		    reader, root, profile, "defaultErrnoRet", "defaultErrno", &error_number))
		return false;
	return profile_read_action(reader, json_path_key(root, "defaultAction"),
		json_string_value(action), error_number, ret_action);
}

static int read_profile(struct profile_reader *reader, json_t *profile,
	struct seccomp_profile *ret_profile, struct error *error)
{
	static const char *const keys[] = {"defaultAction", "defaultErrnoRet", "defaultErrno",
		"architectures", "archMap", "syscalls", "flags", "comment", NULL};
	uint32_t default_action;
	int r;

	if (!json_is_object(profile)) {
		profile_report(
			reader, root, "found no object; expected a profile in Docker's format");
		return 0;
	}
	profile_check_keys(reader, root, profile, keys);
	if (!read_default_action(reader, profile, &default_action))
		return 0;
	r = seccomp_filter_init(reader->filter, default_action, error);
	if (r < 0)
		return r;
	/* Architectures first: libseccomp adds a rule to those present. */
	for_each(reader, profile, "architectures", add_architecture);
	for_each(reader, profile, "archMap", read_architecture_map);
	for_each(reader, profile, "flags", read_flag);
	for_each(reader, profile, "syscalls", profile_read_rule);
	if (diagnostics_n_mistakes(reader->diagnostics) == 0)
		r = seccomp_filter_compile(
			reader->filter, &ret_profile->program, &ret_profile->program_bytes, error);
	seccomp_filter_release(reader->filter);
	return r;
}

static int read_json(struct profile_reader *reader, size_t length,
	struct seccomp_profile *ret_profile, struct error *error)
{
	json_error_t place;
	json_t *profile = seccomp_json_load(reader->text, length, &place);
	int r;

	if (!profile) {
		diagnostics_add(reader->diagnostics, place.line > 0 ? (unsigned)place.line : 1,
			place.column > 0 ? (unsigned)place.column : 1, "not JSON: %s",
			quoted(place.text).text);
		return 0;
	}
	r = read_profile(reader, profile, ret_profile, error);
	json_decref(profile);
	return r;
}

int seccomp_profile_parse(const char *name, const char *path, const char *text, size_t length,
	FILE *stream, struct seccomp_profile **ret_profile, struct error *error)
{
	struct diagnostics diagnostics = DIAGNOSTICS_INIT(path);
	struct seccomp_filter filter;
	struct profile_reader reader = {
		.text = text, .diagnostics = &diagnostics, .filter = &filter};
	struct seccomp_profile *profile = calloc(1, sizeof(*profile));
	int finished;
	int r;

	if (!profile)
		return error_set_errno(error, ENOMEM, "cannot read %s", path);
	digest_data(text, length, profile->sha256);
	profile->name = strdup(name);
	r = read_json(&reader, length, profile, error);
	if (r < 0)
		error_prefix(error, "%s", path);
	finished = diagnostics_finish(&diagnostics, stream, r < 0 ? NULL : error);
	if (r == 0)
		r = finished;
	if (r == 0 && !profile->name)
		r = error_set_errno(error, ENOMEM, "cannot read %s", path);
	if (r < 0) {
		seccomp_profile_free(profile);
		return r;
	}
	*ret_profile = profile;
	return 0;
}

int seccomp_profile_load(const char *name, const char *path, FILE *diagnostics,
	struct seccomp_profile **ret_profile, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	int r;

	r = file_read(AT_FDCWD, path, TEXT_MAX_BYTES, &text, &length, error);
	if (r < 0)
		return r;
	return seccomp_profile_parse(name, path, text, length, diagnostics, ret_profile, error);
}

void seccomp_profile_free(struct seccomp_profile *profile)
{
	if (!profile)
		return;
	free(profile->program);
	free(profile->name);
	free(profile);
}
