/* [limit]: what a search for the smallest memory limit is to show. */

#include "runner/experiment/sections.h"

static void read_limit_number(const struct setting *setting, double least, double most,
	const char *what, double *ret_number)
{
	double number = setting_number(setting);

	/* in this form NaN is rejected */
	if (number >= least && number <= most)
		*ret_number = number;
	else
		setting_expected(setting, "%s from %g to %g", what, least, most);
}

static void read_survival(const struct setting *setting)
{
	read_limit_number(setting, LIMIT_LEAST_SHARE, LIMIT_MOST_SHARE, "a share of the runs",
		&setting->loader->experiment->limit.survival);
}

static void read_confidence(const struct setting *setting)
{
	read_limit_number(setting, LIMIT_LEAST_SHARE, LIMIT_MOST_SHARE, "a confidence",
		&setting->loader->experiment->limit.confidence);
}

static void read_slowdown(const struct setting *setting)
{
	read_limit_number(setting, 1.0, LIMIT_MOST_SLOWDOWN, "a ratio of wall times",
		&setting->loader->experiment->limit.slowdown);
}

const struct field limit_fields[] = {
	READ_OWN("survival", read_survival),
	READ_OWN("confidence", read_confidence),
	READ_OWN("slowdown", read_slowdown),
	READ_INTEGER("curve", limit.curve, 0, LIMIT_MOST_CURVE),
	READ_INTEGER("curve_repetitions", limit.curve_repetitions, 1, LIMIT_MOST_CURVE_REPETITIONS),
	READ_CHOICE("by", limit.by, limit_by_names),
	{.key = NULL},
};

/* A reporter's memory would be part of what the task needs: a search runs without. */
void limit_complete(struct loader *loader)
{
	struct experiment *experiment = loader->experiment;

	experiment->has_limit = toml_get(loader->root, "limit") != NULL;
	if (!loader->options->limit)
		return;
	limit_settings_choose(&experiment->limit, loader->options->limit);
	experiment->is_search = true;
	if (experiment->n_backends == 0)
		return;
	experiment->n_left_out = experiment->n_backends;
	for (size_t i = 0; i < experiment->n_backends; i++)
		if (experiment->backends[i] == backend_find("none"))
			experiment->n_left_out--;
	experiment->backends[0] = backend_find("none");
	experiment->n_backends = 1;
}
