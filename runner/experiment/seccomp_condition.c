/* The conditions of a rule: its "includes" and "excludes". */

#include "runner/experiment/seccomp_rule.h"
#include "util/parse.h"

#include <string.h>
#include <sys/utsname.h>

/* The native architecture's name in Docker's "arches", which are Go's names. */
static const char *native_go_name(void)
{
	switch (seccomp_arch_native()) {
	case SCMP_ARCH_X86_64:
		return "amd64";
	case SCMP_ARCH_X86:
		return "x86";
	case SCMP_ARCH_AARCH64:
		return "arm64";
	case SCMP_ARCH_ARM:
		return "arm";
	case SCMP_ARCH_PPC64LE:
		return "ppc64le";
	case SCMP_ARCH_S390X:
		return "s390x";
	case SCMP_ARCH_RISCV64:
		return "riscv64";
	default:
		return "";
	}
}

/* "4.8", and nothing behind it. */
static bool parse_min_kernel(const char *text, struct version *ret_version)
{
	return text && parse_leading_version(&text, ret_version) == 0 && *text == '\0';
}

static bool kernel_is_at_least(const struct version *least)
{
	struct utsname running;
	const char *release = running.release;
	struct version version;

	return uname(&running) == 0 && parse_leading_version(&release, &version) == 0 &&
	       version_is_at_least(&version, least);
}

static bool array_has(json_t *array, const char *word)
{
	json_t *element;
	size_t i;

	json_array_foreach(array, i, element)
	{
		if (json_is_string(element) && strcmp(json_string_value(element), word) == 0)
			return true;
	}
	return false;
}

static bool check_filter(struct profile_reader *reader, struct json_path path, json_t *filter)
{
	static const char *const keys[] = {"caps", "arches", "minKernel", NULL};
	json_t *kernel = json_object_get(filter, "minKernel");
	struct version version;

	if (!json_is_object(filter)) {
		profile_report(reader, path, "found no object; expected {\"caps\": [...]}");
		return false;
	}
	profile_check_keys(reader, path, filter, keys);
	for (size_t i = 0; i < 2; i++) {
		json_t *list = json_object_get(filter, keys[i]);

		if (list && !json_is_array(list)) {
			profile_report(reader, json_path_key(path, keys[i]),
				"found something else; expected an array of names");
			return false;
		}
	}
	if (kernel && !parse_min_kernel(json_string_value(kernel), &version)) {
		profile_report(reader, json_path_key(path, "minKernel"),
			"found another minKernel; expected a version such as \"4.8\"");
		return false;
	}
	return true;
}

/* Whether all of a rule's conditions are met; for "excludes", whether any is. */
static void evaluate(json_t *filter, bool *ret_all, bool *ret_any)
{
	json_t *caps = json_object_get(filter, "caps");
	json_t *arches = json_object_get(filter, "arches");
	const char *kernel = json_string_value(json_object_get(filter, "minKernel"));
	bool native = array_has(arches, native_go_name());
	bool new_enough = false;
	struct version least;

	if (parse_min_kernel(kernel, &least))
		new_enough = kernel_is_at_least(&least);
	/* The task has no capability: a non-empty list is never met. */
	*ret_all = json_array_size(caps) == 0 && (json_array_size(arches) == 0 || native) &&
		   (!kernel || new_enough);
	*ret_any = native || new_enough;
}

bool profile_rule_applies(
	struct profile_reader *reader, struct json_path path, json_t *rule, bool *ret_applies)
{
	json_t *includes = json_object_get(rule, "includes");
	json_t *excludes = json_object_get(rule, "excludes");
	bool all = true, any = false, unused;

	if (includes && !json_is_null(includes)) {
		if (!check_filter(reader, json_path_key(path, "includes"), includes))
			return false;
		evaluate(includes, &all, &unused);
	}
	if (excludes && !json_is_null(excludes)) {
		if (!check_filter(reader, json_path_key(path, "excludes"), excludes))
			return false;
		evaluate(excludes, &unused, &any);
	}
	*ret_applies = all && !any;
	return true;
}
