#include "runner/experiment/seccomp_rule.h"

#include "runner/experiment/seccomp_json.h"
#include "runner/experiment/suggestion.h"
#include "util/array.h"
#include "util/cleanup.h"

#include <errno.h>
#include <string.h>

#define ARGUMENTS_MAX 6
/* More than one on the same argument are alternatives. */
#define CONDITIONS_MAX 32
#define ERRNO_MAX 4095

/* ---- actions */

static const char *const action_names[] = {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",
	"SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP", "SCMP_ACT_TRACE",
	"SCMP_ACT_LOG", NULL};

static bool action_value(const char *name, uint16_t data, uint32_t *ret_action)
{
	const uint32_t values[] = {SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(data), SCMP_ACT_KILL,
		SCMP_ACT_KILL_THREAD, SCMP_ACT_KILL_PROCESS, SCMP_ACT_TRAP, SCMP_ACT_TRACE(data),
		SCMP_ACT_LOG};

	for (size_t i = 0; action_names[i]; i++)
		if (strcmp(action_names[i], name) == 0) {
			*ret_action = values[i];
			return true;
		}
	return false;
}

bool profile_read_action(struct profile_reader *reader, struct json_path path, const char *name,
	int error_number, uint32_t *ret_action)
{
	const bool takes_errno =
		strcmp(name, "SCMP_ACT_ERRNO") == 0 || strcmp(name, "SCMP_ACT_TRACE") == 0;
	const char *suggestion;

	if (error_number >= 0 && !takes_errno)
		profile_warn(reader, path,
			"an errno has no effect with %s, only with SCMP_ACT_ERRNO and "
			"SCMP_ACT_TRACE",
			quoted(name).text);
	if (action_value(name, (uint16_t)(error_number < 0 ? EPERM : error_number), ret_action))
		return true;
	suggestion = suggestion_find(name, action_names);
	if (strcmp(name, "SCMP_ACT_NOTIFY") == 0)
		profile_report(reader, path,
			"found SCMP_ACT_NOTIFY; expected another action, because nothing listens");
	else if (suggestion)
		profile_report(reader, path, "found %s; expected an action; did you mean \"%s\"?",
			quoted(name).text, suggestion);
	else
		profile_report(reader, path,
			"found %s; expected an action such as SCMP_ACT_ALLOW or SCMP_ACT_ERRNO",
			quoted(name).text);
	return false;
}

/* A name of errno(3), or -1. */
static int errno_of_name(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} aliases[] = {{"EWOULDBLOCK", EAGAIN}, {"EDEADLOCK", EDEADLK}, {"ENOTSUP", EOPNOTSUPP}};

	for (size_t i = 0; i < LENGTH(aliases); i++)
		if (strcmp(aliases[i].name, name) == 0)
			return aliases[i].number;
	for (int number = 1; number <= ERRNO_MAX; number++) {
		const char *known = strerrorname_np(number);

		if (known && strcmp(known, name) == 0)
			return number;
	}
	return -1;
}

bool profile_read_errno(struct profile_reader *reader, struct json_path path, json_t *object,
	const char *key, const char *name_key, int *ret_error_number)
{
	json_t *value = json_object_get(object, key);
	const char *name = json_string_value(json_object_get(object, name_key));
	uint64_t number = 0;

	if (value && (!seccomp_json_u64(value, &number) || number > ERRNO_MAX)) {
		profile_report(reader, json_path_key(path, key),
			"found another %s; expected a whole number from 0 to %d", key, ERRNO_MAX);
		return false;
	}
	*ret_error_number = value ? (int)number : -1;
	if (!json_object_get(object, name_key) || (name && !*name))
		return true;
	*ret_error_number = name ? errno_of_name(name) : -1;
	if (*ret_error_number >= 0)
		return true;
	profile_report(reader, json_path_key(path, name_key),
		"found another %s; expected a name of errno(3), such as \"EPERM\"", name_key);
	return false;
}

static bool read_rule_action(
	struct profile_reader *reader, struct json_path path, json_t *rule, uint32_t *ret_action)
{
	json_t *action = json_object_get(rule, "action");
	int error_number;

	if (!profile_read_errno(reader, path, rule, "errnoRet", "errno", &error_number))
		return false;
	if (!json_is_string(action)) {
		profile_report(reader, path,
			"found a rule without action; expected \"action\": \"SCMP_ACT_...\"");
		return false;
	}
	return profile_read_action(reader, json_path_key(path, "action"), json_string_value(action),
		error_number, ret_action);
}

/* ---- args */

static bool read_operator(struct profile_reader *reader, struct json_path path, json_t *argument,
	enum scmp_compare *ret_operator)
{
	static const struct {
		const char *name;
		enum scmp_compare operator;
	} operators[] = {
		{"SCMP_CMP_NE", SCMP_CMP_NE},
		{"SCMP_CMP_LT", SCMP_CMP_LT},
		{"SCMP_CMP_LE", SCMP_CMP_LE},
		{"SCMP_CMP_EQ", SCMP_CMP_EQ},
		{"SCMP_CMP_GE", SCMP_CMP_GE},
		{"SCMP_CMP_GT", SCMP_CMP_GT},
		{"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
	};
	const char *name = json_string_value(json_object_get(argument, "op"));

	for (size_t i = 0; name && i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strcmp(operators[i].name, name) == 0) {
			*ret_operator = operators[i].operator;
			return true;
		}
	profile_report(reader, name ? json_path_key(path, "op") : path,
		"found %s; expected \"op\" to be SCMP_CMP_NE, LT, LE, EQ, GE, GT or MASKED_EQ",
		name ? quoted(name).text : "no comparison");
	return false;
}

/* A 64-bit number; 0 if missing, as in Docker. */
static bool read_argument_number(struct profile_reader *reader, struct json_path path,
	json_t *argument, const char *key, uint64_t most, uint64_t *ret_number)
{
	json_t *value = json_object_get(argument, key);

	*ret_number = 0;
	if (value && (!seccomp_json_u64(value, ret_number) || *ret_number > most)) {
		profile_report(reader, json_path_key(path, key),
			"found another %s; expected a whole number from 0 to %llu", key,
			(unsigned long long)most);
		return false;
	}
	return true;
}

static bool read_condition(struct profile_reader *reader, struct json_path path, json_t *argument,
	struct scmp_arg_cmp *ret_condition)
{
	static const char *const keys[] = {"index", "value", "valueTwo", "op", NULL};
	uint64_t index, value, value_two;
	enum scmp_compare operator;

	if (!json_is_object(argument)) {
		profile_report(reader, path, "found no object; expected {\"index\": ...}");
		return false;
	}
	profile_check_keys(reader, path, argument, keys);
	if (!read_argument_number(reader, path, argument, "index", ARGUMENTS_MAX - 1, &index) ||
		!read_argument_number(reader, path, argument, "value", UINT64_MAX, &value) ||
		!read_argument_number(reader, path, argument, "valueTwo", UINT64_MAX, &value_two) ||
		!read_operator(reader, path, argument, &operator))
		return false;
	*ret_condition = (struct scmp_arg_cmp){
		.arg = (unsigned)index,
		.op = operator,
		.datum_a = value,
		.datum_b = value_two,
	};
	return true;
}

static bool read_conditions(struct profile_reader *reader, struct json_path path, json_t *rule,
	struct scmp_arg_cmp conditions[CONDITIONS_MAX], size_t *ret_n)
{
	json_t *arguments = json_object_get(rule, "args");
	size_t n = json_array_size(arguments);

	*ret_n = 0;
	if (!arguments || json_is_null(arguments))
		return true;
	if (!json_is_array(arguments) || n > CONDITIONS_MAX) {
		profile_report(reader, json_path_key(path, "args"),
			"found something else; expected an array of at most %d comparisons",
			CONDITIONS_MAX);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (!read_condition(reader, json_path_index(json_path_key(path, "args"), i),
			    json_array_get(arguments, i), &conditions[i]))
			return false;
	*ret_n = n;
	return true;
}

/* ---- names */

/*
 * Only a warning, as in runc: current profiles run on old hosts, and profiles for all architectures
 * on each.
 */
static void warn_of_unknown_call(
	struct profile_reader *reader, struct json_path path, const char *name)
{
	CLEANUP(cleanup_free) char *suggestion = seccomp_filter_suggest(name);

	profile_warn(reader, path,
		"this host does not know the system call %s: its rule is ignored%s%s%s",
		quoted(name).text, suggestion ? "; did you mean \"" : "",
		suggestion ? suggestion : "", suggestion ? "\"?" : "");
}

struct rule {
	bool applies;
	uint32_t action;
	struct scmp_arg_cmp conditions[CONDITIONS_MAX];
	size_t n_conditions;
};

static void add_name(struct profile_reader *reader, struct json_path path, json_t *value,
	const struct rule *rule)
{
	const char *name = json_string_value(value);
	struct error error = ERROR_INIT;
	int r = 0;

	if (!name) {
		profile_report(reader, path,
			"found something else; expected the name of a "
			"system call");
	} else if (!*name) {
		profile_report(
			reader, path, "found an empty string; expected the name of a system call");
	} else if (!rule->applies) {
		seccomp_filter_note(reader->filter, name);
	} else if (!seccomp_filter_knows(name)) {
		warn_of_unknown_call(reader, path, name);
	} else {
		r = seccomp_filter_add(reader->filter, name, rule->action, rule->conditions,
			rule->n_conditions, &error);
	}
	/* As runc with the same libseccomp, which does not know the call. */
	if (r == -EOPNOTSUPP)
		profile_warn(reader, path, "%s: its rule is ignored", error.text);
	else if (r < 0)
		profile_report(reader, path, "%s", error.text);
}

void profile_read_rule(struct profile_reader *reader, struct json_path path, json_t *object)
{
	static const char *const keys[] = {"names", "name", "action", "errnoRet", "errno", "args",
		"comment", "includes", "excludes", NULL};
	json_t *names = json_object_get(object, "names");
	json_t *name = json_object_get(object, "name");
	struct rule rule = {.n_conditions = 0};
	json_t *element;
	size_t i;

	if (!json_is_object(object)) {
		profile_report(reader, path,
			"found no object; expected {\"names\": [...], "
			"\"action\": ...}");
		return;
	}
	profile_check_keys(reader, path, object, keys);
	if (!names && !name) {
		profile_warn(reader, path, "the rule names no system call: it is ignored");
		return;
	}
	if ((names && name) || (names && !json_is_array(names))) {
		profile_report(
			reader, path, "found no list of calls, or two; expected \"names\": [...]");
		return;
	}
	if (!profile_rule_applies(reader, path, object, &rule.applies) ||
		!read_rule_action(reader, path, object, &rule.action) ||
		!read_conditions(reader, path, object, rule.conditions, &rule.n_conditions))
		return;
	if (name)
		add_name(reader, json_path_key(path, "name"), name, &rule);
	json_array_foreach(names, i, element)
	{
		if (reader->diagnostics->more)
			break;
		add_name(reader, json_path_index(json_path_key(path, "names"), i), element, &rule);
	}
}
