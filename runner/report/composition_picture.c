/*
 * memory-composition.png: what the memory of one trial of each point was made of, over time: anonymous, page cache,
 * shmem and kernel stacked, the whole as a line over them, and the limit where there is one.
 */

#include "runner/report/picture.h"

#include "runner/analysis/units.h"
#include "runner/report/account.h"
#include "runner/store/layout.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

#include <inttypes.h>
#include <math.h>

#define MAX_ROWS 2000
#define HEADER 122.0
#define TITLES 52.0
#define HEIGHT 230.0
#define FOOTER 54.0
#define GAP 70.0
#define LABELS 62.0
/* A limit further above the peak than this would press the areas flat: it is told in words. */
#define LIMIT_SHOWN 2.0

#define N_AREAS 4

/* From the bottom up. */
static const struct area {
	enum composition_key key;
	const char *name;
	const char *color;
} areas[N_AREAS] = {
	{COMPOSITION_KERNEL, "kernel", "#7f7f7f"},
	{COMPOSITION_ANON, "anonymous", "#0072b2"},
	{COMPOSITION_SHMEM, "shmem, tmpfs", "#009e73"},
	{COMPOSITION_FILE, "page cache of files", "#e69f00"},
};

#define WHOLE "#222222"
#define LIMIT "#b00000"

struct panel {
	const struct comparison_trial *trial; /* NULL: none to be shown */
	const char *backend;
	char *parts_file; /* NULL: nothing was read of it */
	char *whole_file;
	double duration_s;
	double limit_bytes; /* NaN: none */
	double top_bytes;   /* of the y axis */
};

static void release_panel(struct panel *panel)
{
	free(panel->parts_file);
	free(panel->whole_file);
}

/* ---- data */

/* Seconds since task_begin, and the upper edge of each area. */
static void write_edges(FILE *stream, const struct results_composition_row *row, double time_s)
{
	uint64_t edge = 0;

	fprintf(stream, "%.9f", time_s);
	for (size_t area = 0; area < N_AREAS; area++) {
		edge += row->bytes[areas[area].key];
		fprintf(stream, " %" PRIu64, edge);
	}
	fputc('\n', stream);
}

/* What was read holds until the next read: a slope between two would show what nobody saw. */
static void write_part_rows(FILE *stream, const struct results_composition_row *rows, size_t n,
	uint64_t begin_ns, uint64_t end_ns)
{
	const struct results_composition_row *held = NULL;

	for (size_t i = 0; i < n; i++) {
		double time_s = (double)(int64_t)(rows[i].time_ns - begin_ns) / (double)NS_PER_S;

		/* The rows at the marks stand just outside of them. */
		if ((i + 1 < n && rows[i + 1].time_ns <= begin_ns) ||
			(i > 0 && rows[i - 1].time_ns >= end_ns))
			continue;
		if (held)
			write_edges(stream, held, time_s);
		held = &rows[i];
		write_edges(stream, held, time_s);
	}
	if (held && held->time_ns < end_ns)
		write_edges(stream, held, (double)(end_ns - begin_ns) / (double)NS_PER_S);
}

static int write_parts(const struct picture *picture, struct panel *panel, uint64_t begin_ns,
	uint64_t end_ns, struct error *error)
{
	CLEANUP(cleanup_free) struct results_composition_row *rows = NULL;
	FILE *stream = NULL;
	size_t n = 0;
	int r = results_composition(
		picture->results, panel->trial->number, MAX_ROWS, &rows, &n, error);

	if (r == 0 && n < 2) {
		free(panel->parts_file);
		panel->parts_file = NULL;
		return 0;
	}
	if (r == 0)
		r = plots_create_file(picture->plots, panel->parts_file, &stream, error);
	if (r < 0)
		return r;
	fprintf(stream, "# trial %06" PRIu64 ": seconds since task_begin; upper edges of",
		panel->trial->number);
	for (size_t area = 0; area < N_AREAS; area++)
		fprintf(stream, " %s%s", areas[area].name, area + 1 < N_AREAS ? "," : "\n");
	write_part_rows(stream, rows, n, begin_ns, end_ns);
	return plots_close_file(&stream, panel->parts_file, error);
}

static int write_whole(const struct picture *picture, struct panel *panel, uint64_t begin_ns,
	uint64_t end_ns, struct error *error)
{
	CLEANUP(cleanup_free) struct sample *samples = NULL;
	FILE *stream = NULL;
	size_t n = 0;
	int r = results_trace(picture->results, panel->trial->number, LAYOUT_REFERENCE, MAX_ROWS,
		&samples, &n, error);

	if (r == 0)
		r = plots_create_file(picture->plots, panel->whole_file, &stream, error);
	if (r < 0)
		return r;
	fprintf(stream, "# trial %06" PRIu64 ": seconds since task_begin, bytes\n",
		panel->trial->number);
	for (size_t i = 0; i < n; i++)
		if (samples[i].time_ns >= begin_ns && samples[i].time_ns <= end_ns) {
			fprintf(stream, "%.9f %" PRIu64 "\n",
				(double)(samples[i].time_ns - begin_ns) / (double)NS_PER_S,
				samples[i].value);
			panel->top_bytes = fmax(panel->top_bytes, (double)samples[i].value);
		}
	/* gnuplot warns of a file that it finds nothing in. */
	if (panel->top_bytes == 0.0)
		fputs("0 NaN\n", stream);
	return plots_close_file(&stream, panel->whole_file, error);
}

static int prepare_panel(
	const struct picture *picture, size_t point, struct panel *panel, struct error *error)
{
	const struct comparison *comparison = picture->comparison;
	size_t backend = account_backend(comparison, point);
	uint64_t begin_ns, end_ns;
	int r;

	panel->limit_bytes = NAN;
	panel->trial = comparison_shown_trial(comparison_cell(comparison, point, backend));
	panel->backend = comparison->backends[backend].name;
	if (!panel->trial)
		return 0;
	r = results_trial_window(picture->results, panel->trial->number, &begin_ns, &end_ns, error);
	/* A file may say ok of a task that never began. */
	if (r == -ENODATA)
		return 0;
	panel->parts_file = string_format("composition-%zu-parts.dat", point + 1);
	panel->whole_file = string_format("composition-%zu-whole.dat", point + 1);
	if (r == 0 && (!panel->parts_file || !panel->whole_file))
		r = error_set_errno(error, ENOMEM, "cannot draw the composition");
	if (r == 0)
		r = write_parts(picture, panel, begin_ns, end_ns, error);
	if (r < 0 || !panel->parts_file)
		return r;
	panel->duration_s = (double)(end_ns - begin_ns) / (double)NS_PER_S;
	r = write_whole(picture, panel, begin_ns, end_ns, error);
	panel->top_bytes = fmax(fmax(panel->top_bytes, panel->trial->reached_peak), 4096.0);
	panel->limit_bytes = panel->trial->account[ACCOUNT_MEMORY_MAX];
	if (!(panel->limit_bytes > 0.0))
		panel->limit_bytes = NAN;
	if (panel->limit_bytes <= LIMIT_SHOWN * panel->top_bytes)
		panel->top_bytes = fmax(panel->top_bytes, panel->limit_bytes);
	return r;
}

/* ---- drawing */

static void draw_composition_legend(const struct script *script, double y)
{
	struct script_text text = {.x = PICTURE_MARGIN + 44.0, .y = y};

	/* In the order of the stack, from the top. */
	for (size_t area = N_AREAS; area > 0; area--) {
		script_box(script, text.x - 44.0, y - 8.0, 34.0, 16.0, areas[area - 1].color);
		script_text(script, &text, "%s", areas[area - 1].name);
		text.x += 200.0;
	}
	script_line(script, text.x - 44.0, y, 34.0, WHOLE, 1.6, "solid");
	script_text(script, &text, "all that is charged");
	text.x += 220.0;
	script_line(script, text.x - 44.0, y, 34.0, LIMIT, 2.0, SCRIPT_DASHED);
	script_text(script, &text, "memory_max");
}

/* The limit in words where the axis does not reach it. */
static void draw_composition_titles(const struct picture *picture, const struct script *script,
	size_t point, const struct panel *panel, double left, double right, double top)
{
	const char *label = picture->comparison->points[point].label;
	CLEANUP(cleanup_free) char *parts = panel->trial ? account_parts(panel->trial) : NULL;
	bool limited = panel->limit_bytes > panel->top_bytes;

	script_text(script,
		&(struct script_text){.x = left, .y = top + 14.0, .points = 13, .bold = true}, "%s",
		label[0] ? label : "what the peak was made of");
	if (panel->trial)
		script_text(script,
			&(struct script_text){.x = right,
				.y = top + 14.0,
				.align = SCRIPT_RIGHT,
				.points = 10,
				.color = panel->trial->ok ? "#666666" : LIMIT},
			"trial %06" PRIu64 " (%s)%s%s%s%s", panel->trial->number, panel->backend,
			panel->trial->ok ? "" : ", ",
			panel->trial->ok ? "" : account_end(panel->trial),
			limited ? ", limit " : "",
			limited ? format_bytes((uint64_t)panel->limit_bytes).text : "");
	script_text(script, &(struct script_text){.x = left, .y = top + 36.0, .points = 10}, "%s",
		parts ? parts : "");
}

static void draw_composition_axes(
	const struct script *script, const struct panel *panel, struct unit bytes, struct unit time)
{
	FILE *stream = script->stream;
	double duration = panel->duration_s > 0.0 ? panel->duration_s : 1.0;

	fprintf(stream, "time = %.0f.0 / %.0f.0 # seconds to %s\nunit = %.0f.0 # bytes in a %s\n",
		1e9, time.size, time.name, bytes.size, bytes.name);
	fprintf(stream, "set xrange [0:%.9g]\nset yrange [0:%.9g]\n", duration * 1e9 / time.size,
		1.06 * fmax(panel->top_bytes, 4096.0) / bytes.size);
	fprintf(stream,
		"set format x '%%g'\nset format y '%%g'\n"
		"set xlabel '%s since task_begin' offset 0,0.4\nset ylabel '%s' offset 1,0\n",
		time.name, bytes.name);
	if (panel->limit_bytes <= panel->top_bytes)
		fprintf(stream,
			"set arrow from graph 0, first %.9g to graph 1, first %.9g nohead "
			"lc rgb '" LIMIT "' lw 2 dt " SCRIPT_DASHED " front\n",
			panel->limit_bytes / bytes.size, panel->limit_bytes / bytes.size);
}

static void plot_areas(const struct script *script, const struct panel *panel)
{
	FILE *stream = script->stream;

	fputs("plot NaN", stream);
	if (panel->parts_file) {
		for (size_t area = 0; area < N_AREAS; area++) {
			fputs(", \\\n     ", stream);
			script_quote(stream, panel->parts_file);
			fprintf(stream, " using ($1 * time):(%s / unit):($%zu / unit) ",
				area == 0   ? "0"
				: area == 1 ? "$2"
				: area == 2 ? "$3"
					    : "$4",
				area + 2);
			fprintf(stream, "with filledcurves fs solid 0.85 noborder fc rgb '%s'",
				areas[area].color);
		}
		fputs(", \\\n     ", stream);
		script_quote(stream, panel->whole_file);
		fputs(" using ($1 * time):($2 / unit) with steps lc rgb '" WHOLE "' lw 1.6",
			stream);
	}
	fputc('\n', stream);
}

static void draw_composition_panel(const struct picture *picture, const struct script *script,
	size_t point, const struct panel *panel, size_t n_columns)
{
	double n = (double)n_columns;
	double width = (PICTURE_WIDTH - 2.0 * PICTURE_MARGIN - LABELS - (n - 1.0) * GAP) / n;
	double left = PICTURE_MARGIN + LABELS + (double)(point % n_columns) * (width + GAP);
	double top = HEADER + (double)(point / n_columns) * (TITLES + HEIGHT + FOOTER);

	script_place(script, left, top + TITLES, left + width, top + TITLES + HEIGHT);
	draw_composition_titles(picture, script, point, panel, left, left + width, top);
	if (!panel->parts_file)
		script_text(script,
			&(struct script_text){.x = left + width / 2.0,
				.y = top + TITLES + HEIGHT / 2.0,
				.align = SCRIPT_CENTER,
				.points = 12,
				.color = LIMIT},
			"nothing was read of what it is made of");
	draw_composition_axes(script, panel, unit_of_bytes(panel->top_bytes),
		unit_of_time(panel->duration_s * 1e9));
	plot_areas(script, panel);
	script_forget(script);
}

static void draw_composition_header(
	const struct picture *picture, const struct script *script, size_t n_panels)
{
	size_t n_points = picture->comparison->n_points;
	CLEANUP(cleanup_free)
	char *title = string_format("%s: what memory was made of, over time", picture->name);
	CLEANUP(cleanup_free)
	char *others = n_panels < n_points ? string_format("   |   the first %zu of %zu points",
						     n_panels, n_points)
					   : string_format("%s", "");
	CLEANUP(cleanup_free)
	char *subtitle =
		string_format("the trial with the median peak of each point; memory.stat as "
			      "it was sampled, and at each new maximum%s",
			others ? others : "");

	picture_frame(picture, script, title ? title : "", subtitle ? subtitle : "");
	draw_composition_legend(script, 96.0);
}

static int draw_composition_panels(const struct picture *picture, const struct panel *panels,
	size_t n_panels, const char *output, struct error *error)
{
	size_t n_columns = n_panels < 3 ? n_panels : n_panels == 4 ? 2 : 3;
	size_t n_lines = (n_panels + n_columns - 1) / n_columns;
	struct script script = {.width = PICTURE_WIDTH,
		.height = HEADER + (double)n_lines * (TITLES + HEIGHT + FOOTER) + PICTURE_FOOTER};
	int r = script_open(&script, picture->plots, output, error);

	if (r < 0)
		return r;
	draw_composition_header(picture, &script, n_panels);
	for (size_t i = 0; i < n_panels; i++)
		draw_composition_panel(picture, &script, i, &panels[i], n_columns);
	return script_close(&script, 0, error);
}

int composition_picture_draw(const struct picture *picture, const char *output, struct error *error)
{
	struct panel panels[COMPOSITION_PICTURE_MAX_POINTS] = {{.trial = NULL}};
	size_t n = picture->comparison->n_points;
	int r = 0;

	if (n > COMPOSITION_PICTURE_MAX_POINTS)
		n = COMPOSITION_PICTURE_MAX_POINTS;
	for (size_t i = 0; i < n && r == 0; i++)
		r = prepare_panel(picture, i, &panels[i], error);
	if (r == 0)
		r = draw_composition_panels(picture, panels, n, output, error);
	for (size_t i = 0; i < n; i++)
		release_panel(&panels[i]);
	return r;
}
