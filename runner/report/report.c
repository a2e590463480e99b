#include "runner/report/report.h"
#include "runner/host/run_files.h"

#include "runner/limit/limit_read.h"
#include "runner/report/facts.h"
#include "runner/report/picture.h"
#include "util/cleanup.h"
#include "util/text.h"

#define MEMORY_OUTPUT "../" RUN_MEMORY_PICTURE ".png"
#define COMPOSITION_OUTPUT "../" RUN_COMPOSITION_PICTURE ".png"
#define TIME_OUTPUT "../" RUN_TIME_PICTURE ".png"

static int draw_memory(const struct picture *picture, struct error *error);

int report_pictures(
	struct results *results, const struct report_options *options, struct error *error)
{
	CLEANUP(cleanup_free) char *name = facts_name(results, options->run_path);
	CLEANUP(cleanup_free) char *machine = facts_machine(results);
	struct comparison *comparison = NULL;
	struct plots plots = PLOTS_NONE;
	int r = name && machine ? 0 : error_set_errno(error, ENOMEM, "cannot draw the pictures");

	if (r == 0)
		r = comparison_new(results, &comparison, error);
	if (r == 0 && comparison->n_points > 0)
		r = plots_open(options->run_fd, &plots, error);
	if (r == 0 && comparison->n_points > 0) {
		const struct picture picture = {
			.results = results,
			.comparison = comparison,
			.plots = &plots,
			.name = name,
			.machine = machine,
			.incomplete = facts_incomplete(results),
		};

		r = draw_memory(&picture, error);
		if (r == 0)
			r = composition_picture_draw(&picture, COMPOSITION_OUTPUT, error);
		if (r == 0)
			r = time_picture_draw(&picture, TIME_OUTPUT, error);
	}
	plots_release(&plots);
	comparison_free(comparison);
	return r;
}

int report_write(struct results *results, const struct report_options *options, struct error *error)
{
	int drawn = report_pictures(results, options, error);
	int searched = limit_read_write(results, options->run_fd, true, drawn < 0 ? NULL : error);
	int written;

	drawn = drawn < 0 ? drawn : searched;
	written = report_html(results, options, drawn < 0 ? NULL : error);
	return drawn < 0 ? drawn : written;
}

/* The point with the highest peak is the run's picture; each other one has its own in plots/. */
static int draw_memory(const struct picture *picture, struct error *error)
{
	size_t largest = comparison_largest_point(picture->comparison);
	int r = memory_picture_draw(picture, largest, MEMORY_OUTPUT, error);

	for (size_t i = 0; i < picture->comparison->n_points && r == 0; i++) {
		CLEANUP(cleanup_free) char *output = NULL;

		if (!picture_has_point(picture->comparison, i))
			continue;
		output = string_format(RUN_MEMORY_PICTURE "-point-%zu.png", i + 1);
		r = output ? memory_picture_draw(picture, i, output, error)
			   : error_set_errno(error, ENOMEM, "cannot draw a point");
	}
	return r;
}
