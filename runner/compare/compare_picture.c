/* compare.png: for each metric the ratios with their intervals, a row a point. */

#include "runner/compare/compare_words.h"
#include "runner/host/run_files.h"
#include "runner/report/facts.h"
#include "runner/report/picture.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <math.h>

#define OUTPUT "../" RUN_COMPARE_PICTURE
#define DATA_FILE "compare.dat"
/* More do not fit a screen: --json has them all. */
#define MAX_ROWS 60
#define LONGEST_LABEL 40

#define HEADER 150.0
#define ROW 26.0
#define AXIS 76.0
#define LABELS 330.0
#define PANEL_GAP 40.0

#define WITHIN_COLOR "#0072b2"
#define WORSE_COLOR "#d55e00"
#define UNDECIDED_COLOR "#777777"

struct compare_panel {
	double low; /* of the axis */
	double high;
};

static size_t n_rows(const struct compare *compare)
{
	return compare->n_pairs < MAX_ROWS ? compare->n_pairs : MAX_ROWS;
}

static int write_ratios(
	const struct compare *compare, const struct plots *plots, struct error *error)
{
	FILE *stream;
	int r = plots_create_file(plots, DATA_FILE, &stream, error);

	if (r < 0)
		return r;
	for (enum compare_metric metric = 0; metric < COMPARE_N_METRICS; metric++) {
		fprintf(stream, "# %s: ratio low high row verdict\n", compare_metric_name(metric));
		for (size_t i = 0; i < n_rows(compare); i++) {
			const struct compare_result *result = &compare->pairs[i].results[metric];

			/* gnuplot skips what is not a number. */
			fprintf(stream, "%.9g %.9g %.9g %zu %d\n", result->ratio,
				isnan(result->interval.low) ? result->ratio : result->interval.low,
				isfinite(result->interval.high) ? result->interval.high
								: result->ratio,
				i, result->verdict);
		}
		fputs("\n\n", stream);
	}
	return plots_close_file(&stream, DATA_FILE, error);
}

/* The axis has 1, the margin and every interval, as far as it is within a factor of 2. */
static struct compare_panel panel_of(const struct compare *compare, enum compare_metric metric)
{
	const double margin = 1.0 + compare->options.max_increase;
	struct compare_panel panel = {2.0 - fmin(margin, 1.9), margin};
	double room;

	for (size_t i = 0; i < n_rows(compare); i++) {
		const struct compare_result *result = &compare->pairs[i].results[metric];

		panel.low = fmin(panel.low,
			fmin(result->ratio, fmax(result->interval.low, result->ratio / 2.0)));
		panel.high = fmax(panel.high,
			fmax(result->ratio, fmin(result->interval.high, result->ratio * 2.0)));
	}
	room = fmax(0.002, 0.05 * (panel.high - panel.low));
	return (struct compare_panel){panel.low - room, panel.high + room};
}

static void draw_compare_panel(const struct compare *compare, const struct script *script,
	enum compare_metric metric, double left, double right)
{
	static const char *const colors[] = {WITHIN_COLOR, WORSE_COLOR, UNDECIDED_COLOR};
	const struct compare_panel panel = panel_of(compare, metric);
	const double rows = (double)n_rows(compare);

	script_text(script,
		&(struct script_text){.x = left, .y = HEADER - 20.0, .points = 13, .bold = true},
		"%s", compare_metric_title(metric));
	script_place(script, left, HEADER, right, HEADER + rows * ROW);
	fprintf(script->stream,
		"unset key; unset ytics; set format x '%%.4g'; set xlabel 'new / base'\n"
		"set xrange [%.6g:%.6g]; set yrange [%.6g:-0.5]\n"
		"set arrow 901 from 1, graph 0 to 1, graph 1 nohead lw 1.5 lc rgb '#222222' back\n"
		"set arrow 902 from %.6g, graph 0 to %.6g, graph 1 nohead lw 1.5 lc rgb "
		"'" WORSE_COLOR "' dt (9,4) back\n"
		"plot ",
		panel.low, panel.high, rows - 0.5, 1.0 + compare->options.max_increase,
		1.0 + compare->options.max_increase);
	for (int verdict = COMPARE_WITHIN; verdict <= COMPARE_UNDECIDED; verdict++)
		fprintf(script->stream,
			"%s'" DATA_FILE "' index %d using ($5 == %d ? $1 : NaN):4:2:3 with "
			"xerrorbars pt 7 ps 1.2 lw "
			"2.5 lc rgb '%s'",
			verdict == COMPARE_WITHIN ? "" : ", \\\n  ", metric, verdict,
			colors[verdict]);
	fputs("\nunset arrow\n", script->stream);
	script_forget(script);
}

static int draw_labels(const struct compare *compare, const struct script *script)
{
	for (size_t i = 0; i < n_rows(compare); i++) {
		CLEANUP(cleanup_free)
		char *label = text_title(compare->pairs[i].title, LONGEST_LABEL);

		if (!label)
			return -ENOMEM;
		script_text(script,
			&(struct script_text){.x = PICTURE_MARGIN + LABELS - 16.0,
				.y = HEADER + ((double)i + 0.5) * ROW,
				.align = SCRIPT_RIGHT},
			"%s", label);
	}
	return 0;
}

static void draw_compare_legend(const struct compare *compare, const struct script *script)
{
	static const struct {
		const char *color;
		const char *text;
		double width;
	} entries[] = {
		{WITHIN_COLOR, "within", 110.0},
		{WORSE_COLOR, "worse", 110.0},
		{UNDECIDED_COLOR, "undecided", 150.0},
	};
	double x = PICTURE_MARGIN + 44.0;

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		script_line(script, x - 44.0, 94.0, 34.0, entries[i].color, 2.5, "solid");
		script_text(
			script, &(struct script_text){.x = x, .y = 94.0}, "%s", entries[i].text);
		x += entries[i].width;
	}
	script_line(script, x - 44.0, 94.0, 34.0, WORSE_COLOR, 1.5, SCRIPT_DASHED);
	script_text(script, &(struct script_text){.x = x, .y = 94.0}, "%s more than base",
		compare_percent(compare->options.max_increase).text);
}

static int draw_compare_into(
	const struct picture *picture, const struct compare *compare, struct error *error)
{
	const double width = (PICTURE_WIDTH - 2.0 * PICTURE_MARGIN - LABELS - 2.0 * PANEL_GAP) /
			     COMPARE_N_METRICS;
	struct script script = {.width = PICTURE_WIDTH,
		.height = HEADER + (double)n_rows(compare) * ROW + AXIS + PICTURE_FOOTER};
	CLEANUP(cleanup_free) char *sentence = compare_sentence(compare);
	CLEANUP(cleanup_free)
	char *title = string_format("%s: new / base, with 99 %% intervals", picture->name);
	int r = sentence && title ? script_open(&script, picture->plots, OUTPUT, error)
				  : error_set_errno(error, ENOMEM, "cannot draw the comparison");

	if (r < 0)
		return r;
	picture_frame(picture, &script, title, sentence);
	draw_compare_legend(compare, &script);
	if (draw_labels(compare, &script) < 0)
		r = error_set_errno(error, ENOMEM, "cannot draw the comparison");
	for (enum compare_metric metric = 0; metric < COMPARE_N_METRICS && r == 0; metric++) {
		const double left = PICTURE_MARGIN + LABELS + metric * (width + PANEL_GAP);

		draw_compare_panel(compare, &script, metric, left, left + width);
	}
	return script_close(&script, r, error);
}

int compare_draw(
	const struct compare *compare, struct results *results, int run_fd, struct error *error)
{
	CLEANUP(cleanup_free) char *machine = facts_machine(results);
	struct plots plots = PLOTS_NONE;
	int r = machine ? plots_open(run_fd, &plots, error)
			: error_set_errno(error, ENOMEM, "cannot draw the comparison");

	if (r == 0)
		r = write_ratios(compare, &plots, error);
	if (r == 0)
		r = draw_compare_into(
			&(struct picture){
				.plots = &plots,
				.name = compare->new->name,
				.machine = machine,
				.incomplete = facts_incomplete(results),
			},
			compare, error);
	plots_release(&plots);
	return r;
}
