#pragma once

/* The content of a point's memory picture: one panel per backend, and their common axes. */

#include "runner/analysis/units.h"
#include "runner/report/trace_data.h"

struct memory_scene {
	const struct picture *picture;
	const struct script *script;
	size_t point;
	struct trace_panel *panels; /* one per backend */
	size_t n_panels;
	size_t n_columns;
	struct unit bytes;
	bool from_begin; /* draws the growth since task_begin */
	bool shared_time;
	double minimum_bytes;
	double maximum_bytes;
	double longest_s;
};

/*
 * Writes the panels' data and chooses the axes; set picture, script and point before. Must be
 * released even after a failure.
 */
int memory_scene_prepare(struct memory_scene *scene, struct error *error);
void memory_scene_release(struct memory_scene *scene);

/* The value to subtract from a trace before drawing. */
double memory_scene_base(const struct memory_scene *scene, const struct trace_panel *panel,
	const struct trace *trace);
