#include "runner/report/memory_scene.h"

#include <math.h>
#include <stdlib.h>

/*
 * If the growth is below this fraction of the largest value, only the growth is drawn: the line
 * would be flat.
 */
#define SMALL_GROWTH 0.15
/* Tasks whose durations differ by more than this factor get separate time axes. */
#define SHARED_TIME_FACTOR 2.0

static void choose_axes(struct memory_scene *scene);
static size_t scene_columns(size_t n_panels);

int memory_scene_prepare(struct memory_scene *scene, struct error *error)
{
	size_t n = scene->picture->comparison->n_backends;

	scene->panels = calloc(n + 1, sizeof(*scene->panels));
	if (!scene->panels)
		return error_set_errno(error, ENOMEM, "cannot draw the traces");
	for (size_t i = 0; i < n; i++) {
		int r = trace_panel_write(
			scene->picture, scene->point, i, &scene->panels[i], error);

		if (r < 0)
			return r;
		scene->n_panels++;
	}
	scene->n_columns = scene_columns(n);
	choose_axes(scene);
	return 0;
}

void memory_scene_release(struct memory_scene *scene)
{
	for (size_t i = 0; i < scene->n_panels; i++)
		trace_panel_release(&scene->panels[i]);
	free(scene->panels);
	scene->panels = NULL;
	scene->n_panels = 0;
}

static size_t scene_columns(size_t n_panels)
{
	if (n_panels <= 4)
		return n_panels ? n_panels : 1;
	return n_panels <= 6 || n_panels == 9 ? 3 : 4;
}

double memory_scene_base(const struct memory_scene *scene, const struct trace_panel *panel,
	const struct trace *trace)
{
	double reference_initial = panel->trial->reached_initial;

	if (trace == &panel->truth)
		return scene->from_begin ? 0.0 : -trace_panel_initial(panel);
	if (!scene->from_begin)
		return 0.0;
	if (trace == &panel->metric)
		return trace_panel_initial(panel);
	return isnan(reference_initial) ? 0.0 : reference_initial;
}

static void scene_take_range(
	struct memory_scene *scene, const struct trace_panel *panel, const struct trace *trace)
{
	double base;

	if (!trace->file)
		return;
	base = memory_scene_base(scene, panel, trace);
	scene->minimum_bytes = fmin(scene->minimum_bytes, trace->minimum_bytes - base);
	scene->maximum_bytes = fmax(scene->maximum_bytes, trace->maximum_bytes - base);
}

static void take_ranges(struct memory_scene *scene, bool from_begin)
{
	scene->from_begin = from_begin;
	scene->minimum_bytes = 0.0;
	scene->maximum_bytes = 0.0;
	for (size_t i = 0; i < scene->n_panels; i++) {
		const struct trace_panel *panel = &scene->panels[i];

		if (!panel->trial)
			continue;
		scene_take_range(scene, panel, &panel->reference);
		scene_take_range(scene, panel, &panel->metric);
		scene_take_range(scene, panel, &panel->truth);
	}
}

static void choose_axes(struct memory_scene *scene)
{
	double shortest_s = INFINITY;
	double whole_bytes;

	for (size_t i = 0; i < scene->n_panels; i++) {
		if (!scene->panels[i].trial)
			continue;
		scene->longest_s = fmax(scene->longest_s, scene->panels[i].duration_s);
		shortest_s = fmin(shortest_s, scene->panels[i].duration_s);
	}
	scene->shared_time = scene->longest_s <= SHARED_TIME_FACTOR * shortest_s;

	take_ranges(scene, false);
	whole_bytes = scene->maximum_bytes;
	take_ranges(scene, true);
	if (scene->maximum_bytes - scene->minimum_bytes >= SMALL_GROWTH * whole_bytes)
		take_ranges(scene, false);
	/* No growth, or nothing to draw: an axis needs a length. */
	if (scene->maximum_bytes - scene->minimum_bytes < 4096.0)
		scene->maximum_bytes = scene->minimum_bytes + 4096.0;
	scene->bytes = unit_of_bytes(scene->maximum_bytes - scene->minimum_bytes);
}
