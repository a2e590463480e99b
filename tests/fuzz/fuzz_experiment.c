/* A whole experiment file: the text, its meaning, its plan, and the output of `memcg-run check`. */

#include "runner/experiment/check.h"
#include "runner/experiment/experiment.h"
#include "runner/experiment/plan.h"
#include "tests/fuzz/fuzz.h"
#include "util/cleanup.h"

#include <assert.h>

/* In the folder of the real experiments, so that their tasks are found. */
#define PATH "experiments/fuzz.toml"

static void expand(const struct plan *plan, size_t point)
{
	const struct task *task = plan_task(plan, point);
	char *const *words = task->command ? task->command : task->arguments;

	for (size_t i = 0; words[i]; i++) {
		char *text = NULL;
		int r = plan_expand(plan, point, words[i], &text, NULL);

		/* A mistake in a template must have been reported by the file's reader. */
		assert(r == 0);
		free(text);
	}
}

static void look_at(const struct plan *plan)
{
	CLEANUP(cleanup_free) char *parameters = plan_parameters_json(plan, 0);
	int r = check_print(plan_experiment(plan), plan, false, fuzz_sink(), NULL);

	assert(r == 0 && parameters);
	expand(plan, 0);
	expand(plan, plan_n_points(plan) - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct experiment_options options = {
		.seccomp_directory = "tests/fuzz/profiles"};
	struct error error = ERROR_INIT;
	struct experiment *experiment;
	struct plan *plan;

	if (experiment_parse(
		    PATH, (const char *)data, size, &options, fuzz_sink(), &experiment, &error) < 0)
		return 0;
	if (plan_new(experiment, &plan, &error) == 0) {
		look_at(plan);
		plan_free(plan);
	}
	experiment_free(experiment);
	return 0;
}
