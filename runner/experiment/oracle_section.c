/* [oracle]: the marks at which the task's pages are counted. */

#include "backends/native/memcg_run.h"
#include "runner/experiment/sections.h"

#include <string.h>

/* Default, in multiples of trials.timeout_s: 1e10 s in ns is below 2^64. */
#define ORACLE_TIMEOUTS 10

/* Valid for the channel (docs/channel.md). */
static bool is_mark_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.:/-";
	size_t length = strlen(name);

	return length > 0 && length < MEMCG_RUN_NAME_MAX && strspn(name, letters) == length;
}

static bool check_names(const struct setting *setting)
{
	bool good = true;

	for (size_t i = 0; i < toml_size(setting->value); i++) {
		struct setting element = setting_element(setting, i);

		if (toml_value_kind(element.value) == TOML_STRING &&
			is_mark_name(toml_string(element.value)))
			continue;
		setting_expected(&element,
			"the name of a mark: 1 to %d letters, digits and \"_.:/-\"",
			MEMCG_RUN_NAME_MAX - 1);
		good = false;
	}
	return good;
}

static void read_marks(const struct setting *setting)
{
	static const char of[] =
		"names of marks such as [\"task_begin\", \"task_end\"], or \"all\"";

	if (toml_value_kind(setting->value) == TOML_STRING &&
		strcmp(toml_string(setting->value), "all") == 0)
		return;
	if (setting_array(setting, of) && check_names(setting))
		setting_strings(setting, of, &setting->loader->experiment->oracle.marks);
}

const struct field oracle_fields[] = {
	READ_OWN("marks", read_marks),
	READ_SECONDS("timeout_s", oracle.timeout_ns, 0.001),
	{.key = NULL},
};

/* The presence of the table enables the oracle, even if it is empty. */
void oracle_complete(struct loader *loader)
{
	struct experiment *experiment = loader->experiment;

	experiment->oracle.counts = toml_get(loader->root, "oracle") != NULL;
	if (experiment->oracle.timeout_ns == 0)
		experiment->oracle.timeout_ns = ORACLE_TIMEOUTS * experiment->trials.timeout_ns;
}
