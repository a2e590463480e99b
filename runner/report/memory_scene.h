#pragma once

/*
 * What the memory picture of a point shows: a panel a backend, and the axes that they share.
 */

#include "runner/analysis/units.h"
#include "runner/report/trace_data.h"

struct memory_scene {
	const struct picture *picture;
	const struct script *script;
	size_t point;
	struct trace_panel *panels; /* one a backend */
	size_t n_panels;
	size_t n_columns;
	struct unit bytes;
	bool from_begin; /* what is drawn is the growth since task_begin */
	bool shared_time;
	double minimum_bytes;
	double maximum_bytes;
	double longest_s;
};

/* Writes the panels' data and chooses the axes; picture, script and point are set before. To be released
 * after a failure, too. */
int memory_scene_prepare(struct memory_scene *scene, struct error *error);
void memory_scene_release(struct memory_scene *scene);

/* What is subtracted from a trace before it is drawn. */
double memory_scene_base(const struct memory_scene *scene, const struct trace_panel *panel,
	const struct trace *trace);
