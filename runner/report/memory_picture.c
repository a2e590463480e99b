#include "runner/report/picture.h"

#include "runner/report/account.h"
#include "runner/report/failures.h"
#include "runner/report/memory_rows.h"
#include "runner/report/memory_scene.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <math.h>

#define HEADER 122.0
#define PANEL_HEADER 52.0
#define PANEL_HEIGHT 210.0
#define PANEL_FOOTER 54.0
#define PANEL_GAP 26.0
#define Y_LABELS 62.0 /* left of the grid */

static double grid_height(const struct memory_scene *scene);
static void draw_memory_header(const struct memory_scene *scene);
static int draw_memory_panel(const struct memory_scene *scene, size_t index);

int memory_picture_draw(
	const struct picture *picture, size_t point, const char *output, struct error *error)
{
	struct script script = {.width = PICTURE_WIDTH};
	struct memory_scene scene = {.picture = picture, .script = &script, .point = point};
	int r = memory_scene_prepare(&scene, error);

	if (r == 0) {
		script.height =
			HEADER + grid_height(&scene) + memory_rows_height(picture) + PICTURE_FOOTER;
		r = script_open(&script, picture->plots, output, error);
	}
	if (r < 0) {
		memory_scene_release(&scene);
		return r;
	}
	draw_memory_header(&scene);
	for (size_t i = 0; i < scene.n_panels && r == 0; i++)
		r = draw_memory_panel(&scene, i);
	if (r < 0)
		error_set_errno(error, -r, "cannot draw the traces");
	else
		r = memory_rows_draw(picture, &script, point, HEADER + grid_height(&scene), error);
	memory_scene_release(&scene);
	return script_close(&script, r, error);
}

static double grid_height(const struct memory_scene *scene)
{
	size_t n_lines = (scene->n_panels + scene->n_columns - 1) / scene->n_columns;

	return (double)n_lines * (PANEL_HEADER + PANEL_HEIGHT + PANEL_FOOTER);
}

/* ---- texts */

/* NULL if no panel has a gap. */
static char *gaps_text(const struct memory_scene *scene)
{
	size_t n = 0;
	uint64_t longest_ns = 0;

	for (size_t i = 0; i < scene->n_panels; i++) {
		n += scene->panels[i].n_gaps;
		if (scene->panels[i].longest_gap_ns > longest_ns)
			longest_ns = scene->panels[i].longest_gap_ns;
	}
	return n == 0 ? NULL
		      : string_format("%zu gap%s in the samples, up to %s", n, n == 1 ? "" : "s",
				format_duration(longest_ns).text);
}

/* Which point this is, and where the others' pictures are. NULL on ENOMEM. */
static char *others_text(const struct comparison *comparison, size_t point)
{
	const char *which =
		point == comparison_largest_point(comparison) ? "the highest peak" : "one";
	size_t n_drawn = 0;

	for (size_t i = 0; i < comparison->n_points; i++)
		n_drawn += picture_has_point(comparison, i);
	if (n_drawn + 1 == comparison->n_points)
		return string_format(
			"%s of %zu points; the others are in plots/", which, comparison->n_points);
	return string_format("%s of %zu points; plots/ has %zu others, results.h5 all", which,
		comparison->n_points, n_drawn);
}

static bool shows_killed(const struct memory_scene *scene)
{
	for (size_t i = 0; i < scene->n_panels; i++)
		if (scene->panels[i].trial && !scene->panels[i].trial->ok)
			return true;
	return false;
}

static char *subtitle_text(const struct memory_scene *scene)
{
	static const char between[] = "   |   ";
	CLEANUP(cleanup_free) char *gaps = gaps_text(scene);
	const struct comparison *comparison = scene->picture->comparison;
	CLEANUP(cleanup_free) char *failures = failures_of_point(comparison, scene->point);
	CLEANUP(cleanup_free) char *others = others_text(comparison, scene->point);
	char *text = string_format("%s", comparison->points[scene->point].label);

	if (comparison->n_points > 1 && others)
		text = string_append(text, between, "%s", others);
	if (gaps)
		text = string_append(text, between, "%s", gaps);
	if (!scene->shared_time)
		text = string_append(text, between, "the panels' time axes differ");
	if (failures && failures[0])
		text = string_append(text, between, "trials not ok%s: %s",
			shows_killed(scene) ? "" : " and not shown", failures);
	return text;
}

/* Only for what the picture contains. */
static void draw_memory_legend(const struct memory_scene *scene, double y)
{
	const struct script *script = scene->script;
	struct script_text text = {.x = PICTURE_MARGIN + 44.0, .y = y};
	bool metric = false;
	bool truth = false;

	for (size_t i = 0; i < scene->n_panels; i++) {
		metric = metric || scene->panels[i].metric.file;
		truth = truth || scene->panels[i].truth.file;
	}
	script_box(script, PICTURE_MARGIN, y - 8.0, 34.0, 16.0, "#d0d0d0");
	script_text(script, &text, "reference: the kernel's account of the task's cgroup");
	if (metric) {
		text.x += 424.0;
		script_line(script, text.x, y, 34.0, script_color(0), 3.0, "solid");
		text.x += 44.0;
		script_text(script, &text, "what the backend reported in the same trial");
	}
	if (truth) {
		text.x += metric ? 370.0 : 424.0;
		script_line(script, text.x, y, 34.0, "#000000", 1.6, SCRIPT_DASHED);
		text.x += 44.0;
		script_text(script, &text,
			"truth: bytes that the task declared to have touched, %s",
			scene->from_begin ? "since task_begin" : "above the initial value");
	}
}

static void draw_memory_header(const struct memory_scene *scene)
{
	CLEANUP(cleanup_free)
	char *title = string_format("%s: memory over time, by backend", scene->picture->name);
	CLEANUP(cleanup_free) char *subtitle = subtitle_text(scene);

	picture_frame(scene->picture, scene->script, title ? title : "", subtitle ? subtitle : "");
	draw_memory_legend(scene, 96.0);
}

static const char *row_color(const struct memory_scene *scene, size_t index)
{
	return memory_rows_color(scene->picture->comparison, index);
}

static int draw_panel_texts(
	const struct memory_scene *scene, size_t index, double left, double right, double top)
{
	const struct comparison *comparison = scene->picture->comparison;
	const struct comparison_backend *backend = &comparison->backends[index];
	const struct trace_panel *panel = &scene->panels[index];
	CLEANUP(cleanup_free) char *growth = NULL;

	script_text(scene->script,
		&(struct script_text){.x = left,
			.y = top + 14.0,
			.points = 13,
			.bold = true,
			.color = row_color(scene, index)},
		"%s", backend->name);
	script_text(scene->script,
		&(struct script_text){.x = right,
			.y = top + 14.0,
			.align = SCRIPT_RIGHT,
			.points = 10,
			.color = "#666666"},
		"%s", backend->headline_metric ? backend->headline_metric : "no metric of its own");
	if (panel->trial) {
		growth = account_growth(panel->trial);
		script_text(scene->script,
			&(struct script_text){.x = left, .y = top + 36.0, .points = 10}, "%s",
			growth ? growth : "");
		return 0;
	}
	return picture_no_trial(scene->script, comparison_cell(comparison, scene->point, index),
		&(struct script_text){.x = (left + right) / 2.0,
			.y = top + PANEL_HEADER + PANEL_HEIGHT / 2.0,
			.align = SCRIPT_CENTER,
			.points = 12});
}

/* ---- panels */

static void draw_panel_axes(
	const struct memory_scene *scene, size_t index, double duration_s, double end_s)
{
	FILE *stream = scene->script->stream;
	struct unit time = unit_of_time(scene->longest_s * 1e9);
	double span = scene->maximum_bytes - scene->minimum_bytes;
	bool first_column = index % scene->n_columns == 0;
	bool last_line = index + scene->n_columns >= scene->n_panels;

	fprintf(stream, "time = %.0f.0 / %.0f.0 # seconds to %s\nunit = %.0f.0 # bytes in a %s\n",
		1e9, time.size, time.name, scene->bytes.size, scene->bytes.name);
	fprintf(stream, "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n",
		-0.03 * duration_s * 1e9 / time.size, 1.03 * duration_s * 1e9 / time.size,
		scene->minimum_bytes < 0.0
			? (scene->minimum_bytes - 0.04 * span) / scene->bytes.size
			: 0.0,
		(scene->maximum_bytes + 0.06 * span) / scene->bytes.size);
	fprintf(stream, "set format x '%%g'\nset format y '%s'\n", first_column ? "%g" : "");
	if (!scene->shared_time || last_line)
		fprintf(stream, "set xlabel '%s since task_begin' offset 0,0.4\n", time.name);
	else
		fputs("unset xlabel\n", stream);
	if (first_column)
		fprintf(stream, "set ylabel '%s%s' offset 1,0\n", scene->bytes.name,
			scene->from_begin ? " above task_begin" : "");
	else
		fputs("unset ylabel\n", stream);
	fprintf(stream,
		"set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb '#aaaaaa' lw 1 dt 3 back\n"
		"set arrow from %.9g, graph 0 to %.9g, graph 1 nohead lc rgb '#aaaaaa' lw 1 dt 3 "
		"back\n",
		end_s * 1e9 / time.size, end_s * 1e9 / time.size);
}

static void plot_trace(const struct memory_scene *scene, const struct trace_panel *panel,
	const struct trace *trace, const char *style)
{
	FILE *stream = scene->script->stream;

	if (!trace->file)
		return;
	fputs(", \\\n     ", stream);
	script_quote(stream, trace->file);
	fprintf(stream, " using ($1 * time):(($2 - (%.0f.0)) / unit) with %s",
		memory_scene_base(scene, panel, trace), style);
}

static void plot_panel(const struct memory_scene *scene, size_t index)
{
	FILE *stream = scene->script->stream;
	const struct trace_panel *panel = &scene->panels[index];
	const char *color = row_color(scene, index);
	CLEANUP(cleanup_free) char *line = string_format("steps lc rgb '%s' lw 2.5", color);
	CLEANUP(cleanup_free) char *dots = string_format("points pt 7 ps 0.6 lc rgb '%s'", color);

	/* Draws the axes if there is no trace. */
	fputs("plot NaN", stream);
	if (panel->trial) {
		plot_trace(scene, panel, &panel->reference,
			"fillsteps fs solid 1.0 noborder fc rgb '#d0d0d0'");
		plot_trace(scene, panel, &panel->reference, "steps lc rgb '#8c8c8c' lw 1");
		if (line)
			plot_trace(scene, panel, &panel->metric, line);
		/* With so few samples the times of reading matter. */
		if (dots && panel->metric.n <= 60)
			plot_trace(scene, panel, &panel->metric, dots);
		plot_trace(scene, panel, &panel->truth,
			"steps lc rgb '#000000' lw 1.6 dt " SCRIPT_DASHED);
	}
	fputc('\n', stream);
}

static int draw_memory_panel(const struct memory_scene *scene, size_t index)
{
	const struct trace_panel *panel = &scene->panels[index];
	double n = (double)scene->n_columns;
	double width =
		(PICTURE_WIDTH - 2.0 * PICTURE_MARGIN - Y_LABELS - (n - 1.0) * PANEL_GAP) / n;
	double left = PICTURE_MARGIN + Y_LABELS +
		      (double)(index % scene->n_columns) * (width + PANEL_GAP);
	double top = HEADER + (double)(index / scene->n_columns) *
				      (PANEL_HEADER + PANEL_HEIGHT + PANEL_FOOTER);
	double duration_s =
		scene->shared_time || !panel->trial ? scene->longest_s : panel->duration_s;
	int r;

	script_place(scene->script, left, top + PANEL_HEADER, left + width,
		top + PANEL_HEADER + PANEL_HEIGHT);
	r = draw_panel_texts(scene, index, left, left + width, top);
	draw_panel_axes(scene, index, duration_s > 0.0 ? duration_s : 1.0,
		panel->trial ? panel->duration_s : duration_s);
	plot_panel(scene, index);
	script_forget(scene->script);
	return r;
}
